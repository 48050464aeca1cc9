package clerk

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/dmdl-network/dmdl/commitment"
	"github.com/dmdl-network/dmdl/hospital/canonical/format"
	"github.com/dmdl-network/dmdl/hospital/gate"
	"github.com/dmdl-network/dmdl/hospital/ledger"
	"github.com/dmdl-network/dmdl/hospital/vault"
	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/records"
)

const clinician = "dmdl1clinician"

// outage is a vault whose ledger comes and goes.
type outage struct {
	*Emergencies
	t      *testing.T
	at     time.Time
	away   error
	block  time.Time
	heads  access.JournalHead
	submit func(*access.MsgReportEmergencies) error
	asked  Emergency
	opens  *age.HybridIdentity
}

func newOutage(t *testing.T, texts ...string) *outage {
	t.Helper()
	recovery, err := age.GenerateHybridIdentity()
	require.NoError(t, err)
	home := filepath.Join(t.TempDir(), "vault")
	require.NoError(t, vault.Create(t.Context(), home, vault.Settings{Name: "test", ChainID: "dmdl-test-1", Institution: 1}, recovery.Recipient().String()))
	v, err := vault.Open(t.Context(), home, vault.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, v.Close()) })
	o := &outage{t: t, at: time.Date(2026, 8, 1, 12, 30, 0, 0, time.UTC), away: errors.New("no answer")}
	o.fill(v, texts)
	key, err := ledger.NewKey()
	require.NoError(t, err)
	o.Emergencies = &Emergencies{
		vault: v, key: key, home: home, ledger: o, writing: new(sync.Mutex), now: func() time.Time { return o.at },
		newest: func(context.Context) (time.Time, error) { return o.block, o.away },
		told:   func(context.Context) (access.JournalHead, error) { return o.heads, nil },
	}
	o.opens, err = age.GenerateHybridIdentity()
	require.NoError(t, err)
	o.asked = Emergency{Subject: 1, Classes: []records.RecordClass{records.RECORD_CLASS_RESULT}, Recipient: o.opens.Recipient().String()}
	o.roster(func(*Roster) {})
	return o
}

// fill adds results of one patient, and anchors them.
func (o *outage) fill(v *vault.Vault, texts []string) {
	subject, err := v.Subject(o.t.Context(), "somebody")
	require.NoError(o.t, err)
	for _, text := range texts {
		digest := sha256.Sum256([]byte(text))
		_, err := v.Add(o.t.Context(), []vault.NewRecord{{
			Subject: subject, Class: records.RECORD_CLASS_RESULT,
			Content:    commitment.Content{Kind: "text/plain", Profile: "raw/1", Canonical: digest, Raw: digest},
			Descriptor: commitment.Descriptor{Kind: "text/plain", Profile: "raw/1"},
			Body:       format.Bytes([]byte(text), ""),
		}})
		require.NoError(o.t, err)
	}
	b, _, err := v.Seal(o.t.Context(), 100)
	require.NoError(o.t, err)
	require.NoError(o.t, v.Anchored(o.t.Context(), b.Number, 9, o.at))
}

// roster keeps what was last proven, changed.
func (o *outage) roster(change func(*Roster)) {
	r := Roster{
		Height: 77, At: o.at.Add(-time.Hour), Classes: []records.RecordClass{records.RECORD_CLASS_RESULT}, Overrides: true,
		Clinicians: map[string]Clinician{clinician: {Institution: 2, Until: o.at.Add(time.Hour)}},
	}
	change(&r)
	require.NoError(o.t, r.save(o.home))
}

// serve serves another emergency of the clinician.
func (o *outage) serve() (Served, error) {
	asked := o.asked
	_, _ = rand.Read(asked.Reason[:])
	return o.Serve(o.t.Context(), clinician, asked)
}

// Submit is the ledger as it takes reports.
func (o *outage) Submit(_ context.Context, _ ledger.Key, msgs ...sdk.Msg) (ledger.Result, error) {
	m := msgs[0].(*access.MsgReportEmergencies)
	if o.submit != nil {
		if err := o.submit(m); err != nil {
			return ledger.Result{}, err
		}
	}
	if string(m.Previous) != string(o.heads.Head) {
		return ledger.Result{}, access.ErrJournal
	}
	for _, e := range m.Entries {
		var err error
		o.heads.Head, err = access.NextJournalHead(o.heads.Head, e)
		require.NoError(o.t, err)
	}
	o.heads.Entries += uint64(len(m.Entries))
	o.heads.Height = 100
	return ledger.Result{Height: 100}, nil
}

