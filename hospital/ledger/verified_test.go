package ledger

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/hospital/ledger/ledgertest"
	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/records"
)

const signedChain = "dmdl-test-1"

var (
	firstBatch  = records.BatchId{Institution: 1, Number: 1}
	secondBatch = records.BatchId{Institution: 1, Number: 2}
	thirdBatch  = records.BatchId{Institution: 1, Number: 3}
	noBatch     = records.BatchId{Institution: 1, Number: 4}
)

// world is a chain with real proofs, an own node and witnesses, and a verifier
// whose clock is the time of the newest block, and later.
type world struct {
	chain     *ledgertest.Signed
	primary   *ledgertest.Node
	witnesses []*ledgertest.Node
	verifier  *Verifier
	folder    string
	root      Root
	later     time.Duration
	reported  []error
}

// anchored writes a batch of that many leaves.
func anchored(t testing.TB, id records.BatchId, leaves uint64) ledgertest.Write {
	t.Helper()
	batch := records.Batch{Id: id, Root: make([]byte, records.CommitmentSize), Leaves: leaves}
	encoded, err := batch.Marshal()
	require.NoError(t, err)
	return ledgertest.Write{Store: records.StoreKey, Key: records.BatchKey(id), Value: encoded}
}

// newChain has ten blocks: the third anchors three batches, which the sixth
// changes.
func newChain(t testing.TB, id string) *ledgertest.Signed {
	t.Helper()
	c := ledgertest.NewSigned(t, id, noon, time.Second, ledgertest.Validators{1, 2, 3, 4}, records.StoreKey, consortium.StoreKey)
	// As the application does, so that the store can prove absence.
	c.Grow(t, 1, ledgertest.Write{Store: records.StoreKey, Key: records.LayoutPrefix, Value: []byte{records.Layout}})
	c.Grow(t, 1)
	impostor := anchored(t, firstBatch, 99)
	impostor.Store = consortium.StoreKey
	c.Grow(t, 3, anchored(t, firstBatch, 1), anchored(t, secondBatch, 2), anchored(t, thirdBatch, 3), impostor)
	c.Grow(t, 5, anchored(t, firstBatch, 10))
	return c
}

func newWorld(t testing.TB, witnesses int) *world {
	t.Helper()
	chain := newChain(t, signedChain)
	w := &world{chain: chain, primary: chain.Serve(t), folder: t.TempDir()}
	for range witnesses {
		w.witnesses = append(w.witnesses, chain.Serve(t))
	}
	var err error
	w.root, err = GenesisRoot(genesisOf(t, 1, 2, 3, 4))
	require.NoError(t, err)
	w.open(t)
	return w
}

// open begins a new run of the program.
func (w *world) open(t testing.TB) {
	t.Helper()
	if w.verifier != nil {
		require.NoError(t, w.verifier.Close())
	}
	config := VerifierConfig{
		Root: w.root, Primary: w.primary.Address, Folder: w.folder,
		Report: func(err error) { w.reported = append(w.reported, err) },
	}
	for _, witness := range w.witnesses {
		config.Witnesses = append(config.Witnesses, witness.Address)
	}
	v, err := OpenVerifier(config)
	require.NoError(t, err)
	v.now = func() time.Time { return w.chain.Time().Add(w.later) }
	w.verifier = v
	t.Cleanup(func() { require.NoError(t, v.Close()) })
}

// leaves reads the first batch and returns its number of leaves.
func (w *world) leaves(t testing.TB) uint64 {
	t.Helper()
	batch, _, _, err := w.verifier.Batch(t.Context(), firstBatch)
	require.NoError(t, err)
	require.NotNil(t, batch)
	return batch.Leaves
}

func TestPresenceAndAbsenceAreProvenOneBlockOld(t *testing.T) {
	w := newWorld(t, 1)
	write := anchored(t, firstBatch, 11)
	w.chain.Grow(t, 1, write)
	require.Equal(t, uint64(10), w.leaves(t), "no header proves the newest state")
	w.chain.Grow(t, 1)
	value, height, at, err := w.verifier.Proven(t.Context(), records.StoreKey, write.Key)
	require.NoError(t, err)
	require.Equal(t, write.Value, value)
	require.Equal(t, int64(11), height)
	require.Equal(t, w.chain.Time(), at)

	value, height, _, err = w.verifier.Proven(t.Context(), records.StoreKey, records.BatchKey(noBatch))
	require.NoError(t, err)
	require.Nil(t, value)
	require.Equal(t, int64(11), height)
	require.Empty(t, w.reported)
}

