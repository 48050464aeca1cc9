package clerk_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/stretchr/testify/require"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/dmdl-network/dmdl/commitment"
	"github.com/dmdl-network/dmdl/hospital/canonical/format"
	"github.com/dmdl-network/dmdl/hospital/clerk"
	"github.com/dmdl-network/dmdl/hospital/ledger"
	"github.com/dmdl-network/dmdl/hospital/vault"
	"github.com/dmdl-network/dmdl/x/records"
)

var noon = time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)

// chain is a ledger of one institution.
type chain struct {
	t         *testing.T
	batches   map[uint64]*records.Batch
	standings map[records.RecordId]*records.Standing
	// fail is what the next submissions answer instead; done says that the chain
	// executed them all the same.
	fail []failure
	sent int
}

type failure struct {
	err  error
	done bool
}

func newChain(t *testing.T) *chain {
	t.Helper()
	return &chain{t: t, batches: make(map[uint64]*records.Batch), standings: make(map[records.RecordId]*records.Standing)}
}

func (c *chain) Submit(_ context.Context, _ ledger.Key, msgs ...sdk.Msg) (ledger.Result, error) {
	c.sent++
	if len(c.fail) > 0 {
		next := c.fail[0]
		c.fail = c.fail[1:]
		if next.done {
			_ = c.execute(msgs[0]) // nobody heard of it
		}
		return ledger.Result{}, next.err
	}
	return ledger.Result{}, c.execute(msgs[0])
}

func (c *chain) execute(msg sdk.Msg) error {
	switch m := msg.(type) {
	case *records.MsgAnchorBatch:
		if c.batches[m.Number] != nil {
			return records.ErrBatchExists
		}
		c.batches[m.Number] = &records.Batch{
			Id: records.BatchId{Institution: 1, Number: m.Number}, Root: m.Root, Leaves: m.Leaves, AnchoredHeight: 9, AnchoredAt: noon,
		}
	case *records.MsgEraseRecord:
		batch := c.batches[m.Record.Id.Batch]
		hash := rfc6962.DefaultHasher.HashLeaf(records.LeafBytes(*m.Record.Leaf))
		require.NoError(c.t, proof.VerifyInclusion(rfc6962.DefaultHasher, m.Record.Id.Leaf, batch.Leaves, hash, m.Record.Path, batch.Root))
		if c.standings[m.Record.Id] != nil {
			return records.ErrWrongStatus
		}
		c.standings[m.Record.Id] = &records.Standing{Id: m.Record.Id, Status: records.RECORD_STATUS_ERASED, Basis: m.Basis}
	}
	return nil
}

func (c *chain) newest(context.Context) (ledger.State, error) { return chainState{chain: c}, nil }

// chainState is what the clerk reads of a chain that knows of batches and standings
// alone.
type chainState struct {
	ledger.State
	chain *chain
}

func (s chainState) Batch(_ context.Context, id records.BatchId) (*records.Batch, error) {
	return s.chain.batches[id.Number], nil
}

func (s chainState) Standing(_ context.Context, id records.RecordId) (*records.Standing, error) {
	return s.chain.standings[id], nil
}

// open returns a vault with some records in it.
func open(t *testing.T, texts ...string) *vault.Vault {
	t.Helper()
	recovery, err := age.GenerateHybridIdentity()
	require.NoError(t, err)
	home := filepath.Join(t.TempDir(), "vault")
	require.NoError(t, vault.Create(t.Context(), home, vault.Settings{Name: "test", ChainID: "dmdl-test-1", Institution: 1}, recovery.Recipient().String()))
	v, err := vault.Open(t.Context(), home, vault.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, v.Close()) })
	subject, err := v.Subject(t.Context(), "somebody")
	require.NoError(t, err)
	var news []vault.NewRecord
	for _, text := range texts {
		digest := sha256.Sum256([]byte(text))
		news = append(news, vault.NewRecord{
			Subject: subject, Class: records.RECORD_CLASS_DOCUMENT,
			Content:    commitment.Content{Kind: "text/plain", Profile: "raw/1", Canonical: digest, Raw: digest},
			Descriptor: commitment.Descriptor{Kind: "text/plain", Profile: "raw/1"},
			Body:       format.Bytes([]byte(text), ""),
		})
	}
	_, err = v.Add(t.Context(), news)
	require.NoError(t, err)
	return v
}

func newClerk(t *testing.T, v *vault.Vault, c *chain) *clerk.Clerk {
	t.Helper()
	key, err := ledger.NewKey()
	require.NoError(t, err)
	return clerk.New(v, c, c.newest, key)
}

func TestABatchIsAnchoredOnceWhateverHappensOnTheWay(t *testing.T) {
	for name, fail := range map[string][]failure{
		"nothing":                       nil,
		"a full lane":                   {{err: &ledger.Refusal{Codespace: "lanes", Code: 2, Retryable: true}}},
		"an answer that is lost":        {{err: ledger.ErrExpired, done: true}},
		"an answer that is lost, twice": {{err: ledger.ErrExpired, done: true}, {err: ledger.ErrExpired}},
	} {
		t.Run(name, func(t *testing.T) {
			v, c := open(t, "one", "two"), newChain(t)
			c.fail = fail
			_, some, err := v.Seal(t.Context(), 10)
			require.NoError(t, err)
			require.True(t, some)
			count, err := newClerk(t, v, c).Anchor(t.Context(), nil)
			require.NoError(t, err)
			require.EqualValues(t, 2, count)
			require.Len(t, c.batches, 1)
			r, err := v.Get(t.Context(), 1)
			require.NoError(t, err)
			require.Equal(t, vault.Anchored, r.State)
			require.EqualValues(t, 9, r.Height)

			count, err = newClerk(t, v, c).Anchor(t.Context(), nil)
			require.NoError(t, err)
			require.Zero(t, count, "it is not anchored again")
		})
	}
}