func TestAnEmergencyIsServedWithoutTheLedgerAndToldAfterwards(t *testing.T) {
	o := newOutage(t, "one", "two")
	served, err := o.serve()
	require.NoError(t, err)
	require.Equal(t, uint64(1), served.Line)
	require.Len(t, served.Records, 2)
	for i, sealed := range served.Envelopes {
		e, err := vault.OpenEnvelope(sealed, o.opens)
		require.NoError(t, err)
		require.NotNil(t, e.Openings)
		got, err := o.Released(t.Context(), clinician, 1, served.Records[i].Record)
		require.NoError(t, err)
		require.Equal(t, served.Records[i].Body, got.Body)
	}
	lines, err := o.vault.Journal(t.Context(), 0)
	require.NoError(t, err)
	require.Len(t, lines, 1)
	var line access.JournalEntry
	require.NoError(t, line.Unmarshal(lines[0].Entry))
	require.NoError(t, line.Validate())
	require.Equal(t, uint64(77), line.RoleHeight)
	head, err := access.NextJournalHead(nil, line)
	require.NoError(t, err)
	require.True(t, o.key.PubKey().VerifySignature(head, lines[0].Signature))
	account, err := o.vault.Recipients(t.Context(), 1)
	require.NoError(t, err)
	require.Len(t, account, 1, "the vault's own account tells of it too")

	for want := range 2 { // the second time there is nothing to tell
		told, err := o.Report(t.Context())
		require.NoError(t, err)
		require.Equal(t, 1-want, told)
		require.Equal(t, uint64(1), o.heads.Entries)
	}
}

func TestWithoutTheLedgerNobodyElseIsServed(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*outage)
		want   error
	}{
		"the ledger is there":      {func(o *outage) { o.away, o.block = nil, o.at.Add(-time.Minute) }, ErrInReach},
		"another clinician":        {func(o *outage) { o.roster(func(r *Roster) { delete(r.Clinicians, clinician) }) }, gate.ErrClosed},
		"a role that has ended":    {func(o *outage) { o.at = o.at.Add(time.Hour) }, gate.ErrClosed},
		"an old roster":            {func(o *outage) { o.roster(func(r *Roster) { r.At = o.at.Add(-RosterAge - time.Second) }) }, gate.ErrClosed},
		"a roster to come":         {func(o *outage) { o.roster(func(r *Roster) { r.At = o.at.Add(time.Hour) }) }, gate.ErrClosed},
		"no roster":                {func(o *outage) { o.roster(func(r *Roster) { *r = Roster{} }) }, gate.ErrClosed},
		"denials stand":            {func(o *outage) { o.roster(func(r *Roster) { r.Overrides = false }) }, gate.ErrClosed},
		"a class that is not open": {func(o *outage) { o.asked.Classes = []records.RecordClass{records.RECORD_CLASS_GENOMICS} }, gate.ErrClosed},
		"nobody's number":          {func(o *outage) { o.asked.Subject = 99 }, gate.ErrClosed},
		"no patient":               {func(o *outage) { o.asked.Subject = 0 }, gate.ErrClosed},
		"no recipient":             {func(o *outage) { o.asked.Recipient = "age1x" }, gate.ErrClosed},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOutage(t, "one")
			c.change(o)
			_, err := o.serve()
			require.ErrorIs(t, err, c.want)
			lines, err := o.vault.Journal(t.Context(), 0)
			require.NoError(t, err)
			require.Empty(t, lines)
		})
	}
}

func TestAHaltedLedgerIsOutOfReachToo(t *testing.T) {
	o := newOutage(t, "one")
	o.away, o.block = nil, o.at.Add(-halt)
	_, err := o.serve()
	require.NoError(t, err)
}

func TestAClinicianIsServedSoOftenADay(t *testing.T) {
	o := newOutage(t, "one")
	for range maxEmergencies {
		_, err := o.serve()
		require.NoError(t, err)
	}
	_, err := o.serve()
	require.ErrorIs(t, err, gate.ErrClosed)
	o.at = o.at.Add(25 * time.Hour)
	o.roster(func(*Roster) {})
	_, err = o.serve()
	require.NoError(t, err)
}

func TestWhoAsksManyTimesAtOnceIsServedNoMoreOften(t *testing.T) {
	o := newOutage(t, "a result")
	var atOnce sync.WaitGroup
	results := make(chan error, 4*maxEmergencies)
	for range cap(results) {
		atOnce.Go(func() {
			_, err := o.serve()
			results <- err
		})
	}
	atOnce.Wait()
	close(results)
	served := 0
	for err := range results {
		if err == nil {
			served++
		} else {
			require.ErrorIs(t, err, gate.ErrClosed)
		}
	}
	require.Equal(t, maxEmergencies, served)
}

func TestWhoLostTheAnswerIsServedByTheSameLine(t *testing.T) {
	o := newOutage(t, "one", "two")
	for range maxEmergencies + 1 {
		served, err := o.Serve(t.Context(), clinician, o.asked)
		require.NoError(t, err)
		require.Equal(t, uint64(1), served.Line)
		require.Len(t, served.Envelopes, 2)
	}
}

