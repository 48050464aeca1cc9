package e2e_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"syscall"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/hospital/fetch"
	"github.com/dmdl-network/dmdl/hospital/ledger"
	"github.com/dmdl-network/dmdl/localnet"
	"github.com/dmdl-network/dmdl/x/access"
)

const (
	// scan is the size of the ward's record in bytes.
	scan = 200_000_000
	// pace is how many bytes a second the relay takes from the vault, so that the scan
	// would take most of a minute.
	pace = 4_000_000
	// transfers is how many are under way when the patient withdraws.
	transfers = 4
	// chunk is how many bytes the relay takes at once: a hundredth of a second's.
	chunk = pace / 100
)

// narrow connects with a small receive buffer from the first packet on, so that what
// the other side may send ahead is small.
var narrow = &net.Dialer{Control: func(_, _ string, raw syscall.RawConn) error {
	var failed error
	err := raw.Control(func(fd uintptr) {
		failed = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 32<<10)
	})
	return errors.Join(err, failed)
}}

// relay stands on the wire between one requester and a vault, and takes what the
// vault sends at its own pace.
type relay struct {
	listener net.Listener
	vault    string // host and port

	mu   sync.Mutex
	seen arrival
}

// arrival is what came from the vault.
type arrival struct {
	bytes int64
	last  time.Time // of the last byte
	end   error     // why no more came
}

// onTheWire begins to relay one connection to the vault.
func (w *ward) onTheWire() *relay {
	w.t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(w.t, err)
	r := &relay{listener: listener, vault: w.address[len("http://"):]}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		r.serve(w.ctx)
	}()
	w.t.Cleanup(func() {
		_ = listener.Close() // so that it waits for nobody
		<-ended
	})
	return r
}

// serve relays the first connection until the vault ends it.
func (r *relay) serve(ctx context.Context) {
	near, err := r.listener.Accept()
	if err != nil {
		return // nobody came
	}
	defer near.Close()
	far, err := narrow.DialContext(ctx, "tcp", r.vault)
	if err == nil {
		defer far.Close()
		go func() { _, _ = io.Copy(far, near) }() // it ends with the connections
		err = r.take(far, near)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen.end = err
}

// take passes on what the vault sends, and notes when how much of it had come.
func (r *relay) take(from io.Reader, to io.Writer) error {
	begun, buffer := time.Now(), make([]byte, chunk)
	for {
		n, err := from.Read(buffer)
		now := time.Now()
		r.mu.Lock()
		if n > 0 {
			r.seen.bytes, r.seen.last = r.seen.bytes+int64(n), now
		}
		due := begun.Add(time.Duration(r.seen.bytes) * time.Second / pace)
		r.mu.Unlock()
		if err != nil {
			return err
		}
		if _, err := to.Write(buffer[:n]); err != nil {
			return err
		}
		time.Sleep(due.Sub(now))
	}
}

// came is what the relay has seen.
func (r *relay) came() arrival {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.seen
}

// blocks notes when a node commits its blocks.
type blocks struct {
	mu sync.Mutex
	at map[int64]time.Time
}

// watchBlocks looks at a node again and again until the story ends. A block's time is
// when the look that finds it begins.
func (w *ward) watchBlocks(n *localnet.Node) *blocks {
	w.t.Helper()
	node, err := ledger.NewNode(n.RPC())
	require.NoError(w.t, err)
	b := &blocks{at: make(map[int64]time.Time)}
	ctx, stop := context.WithCancel(w.ctx)
	var watching sync.WaitGroup
	watching.Go(func() {
		defer node.Close()
		for looks := time.NewTicker(10 * time.Millisecond); ctx.Err() == nil; <-looks.C {
			looked := time.Now()
			if height, err := node.Height(ctx); err == nil {
				b.note(height, looked)
			}
		}
	})
	w.t.Cleanup(func() {
		stop()
		watching.Wait()
	})
	return b
}

// note notes that a height has been reached, and with it all below.
func (b *blocks) note(height int64, at time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for ; height > 0; height-- {
		if _, known := b.at[height]; known {
			return
		}
		b.at[height] = at
	}
}

// by is the height that had been reached at a time.
func (b *blocks) by(at time.Time) (height int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for reached, when := range b.at {
		if !when.After(at) {
			height = max(height, reached)
		}
	}
	return height
}

// of is when a block was committed, or zero if it has not been.
func (b *blocks) of(height int64) time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.at[height]
}

// isCutOff takes the body slowly, several times at once, and has the patient withdraw
// meanwhile. What leaves the vault is seen on the wire, not at the requester. The
// transfers begin one after the other, so that the vault looks at the ledger for each
// of them at another time.
func (w *ward) isCutOff(consent, disclosure uint64, size int64) {
	w.t.Helper()
	seen := w.watchBlocks(w.net.Nodes[0])
	var wires [transfers]*relay
	cut := make(chan error, transfers)
	for i := range wires {
		wire := w.onTheWire()
		v, err := fetch.NewVault("http://"+wire.listener.Addr().String(), &http.Client{}, w.clinician.Account)
		require.NoError(w.t, err)
		go func() { cut <- v.Body(w.ctx, w.subject, disclosure, w.record, 0, io.Discard) }()
		awaits(w.ctx, w.t, "a transfer is under way", func() bool { return wire.came().bytes > pace/3 })
		wires[i] = wire
	}
	asked := time.Now()
	height, err := w.withdraws(w.ctx, w.subject, consent)
	require.NoError(w.t, err)
	for range wires {
		require.Error(w.t, <-cut)
	}
	awaits(w.ctx, w.t, "two blocks after the revocation", func() bool { return !seen.of(height + 2).IsZero() })
	w.t.Logf("the revocation is in block %d; block %d came %.2f s after it", height, height+2, seen.of(height+2).Sub(seen.of(height)).Seconds())
	for _, wire := range wires {
		came := wire.came()
		w.t.Logf("the last byte came %.2f s and %d blocks after the revocation; %.1f of %.1f MB came",
			came.last.Sub(seen.of(height)).Seconds(), seen.by(came.last)-height, float64(came.bytes)/1e6, float64(size)/1e6)
		require.ErrorIs(w.t, came.end, syscall.ECONNRESET)
		require.True(w.t, came.last.After(asked), "it was under way when the patient withdrew")
		require.False(w.t, came.last.After(seen.of(height+2)), "a byte came later than two blocks after the revocation")
		require.Less(w.t, came.bytes, size/2)
	}
	_, client := w.vaultFor(w.clinician.Account)
	require.Equal(w.t, http.StatusForbidden, w.bodyFrom(client, w.clinician.Account, disclosure, 1<<20).StatusCode)
}

// getsNoKeyLate signs for a release whose consent has ended.
func (w *ward) getsNoKeyLate(v *fetch.Vault, disclosure uint64) {
	w.t.Helper()
	receipt, err := w.client.Submit(w.ctx, w.clinician.Account, &access.MsgReceive{
		Requester: w.clinician.Account.Address(), Subject: w.subject, Disclosure: disclosure,
	})
	require.NoError(w.t, err)
	var signed access.MsgReceiveResponse
	require.NoError(w.t, receipt.Answer(&signed))
	_, err = v.Keys(w.ctx, w.subject, disclosure, signed.Receipt, w.clinician.Recipient())
	require.ErrorContains(w.t, err, "nothing is released to this request", "a receipt that comes late gets no key")
	require.NotContains(w.t, w.run("vault", "show", "1/1/0"), w.clinician.Account.Address())
}
