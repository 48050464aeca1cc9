package copyright

import "cosmossdk.io/errors"

// fitCounts checks that works and institutions count what there is, and so that no
// index or number is left out: each is at most its count.
func (gs GenesisState) fitCounts(p parts) error {
	contests, open := map[WorkId]uint32{}, map[WorkId]uint32{}
	for _, c := range gs.Contests {
		contests[c.Work]++
		if c.Status == CONTEST_STATUS_OPEN {
			open[c.Work]++
		}
	}
	for i, w := range gs.Works {
		if works := p.strikes[w.Id.Institution].Works; w.Id.Number > works {
			return errors.Wrapf(ErrGenesis, "works[%d]: number %d of an institution with %d", i, w.Id.Number, works)
		}
		if c, o := contests[w.Id], open[w.Id]; c != w.Contests || o != w.OpenContests {
			return errors.Wrapf(ErrGenesis, "works[%d]: %d contests and %d open, not %d and %d", i, c, o, w.Contests, w.OpenContests)
		}
		if o, n := len(p.offers[w.Id]), len(p.notices[w.Id]); o != int(w.Offers) || uint64(n) != w.Notices {
			return errors.Wrapf(ErrGenesis, "works[%d]: %d offers and %d notices, not %d and %d", i, o, n, w.Offers, w.Notices)
		}
	}
	want := gs.recount()
	for i, s := range gs.Strikes {
		if w := want[s.Institution]; w == nil || *w != s {
			return errors.Wrapf(ErrGenesis, "strikes[%d]: institution %d has %v, not %v", i, s.Institution, w, s)
		}
	}
	if len(want) != len(gs.Strikes) {
		return errors.Wrapf(ErrGenesis, "strikes of %d institutions, want %d", len(gs.Strikes), len(want))
	}
	return nil
}

// recount counts what became of the claims and contests of each institution.
func (gs GenesisState) recount() map[uint64]*Strikes {
	counts := map[uint64]*Strikes{}
	of := func(institution uint64) *Strikes {
		if counts[institution] == nil {
			counts[institution] = &Strikes{Institution: institution}
		}
		return counts[institution]
	}
	yielded := map[WorkId]bool{}
	for _, c := range gs.Contests {
		of(c.Institution).Raised++
		switch c.Status {
		case CONTEST_STATUS_DISMISSED:
			of(c.Institution).Dismissed++
		case CONTEST_STATUS_SUSTAINED:
			yielded[c.Work] = true // or the work is rejected
		}
	}
	for _, w := range gs.Works {
		s := of(w.Id.Institution)
		s.Works++
		switch {
		case w.Status == WORK_STATUS_REJECTED:
			s.Rejected++
		case w.Status == WORK_STATUS_WITHDRAWN && yielded[w.Id]:
			s.Yielded++
		}
	}
	for _, l := range gs.Licences {
		of(l.Id.Institution).Licences++
		if n := len(l.Breaches); n > 0 {
			of(l.Licensee).Breaches += uint64(n)
		}
	}
	return counts
}