func TestValuesAreReadByTheirNames(t *testing.T) {
	w := newWorld(t, 1)
	id := records.RecordId{Institution: 1, Batch: 2, Leaf: 1}
	address := keyOf(t, 7).Address()
	standing := records.Standing{Id: id, Status: records.RECORD_STATUS_RETRACTED, Custodian: 1}
	institution := consortium.Institution{Number: 3, Name: "Hospital 03"}
	participant := consortium.Participant{Address: address, Institution: 3}
	var writes []ledgertest.Write
	for _, v := range []struct {
		store string
		key   []byte
		value interface{ Marshal() ([]byte, error) }
	}{
		{records.StoreKey, records.StandingKey(id), &standing},
		{consortium.StoreKey, consortium.InstitutionKey(3), &institution},
		{consortium.StoreKey, consortium.ParticipantKey(3, keyOf(t, 7).PubKey().Address()), &participant},
	} {
		encoded, err := v.value.Marshal()
		require.NoError(t, err)
		writes = append(writes, ledgertest.Write{Store: v.store, Key: v.key, Value: encoded})
	}
	w.chain.Grow(t, 2, writes...)

	gotStanding, height, at, err := w.verifier.Standing(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, &standing, gotStanding)
	require.Equal(t, int64(11), height)
	require.Equal(t, w.chain.Time(), at)
	gotInstitution, _, _, err := w.verifier.Institution(t.Context(), 3)
	require.NoError(t, err)
	require.Equal(t, &institution, gotInstitution)
	gotParticipant, _, _, err := w.verifier.Participant(t.Context(), 3, address)
	require.NoError(t, err)
	require.Equal(t, &participant, gotParticipant)

	id.Leaf = 2
	gotStanding, height, _, err = w.verifier.Standing(t.Context(), id)
	require.NoError(t, err)
	require.Nil(t, gotStanding)
	require.Equal(t, int64(11), height)
	gotParticipant, _, _, err = w.verifier.Participant(t.Context(), 4, address)
	require.NoError(t, err)
	require.Nil(t, gotParticipant)
	_, _, _, err = w.verifier.Participant(t.Context(), 3, "cosmos1qqqq")
	require.ErrorContains(t, err, `address "cosmos1qqqq"`)
}

func TestTrustFollowsTheValidatorsUntilNoneOfTheFirstIsLeft(t *testing.T) {
	w := newWorld(t, 1)
	require.Equal(t, uint64(10), w.leaves(t))
	for _, set := range []ledgertest.Validators{{2, 3, 4, 5}, {3, 4, 5, 6}, {5, 6, 7, 8}, {7, 8, 9, 10, 11}} {
		w.chain.Appoint(set...)
		w.chain.Grow(t, 20)
	}
	w.chain.Grow(t, 2, anchored(t, firstBatch, 12))
	require.Equal(t, uint64(12), w.leaves(t))
	require.Empty(t, w.reported)
}

func TestTrustOutlivesTheProcess(t *testing.T) {
	w := newWorld(t, 1)
	require.Equal(t, uint64(10), w.leaves(t))
	newest := w.chain.Grow(t, 30, anchored(t, firstBatch, 13))
	for _, node := range []*ledgertest.Node{w.primary, w.witnesses[0]} {
		node.Lie(ledgertest.Lies{Oldest: newest - 5}) // the root is gone everywhere
	}
	w.open(t)
	require.Equal(t, uint64(13), w.leaves(t))

	w.later = TrustingPeriod
	w.open(t)
	w.chain.Grow(t, 2)
	_, _, _, err := w.verifier.Batch(t.Context(), firstBatch)
	require.ErrorIs(t, err, ErrTrustExpired)
	require.False(t, Retryable(err))
	require.ErrorContains(t, err, "block 40")
}

func TestManyReadersShareOneLook(t *testing.T) {
	w := newWorld(t, 1)
	require.Equal(t, uint64(10), w.leaves(t))
	w.chain.Grow(t, 1)
	asked, confirmed := w.primary.Calls(), w.witnesses[0].Calls()
	var wait sync.WaitGroup
	for range 20 {
		wait.Go(func() { _, _, _, _ = w.verifier.Batch(t.Context(), firstBatch) })
	}
	wait.Wait()
	require.Equal(t, int64(2), w.witnesses[0].Calls()-confirmed, "header and validators")
	require.Equal(t, int64(2+20), w.primary.Calls()-asked)
	require.Equal(t, uint64(10), w.leaves(t))
}

func TestAClosedVerifierReadsNothing(t *testing.T) {
	w := newWorld(t, 1)
	require.NoError(t, w.verifier.Close())
	_, _, _, err := w.verifier.Batch(t.Context(), firstBatch)
	require.ErrorIs(t, err, errClosed)
	w.verifier = nil
}
