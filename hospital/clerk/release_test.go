package clerk_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"testing"

	"filippo.io/age"
	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/hospital/clerk"
	"github.com/dmdl-network/dmdl/hospital/gate"
	"github.com/dmdl-network/dmdl/hospital/gate/gatetest"
	"github.com/dmdl-network/dmdl/hospital/ledger"
	"github.com/dmdl-network/dmdl/hospital/vault"
	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/records"
)

const requester = "dmdl1requester"

// desk is a custodian with records of a patient who consented to their release.
type desk struct {
	*gatetest.Ledger
	*clerk.Releases
	t         *testing.T
	vault     *vault.Vault
	recipient *age.HybridIdentity
}

func newDesk(t *testing.T, sealed string, news ...vault.NewRecord) *desk {
	t.Helper()
	identity, err := age.GenerateHybridIdentity()
	require.NoError(t, err)
	d := &desk{t: t, vault: gatetest.OpenVault(t), recipient: identity, Ledger: gatetest.New(requester, identity.Recipient().String())}
	shown, err := d.vault.SealConsent(t.Context(), gatetest.Patient.Number, []byte(sealed))
	require.NoError(t, err)
	d.Change(func(s *gatetest.State) {
		s.Consent(access.Consent{Permits: []access.Permit{gatetest.Permit(gatetest.Classes...)}, Sealed: shown[:]})
	})
	_, err = d.vault.Add(t.Context(), news)
	require.NoError(t, err)
	key, err := ledger.NewKey()
	require.NoError(t, err)
	c := clerk.New(d.vault, d, d.Newest, key)
	require.NoError(t, c.Beat(t.Context()))
	d.Releases = c.Releases()
	return d
}

func (d *desk) id(number uint64) records.RecordId {
	d.t.Helper()
	r, err := d.vault.Get(d.t.Context(), number)
	require.NoError(d.t, err)
	return records.RecordId{Institution: gatetest.Custodian, Batch: r.Batch, Leaf: r.Leaf}
}

// holding opens the ticket.
func (d *desk) holding() *clerk.Holding {
	d.t.Helper()
	h, err := d.Holding(d.t.Context(), gatetest.Ticket, requester)
	require.NoError(d.t, err)
	return h
}

func (d *desk) offered() []records.RecordId {
	d.t.Helper()
	all, err := d.holding().Offer(d.t.Context())
	require.NoError(d.t, err)
	var ids []records.RecordId
	for _, o := range all {
		ids = append(ids, o.Record)
	}
	return ids
}

// release releases records and returns the passage of the only release.
func (d *desk) release(ids ...records.RecordId) *clerk.Passage {
	d.t.Helper()
	released, err := d.holding().Release(d.t.Context(), ids)
	require.NoError(d.t, err)
	require.Len(d.t, released, 1)
	p, err := d.Passage(d.t.Context(), requester, gatetest.Patient, released[0].Disclosure)
	require.NoError(d.t, err)
	return p
}

const unrestricted = `{"version":1}`