func TestARefusalLeavesTheBatchForTheNextTime(t *testing.T) {
	v, c := open(t, "one"), newChain(t)
	_, _, err := v.Seal(t.Context(), 10)
	require.NoError(t, err)
	suspended := errors.New("the institution is suspended")
	c.fail = []failure{{err: suspended}}
	_, err = newClerk(t, v, c).Anchor(t.Context(), nil)
	require.ErrorIs(t, err, suspended)
	count, err := newClerk(t, v, c).Anchor(t.Context(), nil)
	require.NoError(t, err)
	require.EqualValues(t, 1, count)
}

func TestAnotherBatchUnderTheNumberStopsTheVault(t *testing.T) {
	v, c := open(t, "one"), newChain(t)
	batch, _, err := v.Seal(t.Context(), 10)
	require.NoError(t, err)
	c.batches[batch.Number] = &records.Batch{Root: bytes.Repeat([]byte{1}, 32), Leaves: batch.Size, AnchoredHeight: 3, AnchoredAt: noon}
	_, err = newClerk(t, v, c).Anchor(t.Context(), nil)
	require.ErrorIs(t, err, clerk.ErrOtherBatch)
	r, err := v.Get(t.Context(), 1)
	require.NoError(t, err)
	require.Equal(t, vault.Batched, r.State)
}

func TestAQuietVaultBeatsLikeABusyOne(t *testing.T) {
	busy, quiet, c, d := open(t, "one", "two"), open(t), newChain(t), newChain(t)
	require.NoError(t, newClerk(t, busy, c).Beat(t.Context()))
	require.NoError(t, newClerk(t, quiet, d).Beat(t.Context()))
	require.Len(t, c.batches, 1)
	require.Len(t, d.batches, 1)
	require.Equal(t, c.batches[1].Leaves, d.batches[1].Leaves)
}

func TestAnErasureEndsWithItsTombstone(t *testing.T) {
	v, c := open(t, "one", "two"), newChain(t)
	k := newClerk(t, v, c)
	require.NoError(t, k.Beat(t.Context()))
	_, err := v.Disclose(t.Context(), 1, "dmdl1holder")
	require.NoError(t, err)

	c.fail = []failure{{err: errors.New("the node is down")}}
	_, err = k.Erase(t.Context(), 1, records.ERASURE_BASIS_OBJECTION)
	require.ErrorContains(t, err, "the node is down")
	_, err = v.Read(t.Context(), 1)
	require.ErrorIs(t, err, vault.ErrErased, "what is destroyed is destroyed")

	recipients, err := k.Erase(t.Context(), 1, records.ERASURE_BASIS_CONSENT_WITHDRAWN)
	require.NoError(t, err)
	require.Len(t, recipients, 1)
	standing := c.standings[records.RecordId{Institution: 1, Batch: 1}]
	require.NotNil(t, standing)
	require.Equal(t, records.ERASURE_BASIS_OBJECTION, standing.Basis, "the ground of the first time stays")

	sent := c.sent
	_, err = k.Erase(t.Context(), 1, records.ERASURE_BASIS_OBJECTION)
	require.NoError(t, err)
	require.Equal(t, sent, c.sent, "again sends nothing")
}

func TestARecordThatIsNotAnchoredIsErasedAllTheSame(t *testing.T) {
	v, c := open(t, "one"), newChain(t)
	k := newClerk(t, v, c)
	_, err := k.Erase(t.Context(), 1, records.ERASURE_BASIS_OBJECTION)
	require.ErrorIs(t, err, clerk.ErrNotAnchored)
	_, err = v.Read(t.Context(), 1)
	require.ErrorIs(t, err, vault.ErrErased)
	require.Empty(t, c.standings)
}

func TestAHeldRecordIsNotErased(t *testing.T) {
	v, c := open(t, "one"), newChain(t)
	k := newClerk(t, v, c)
	require.NoError(t, k.Beat(t.Context()))
	require.NoError(t, v.Hold(t.Context(), 1, "litigation"))
	_, err := k.Erase(t.Context(), 1, records.ERASURE_BASIS_OBJECTION)
	require.ErrorIs(t, err, vault.ErrHeld)
	require.Empty(t, c.standings)
}

func TestEveryGroundHasAWord(t *testing.T) {
	for number := range records.ErasureBasis_name {
		basis := records.ErasureBasis(number)
		if basis == records.ERASURE_BASIS_UNSPECIFIED {
			continue
		}
		found := false
		for _, word := range []string{"no-longer-necessary", "consent-withdrawn", "objection", "unlawful-processing", "legal-obligation"} {
			got, err := clerk.ParseBasis(word)
			require.NoError(t, err)
			found = found || got == basis
		}
		require.True(t, found, basis)
	}
	_, err := clerk.ParseBasis("unspecified")
	require.ErrorContains(t, err, `"unspecified" is not listed`)
}
