package ledger

import (
	"context"
	"net/http"
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

// read reads a batch of the newest state.
func (w *world) read(ctx context.Context, id records.BatchId) error {
	state, err := w.verifier.State(ctx)
	if err == nil {
		_, err = state.Batch(ctx, id)
	}
	return err
}

// leaves reads the first batch and returns its number of leaves.
func (w *world) leaves(t testing.TB) uint64 {
	t.Helper()
	state, err := w.verifier.State(t.Context())
	require.NoError(t, err)
	batch, err := state.Batch(t.Context(), firstBatch)
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
	state, err := w.verifier.State(t.Context())
	require.NoError(t, err)
	require.Equal(t, int64(11), state.Height())
	require.Equal(t, w.chain.Time(), state.Time())
	value, err := state.Value(t.Context(), records.StoreKey, write.Key)
	require.NoError(t, err)
	require.Equal(t, write.Value, value)
	value, err = state.Value(t.Context(), records.StoreKey, records.BatchKey(noBatch))
	require.NoError(t, err)
	require.Nil(t, value)
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
	number := []byte{0, 0, 0, 0, 0, 0, 0, 3}
	writes = append(writes,
		ledgertest.Write{Store: consortium.StoreKey, Key: consortium.AffiliationKey(keyOf(t, 7).PubKey().Address()), Value: number},
		ledgertest.Write{Store: consortium.StoreKey, Key: consortium.AffiliationKey(keyOf(t, 9).PubKey().Address()), Value: number[1:]},
	)
	w.chain.Grow(t, 2, writes...)

	state, err := w.verifier.State(t.Context())
	require.NoError(t, err)
	for of, want := range map[byte]uint64{7: 3, 8: 0} {
		got, err := state.Affiliation(t.Context(), keyOf(t, of).Address())
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	_, err = state.Affiliation(t.Context(), keyOf(t, 9).Address())
	require.ErrorContains(t, err, "has 7 bytes, want 8")
	_, err = state.Affiliation(t.Context(), "cosmos1qqqq")
	require.ErrorContains(t, err, `address "cosmos1qqqq"`)
	gotStanding, err := state.Standing(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, &standing, gotStanding)
	gotInstitution, err := state.Institution(t.Context(), 3)
	require.NoError(t, err)
	require.Equal(t, &institution, gotInstitution)
	gotParticipant, err := state.Participant(t.Context(), 3, address)
	require.NoError(t, err)
	require.Equal(t, &participant, gotParticipant)

	id.Leaf = 2
	gotStanding, err = state.Standing(t.Context(), id)
	require.NoError(t, err)
	require.Nil(t, gotStanding)
	gotParticipant, err = state.Participant(t.Context(), 4, address)
	require.NoError(t, err)
	require.Nil(t, gotParticipant)
	_, err = state.Participant(t.Context(), 3, "cosmos1qqqq")
	require.ErrorContains(t, err, `address "cosmos1qqqq"`)
}

func TestAStateStaysAsItWasAndIsReadOnce(t *testing.T) {
	w := newWorld(t, 1)
	before, err := w.verifier.State(t.Context())
	require.NoError(t, err)
	same, err := w.verifier.State(t.Context())
	require.NoError(t, err)
	w.chain.Grow(t, 2, anchored(t, firstBatch, 11))
	w.later += shareHead
	after, err := w.verifier.State(t.Context())
	require.NoError(t, err)
	require.Equal(t, before.Height()+2, after.Height())
	for state, leaves := range map[State]uint64{before: 10, after: 11} {
		batch, err := state.Batch(t.Context(), firstBatch)
		require.NoError(t, err)
		require.Equal(t, leaves, batch.Leaves)
		batch.Leaves = 99 // whoever gets a value may change it
	}
	w.primary.Lie(ledgertest.Lies{Raw: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }})
	batch, err := same.Batch(t.Context(), firstBatch)
	require.NoError(t, err, "what one has read the others get without the node")
	require.Equal(t, uint64(10), batch.Leaves)
	_, err = same.Batch(t.Context(), noBatch)
	require.ErrorIs(t, err, ErrNoAnswer)
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
	err := w.read(t.Context(), firstBatch)
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
		wait.Go(func() { _ = w.read(t.Context(), firstBatch) })
	}
	wait.Wait()
	require.Equal(t, int64(2), w.witnesses[0].Calls()-confirmed, "header and validators")
	require.Equal(t, int64(2+1), w.primary.Calls()-asked, "header, validators and the value")
	require.Equal(t, uint64(10), w.leaves(t))
}

func TestAClosedVerifierReadsNothing(t *testing.T) {
	w := newWorld(t, 1)
	require.NoError(t, w.verifier.Close())
	err := w.read(t.Context(), firstBatch)
	require.ErrorIs(t, err, errClosed)
	w.verifier = nil
}