func TestAnOfferListsWhatIsPermittedAndNothingElse(t *testing.T) {
	withheld := gatetest.Document("withheld")
	withheld.Content.Kind, withheld.Descriptor.Kind = "psychiatry", "psychiatry"
	reference := gatetest.Document("elsewhere")
	reference.Reference = "pacs://1"
	d := newDesk(t, `{"version":1,"exceptions":[{"kinds":["psychiatry"]}]}`,
		gatetest.Document("one"), withheld, gatetest.Document("erased"), gatetest.Document("retracted"),
		gatetest.Record(2, gatetest.Classes[0], []byte("another patient's")), gatetest.Record(1, records.RECORD_CLASS_IMAGING, []byte("not asked for")),
		gatetest.Record(1, gatetest.Classes[1], []byte("a result")), reference)
	_, err := d.vault.Add(t.Context(), []vault.NewRecord{gatetest.Document("not anchored yet")})
	require.NoError(t, err)
	retracted := d.id(4)
	d.Change(func(s *gatetest.State) {
		s.Standings[retracted] = &records.Standing{Id: retracted, Custodian: 1, Status: records.RECORD_STATUS_RETRACTED}
	})
	err = d.vault.Erase(t.Context(), 3, "objection")
	require.NoError(t, err)
	require.Equal(t, []records.RecordId{d.id(1), d.id(7)}, d.offered())

	one := d.id(1)
	for name, id := range map[string]records.RecordId{
		"withheld": d.id(2), "erased": {Institution: 1, Batch: 1, Leaf: 2}, "retracted": retracted, "another's": d.id(5), "another class": d.id(6),
		"reference": d.id(8), "unknown": {Institution: 1, Batch: 1, Leaf: 1 << 19}, "no batch": {Institution: 1, Batch: 99}, "elsewhere": {Institution: 3, Batch: 1},
	} {
		_, err := d.holding().Release(t.Context(), []records.RecordId{one, id})
		require.ErrorIs(t, err, gate.ErrClosed, name)
	}
	d.Change(func(s *gatetest.State) { require.Empty(t, s.Disclosures, "one that is withheld releases none") })
}

func TestAReleaseIsOnTheLedgerBeforeItIsToldOf(t *testing.T) {
	d := newDesk(t, unrestricted, gatetest.Document("one"), gatetest.Document("two"))
	released, err := d.holding().Release(t.Context(), []records.RecordId{d.id(2), d.id(1), d.id(2)})
	require.NoError(t, err)
	require.Len(t, released, 1)
	require.Len(t, released[0].Records, 2, "named twice is released once")
	p, err := d.Passage(t.Context(), requester, gatetest.Patient, released[0].Disclosure)
	require.NoError(t, err)
	require.Equal(t, []access.ReleasedRecord{
		{Record: d.id(2), Body: released[0].Records[0].Body[:]}, {Record: d.id(1), Body: released[0].Records[1].Body[:]},
	}, p.Entry.Records)
	body, err := d.Body(t.Context(), released[0].Records[0], 5, 7)
	require.NoError(t, err)
	text, err := io.ReadAll(body)
	require.NoError(t, err)
	require.Len(t, text, 7)
}

func TestReleasesAreApartByBasisAndByThirtyTwo(t *testing.T) {
	var news []vault.NewRecord
	for i := range access.MaxReleased + 1 {
		news = append(news, gatetest.Document(fmt.Sprint("note ", i)), gatetest.Record(1, gatetest.Classes[1], fmt.Append(nil, "result ", i)))
	}
	d := newDesk(t, unrestricted, news...)
	d.Change(func(s *gatetest.State) {
		s.Consents[gatetest.Entry{Subject: gatetest.Patient, Index: 1}].Permits[0].Classes = gatetest.Classes[:1]
		s.Policies[1] = &access.Policy{Institution: 1, Permits: []access.PolicyPermit{{Basis: access.BASIS_POLICY, Permit: gatetest.Permit(gatetest.Classes[1])}}}
	})
	released, err := d.holding().Release(t.Context(), d.offered())
	require.NoError(t, err)
	var sizes []int
	for _, r := range released {
		sizes = append(sizes, len(r.Records))
		for _, o := range r.Records {
			require.Equal(t, r.Records[0].Class, o.Class)
		}
	}
	require.Equal(t, []int{access.MaxReleased, 1, access.MaxReleased, 1}, sizes)
}

