package ledger

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/cometbft/cometbft/light"
	cmtcrypto "github.com/cometbft/cometbft/proto/tendermint/crypto"
	cmttypes "github.com/cometbft/cometbft/types"
)

const (
	// TrustingPeriod is how long verified validators are believed: shorter than
	// the three weeks in which evidence against them counts.
	TrustingPeriod = 14 * 24 * time.Hour
	// DefaultMaxAge is how old the newest block may be.
	DefaultMaxAge = time.Minute
	// shareHead is how long reads share one look at the newest block: a fraction
	// of the time between two blocks.
	shareHead = 250 * time.Millisecond
	// firstProven is the first height whose state nodes prove.
	firstProven = 2
)

// VerifierConfig says what a verifier trusts and whom it asks.
type VerifierConfig struct {
	// Root is where trust begins.
	Root Root
	// Primary is the RPC address of the own node, such as http://127.0.0.1:26657.
	// It gives all values and proofs.
	Primary string
	// Witnesses are the RPC addresses of nodes of other institutions, at least
	// one. At least one must show the same headers as the primary.
	Witnesses []string
	// Folder keeps verified headers from one run to the next.
	Folder string
	// MaxAge bounds the age of the newest block by the local clock: DefaultMaxAge
	// if zero, at most TrustingPeriod.
	MaxAge time.Duration
	// Report is told of every *Fault of a witness that a read succeeded without,
	// since another confirmed. It may be nil and must not call the verifier.
	Report func(error)
}

// Verifier reads values of the ledger of which a proof leads to a header that
// the validators signed. It believes no node; where a node is at fault, the
// error is a *Fault that names it. It may be used by many goroutines at once.
type Verifier struct {
	root      Root
	primary   *peer
	witnesses []*peer
	maxAge    time.Duration
	report    func(error)
	// now is the only clock: headers expire by it, must not lie ahead of it by
	// more than ten seconds, and are too old by it.
	now func() time.Time

	turn    chan struct{} // held by whoever uses the fields below
	trusted *trusted      // nil when closed
	client  *light.Client // nil before first use and after anything went wrong
	head    *cmttypes.LightBlock
	looked  time.Time // when head was the newest

	sharing sync.Mutex
	shared  *provenState // the newest that was asked for
}

// OpenVerifier prepares proven reads. It asks no node yet. Close it after use.
func OpenVerifier(config VerifierConfig) (*Verifier, error) {
	switch {
	case config.Root.height == 0:
		return nil, errors.New("no root of trust given: make one with GenesisRoot or HeaderRoot")
	case len(config.Witnesses) == 0:
		return nil, errors.New("no witness given: name at least one node of another institution")
	case config.MaxAge < 0 || config.MaxAge > TrustingPeriod:
		return nil, fmt.Errorf("maximum age of %s is out of range: at most %s", config.MaxAge, TrustingPeriod)
	}
	if config.MaxAge == 0 {
		config.MaxAge = DefaultMaxAge
	}
	if config.Report == nil {
		config.Report = func(error) {}
	}
	v := &Verifier{root: config.Root, maxAge: config.MaxAge, report: config.Report, now: time.Now, turn: make(chan struct{}, 1)}
	for at, address := range append([]string{config.Primary}, config.Witnesses...) {
		if slices.ContainsFunc(v.peers(), func(p *peer) bool { return p.node.address == address }) {
			return nil, fmt.Errorf("RPC address %q is given twice: a node cannot be its own witness", address)
		}
		p, err := newPeer(v.root.chainID, address, at == 0)
		if err != nil {
			return nil, err
		}
		if at == 0 {
			v.primary = p
		} else {
			v.witnesses = append(v.witnesses, p)
		}
	}
	var err error
	if v.trusted, err = openTrusted(config.Folder, config.Root); err != nil {
		return nil, err
	}
	return v, nil
}

// peers are all nodes, the primary first.
func (v *Verifier) peers() []*peer {
	if v.primary == nil {
		return nil
	}
	return append([]*peer{v.primary}, v.witnesses...)
}

// Close waits for the step that is under way and closes folder and connections.
func (v *Verifier) Close() error {
	v.turn <- struct{}{}
	defer func() { <-v.turn }()
	for _, p := range v.peers() {
		p.node.Close()
	}
	if v.trusted == nil {
		return nil
	}
	err := v.trusted.db.Close()
	v.trusted, v.client, v.head = nil, nil, nil
	return err
}

// Prove reads a raw key of a store as it was after the block of a height, and
// returns its proof, which has been verified against the header of the next
// height, see LightBlock. A value of nil is proven to be absent. The fault is
// ErrPruned if the node does not keep that state any more.
func (v *Verifier) Prove(ctx context.Context, store string, key []byte, height int64) ([]byte, *cmtcrypto.ProofOps, error) {
	if height < firstProven {
		return nil, nil, fmt.Errorf("height %d: nodes prove states from height %d on", height, firstProven)
	}
	header, err := v.LightBlock(ctx, height+1)
	if err != nil {
		return nil, nil, err
	}
	return v.primary.prove(ctx, store, key, header)
}

// LightBlock returns the header of a height with its commit and validators; 0
// is the newest. Every signature in it is good. It is verified as every header
// is, unless it is older than all that the folder keeps, which are the last
// thousand that were used: such a one is the same at primary and witness, and
// whoever gets it in a bundle verifies its path from a root.
func (v *Verifier) LightBlock(ctx context.Context, height int64) (*cmttypes.LightBlock, error) {
	block, err := v.lightBlock(ctx, height)
	if err != nil {
		return nil, err
	}
	// The light client stops at two thirds of the power.
	if err := block.ValidatorSet.VerifyCommit(v.root.chainID, block.Commit.BlockID, block.Height, block.Commit); err != nil {
		return nil, newFault(ErrFalseHeader, fmt.Errorf("block %d: %w", block.Height, err), v.primary.node.address)
	}
	return block, nil
}

func (v *Verifier) lightBlock(ctx context.Context, height int64) (*cmttypes.LightBlock, error) {
	switch {
	case height < 0:
		return nil, fmt.Errorf("height %d: blocks count from 1, and 0 is the newest", height)
	case height == 0:
		return v.newest(ctx)
	}
	return v.at(ctx, height)
}
