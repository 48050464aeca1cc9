package copyright

import (
	"cosmossdk.io/errors"

	"github.com/dmdl-network/dmdl/x/access"
)

// told names a notice as it reached a work.
type told struct {
	work, origin WorkId
	index        uint64
}

// parts are the lists of a genesis by their keys.
type parts struct {
	works    map[WorkId]Work
	offers   map[WorkId][]Offer
	licences map[access.LicenceId]Licence
	notices  map[WorkId][]Notice
	told     map[told]Notice
	pending  map[told]Pending
	strikes  map[uint64]Strikes
}

func (gs GenesisState) parts() parts {
	p := parts{
		works: map[WorkId]Work{}, offers: map[WorkId][]Offer{}, licences: map[access.LicenceId]Licence{}, notices: map[WorkId][]Notice{},
		told: map[told]Notice{}, pending: map[told]Pending{}, strikes: map[uint64]Strikes{},
	}
	for _, w := range gs.Works {
		p.works[w.Id] = w
	}
	for _, o := range gs.Offers {
		p.offers[o.Work] = append(p.offers[o.Work], o)
	}
	for _, l := range gs.Licences {
		p.licences[l.Id] = l
	}
	for _, n := range gs.Notices {
		p.notices[n.Work] = append(p.notices[n.Work], n)
		p.told[n.told()] = n
	}
	for _, n := range gs.Pending {
		p.pending[n.Notice.told()] = n
	}
	for _, s := range gs.Strikes {
		p.strikes[s.Institution] = s
	}
	return p
}

func (n Notice) told() told { return told{n.Work, n.Origin, n.OriginIndex} }

