package server

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/dmdl-network/dmdl/hospital/clerk"
	"github.com/dmdl-network/dmdl/hospital/gate"
	"github.com/dmdl-network/dmdl/x/records"
)

// recheck is how often a transfer under way asks whether it still may: twice in a
// block of a second.
const recheck = 500 * time.Millisecond

// transfer is an encrypted body on its way.
type transfer struct {
	control    *http.ResponseController
	passage    *clerk.Passage
	record     records.RecordId
	read       *atomic.Int64 // bytes read of it so far
	connection *net.TCPConn  // or nil
}

// watch cuts a transfer off once its release does not stand any more, or cannot be
// shown to: the connection is reset, so that nothing that waits to be sent leaves.
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
		_, err := t.passage.Check(ctx, t.record)
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

// stall is how long a transfer may stand still.
const stall = time.Minute

// maxFailures is how many readings of the ledger may fail in a row before a
// transfer ends: about two blocks.
const maxFailures = 3

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
