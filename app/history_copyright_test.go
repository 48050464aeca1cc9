package app_test

import (
	"slices"
	"time"

	"github.com/dmdl-network/dmdl/app"
	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/copyright"
	"github.com/dmdl-network/dmdl/x/records"
)

// workBatch is the batch of the records that a history's works are of, at each of the
// first three institutions.
const workBatch = 999

// copyrightOperations are what a random transaction may be about works.
func (h *historian) copyrightOperations() map[string]func() []byte {
	return map[string]func() []byte{
		"claim": h.claim, "derive": h.derive, "second derive": h.derive, "attest": h.attestClaim, "second attest": h.attestClaim,
		"contest": h.contestClaim, "give way": h.giveWay, "notify": h.notify,
		"offer": h.offer, "ask": h.askLicence, "answer": h.answer, "second answer": h.answer, "licence": h.useLicence,
	}
}

// beginClaims anchors the records of works and makes the window short.
func (h *historian) beginClaims() {
	h.t.Helper()
	for _, m := range h.members[:3] {
		h.mustBlock(h.sign(m.vault, listed(m.vault, workBatch, leaf(1, 1), leaf(2, 2), leaf(3, 3))))
	}
	h.decide(&copyright.MsgUpdateParams{Authority: app.Authority(), Params: copyright.Params{ChallengePeriod: 5 * time.Second}})
}

// claims is the state of x/copyright after the last block.
func (h *historian) claims() *copyright.GenesisState {
	h.t.Helper()
	if h.claimed.height != h.LastBlockHeight() {
		h.claimed.height, h.claimed.state = h.LastBlockHeight(), h.network.claims()
	}
	return h.claimed.state
}

func (h *historian) rightsOf(institution uint64) account { return h.ward(institution).rights }

// anyOf returns one of a list, or false if there is none.
func anyOf[T any](h *historian, of []T) (v T, found bool) {
	if len(of) == 0 {
		return v, false
	}
	return one(h, of...), true
}

// anyWork returns a work, or one that does not exist if there is none.
func (h *historian) anyWork() copyright.Work {
	w, found := anyOf(h, h.claims().Works)
	if !found {
		w.Id = copyright.WorkId{Institution: 1, Number: 1}
	}
	return w
}

// owner is the rights officer of a work's institution, most of the time.
func (h *historian) owner(id copyright.WorkId) account {
	return h.rightsOf(one(h, id.Institution, id.Institution, id.Institution, h.number()))
}

// recordSets are sets of records that overlap.
func recordSets() [][]records.RecordId {
	var all []records.RecordId
	for institution := uint64(1); institution <= 3; institution++ {
		for leaf := range uint64(3) {
			all = append(all, record(institution, workBatch, leaf).Id)
		}
	}
	var sets [][]records.RecordId
	for from := range all {
		for to := from + 1; to <= min(from+5, len(all)); to++ {
			sets = append(sets, all[from:to])
		}
	}
	return sets
}

// recordsOf are the records of a work.
func recordsOf(w copyright.Work) []records.RecordId {
	for _, set := range recordSets() {
		if string(rootOf(set)) == string(w.Root) {
			return set
		}
	}
	return nil
}

// claim claims records, most of the time one's own.
func (h *historian) claim() []byte {
	who := h.rightsOf(h.number())
	return h.sign(who, dataset(who, one(h, recordSets()...)...))
}

// derive claims a program that was made from works: most of the time by licences that
// the claimant has, or from its own.
func (h *historian) derive() []byte {
	institution := h.number()
	held := slices.DeleteFunc(slices.Clone(h.claims().Licences), func(l copyright.Licence) bool {
		return l.Licensee != institution || l.Status != copyright.LICENCE_STATUS_GRANTED
	})
	own := slices.DeleteFunc(slices.Clone(h.claims().Works), func(w copyright.Work) bool { return w.Id.Institution != institution })
	var parents []copyright.Parent
	for range 1 + h.random.IntN(3) {
		p := copyright.Parent{Work: h.anyWork().Id, Relation: one(h, copyright.RELATION_DERIVED, copyright.RELATION_TRAINED, copyright.Relation(h.random.IntN(8)))}
		l, licensed := anyOf(h, held)
		w, owned := anyOf(h, own)
		switch pick := h.random.IntN(8); {
		case licensed && pick > 2:
			p.Work, p.Licence = l.Work, l.Id.Number
		case owned && pick > 0:
			p.Work = w.Id
		}
		parents = append(parents, p)
	}
	slices.SortFunc(parents, func(a, b copyright.Parent) int {
		return slices.Compare([]uint64{a.Work.Institution, a.Work.Number}, []uint64{b.Work.Institution, b.Work.Number})
	})
	if h.random.IntN(8) > 0 {
		parents = slices.CompactFunc(parents, func(a, b copyright.Parent) bool { return a.Work == b.Work })
	}
	who := h.rightsOf(institution)
	return h.sign(who, program(who, parents...))
}

