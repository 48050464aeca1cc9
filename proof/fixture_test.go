package proof_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/proof"
	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/records"
)

// Heights of the story that all tests share.
const (
	anchored  = 3
	early     = 6 // nothing has happened yet
	retracted = 12
	middle    = 14 // after the first change of the validator set
	late      = 28 // after the third, none of the first validators is left
	end       = 32
)

var (
	listedID = records.BatchId{Institution: 1, Number: 1}
	largeID  = records.BatchId{Institution: 1, Number: 2}
	otherID  = records.BatchId{Institution: 2, Number: 1}
)

// fixture is a chain on which three batches were anchored and one record was
// retracted, while its validator set changed three times.
type fixture struct {
	*chain
	root                 proof.Root
	listed, large, other batch
	// first is leaf 1 of the listed batch, which is retracted; second is leaf 777
	// of the large one; third is leaf 0 of the other institution's.
	first, second, third secret
}

// chainID is the id of the shared chain.
const chainID = "dmdl-test-1"

func newFixture(t testing.TB) *fixture {
	t.Helper()
	return newFixtureOf(t, chainID)
}

func newFixtureOf(t testing.TB, id string) *fixture {
	t.Helper()
	f := &fixture{
		chain: newChain(t, id, map[int64][]int{1: {1, 2, 3, 4}, 10: {2, 3, 4, 5}, 16: {3, 4, 5, 6}, 22: {5, 6, 7, 8}}),
		first: newSecret(t, id, 1, "first"), second: newSecret(t, id, 1, "second"), third: newSecret(t, id, 2, "third"),
	}
	f.listed = newBatch(t, id, listedID, 3, map[int]secret{1: f.first})
	f.large = newBatch(t, id, largeID, 1024, map[int]secret{777: f.second})
	f.other = newBatch(t, id, otherID, 2, map[int]secret{0: f.third})
	f.seal(t, anchored-1)
	for _, b := range []*batch{&f.listed, &f.large, &f.other} {
		b.anchor(t, f.chain)
	}
	for n := uint64(3); n < 40; n++ { // a tree of some depth
		filler := newBatch(t, id, records.BatchId{Institution: 3, Number: n}, 1, nil)
		filler.anchor(t, f.chain)
	}
	f.decoys(t)
	f.seal(t, retracted-1)
	retract(t, f.chain, records.RecordId{Institution: 1, Batch: 1, Leaf: 1}, f.first.leaf)
	f.seal(t, end)
	var err error
	f.root, err = proof.GenesisRoot(f.genesis(t))
	require.NoError(t, err)
	return f
}

// decoys puts the value of the listed batch where a verifier must not find it:
// under the same key in another store, and under another prefix.
func (f *fixture) decoys(t testing.TB) {
	t.Helper()
	value := f.stores.GetKVStore(f.keys[records.StoreKey]).Get(records.BatchKey(listedID))
	require.NotEmpty(t, value)
	f.set(consortium.StoreKey, records.BatchKey(listedID), value)
	f.set(records.StoreKey, append([]byte{9}, records.BatchKey(listedID)[1:]...), value)
}

// make makes a bundle from the pinned genesis, with openings if there are any.
func (f *fixture) make(t testing.TB, q proof.Request, content *proof.Content) []byte {
	t.Helper()
	return f.makeFrom(t, f.root, q, content)
}

func (f *fixture) makeFrom(t testing.TB, root proof.Root, q proof.Request, content *proof.Content) []byte {
	t.Helper()
	q.Content = content
	bundle, _, err := proof.Make(context.Background(), f, root, q)
	require.NoError(t, err)
	return bundle
}

// headerRoot pins a header of the chain.
func (f *fixture) headerRoot(t testing.TB, height int64) proof.Root {
	t.Helper()
	root, err := proof.HeaderRoot(height, f.blocks[height].Hash().String())
	require.NoError(t, err)
	return root
}

// standard is the content bundle that most forgeries begin with: about the
// record that was retracted two blocks before.
func (f *fixture) standard(t testing.TB) []byte {
	t.Helper()
	return f.make(t, f.listed.request(t, 1, middle), f.first.open())
}

// failsIn requires that a bundle is refused for a part.
func failsIn(t testing.TB, part proof.Part, err error) {
	t.Helper()
	var failure *proof.Error
	require.ErrorAs(t, err, &failure)
	require.Equal(t, part, failure.Part, "%s", err)
}
