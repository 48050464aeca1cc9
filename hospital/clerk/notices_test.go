package clerk_test

import (
	"context"
	"encoding/hex"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"

	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/dmdl-network/dmdl/hospital/gate/gatetest"
	"github.com/dmdl-network/dmdl/hospital/ledger"
	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/copyright"
	"github.com/dmdl-network/dmdl/x/records"
)

// byRoot answers which works have a root, one on a page.
type byRoot struct {
	copyright.QueryClient
	desk *desk
}

func (b byRoot) WorksByRoot(_ context.Context, q *copyright.QueryWorksByRootRequest, _ ...grpc.CallOption) (*copyright.QueryWorksByRootResponse, error) {
	var found []copyright.Work
	b.desk.Change(func(s *gatetest.State) {
		for _, w := range s.Works {
			if hex.EncodeToString(w.Root) == q.Root {
				found = append(found, *w)
			}
		}
	})
	slices.SortFunc(found, func(a, b copyright.Work) int { return int(a.Id.Institution) - int(b.Id.Institution) })
	page, answer := 0, &copyright.QueryWorksByRootResponse{Pagination: &query.PageResponse{}}
	if q.Pagination != nil && len(q.Pagination.Key) > 0 {
		page = int(q.Pagination.Key[0])
	}
	if page < len(found) {
		answer.Works = found[page : page+1]
	}
	if page+1 < len(found) {
		answer.Pagination.NextKey = []byte{byte(page + 1)}
	}
	return answer, nil
}

// copies puts a change of institution 3's claim into the hands of others.
func (d *desk) copies(change func(*copyright.Work), institutions ...uint64) {
	d.Change(func(s *gatetest.State) {
		for _, institution := range institutions {
			w := *s.Works[claimed]
			w.Id.Institution = institution
			change(&w)
			s.Works[w.Id] = &w
		}
	})
}

// erases has records erased, here and on the ledger.
func (d *desk) erases(numbers ...uint64) {
	for _, number := range numbers {
		require.NoError(d.t, d.vault.Erase(d.t.Context(), number, "objection"))
		id := d.id(number)
		d.Change(func(s *gatetest.State) {
			s.Standings[id] = &records.Standing{Id: id, Custodian: gatetest.Custodian, Status: records.RECORD_STATUS_ERASED}
		})
	}
}

func (d *desk) notified() (all []copyright.WorkId) {
	d.Change(func(s *gatetest.State) {
		for _, m := range s.Notified {
			all = append(all, m.Work)
		}
	})
	return all
}

func TestAFalseClaimOnAListKeepsNoOtherFromBeingTold(t *testing.T) {
	d := newDesk(t, unrestricted, gatetest.Document("one"), gatetest.Document("two"))
	d.claims(d.id(1), d.id(2))
	d.copies(func(w *copyright.Work) { w.Size_ = 9 }, 2)
	d.copies(func(*copyright.Work) {}, 4)
	d.copies(func(w *copyright.Work) { w.Status = copyright.WORK_STATUS_REJECTED }, 5)
	d.erases(2)
	told, err := d.NotifyAll(t.Context(), byRoot{desk: d})
	require.NoError(t, err)
	require.Equal(t, 2, told)
	require.Equal(t, []copyright.WorkId{claimed, {Institution: 4, Number: 1}}, d.notified(), "the claims that stand on this list, whichever page names them")
}

func TestARefusedNoticeKeepsNoOtherFromBeingTold(t *testing.T) {
	d := newDesk(t, unrestricted, gatetest.Document("one"), gatetest.Document("two"))
	d.claims(d.id(1), d.id(2))
	d.copies(func(*copyright.Work) {}, 2, 4)
	d.erases(2)
	refusal := &ledger.Refusal{Codespace: copyright.ModuleName, Log: "the ledger's reason"}
	d.Change(func(s *gatetest.State) { s.Refuse = refusal })
	told, err := d.NotifyAll(t.Context(), byRoot{desk: d})
	require.ErrorIs(t, err, refusal)
	require.ErrorContains(t, err, "work (2, 1)")
	require.Equal(t, 2, told)
	require.Equal(t, []copyright.WorkId{claimed, {Institution: 4, Number: 1}}, d.notified())
}

func TestARecordThatAnotherKeepsNowIsNotToldOf(t *testing.T) {
	d := newDesk(t, unrestricted, gatetest.Document("one"), gatetest.Document("two"))
	d.claims(d.id(1), d.id(2))
	licence, given := access.LicenceId{Institution: 3, Number: 5}, d.id(1)
	d.Change(func(s *gatetest.State) {
		s.Licences[licence] = &copyright.Licence{Id: licence, Work: claimed}
		p := gatetest.Permit(gatetest.Classes...)
		p.Grantee = access.Grantee{Licence: &licence}
		s.Consent(access.Consent{Permits: []access.Permit{p}})
		s.Withdraw()
		s.Standings[given] = &records.Standing{Id: given, Custodian: 3, Status: records.RECORD_STATUS_IN_FORCE}
	})
	told, err := d.Notify(t.Context(), claimed)
	require.NoError(t, err)
	require.Equal(t, 1, told)
	d.Change(func(s *gatetest.State) {
		require.Len(t, s.Notified, 1)
		require.Len(t, s.Notified[0].Records, 1)
		require.NotEqual(t, given, s.Notified[0].Records[0].Record, "the ledger takes a notice from whoever keeps the record")
	})
}

func TestAWithdrawnConsentByATemplateIsToldOf(t *testing.T) {
	licence := access.LicenceId{Institution: 3, Number: 5}
	template := access.TemplateVersion{Institution: gatetest.Custodian, Number: 1, Version: 1}
	for name, grantees := range map[string]struct{ template, consent *access.LicenceId }{
		"that names the licence":         {template: &licence},
		"that the consent narrows to it": {consent: &licence},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, unrestricted, gatetest.Document("one"))
			d.claims(d.id(1))
			d.Change(func(s *gatetest.State) {
				s.Licences[licence] = &copyright.Licence{Id: licence, Work: claimed}
				p := gatetest.Permit(gatetest.Classes...)
				p.Grantee = access.Grantee{Licence: grantees.template}
				s.Templates[template] = &access.Template{Id: template, Permits: []access.Permit{p}}
				s.Consent(access.Consent{Template: &template, Grantee: &access.Grantee{Licence: grantees.consent}})
			})
			told, err := d.Notify(t.Context(), claimed)
			require.NoError(t, err)
			require.Zero(t, told)
			d.Change((*gatetest.State).Withdraw)
			told, err = d.Notify(t.Context(), claimed)
			require.NoError(t, err)
			require.Equal(t, 1, told)
		})
	}
}
