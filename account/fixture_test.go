package account_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"time"

	cmtcrypto "github.com/cometbft/cometbft/proto/tendermint/crypto"
	"github.com/cometbft/cometbft/types"
	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/account"
	"github.com/dmdl-network/dmdl/hospital/ledger/ledgertest"
	"github.com/dmdl-network/dmdl/proof"
	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/records"
)

const (
	chainID = "dmdl-test-1"
	early   = 4 // three entries
	late    = 8 // all of them, and other validators
	person  = "dmdl1clinician"
)

var (
	began   = time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)
	patient = records.SubjectId{Institution: 1, Number: 7}
	other   = records.SubjectId{Institution: 1, Number: 8}
)

// ledger is a chain with the accounts of two patients. It is a proof.Source.
type ledger struct {
	*ledgertest.Signed
	node   *ledgertest.Node
	root   proof.Root
	leaves [][]byte
}

// newLedger returns the chain on which the first entries of the patient have left
// the state already, as many as dropped says.
func newLedger(t testing.TB, id string, dropped int) *ledger {
	t.Helper()
	c := &ledger{Signed: ledgertest.NewSigned(t, id, began, time.Minute, ledgertest.Validators{1, 2, 3, 4},
		access.StoreKey, consortium.StoreKey, records.StoreKey, "upgrade")}
	for i := range 3 {
		c.leaves = append(c.leaves, records.LeafBytes(records.Leaf{
			Descriptor_: records.Descriptor{Subject: &patient, Class: records.RecordClass(i + 1), Size_: records.SIZE_CLASS_16_KIB},
			Content:     bytes.Repeat([]byte{byte(i)}, 32), Sealed: bytes.Repeat([]byte{byte(i + 9)}, 32),
		}))
	}
	tree, err := records.Root(c.leaves)
	require.NoError(t, err)
	id1 := records.BatchId{Institution: 1, Number: 1}
	writes := []ledgertest.Write{
		{Store: records.StoreKey, Key: records.BatchKey(id1), Value: marshal(t, &records.Batch{Id: id1, Root: tree, Leaves: 3, AnchoredHeight: 2, AnchoredAt: began})},
		{Store: "upgrade", Key: []byte("k"), Value: []byte("v")},
	}
	for n := uint64(1); n <= 4; n++ {
		i := consortium.Institution{Number: n, Name: []string{"Alder Hospital", "Birch <Clinic> & Sons", "Cedar Institute", "Dogwood"}[n-1], LegalGroup: "Group"}
		writes = append(writes, ledgertest.Write{Store: consortium.StoreKey, Key: consortium.InstitutionKey(n), Value: marshal(t, &i)})
	}
	c.Grow(t, 2, writes...)
	all := story(patient)
	c.Grow(t, 2, append(c.entries(t, all[:3], dropped), c.entries(t, story(other)[:4], 0)...)...) // blocks 3 and 4
	c.Appoint(2, 3, 4, 5)
	c.Grow(t, 2)
	c.Appoint(3, 4, 5, 6)
	c.Grow(t, 3, c.entries(t, all, dropped)...)
	c.node = c.Serve(t)
	c.root, err = proof.HeaderRoot(1, c.Block(1).Hash().String())
	require.NoError(t, err)
	return c
}

func marshal(t testing.TB, m interface{ Marshal() ([]byte, error) }) []byte {
	t.Helper()
	encoded, err := m.Marshal()
	require.NoError(t, err)
	return encoded
}

// entries are the writes of an account, but for what has left the state.
func (c *ledger) entries(t testing.TB, all []access.Disclosure, dropped int) []ledgertest.Write {
	t.Helper()
	subject := access.Subject{Id: all[0].Subject, DisclosuresEver: uint64(len(all))}
	var writes []ledgertest.Write
	for i, d := range all {
		var err error
		subject.Disclosures, err = access.NextHead(subject.Disclosures, d)
		require.NoError(t, err)
		if i >= dropped {
			writes = append(writes, ledgertest.Write{Store: access.StoreKey, Key: access.DisclosureKey(d.Subject, d.Index), Value: marshal(t, &d)})
		}
	}
	return append(writes, ledgertest.Write{Store: access.StoreKey, Key: access.SubjectKey(subject.Id), Value: marshal(t, &subject)})
}

