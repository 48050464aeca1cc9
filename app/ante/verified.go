package ante

import (
	"crypto/sha256"
	"sync"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

// verifiedMax is how many verified transactions a generation remembers: about
// what the lanes hold.
const verifiedMax = 20_000

// verified remembers, by the digest of their bytes, the transactions whose
// signature this node verified when they arrived, so that it need not verify
// them again in their block. Whether a signature is good depends on nothing but
// the bytes, the chain's id and the account's number and key, which never
// change; so a node that remembers and one that does not agree. Height 0 is the
// exception, see started.
type verified struct {
	mu           sync.Mutex
	young, older map[[sha256.Size]byte]struct{}
}

func newVerified() *verified {
	return &verified{young: make(map[[sha256.Size]byte]struct{})}
}

// add remembers a transaction. When a generation is full the one before it is
// forgotten.
func (v *verified) add(raw []byte) {
	digest := sha256.Sum256(raw)
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.young) >= verifiedMax {
		v.young, v.older = make(map[[sha256.Size]byte]struct{}, verifiedMax), v.young
	}
	v.young[digest] = struct{}{}
}

// has says whether a transaction is remembered.
func (v *verified) has(raw []byte) bool {
	digest := sha256.Sum256(raw)
	v.mu.Lock()
	defer v.mu.Unlock()
	_, young := v.young[digest]
	_, older := v.older[digest]
	return young || older
}

// skipVerified lets the signature check pass over a transaction of a block
// whose signature was verified before. It stands right before that check.
type skipVerified struct{ verified *verified }

// AnteHandle implements sdk.AnteDecorator.
func (s skipVerified) AnteHandle(ctx sdk.Context, t sdk.Tx, simulate bool, next sdk.AnteHandler) (sdk.Context, error) {
	if ctx.ExecMode() == sdk.ExecModeFinalize && s.verified.has(ctx.TxBytes()) {
		ctx = ctx.WithIsSigverifyTx(false)
	}
	return next(ctx, t, simulate)
}

// noteVerified remembers a transaction that arrives and passed the signature
// check. It stands right after that check.
type noteVerified struct{ verified *verified }

// AnteHandle implements sdk.AnteDecorator.
func (n noteVerified) AnteHandle(ctx sdk.Context, t sdk.Tx, simulate bool, next sdk.AnteHandler) (sdk.Context, error) {
	if ctx.ExecMode() == sdk.ExecModeCheck {
		n.verified.add(ctx.TxBytes())
	}
	return next(ctx, t, simulate)
}
