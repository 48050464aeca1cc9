package keeper_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/records"
)

// archived is a fixture with a document and a result of two subjects, an image, and
// an erased result.
func archived(t testing.TB) *fixture {
	t.Helper()
	f := newFixture(t)
	for i, subject := range []records.SubjectId{subjectOf(7), subjectOf(8)} {
		for j, class := range classes {
			f.keep(uint64(2*i+j), subject, class)
		}
	}
	f.keep(4, subjectOf(7), records.RECORD_CLASS_IMAGING)
	f.keepAs(5, func(s *records.Standing) { s.Status = records.RECORD_STATUS_ERASED })
	return f
}

// TestARandomHistoryNeverReleasesWhatNothingCoversAnyMore sends random messages of
// random people. After each, the invariants hold, the subjects have the consents of a
// naive model, and a release for treatment succeeded exactly if a consent or policy
// in force covers each record: so none does once the last that covers it is withdrawn.
func TestARandomHistoryNeverReleasesWhatNothingCoversAnyMore(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		f, m := archived(t), newModel()
		h := history{f, rt, m}
		if h.often() {
			h.begin()
		}
		if h.often() {
			f.setParams(t, func(p *access.Params) { p.Retention = day })
		}
		for range 50 {
			if h.number(12) == 1 {
				f.after(pick(h, 1, time.Hour, time.Hour, 12*time.Hour, 12*time.Hour, 4*day, 40*day))
				require.NoError(rt, f.keeper.EndBlock(f.ctx))
			} else {
				f.step(rt, m, h.draw())
			}
			require.NoError(rt, f.keeper.CheckInvariants(f.ctx))
			f.compare(rt, m)
			f.sweep(rt, m)
		}
		gs := f.export(t)
		g := newFixture(t)
		require.NoError(rt, g.keeper.InitGenesis(g.ctx, gs))
		require.Equal(rt, f.dump(), g.dump())
	})
}

// step delivers a message, holds its outcome against the model's and applies it.
func (f *fixture) step(rt *rapid.T, m *model, msg sdk.Msg) {
	before := f.dump()
	res, err := f.deliver(msg)
	switch msg := msg.(type) {
	case *access.MsgGrantConsent:
		require.True(rt, err != nil || m.patient(msg.Subject, f.now()).acts(msg.Actor), "%s granted", msg.Actor)
	case *access.MsgWithdrawConsents:
		p := m.patient(msg.Subject, f.now())
		known := !slices.ContainsFunc(msg.Consents, func(index uint64) bool { return index > p.ever })
		require.Equal(rt, p.acts(msg.Actor) && known, err == nil, "withdrawing works for whoever acts, and nobody else: %v", err)
	case *access.MsgRelease:
		f.judge(rt, m, msg, err)
	}
	if err != nil {
		require.Equal(rt, before, f.dump())
		return
	}
	m.apply(f, msg, res.MsgResponses[0].GetCachedValue())
}

// judge holds a release against what covers it.
func (f *fixture) judge(rt *rapid.T, m *model, msg *access.MsgRelease, err error) {
	if _, treats := m.tickets[msg.Ticket]; treats {
		require.Equal(rt, m.releasable(f, msg), err == nil, "%v", err)
		return
	}
	if err != nil {
		return
	}
	res, err := f.queries.Ticket(f.ctx, &access.QueryTicketRequest{Institution: msg.Ticket.Institution, Number: msg.Ticket.Number})
	require.NoError(rt, err)
	switch ticket := res.Ticket; ticket.Basis {
	case access.BASIS_EMERGENCY:
		require.True(rt, f.now().Before(ticket.ExpiresAt))
	case access.BASIS_PATIENT:
		require.True(rt, m.patient(ticket.Request.Subject, f.now()).acts(ticket.Requester))
	default:
		require.Fail(rt, "a release on nothing", "%v", ticket)
	}
}

// sweep tries each record on each ticket for treatment, without keeping what it
// writes.
func (f *fixture) sweep(rt *rapid.T, m *model) {
	for id := range m.tickets {
		for leaf := range uint64(len(f.records)) {
			msg := release(id, records.RecordId{Institution: 1, Batch: 1, Leaf: leaf})
			ctx, _ := f.ctx.CacheContext()
			_, err := f.router.Handler(msg)(ctx, msg)
			require.Equal(rt, m.releasable(f, msg), err == nil, "%v on ticket %v: %v", msg.Items, id, err)
		}
	}
}

// compare holds the subjects against the model's.
func (f *fixture) compare(rt *rapid.T, m *model) {
	for _, stored := range f.export(rt).Subjects {
		s, p := stored.Settled(f.now()), m.patient(stored.Id, f.now())
		require.Equal(rt, p.enrolled, s.Enrolled())
		require.Equal(rt, p.controller, s.Controller)
		require.Equal(rt, p.ever, s.ConsentsEver)
		require.ElementsMatch(rt, slices.Collect(maps.Keys(p.active)), s.Consents)
		var delegates []string
		for _, d := range s.Delegates {
			delegates = append(delegates, d.Account)
		}
		require.ElementsMatch(rt, slices.Collect(maps.Keys(p.delegates)), delegates)
	}
}