func TestWhatTheLedgerRefusesIsNotReleased(t *testing.T) {
	d := newDesk(t, unrestricted, gatetest.Document("one"))
	for _, refusal := range []*ledger.Refusal{
		{Codespace: access.ModuleName, Code: access.ErrNoApplicablePermit.ABCICode(), Height: 9},
		{Codespace: access.ModuleName, Code: access.ErrObligations.ABCICode(), Height: 9},
		{Codespace: "consortium", Code: 7},
	} {
		d.Change(func(s *gatetest.State) { s.Refuse = refusal })
		_, err := d.holding().Release(t.Context(), []records.RecordId{d.id(1)})
		require.ErrorIs(t, err, gate.ErrClosed, refusal)
	}
	for _, err := range []error{&ledger.Refusal{Codespace: "lanes", Code: 2, Retryable: true}, context.DeadlineExceeded} {
		d.Change(func(s *gatetest.State) { s.Refuse = err })
		_, got := d.holding().Release(t.Context(), []records.RecordId{d.id(1)})
		require.ErrorIs(t, got, err)
		require.NotErrorIs(t, got, gate.ErrClosed, "it may work later")
	}
	d.Change(func(s *gatetest.State) { require.Empty(t, s.Disclosures) })
}

func TestAccountsAreKnownUnlessTheLedgerSaysNot(t *testing.T) {
	d := newDesk(t, unrestricted)
	require.True(t, d.Known(t.Context(), requester))
	require.False(t, d.Known(t.Context(), "dmdl1stranger"))
	d.Change(func(s *gatetest.State) { s.Fail = errors.New("no node answers") })
	require.True(t, d.Known(t.Context(), "dmdl1stranger"), "nobody can tell")
}

func TestATicketIsOfOneHand(t *testing.T) {
	d := newDesk(t, unrestricted, gatetest.Document("one"))
	_, err := d.Holding(t.Context(), gatetest.Ticket, "dmdl1other")
	require.ErrorIs(t, err, gate.ErrClosed)
	p := d.release(d.id(1))
	for name, who := range map[string]struct {
		requester string
		subject   records.SubjectId
		index     uint64
	}{
		"another hand":    {"dmdl1other", gatetest.Patient, p.Entry.Index},
		"another subject": {requester, records.SubjectId{Institution: 1, Number: 2}, p.Entry.Index},
		"no such entry":   {requester, gatetest.Patient, 77},
	} {
		_, err := d.Passage(t.Context(), who.requester, who.subject, who.index)
		require.ErrorIs(t, err, gate.ErrClosed, name)
	}
	for name, change := range map[string]func(*access.Disclosure){
		"no release":        func(e *access.Disclosure) { e.Kind = access.DISCLOSURE_KIND_BREAK_GLASS },
		"another custodian": func(e *access.Disclosure) { e.Custodian = 3 },
		"no ticket":         func(e *access.Disclosure) { e.Ticket = nil },
	} {
		entry := p.Entry
		change(&entry)
		var index uint64
		d.Change(func(s *gatetest.State) { index = s.Enter(entry) })
		_, err := d.Passage(t.Context(), requester, gatetest.Patient, index)
		require.ErrorIs(t, err, gate.ErrClosed, name)
	}
}

func TestAPassageEndsWithItsRelease(t *testing.T) {
	for name, change := range map[string]func(*desk){
		"withdrawn": func(d *desk) { d.Change((*gatetest.State).Withdraw) },
		"expired":   func(d *desk) { d.Change(func(s *gatetest.State) { s.At = s.Tickets[gatetest.Ticket].ExpiresAt }) },
		"suspended": func(d *desk) { d.Change(func(s *gatetest.State) { delete(s.Institutions, gatetest.Asking) }) },
		"erased": func(d *desk) {
			err := d.vault.Erase(d.t.Context(), 1, "objection")
			require.NoError(d.t, err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, unrestricted, gatetest.Document("one"), gatetest.Document("two"))
			p := d.release(d.id(1))
			_, err := p.Check(t.Context(), p.Entry.Records[0].Record)
			require.NoError(t, err)
			_, err = p.Check(t.Context(), d.id(2))
			require.ErrorIs(t, err, gate.ErrClosed, "the release is not of this one")
			change(d)
			_, err = p.Check(t.Context(), p.Entry.Records[0].Record)
			require.ErrorIs(t, err, gate.ErrClosed)
			receipt, err := d.Submit(t.Context(), ledger.Key{}, &access.MsgReceive{Requester: requester, Subject: gatetest.Patient, Disclosure: p.Entry.Index})
			require.NoError(t, err)
			var answer access.MsgReceiveResponse
			require.NoError(t, receipt.Answer(&answer))
			_, err = p.Keys(t.Context(), answer.Receipt, d.recipient.Recipient().String())
			require.ErrorIs(t, err, gate.ErrClosed, "the key is not given either")
			told, err := d.vault.Recipients(t.Context(), 1)
			require.NoError(t, err)
			require.Empty(t, told)
		})
	}
}