func TestAnotherEmergencyIsAnotherLine(t *testing.T) {
	const other = "dmdl1other"
	for name, change := range map[string]func(o *outage, who *string){
		"another reason":    func(o *outage, _ *string) { o.asked.Reason[0]++ },
		"other records":     func(o *outage, _ *string) { require.NoError(t, o.vault.Erase(t.Context(), 1, "objection")) },
		"another clinician": func(_ *outage, who *string) { *who = other },
		"the next day":      func(o *outage, _ *string) { o.at = o.at.Add(lineLife + time.Second) },
	} {
		t.Run(name, func(t *testing.T) {
			o, who := newOutage(t, "one", "two"), clinician
			_, err := o.Serve(t.Context(), who, o.asked)
			require.NoError(t, err)
			change(o, &who)
			o.roster(func(r *Roster) { r.Clinicians[other] = r.Clinicians[clinician] })
			served, err := o.Serve(t.Context(), who, o.asked)
			require.NoError(t, err)
			require.Equal(t, uint64(2), served.Line)
		})
	}
}

func TestEachLineIsToldOnceWhateverHappensOnTheWay(t *testing.T) {
	o := newOutage(t, "one")
	for range 3 {
		_, err := o.serve()
		require.NoError(t, err)
	}
	lost := errors.New("no answer")
	o.submit = func(m *access.MsgReportEmergencies) error {
		o.submit = nil
		_, err := o.Submit(t.Context(), o.key, m) // the ledger took it, and nobody heard
		require.NoError(t, err)
		return lost
	}
	_, err := o.Report(t.Context())
	require.ErrorIs(t, err, lost)
	told, err := o.Report(t.Context())
	require.NoError(t, err)
	require.Equal(t, 3, told)
	require.Equal(t, uint64(3), o.heads.Entries)

	_, err = o.serve()
	require.NoError(t, err)
	told, err = o.Report(t.Context())
	require.NoError(t, err)
	require.Equal(t, 1, told)
	require.Equal(t, uint64(4), o.heads.Entries)
}

func TestAnEmergencyAfterALostAnswerIsToldToo(t *testing.T) {
	o := newOutage(t, "one")
	_, err := o.serve()
	require.NoError(t, err)
	lost := errors.New("no answer")
	o.submit = func(m *access.MsgReportEmergencies) error {
		o.submit = nil
		_, err := o.Submit(t.Context(), o.key, m) // the ledger took it, and nobody heard
		require.NoError(t, err)
		return lost
	}
	_, err = o.Report(t.Context())
	require.ErrorIs(t, err, lost)
	_, err = o.serve()
	require.NoError(t, err)
	told, err := o.Report(t.Context())
	require.NoError(t, err)
	require.Equal(t, 2, told)
	require.Equal(t, uint64(2), o.heads.Entries)
}

func TestAVaultWithAnotherAccountTellsTheLinesThatWait(t *testing.T) {
	o := newOutage(t, "one")
	serve := func() {
		_, err := o.serve()
		require.NoError(t, err)
	}
	report := func(want int) {
		told, err := o.Report(t.Context())
		require.NoError(t, err)
		require.Equal(t, want, told)
	}
	serve()
	serve()
	report(2)
	var err error
	o.key, err = ledger.NewKey() // as a restored vault gets one when it is connected again
	require.NoError(t, err)
	o.heads = access.JournalHead{}
	serve()
	report(1)
	serve()
	report(1)
	require.Equal(t, uint64(2), o.heads.Entries, "of this account")
	report(0)
}

func TestALineThatIsNotOnTheLedgerIsNotTakenForTold(t *testing.T) {
	o := newOutage(t, "one")
	_, err := o.serve()
	require.NoError(t, err)
	o.heads = access.JournalHead{Head: make([]byte, 32), Entries: 5, Height: 100} // of lines that a restored vault has lost
	for range 2 {
		_, err = o.Report(t.Context())
		require.ErrorIs(t, err, access.ErrJournal)
	}
}

func TestAJournalThatTheLedgerDoesNotKnowIsNotTold(t *testing.T) {
	o := newOutage(t, "one")
	_, err := o.serve()
	require.NoError(t, err)
	o.heads = access.JournalHead{Head: make([]byte, 32)} // of another journal
	_, err = o.Report(t.Context())
	require.ErrorIs(t, err, access.ErrJournal)
}

func TestABodyIsForWhomTheJournalNames(t *testing.T) {
	o := newOutage(t, "one")
	served, err := o.serve()
	require.NoError(t, err)
	id := served.Records[0].Record
	for name, ask := range map[string]func() error{
		"another": func() error { _, err := o.Released(t.Context(), "dmdl1other", 1, id); return err },
		"line 0":  func() error { _, err := o.Released(t.Context(), clinician, 0, id); return err },
		"line 2":  func() error { _, err := o.Released(t.Context(), clinician, 2, id); return err },
		"another record": func() error {
			_, err := o.Released(t.Context(), clinician, 1, records.RecordId{Institution: 1, Batch: 1, Leaf: 9})
			return err
		},
		"the next day": func() error {
			o.at = o.at.Add(25 * time.Hour)
			_, err := o.Released(t.Context(), clinician, 1, id)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			at := o.at
			require.ErrorIs(t, ask(), gate.ErrClosed)
			o.at = at
		})
	}
}