// attestClaim attests a work that waits for it, if one does.
func (h *historian) attestClaim() []byte {
	waiting := slices.DeleteFunc(slices.Clone(h.claims().Works), func(w copyright.Work) bool {
		return !w.Stands() || len(w.Attestations) == len(w.Custodians)
	})
	w, found := anyOf(h, waiting)
	if !found {
		w = h.anyWork()
	}
	custodian, found := anyOf(h, w.Custodians)
	if !found || h.random.IntN(10) == 0 {
		custodian = h.number()
	}
	vault := h.members[custodian-1].vault
	return h.sign(vault, &copyright.MsgAttestWork{Vault: vault.Address(), Work: w.Id, Root: w.Root, Claimant: w.Claimant, Seed: w.Description})
}

// disputable returns a work whose window is open, if one is, or that is contested.
func (h *historian) disputable() copyright.Work {
	w, found := anyOf(h, slices.DeleteFunc(slices.Clone(h.claims().Works), func(w copyright.Work) bool {
		return !w.Stands() || w.Settled(h.now).Status == copyright.WORK_STATUS_UPHELD
	}))
	if !found || h.random.IntN(8) == 0 {
		return h.anyWork()
	}
	return w
}

// contestClaim contests a work, by an overlap if an older one has a record of it.
func (h *historian) contestClaim() []byte {
	w, other := h.disputable(), h.anyWork()
	who := h.rightsOf(h.number())
	msg := contest(who, w.Id)
	if h.random.IntN(3) == 0 {
		return h.sign(who, msg)
	}
	msg.Other, msg.Ground = &other.Id, one(h, copyright.GROUND_COPY, copyright.GROUND_HIDDEN_PARENT)
	for place, id := range recordsOf(w) {
		if there := slices.Index(recordsOf(other), id); there >= 0 {
			msg.Ground, msg.Overlap = copyright.GROUND_OVERLAP, overlap(memberOf(recordsOf(w), place), memberOf(recordsOf(other), there))
		}
	}
	return h.sign(who, msg)
}

// giveWay takes a contest back, or gives a claim up now and then.
func (h *historian) giveWay() []byte {
	open := slices.DeleteFunc(slices.Clone(h.claims().Contests), func(c copyright.Contest) bool { return c.Status != copyright.CONTEST_STATUS_OPEN })
	c, found := anyOf(h, open)
	if !found {
		c = copyright.Contest{Work: h.anyWork().Id, Index: 1, Institution: 1}
	}
	if h.random.IntN(4) == 0 {
		who := h.owner(c.Work)
		return h.sign(who, &copyright.MsgWithdrawWork{Officer: who.Address(), Work: c.Work})
	}
	who := h.rightsOf(c.Institution)
	return h.sign(who, &copyright.MsgWithdrawContest{Officer: who.Address(), Work: c.Work, Index: c.Index})
}

// notify tells of a record of a work, or erases or retracts one to be told of.
func (h *historian) notify() []byte {
	w := h.anyWork()
	ids := recordsOf(w)
	if len(ids) == 0 {
		return h.noise()
	}
	place := h.random.IntN(len(ids))
	vault := h.members[ids[place].Institution-1].vault
	cause := one(h, copyright.CAUSE_WITHDRAWN, copyright.CAUSE_ERASED, copyright.CAUSE_RETRACTED)
	tell := &copyright.MsgNotifyWork{Vault: vault.Address(), Work: w.Id, Cause: cause, Records: []copyright.WorkRecord{memberOf(ids, place)}}
	ref := records.RecordRef{Id: ids[place]}
	erase := &records.MsgEraseRecord{Vault: vault.Address(), Record: ref, Basis: records.ERASURE_BASIS_OBJECTION}
	retract := &records.MsgRetractRecord{Vault: vault.Address(), Record: ref, Reason: records.RECORD_REASON_WRONG_SUBJECT}
	switch h.random.IntN(8) {
	case 0:
		return h.sign(vault, erase)
	case 1:
		return h.sign(vault, retract)
	}
	return h.sign(vault, tell)
}

// licenceOf returns a licence of a status, or any if there is none of it.
func (h *historian) licenceOf(status copyright.LicenceStatus) copyright.Licence {
	all := h.claims().Licences
	if l, found := anyOf(h, slices.DeleteFunc(slices.Clone(all), func(l copyright.Licence) bool { return l.Status != status })); found {
		return l
	}
	if l, found := anyOf(h, all); found {
		return l
	}
	return copyright.Licence{Id: access.LicenceId{Institution: 1, Number: 1}, Licensee: 2}
}