func TestKeysAreForReceipts(t *testing.T) {
	d := newDesk(t, unrestricted, gatetest.Document("one"), gatetest.Document("two"))
	recipient := d.recipient.Recipient().String()
	p, other := d.release(d.id(1), d.id(2)), d.release(d.id(1))
	receipt := access.Disclosure{Kind: access.DISCLOSURE_KIND_RECEIPT, Subject: gatetest.Patient, Requester: requester, Of: p.Entry.Index}
	enter := func(change func(*access.Disclosure)) (index uint64) {
		e := receipt
		change(&e)
		d.Change(func(s *gatetest.State) { index = s.Enter(e) })
		return index
	}
	for name, index := range map[string]uint64{
		"none": 99, "the release itself": p.Entry.Index,
		"of another release": enter(func(e *access.Disclosure) { e.Of = other.Entry.Index }),
		"of another hand":    enter(func(e *access.Disclosure) { e.Requester = "dmdl1other" }),
		"a dispute":          enter(func(e *access.Disclosure) { e.Kind = access.DISCLOSURE_KIND_DISPUTE }),
	} {
		_, err := p.Keys(t.Context(), index, recipient)
		require.ErrorIs(t, err, clerk.ErrNoReceipt, name)
	}
	signed := enter(func(*access.Disclosure) {})
	stranger, err := age.GenerateHybridIdentity()
	require.NoError(t, err)
	for _, wrong := range []string{"", recipient + " ", stranger.Recipient().String()} {
		_, err := p.Keys(t.Context(), signed, wrong)
		require.ErrorIs(t, err, gate.ErrClosed)
	}
	told, err := d.vault.Recipients(t.Context(), 1)
	require.NoError(t, err)
	require.Empty(t, told, "nothing was given so far")

	envelopes, err := p.Keys(t.Context(), signed, recipient)
	require.NoError(t, err)
	require.Len(t, envelopes, 2)
	for i, sealed := range envelopes {
		e, err := vault.OpenEnvelope(sealed, d.recipient)
		require.NoError(t, err)
		require.NotNil(t, e.Openings)
		told, err := d.vault.Recipients(t.Context(), uint64(i+1))
		require.NoError(t, err)
		require.Len(t, told, 1)
		require.Equal(t, requester, told[0].Address)
	}
}

func TestARecipientThatIsNoKeyGetsNone(t *testing.T) {
	d := newDesk(t, unrestricted, gatetest.Document("one"))
	const wrong = "age1not-a-key"
	d.Change(func(s *gatetest.State) { s.Tickets[gatetest.Ticket] = ticketTo(s, wrong) })
	p := d.release(d.id(1))
	_, err := d.Submit(t.Context(), ledger.Key{}, &access.MsgReceive{Requester: requester, Subject: gatetest.Patient, Disclosure: p.Entry.Index})
	require.NoError(t, err)
	_, err = p.Keys(t.Context(), p.Entry.Index+1, wrong)
	require.ErrorIs(t, err, gate.ErrClosed)
	d.Change(func(s *gatetest.State) { s.Fail = errors.New("the node is down") })
	_, err = p.Keys(t.Context(), p.Entry.Index+1, wrong)
	require.EqualError(t, err, "the node is down")
}

// ticketTo is the ticket with another recipient.
func ticketTo(s *gatetest.State, recipient string) *access.Ticket {
	other := *s.Tickets[gatetest.Ticket]
	digest := sha256.Sum256([]byte(recipient))
	other.Recipient = digest[:]
	return &other
}
