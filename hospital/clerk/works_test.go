package clerk_test

import (
	"context"
	"iter"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/hospital/clerk"
	"github.com/dmdl-network/dmdl/hospital/gate/gatetest"
	"github.com/dmdl-network/dmdl/hospital/ledger"
	"github.com/dmdl-network/dmdl/hospital/vault"
	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/copyright"
	"github.com/dmdl-network/dmdl/x/records"
)

var claimed = copyright.WorkId{Institution: 3, Number: 1}

// sequence are ids with no error among them.
func sequence(ids ...records.RecordId) iter.Seq2[records.RecordId, error] {
	return func(yield func(records.RecordId, error) bool) {
		for _, id := range ids {
			if !yield(id, nil) {
				return
			}
		}
	}
}

// claims has institution 3 claim a list of records, which the vault has.
func (d *desk) claims(ids ...records.RecordId) vault.Work {
	d.t.Helper()
	w, err := d.vault.AddWork(d.t.Context(), nil, sequence(ids...))
	require.NoError(d.t, err)
	d.Change(func(s *gatetest.State) {
		s.Works[claimed] = &copyright.Work{
			Id: claimed, Root: w.Root[:], Size_: w.Size, Custodians: []uint64{gatetest.Custodian, 3}, Claimant: "dmdl1claimant",
		}
	})
	return w
}

func TestAWorkIsAttestedAfterItWasCompared(t *testing.T) {
	d := newDesk(t, unrestricted, gatetest.Document("one"), gatetest.Document("two"))
	elsewhere := records.RecordId{Institution: 3, Batch: 9}
	w := d.claims(d.id(1), d.id(2), elsewhere)
	var seen int
	compared, err := d.Attest(t.Context(), claimed, func(done, _ int) { seen = done })
	require.NoError(t, err)
	require.Equal(t, 2, compared, "what another keeps is compared there")
	require.Equal(t, 3, seen)
	d.Change(func(s *gatetest.State) {
		require.Len(t, s.Attested, 1)
		m := s.Attested[0]
		require.Equal(t, copyright.MsgAttestWork{Vault: m.Vault, Work: claimed, Root: w.Root[:], Claimant: "dmdl1claimant", Seed: m.Seed}, *m)
		require.Len(t, m.Seed, copyright.DigestSize)
	})
}

func TestAWorkThatDoesNotCompareIsNotAttested(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*desk)
		want   string
	}{
		"no custodian of it": {func(d *desk) {
			d.claims(d.id(1))
			d.Change(func(s *gatetest.State) { s.Works[claimed].Custodians = []uint64{3} })
		}, "it names institution 1 nowhere as a custodian"},
		"without the list": {func(d *desk) {
			d.claims(d.id(1))
			d.Change(func(s *gatetest.State) { s.Works[claimed].Root = make([]byte, 32) })
		}, "the list of its records is not here"},
		"of another size": {func(d *desk) {
			d.claims(d.id(1))
			d.Change(func(s *gatetest.State) { s.Works[claimed].Size_ = 9 })
		}, "it claims 9 records, the list has 1"},
		"a record that never was": {func(d *desk) { d.claims(records.RecordId{Institution: 1, Batch: 77}) }, "record 1-77-0 is none of this vault"},
		"a record of a stranger":  {func(d *desk) { d.claims(d.id(1), records.RecordId{Institution: 4, Batch: 1}) }, "is of institution 4, which it does not name"},
		"an erased record": {func(d *desk) {
			d.claims(d.id(1))
			require.NoError(d.t, d.vault.Erase(d.t.Context(), 1, "objection"))
		}, "is erased"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, unrestricted, gatetest.Document("one"))
			tc.change(d)
			_, err := d.Attest(t.Context(), claimed, nil)
			require.ErrorIs(t, err, clerk.ErrNotAttested)
			require.ErrorContains(t, err, tc.want)
			d.Change(func(s *gatetest.State) { require.Empty(t, s.Attested) })
		})
	}
}

func TestAWorkThatTheLedgerDoesNotHoldIsNotAttested(t *testing.T) {
	d := newDesk(t, unrestricted, gatetest.Document("one"))
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	_, err := d.Attest(ctx, copyright.WorkId{Institution: 2, Number: 99}, nil)
	require.ErrorIs(t, err, clerk.ErrNoWork)
	require.ErrorContains(t, err, "2/99")
}

func TestALedgerThatIsSlowToReadDoesNotLackTheWork(t *testing.T) {
	d := newDesk(t, unrestricted, gatetest.Document("one"))
	d.claims(d.id(1))
	key, err := ledger.NewKey()
	require.NoError(t, err)
	asked := 0
	slow := clerk.New(d.vault, d, func(ctx context.Context) (ledger.State, error) {
		if asked++; asked == 1 {
			<-ctx.Done()
			return nil, ctx.Err()
		}
		return d.Newest(ctx)
	}, key)
	compared, err := slow.Attest(t.Context(), claimed, nil)
	require.NoError(t, err)
	require.Equal(t, 1, compared)
}

func TestWithdrawalsAndErasuresAreToldOnceEach(t *testing.T) {
	d := newDesk(t, unrestricted, gatetest.Document("one"), gatetest.Document("two"), gatetest.Record(2, gatetest.Classes[0], []byte("another patient's")))
	w := d.claims(d.id(1), d.id(2), d.id(3))
	licence := access.LicenceId{Institution: 3, Number: 5}
	d.Change(func(s *gatetest.State) {
		s.Licences[licence] = &copyright.Licence{Id: licence, Work: claimed}
		p := gatetest.Permit(gatetest.Classes...)
		p.Grantee = access.Grantee{Licence: &licence}
		s.Consent(access.Consent{Permits: []access.Permit{p}})
		s.Subjects[gatetest.Patient].ConsentsEver = 2
	})
	tells := func(want int) {
		t.Helper()
		told, err := d.Notify(t.Context(), claimed)
		require.NoError(t, err)
		require.Equal(t, want, told)
	}
	tells(0)
	d.Change(func(s *gatetest.State) {
		s.Consents[gatetest.Entry{Subject: gatetest.Patient, Index: 2}].EndedHeight = 8
	})
	tells(2)
	tells(0)

	require.NoError(t, d.vault.Erase(t.Context(), 3, "objection"))
	tells(0) // the ledger does not say so yet
	d.Change(func(s *gatetest.State) {
		s.Standings[d.id(3)] = &records.Standing{Id: d.id(3), Custodian: 1, Status: records.RECORD_STATUS_ERASED}
	})
	tells(1)
	tells(0)
	d.Change(func(s *gatetest.State) {
		require.Len(t, s.Notified, 2)
		for i, cause := range []copyright.Cause{copyright.CAUSE_WITHDRAWN, copyright.CAUSE_ERASED} {
			require.Equal(t, cause, s.Notified[i].Cause)
			for _, r := range s.Notified[i].Records {
				require.NoError(t, copyright.Work{Root: w.Root[:], Size_: w.Size}.CheckMember(r.Record, r.Place, r.Path))
			}
		}
	})
	_, err := d.Notify(t.Context(), copyright.WorkId{Institution: 3, Number: 9})
	require.ErrorIs(t, err, clerk.ErrNoWork)
}