// fit checks that the parts fit together. Each list is in order and without repeats.
func (gs GenesisState) fit() error {
	p := gs.parts()
	for _, err := range []error{
		gs.fitLineage(p), gs.fitRoots(), gs.fitContests(p), gs.fitOffers(p), gs.fitLicences(p), gs.fitNotices(p), gs.fitOnward(p), gs.fitPending(p),
		gs.fitCounts(p),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

// fitLineage checks that each work may have been made from its parents when it was
// registered, and that its floor and depth are what they give. Depths that grow with
// each step leave no room for a cycle.
func (gs GenesisState) fitLineage(p parts) error {
	for i, w := range gs.Works {
		origins := make([]Origin, len(w.Parents))
		for j, parent := range w.Parents {
			origin, known := p.works[parent.Work]
			if !known || origin.RegisteredHeight > w.RegisteredHeight {
				return errors.Wrapf(ErrGenesis, "works[%d]: parent (%d, %d) was not there at height %d", i, parent.Work.Institution, parent.Work.Number, w.RegisteredHeight)
			}
			origins[j] = Origin{Parent: parent, Work: origin}
			if l, known := p.licences[access.LicenceId{Institution: parent.Work.Institution, Number: parent.Licence}]; known {
				origins[j].Licence = &l
			}
			origins[j] = origins[j].before(w)
		}
		floor, depth, err := CheckParents(MsgRegisterWork{Description: w.Description}, w.Id.Institution, origins, w.RegisteredAt)
		if err != nil {
			return errors.Wrapf(err, "works[%d]", i)
		}
		if !floor.Equal(w.Floor) || depth != w.Depth {
			return errors.Wrapf(ErrGenesis, "works[%d]: the parents give depth %d and the floor %v, not %d and %v", i, depth, floor, w.Depth, w.Floor)
		}
	}
	return nil
}

// before returns a parent as it was when a work was registered. Whether its claim stood
// then is not recorded.
func (o Origin) before(w Work) Origin {
	o.Work.Status = WORK_STATUS_CLAIMED
	if o.Licence == nil {
		return o
	}
	l := *o.Licence
	switch {
	case l.GrantedAt == nil || w.RegisteredAt.Before(*l.GrantedAt):
		l.Status = LICENCE_STATUS_REQUESTED
	case l.EndedHeight >= w.RegisteredHeight:
		l.Status = LICENCE_STATUS_GRANTED
	}
	o.Licence = &l
	return o
}

// fitRoots checks that at most one work of a root reserves it.
func (gs GenesisState) fitRoots() error {
	reserved := map[string]bool{}
	for i, w := range gs.Works {
		if len(w.Root) == 0 || !w.Reserves() {
			continue
		}
		if reserved[string(w.Root)] {
			return errors.Wrapf(ErrClaimed, "works[%d]: root %x is reserved by another", i, w.Root)
		}
		reserved[string(w.Root)] = true
	}
	return nil
}

func (gs GenesisState) fitContests(p parts) error {
	for i, c := range gs.Contests {
		w := p.works[c.Work]
		if c.Index > w.Contests || c.Height < w.RegisteredHeight {
			return errors.Wrapf(ErrGenesis, "contests[%d]: index %d at height %d of a work of height %d with %d", i, c.Index, c.Height, w.RegisteredHeight, w.Contests)
		}
		if c.Other == nil {
			continue
		}
		if other, known := p.works[*c.Other]; !known || !other.OlderThan(w) {
			return errors.Wrapf(ErrGenesis, "contests[%d]: there is no work (%d, %d) that is older", i, c.Other.Institution, c.Other.Number)
		}
	}
	return nil
}

func (gs GenesisState) fitOffers(p parts) error {
	for i, o := range gs.Offers {
		w := p.works[o.Work]
		if o.Index > w.Offers {
			return errors.Wrapf(ErrGenesis, "offers[%d]: index %d of a work with %d", i, o.Index, w.Offers)
		}
		if err := w.CheckOffer(o.Terms); err != nil {
			return errors.Wrapf(err, "offers[%d]", i)
		}
	}
	return nil
}

// fitLicences checks that each licence is by an offer that is there, on its terms.
func (gs GenesisState) fitLicences(p parts) error {
	for i, l := range gs.Licences {
		if asked := p.strikes[l.Id.Institution].Licences; l.Id.Number > asked {
			return errors.Wrapf(ErrGenesis, "licences[%d]: number %d of a licensor that was asked for %d", i, l.Id.Number, asked)
		}
		offers := p.offers[l.Work]
		if n := int(l.Offer); n == 0 || n > len(offers) || !offers[n-1].Terms.Equal(l.Terms) {
			return errors.Wrapf(ErrGenesis, "licences[%d]: there is no offer %d of work (%d, %d) on these terms", i, l.Offer, l.Work.Institution, l.Work.Number)
		}
	}
	return nil
}

// fitNotices checks that each notice came from a parent as it is, or is the origin's own,
// and that none came twice.
func (gs GenesisState) fitNotices(p parts) error {
	for i, n := range gs.Notices {
		w := p.works[n.Work]
		if n.Index > w.Notices || p.told[n.told()].Index != n.Index {
			return errors.Wrapf(ErrGenesis, "notices[%d]: index %d of a work with %d, or it is there twice", i, n.Index, w.Notices)
		}
		if n.Origin == n.Work {
			continue
		}
		if n.Duty != w.Duty() || !p.from(w, n) {
			return errors.Wrapf(ErrGenesis, "notices[%d]: no parent has notice %d of work (%d, %d), or the duty is not %s",
				i, n.OriginIndex, n.Origin.Institution, n.Origin.Number, w.Duty())
		}
	}
	return nil
}

// from says whether a notice came from a parent of a work.
func (p parts) from(w Work, n Notice) bool {
	for _, parent := range w.Parents {
		above, known := p.told[told{parent.Work, n.Origin, n.OriginIndex}]
		above.Work, above.Index, above.Duty = n.Work, n.Index, n.Duty
		if known && above.Equal(n) {
			return true
		}
	}
	return false
}

// fitOnward checks that what happened to a parent after a work was registered reached the
// work, or is on its way.
func (gs GenesisState) fitOnward(p parts) error {
	for i, w := range gs.Works {
		for _, parent := range w.Parents {
			for _, n := range p.notices[parent.Work] {
				_, reached := p.told[told{w.Id, n.Origin, n.OriginIndex}]
				next, waits := p.pending[n.told()]
				waits = waits && (next.After == nil || compareWorks(*next.After, w.Id) < 0)
				if n.Height > w.RegisteredHeight && !reached && !waits {
					return errors.Wrapf(ErrGenesis, "works[%d]: notice %d of work (%d, %d) did not reach it", i, n.OriginIndex, n.Origin.Institution, n.Origin.Number)
				}
			}
		}
	}
	return nil
}

// fitPending checks that what is on its way is a notice that is there.
func (gs GenesisState) fitPending(p parts) error {
	for i, next := range gs.Pending {
		n, known := p.told[next.Notice.told()]
		if !known || !n.Equal(next.Notice) || p.pending[n.told()].Position != next.Position {
			return errors.Wrapf(ErrGenesis, "pending[%d]: there is no such notice, or it is on its way twice", i)
		}
	}
	return nil
}
