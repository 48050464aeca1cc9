package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/dmdl-network/dmdl/hospital/clerk"
	"github.com/dmdl-network/dmdl/hospital/gate"
)

const (
	// recheck is how often a transfer under way asks whether it still may: four times
	// in a block of a second.
	recheck = 250 * time.Millisecond
	// maxFailures is how many readings of the ledger may fail in a row before a transfer
	// ends: about two blocks.
	maxFailures = 6
	// stall is how long a transfer may stand still.
	stall = time.Minute
)

// transfer is an encrypted body on its way.
type transfer struct {
	may        func(context.Context) error // fails once it may go on no longer
	control    *http.ResponseController
	read       *atomic.Int64 // bytes read of it so far
	connection *net.TCPConn  // or nil
}

// send sends an encrypted body, whole or a range of it (RFC 9110, section 14), and
// cuts it off as soon as may fails.
func (s *releaseServer) send(w http.ResponseWriter, r *http.Request, o clerk.Offered, may func(context.Context) error) {
	ctx, stop := context.WithCancelCause(r.Context())
	defer stop(nil)
	content := &ranged{ctx: ctx, releases: s.releases, offered: o}
	defer content.close()
	if strings.Contains(r.Header.Get("Range"), ",") {
		r.Header.Del("Range") // several ranges at once are for nobody: all of it comes
	}
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Time{}) // or it would end a transfer that takes longer
	go s.watch(ctx, stop, transfer{may, control, &content.read, connectionOf(r.Context())})
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("ETag", fmt.Sprintf(`"%x"`, o.Body))
	http.ServeContent(w, r.WithContext(ctx), "", time.Time{}, content)
	if cause := context.Cause(ctx); cause != nil {
		panic(http.ErrAbortHandler) // what was not sent is not sent
	}
}

// watch cuts a transfer off once it may go on no longer, or cannot be shown to: the
// connection is reset, so that nothing that waits to be sent leaves.
func (s *releaseServer) watch(ctx context.Context, stop context.CancelCauseFunc, t transfer) {
	ticker := time.NewTicker(recheck)
	defer ticker.Stop()
	failures := 0
	for before := int64(-1); ; {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if read := t.read.Load(); read != before { // a transfer may take long, a standstill may not
			before = read
			_ = t.control.SetWriteDeadline(time.Now().Add(stall))
		}
		err := t.may(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err == nil:
			failures = 0
			continue
		case !errors.Is(err, gate.ErrClosed):
			if failures++; failures < maxFailures {
				continue // the node may be slow to answer once
			}
		}
		s.log.Info("a transfer was cut off", "reason", err)
		stop(gate.ErrClosed)
		if t.connection != nil {
			_ = t.connection.SetLinger(0) // then closing resets it
			_ = t.connection.Close()
		}
		return
	}
}

// ranged is an encrypted body that is read from wherever it is wanted.
type ranged struct {
	ctx      context.Context
	releases *clerk.Releases
	offered  clerk.Offered
	at       int64
	open     io.ReadCloser
	read     atomic.Int64
}

// Seek implements io.Seeker.
func (b *ranged) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += b.at
	case io.SeekEnd:
		offset += b.offered.Size
	}
	if offset != b.at {
		b.close()
	}
	b.at = offset
	return offset, nil
}

// close closes what is open of the body.
func (b *ranged) close() {
	if b.open != nil {
		_ = b.open.Close() // it was read only
		b.open = nil
	}
}

// Read implements io.Reader.
func (b *ranged) Read(p []byte) (int, error) {
	if err := b.ctx.Err(); err != nil {
		return 0, err
	}
	if b.open == nil {
		var err error
		if b.open, err = b.releases.Body(b.ctx, b.offered, b.at, -1); err != nil {
			return 0, err
		}
	}
	n, err := b.open.Read(p)
	b.at += int64(n)
	b.read.Add(int64(n))
	return n, err
}
