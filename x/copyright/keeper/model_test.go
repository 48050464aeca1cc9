package keeper_test

import (
	"bytes"
	"slices"
	"time"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/copyright"
)

// claimed is a work as the naive model knows it.
type claimed struct {
	msg      *copyright.MsgRegisterWork
	id       copyright.WorkId
	height   int64
	attested map[uint64]bool
	// end is when the window ends, if it began.
	end *time.Time
	// still is since when the window stands still, if a contest is open.
	still time.Time
	// decided is what a vote or the claimant said, if either did.
	decided copyright.WorkStatus
	// contests are the institutions whose contests are open, or 0.
	contests []*struct{ by, open uint64 }
	offers   []*copyright.Offer
	// demands are the terms of every licence on every way up.
	demands []copyright.Terms
	// notices counts what happened to the work itself, and to whom it must be told.
	downstream [][]copyright.WorkId
}

// lent is a licence as the naive model knows it.
type lent struct {
	work             *claimed
	licensee         uint64
	terms            copyright.Terms
	answered, ended  bool
	granted, expires time.Time
	breaches         int
	approved         [][]byte
}

// naive is the whole state as lists, without indexes, floors or counts.
type naive struct {
	works    map[copyright.WorkId]*claimed
	licences map[access.LicenceId]*lent
	window   time.Duration
}

func newNaive() *naive {
	return &naive{works: map[copyright.WorkId]*claimed{}, licences: map[access.LicenceId]*lent{}, window: 30 * day}
}

func (w *claimed) open() (n int) {
	for _, c := range w.contests {
		if c.open != 0 {
			n++
		}
	}
	return n
}

func (w *claimed) stands() bool {
	return w.decided != copyright.WORK_STATUS_WITHDRAWN && w.decided != copyright.WORK_STATUS_REJECTED
}

func (w *claimed) status(now time.Time) copyright.WorkStatus {
	switch {
	case !w.stands():
		return w.decided
	case w.open() > 0:
		return copyright.WORK_STATUS_CONTESTED
	case w.decided != 0 || w.end != nil && !now.Before(*w.end):
		return copyright.WORK_STATUS_UPHELD
	case w.end != nil:
		return copyright.WORK_STATUS_ATTESTED
	}
	return copyright.WORK_STATUS_CLAIMED
}

func (l *lent) inForce(now time.Time) bool {
	return !l.granted.IsZero() && !l.ended && (l.terms.Period == 0 || now.Before(l.expires))
}

// reserved says whether another work than one reserves a root.
func (m *naive) reserved(root []byte, but copyright.WorkId) bool {
	for id, w := range m.works {
		if id != but && len(root) > 0 && bytes.Equal(w.msg.Root, root) && w.stands() && len(w.attested) == len(w.msg.Custodians) {
			return true
		}
	}
	return false
}

// by is the number of the institution that a signer stands for.
func by(signer string) uint64 {
	for institution := uint64(1); institution <= 4; institution++ {
		if signer == officer(institution) || signer == vault(institution) {
			return institution
		}
	}
	return 0
}

// demands are those of a work that is to be registered, and whether its licences allow
// it.
func (m *naive) demands(msg *copyright.MsgRegisterWork, now time.Time) (all []copyright.Terms, allowed bool) {
	for _, p := range msg.Parents {
		w := m.works[p.Work]
		if w == nil || !w.stands() {
			return nil, false
		}
		all = append(all, w.demands...)
		own := p.Work.Institution == by(msg.Officer)
		if own && p.Licence == 0 {
			continue
		}
		l := m.licences[access.LicenceId{Institution: p.Work.Institution, Number: p.Licence}]
		if own || l == nil || l.work != w || l.licensee != by(msg.Officer) || !l.inForce(now) {
			return nil, false
		}
		approved := slices.ContainsFunc(l.approved, func(d []byte) bool { return bytes.Equal(d, msg.Description) })
		if p.Relation == copyright.RELATION_TRAINED && !l.terms.Training || l.terms.Derivatives == copyright.DERIVATIVES_FORBIDDEN ||
			l.terms.Derivatives == copyright.DERIVATIVES_BY_APPROVAL && !approved {
			return nil, false
		}
		all = append(all, l.terms)
	}
	return all, compatible(all)
}

// below are all works that were made from one, by whatever way.
func (m *naive) below(id copyright.WorkId) []copyright.WorkId {
	var all []copyright.WorkId
	for child, w := range m.works {
		if slices.ContainsFunc(w.msg.Parents, func(p copyright.Parent) bool { return p.Work == id }) {
			all = append(append(all, child), m.below(child)...)
		}
	}
	return all
}

// accepts says whether a message must be accepted.
func (m *naive) accepts(f *fixture, msg sdk.Msg) bool {
	switch msg := msg.(type) {
	case *copyright.MsgRegisterWork:
		_, allowed := m.demands(msg, f.now())
		return allowed && !m.reserved(msg.Root, copyright.WorkId{})
	case *copyright.MsgAttestWork:
		w := m.works[msg.Work]
		return w != nil && w.stands() && slices.Contains(w.msg.Custodians, by(msg.Vault)) && !w.attested[by(msg.Vault)] &&
			bytes.Equal(msg.Root, w.msg.Root) && msg.Claimant == w.msg.Officer && !m.reserved(msg.Root, w.id)
	case *copyright.MsgWithdrawWork:
		w := m.works[msg.Work]
		return w != nil && by(msg.Officer) == w.id.Institution && w.stands() && !m.licensed(w, f.now())
	case *copyright.MsgContestWork:
		return m.contestable(f, msg)
	case *copyright.MsgWithdrawContest:
		w := m.works[msg.Work]
		return w != nil && msg.Index > 0 && int(msg.Index) <= len(w.contests) && w.contests[msg.Index-1].open == by(msg.Officer)
	case *copyright.MsgDecideWork:
		return m.works[msg.Work] != nil && m.works[msg.Work].stands()
	case *copyright.MsgNotifyWork:
		return m.notifiable(f, msg)
	case *copyright.MsgUpdateParams:
		return true
	}
	return m.acceptsLicence(f, msg)
}

func (m *naive) licensed(w *claimed, now time.Time) bool {
	for _, l := range m.licences {
		if l.work == w && l.inForce(now) {
			return true
		}
	}
	return false
}

func (m *naive) contestable(f *fixture, msg *copyright.MsgContestWork) bool {
	w := m.works[msg.Work]
	if w == nil || by(msg.Officer) == w.id.Institution || !w.stands() || w.status(f.now()) == copyright.WORK_STATUS_UPHELD || w.open() == copyright.MaxOpenContests {
		return false
	}
	if msg.Other == nil {
		return true
	}
	other := m.works[*msg.Other]
	return other != nil && other.stands() && other.height < w.height
}

// notifiable holds for one record, whose path is right.
func (m *naive) notifiable(f *fixture, msg *copyright.MsgNotifyWork) bool {
	w, id := m.works[msg.Work], msg.Records[0].Record
	if w == nil || !bytes.Equal(w.msg.Root, root(held)) {
		return false
	}
	s, changed := f.records[id]
	return !changed && by(msg.Vault) == id.Institution && msg.Cause == copyright.CAUSE_WITHDRAWN ||
		changed && by(msg.Vault) == s.Custodian && msg.Cause != copyright.CAUSE_RETRACTED
}

func (w *claimed) offered(index uint32) bool {
	return index > 0 && int(index) <= len(w.offers) && !w.offers[index-1].Closed
}