// story is an account with an entry of every kind.
func story(subject records.SubjectId) []access.Disclosure {
	record := func(batch, leaf uint64) access.ReleasedRecord {
		return access.ReleasedRecord{Record: records.RecordId{Institution: 1, Batch: batch, Leaf: leaf}, Body: bytes.Repeat([]byte{byte(leaf + 1)}, 32)}
	}
	treat := access.Disclosure{Ticket: &access.TicketId{Institution: 2, Number: 1}, Requester: person, Institution: 2, Purpose: access.PURPOSE_TREAT, Basis: access.BASIS_CONSENT}
	with := func(d access.Disclosure, change func(*access.Disclosure)) access.Disclosure {
		change(&d)
		return d
	}
	own := access.Disclosure{Ticket: &access.TicketId{Institution: 1, Number: 5}, Requester: "dmdl1patient", Institution: 1, Purpose: access.PURPOSE_PATRQT, Basis: access.BASIS_PATIENT}
	glass := access.Disclosure{Ticket: &access.TicketId{Institution: 3, Number: 2}, Requester: "dmdl1emergency", Institution: 3, Purpose: access.PURPOSE_BTG, Basis: access.BASIS_EMERGENCY}
	happened := began.Add(-26 * time.Hour)
	all := []access.Disclosure{
		with(treat, func(d *access.Disclosure) {
			d.Kind, d.Consents, d.Records = access.DISCLOSURE_KIND_RELEASE, []uint64{1, 3}, []access.ReleasedRecord{record(1, 0), record(1, 2)}
		}),
		with(treat, func(d *access.Disclosure) { d.Kind, d.Of = access.DISCLOSURE_KIND_RECEIPT, 1 }),
		with(glass, func(d *access.Disclosure) { d.Kind = access.DISCLOSURE_KIND_BREAK_GLASS }),
		with(glass, func(d *access.Disclosure) {
			d.Kind, d.Records = access.DISCLOSURE_KIND_RELEASE, []access.ReleasedRecord{record(1, 1)}
		}),
		with(glass, func(d *access.Disclosure) {
			d.Kind, d.Of, d.Outcome = access.DISCLOSURE_KIND_REVIEW, 3, access.REVIEW_OUTCOME_UNJUSTIFIED
		}),
		with(own, func(d *access.Disclosure) {
			d.Kind, d.Ground = access.DISCLOSURE_KIND_REFUSAL, access.REFUSAL_GROUND_HARM
		}),
		with(glass, func(d *access.Disclosure) {
			d.Kind, d.Of, d.Dispute = access.DISCLOSURE_KIND_DISPUTE, 4, access.DISPUTE_REASON_NO_RECEIPT
		}),
		with(glass, func(d *access.Disclosure) {
			d.Kind, d.Ticket, d.HappenedAt = access.DISCLOSURE_KIND_LATE, nil, &happened
			d.Records = []access.ReleasedRecord{record(1, 0), record(4, 17)}
		}),
	}
	for i := range all {
		all[i].Subject, all[i].Index, all[i].Custodian = subject, uint64(i+1), 1
		all[i].Height, all[i].At = uint64(i+3), began.Add(time.Duration(i)*time.Hour)
	}
	return all
}

// LightBlock implements proof.Source.
func (c *ledger) LightBlock(_ context.Context, height int64) (*types.LightBlock, error) {
	if height < 1 || height > late+1 {
		return nil, fmt.Errorf("there is no block %d", height)
	}
	return c.Block(height), nil
}

// Prove implements proof.Source.
func (c *ledger) Prove(_ context.Context, store string, key []byte, height int64) ([]byte, *cmtcrypto.ProofOps, error) {
	answer := c.node.Query(store, key, height)
	if answer.Code != 0 {
		return nil, nil, fmt.Errorf("refused: %s", answer.Log)
	}
	return answer.Value, answer.ProofOps, nil
}

// leaf is what a vault knows: the leaves of its own batch.
func (c *ledger) leaf(_ context.Context, id records.RecordId) ([]byte, [][]byte, error) {
	if id.Batch != 1 {
		return nil, nil, nil
	}
	hash := func(leaves ...[]byte) []byte {
		root, err := records.Root(leaves)
		if err != nil {
			panic(err) // the leaves are the fixture's own
		}
		return root
	}
	path := [][][]byte{
		{hash(c.leaves[1]), hash(c.leaves[2])}, {hash(c.leaves[0]), hash(c.leaves[2])}, {hash(c.leaves[0], c.leaves[1])},
	}
	return c.leaves[id.Leaf], path[id.Leaf], nil
}

func (c *ledger) request(height int64, entries []access.Disclosure) account.Request {
	return account.Request{Subject: patient, Height: height, Entries: entries, Leaf: c.leaf}
}

func (c *ledger) make(t testing.TB, height int64, entries []access.Disclosure) []byte {
	t.Helper()
	bundle, _, err := account.Make(context.Background(), c, c.root, c.request(height, entries))
	require.NoError(t, err)
	return bundle
}

// failsIn requires that something is refused for a part.
func failsIn(t testing.TB, part proof.Part, err error) {
	t.Helper()
	var failure *proof.Error
	require.ErrorAs(t, err, &failure)
	require.Equal(t, part, failure.Part, "%s", err)
}
