package proof

import (
	"bytes"
	"context"

	cmtcrypto "github.com/cometbft/cometbft/proto/tendermint/crypto"
	"github.com/cometbft/cometbft/types"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"

	"github.com/dmdl-network/dmdl/x/records"
)

// Source is where Make gets what a ledger knows: a node, which need not be
// trusted, because Make verifies what it makes.
type Source interface {
	// LightBlock returns the light block of a height.
	LightBlock(ctx context.Context, height int64) (*types.LightBlock, error)
	// Prove returns the value of a raw key in a store at a height, or nothing if
	// there is none, and the proof operators for either: what a node answers to
	// /store/<name>/key with proof.
	Prove(ctx context.Context, store string, key []byte, height int64) ([]byte, *cmtcrypto.ProofOps, error)
}

// Request says what a bundle shall prove.
type Request struct {
	// Record is the record.
	Record records.RecordId
	// Leaf is its encoded leaf, see records.LeafBytes.
	Leaf []byte
	// Path is the inclusion path from the leaf to the root of its batch.
	Path [][]byte
	// Height is the height of the state to prove from. The block after it must
	// exist. For the smallest bundle the root of trust pins that block.
	Height int64
	// Standing asks for the record's standing too.
	Standing bool
	// Content is what opens the commitments, or nil for an existence bundle. The
	// caller has put its holder on record as a recipient.
	Content *Content
}

// Make makes a bundle that verifies from the given root of trust, and returns it
// with the report of its own verification.
func Make(ctx context.Context, source Source, root Root, q Request) ([]byte, Report, error) {
	b := Bundle{Format: Format, Record: recordID(q.Record), Height: q.Height, Leaf: q.Leaf, Path: q.Path, Content: q.Content}
	var err error
	if b.Blocks, err = Path(ctx, source, root, q.Height); err != nil {
		return nil, Report{}, err
	}
	batch := records.BatchId{Institution: q.Record.Institution, Number: q.Record.Batch}
	if b.Batch, b.Store, err = Ask(ctx, source, records.StoreKey, records.BatchKey(batch), q.Height); err != nil {
		return nil, Report{}, err
	}
	if len(b.Batch.Value) == 0 {
		return nil, Report{}, failed(PartBatch, "batch %d of institution %d is not on the ledger at height %d: prove from a later height", batch.Number, batch.Institution, q.Height)
	}
	if q.Standing {
		standing, store, err := Ask(ctx, source, records.StoreKey, records.StandingKey(q.Record), q.Height)
		if err != nil {
			return nil, Report{}, err
		}
		if !bytes.Equal(store, b.Store) {
			return nil, Report{}, failed(PartSource, "it answered for two different states at height %d", q.Height)
		}
		b.Standing = &standing
	}
	encoded, err := b.Encode()
	if err != nil {
		return nil, Report{}, err
	}
	report, err := Verify(encoded, root, Options{Predecessors: predecessors(q.Content)})
	if err != nil {
		return nil, Report{}, err
	}
	return encoded, report, nil
}

// predecessors are what the maker of a bundle knows of earlier chains.
func predecessors(c *Content) []string {
	if c == nil || c.ChainID == "" {
		return nil
	}
	return []string{c.ChainID}
}

// Path returns few light blocks that lead from the root of trust to the block
// that proves the state of a height, see VerifyState.
func Path(ctx context.Context, source Source, root Root, height int64) ([]Block, error) {
	return findPath(ctx, source, root, height+1)
}

// Ask returns the entry at a raw key of a store at a height, and the proof of the
// store in the app hash. Nothing of it is verified, see State.Holds.
func Ask(ctx context.Context, source Source, store string, key []byte, height int64) (Entry, []byte, error) {
	value, operators, err := source.Prove(ctx, store, key, height)
	if err != nil {
		return Entry{}, nil, failed(PartSource, "key %X at height %d: %w", key, height, err)
	}
	if operators == nil || len(operators.Ops) != 2 ||
		operators.Ops[0].Type != storetypes.ProofOpIAVLCommitment || operators.Ops[1].Type != storetypes.ProofOpSimpleMerkleCommitment {
		return Entry{}, nil, failed(PartSource, "key %X at height %d: it answered without the two proofs of a store", key, height)
	}
	return Entry{Value: value, Proof: operators.Ops[0].Data}, operators.Ops[1].Data, nil
}
