package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Streams are those of the process that hands a command over.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
}

// Run has the process that serves the vault in Home run a command, and returns the error
// that it ended with as a Failure. It fails with ErrNobody, having done nothing, if no
// process can be reached that takes commands over. The end of the context closes the
// connection, which cancels the command.
func Run(ctx context.Context, r Request, s Streams) error {
	conn, err := dial(r.Home)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNobody, err)
	}
	l := &link{Conn: conn}
	defer l.Close()
	defer context.AfterFunc(ctx, func() { _ = l.Close() })() // whatever is under way ends with an error
	r.Version = version
	err = l.sendJSON(kindRequest, r)
	if err == nil {
		err = follow(l, s)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// follow passes on what comes until the command has ended.
func follow(l *link, s Streams) error {
	for {
		got, payload, err := receive(l)
		if err != nil {
			return fmt.Errorf("the process that serves the vault ended or refused this user: look at what was done, and run it again: %w", err)
		}
		switch got {
		case kindOut:
			_, err = s.Out.Write(payload)
		case kindErr:
			_, err = s.Err.Write(payload)
		case kindWant:
			go give(l, s.In) // a terminal may have nothing for long
		case kindDone:
			return ended(payload)
		default:
			err = fmt.Errorf("the process that serves the vault sent a frame %q, which this program does not know: restart it", byte(got))
		}
		if err != nil {
			return err
		}
	}
}

// give sends one piece of the input.
func give(l *link, from io.Reader) {
	buffer := make([]byte, pieceSize)
	for {
		n, err := from.Read(buffer)
		switch {
		case n > 0:
			err = l.send(kindInput, buffer[:n])
		case errors.Is(err, io.EOF):
			err = l.send(kindInput, nil)
		case err != nil:
			err = l.send(kindFailed, []byte(err.Error()))
		default:
			continue
		}
		if err != nil {
			_ = l.Close() // follow says that the connection ended
		}
		return
	}
}

func ended(payload []byte) error {
	var r result
	if err := json.Unmarshal(payload, &r); err != nil {
		return fmt.Errorf("the result of the command does not read: %w", err)
	}
	if r.Failed {
		return Failure(r.Text)
	}
	return nil
}
