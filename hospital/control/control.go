// Package control hands commands of a vault's owner to the process that serves the
// vault, which alone may write to it. The command runs there, over the open vault, and
// looks to its user as if it had run itself.
//
// The two meet at a Unix socket in the vault's folder, which only the folder's user and
// root can open. Each connection is one command. What goes over it are frames: one byte
// for the kind, four for the length of the payload, the payload.
//
//	R  client  the request as JSON, once and first
//	O  server  bytes for the standard output
//	E  server  bytes for the standard error
//	W  server  the command reads its input: send one piece
//	I  client  that piece; an empty one is the end of the input
//	F  client  instead of it: why the input cannot be read
//	D  server  the result as JSON, last
//
// Input is sent only when it is asked for, so that a command that reads none leaves the
// terminal's alone. A client that closes the connection has its command cancelled.
// Nothing of the client's environment is taken over: what a command depends on is in its
// arguments and in the folder by which relative names of files are meant.
package control

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
)

// version is the version of the protocol.
const version = 1

// Request is a command as the client has it.
type Request struct {
	// Version is that of the protocol; Run sets it.
	Version int `json:"version"`
	// Home is the vault's folder.
	Home string `json:"home"`
	// Folder is what relative names of files are relative to.
	Folder string `json:"folder"`
	// Args are the command's name and arguments.
	Args []string `json:"args"`
	// Terminal says that the standard error is a terminal.
	Terminal bool `json:"terminal"`
}

// result is how a command ended.
type result struct {
	Failed bool   `json:"failed"`
	Text   string `json:"text,omitempty"`
}

// Failure is the error that a command ended with at the server. It has the text of that
// and nothing to unwrap.
type Failure string

// Error implements error.
func (f Failure) Error() string { return string(f) }

// ErrNobody says that no process takes commands over for a vault.
var ErrNobody = errors.New("nobody serves the vault")

// kind is what a frame is.
type kind byte

const (
	kindRequest kind = 'R'
	kindOut     kind = 'O'
	kindErr     kind = 'E'
	kindWant    kind = 'W'
	kindInput   kind = 'I'
	kindFailed  kind = 'F'
	kindDone    kind = 'D'
)

const (
	headerSize = 5
	// maxFrame bounds a payload: a request is about as large as a command line can be.
	maxFrame = 4 << 20
	// pieceSize is how much of a stream goes into one frame.
	pieceSize = 32 << 10
)

// link is a connection that many may send on.
type link struct {
	net.Conn
	sending sync.Mutex
}

func (l *link) send(k kind, payload []byte) error {
	if len(payload) > maxFrame {
		return fmt.Errorf("a frame of %d bytes: at most %d go at once", len(payload), maxFrame)
	}
	frame := make([]byte, headerSize, headerSize+len(payload))
	frame[0] = byte(k)
	binary.BigEndian.PutUint32(frame[1:], uint32(len(payload)))
	l.sending.Lock()
	defer l.sending.Unlock()
	_, err := l.Write(append(frame, payload...))
	return err
}

func (l *link) sendJSON(k kind, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return l.send(k, text)
}

// receive returns the next frame. One that is cut short is io.ErrUnexpectedEOF.
func receive(from io.Reader) (kind, []byte, error) {
	var header [headerSize]byte
	if _, err := io.ReadFull(from, header[:]); err != nil {
		return 0, nil, err
	}
	size := binary.BigEndian.Uint32(header[1:])
	if size > maxFrame {
		return 0, nil, fmt.Errorf("a frame of %d bytes: at most %d come at once", size, maxFrame)
	}
	payload := make([]byte, size)
	if _, err := io.ReadFull(from, payload); err != nil {
		return 0, nil, errors.Join(io.ErrUnexpectedEOF, err)
	}
	return kind(header[0]), payload, nil
}

// Stream is the client's standard output or error.
type Stream struct {
	link     *link
	kind     kind
	terminal bool
}

// Write implements io.Writer. It returns once the client has room for the bytes.
func (s *Stream) Write(p []byte) (int, error) {
	for sent := 0; sent < len(p); {
		piece := p[sent:min(len(p), sent+pieceSize)]
		if err := s.link.send(s.kind, piece); err != nil {
			return sent, err
		}
		sent += len(piece)
	}
	return len(p), nil
}

// Terminal says whether the client's stream is a terminal.
func (s *Stream) Terminal() bool { return s.terminal }
