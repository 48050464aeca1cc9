package access

import (
	"bytes"
	"slices"

	"cosmossdk.io/errors"

	"github.com/dmdl-network/dmdl/x/records"
)

// place is the key of an entry of a subject.
type place struct {
	subject records.SubjectId
	index   uint64
}

// parts are the lists of a genesis by their keys.
type parts struct {
	subjects  map[records.SubjectId]Subject
	entries   map[place]Disclosure
	templates map[TemplateVersion]bool
	// reviews and receipts are what waits; reviewed and received what was done.
	reviews, receipts, reviewed, received map[place]bool
}

func (gs GenesisState) parts() parts {
	p := parts{
		subjects: map[records.SubjectId]Subject{}, entries: map[place]Disclosure{}, templates: map[TemplateVersion]bool{},
		reviews: map[place]bool{}, receipts: map[place]bool{}, reviewed: map[place]bool{}, received: map[place]bool{},
	}
	for _, s := range gs.Subjects {
		p.subjects[s.Id] = s
	}
	for _, d := range gs.Disclosures {
		p.entries[place{d.Subject, d.Index}] = d
		switch d.Kind {
		case DISCLOSURE_KIND_REVIEW:
			p.reviewed[place{d.Subject, d.Of}] = true
		case DISCLOSURE_KIND_RECEIPT:
			p.received[place{d.Subject, d.Of}] = true
		}
	}
	for _, t := range gs.Templates {
		p.templates[t.Id] = true
	}
	for _, r := range gs.Reviews {
		p.reviews[place{r.Subject, r.Disclosure}] = true
	}
	for _, r := range gs.Receipts {
		p.receipts[place{r.Subject, r.Disclosure}] = true
	}
	return p
}

// fit checks that the parts fit together. Each list is in order and without repeats.
func (gs GenesisState) fit() error {
	p := gs.parts()
	for _, err := range []error{gs.fitConsents(p), gs.fitActive(), gs.fitEntries(p), gs.fitHeads(), gs.fitWaiting(p), gs.fitNumbers()} {
		if err != nil {
			return err
		}
	}
	return nil
}

// fitConsents checks that each consent is one of its subject's, and that the
// template it adopts is there.
func (gs GenesisState) fitConsents(p parts) error {
	for i, c := range gs.Consents {
		ever := p.subjects[c.Subject].ConsentsEver
		if c.Index > ever || c.SupersededBy > ever {
			return errors.Wrapf(ErrGenesis, "consents[%d]: index %d, superseded by %d, of a subject with %d ever", i, c.Index, c.SupersededBy, ever)
		}
		if c.Template != nil && !p.templates[*c.Template] {
			return errors.Wrapf(ErrGenesis, "consents[%d]: there is no template %v", i, *c.Template)
		}
	}
	return nil
}

// fitActive checks that the subjects' lists hold exactly the consents that have not
// ended.
func (gs GenesisState) fitActive() error {
	var listed, active []place
	for _, s := range gs.Subjects {
		for _, index := range s.Consents {
			listed = append(listed, place{s.Id, index})
		}
	}
	for _, c := range gs.Consents {
		if c.EndedHeight == 0 {
			active = append(active, place{c.Subject, c.Index})
		}
	}
	if !slices.Equal(listed, active) {
		return errors.Wrapf(ErrGenesis, "subjects list %d consents, %d have not ended, or they are not the same", len(listed), len(active))
	}
	return nil
}

// fitEntries checks that each entry is one of its subject's account, that it is
// about an entry of the right kind, and that what came after it is there too: the
// oldest entries leave the state first, but for emergencies, which wait for their
// review.
func (gs GenesisState) fitEntries(p parts) error {
	for i, d := range gs.Disclosures {
		ever := p.subjects[d.Subject].DisclosuresEver
		_, next := p.entries[place{d.Subject, d.Index + 1}]
		switch {
		case d.Index > ever:
			return errors.Wrapf(ErrGenesis, "disclosures[%d]: index %d of an account of %d", i, d.Index, ever)
		case d.Index < ever && !next && !d.emergency():
			return errors.Wrapf(ErrGenesis, "disclosures[%d]: entry %d is there, but not the next", i, d.Index)
		}
		of, known := p.entries[place{d.Subject, d.Of}]
		if fits := d.Kind == DISCLOSURE_KIND_REVIEW && of.emergency() || d.Kind != DISCLOSURE_KIND_REVIEW && of.released(); known && !fits {
			return errors.Wrapf(ErrGenesis, "disclosures[%d]: a %s of entry %d, which is a %s", i, d.Kind, d.Of, of.Kind)
		}
	}
	return nil
}

func (d Disclosure) released() bool {
	return d.Kind == DISCLOSURE_KIND_RELEASE || d.Kind == DISCLOSURE_KIND_LATE
}

func (d Disclosure) emergency() bool {
	return d.Kind == DISCLOSURE_KIND_BREAK_GLASS || d.Kind == DISCLOSURE_KIND_LATE
}

// fitHeads checks that whole accounts lead to the heads of their subjects.
func (gs GenesisState) fitHeads() error {
	rest := gs.Disclosures
	for i, s := range gs.Subjects {
		n := 0
		for n < len(rest) && rest[n].Subject == s.Id {
			n++
		}
		account := rest[:n]
		rest = rest[n:]
		if uint64(n) != s.DisclosuresEver {
			continue
		}
		var head []byte
		for _, d := range account {
			var err error
			if head, err = NextHead(head, d); err != nil {
				return err
			}
		}
		if !bytes.Equal(head, s.Disclosures) {
			return errors.Wrapf(ErrGenesis, "subjects[%d]: the account leads to the head %X, not %X", i, head, s.Disclosures)
		}
	}
	return nil
}

// fitWaiting checks that each emergency waits for its review or was reviewed, that
// each release waits for its receipt or has one, and that nothing else waits.
func (gs GenesisState) fitWaiting(p parts) error {
	for i, r := range gs.Reviews {
		d := p.entries[place{r.Subject, r.Disclosure}]
		if !d.emergency() || d.Custodian != r.Reviewer {
			return errors.Wrapf(ErrGenesis, "reviews[%d]: entry %d is a %s with custodian %d, the reviewer is %d", i, r.Disclosure, d.Kind, d.Custodian, r.Reviewer)
		}
	}
	for i, r := range gs.Receipts {
		if d := p.entries[place{r.Subject, r.Disclosure}]; !d.released() {
			return errors.Wrapf(ErrGenesis, "receipts[%d]: entry %d is a %s", i, r.Disclosure, d.Kind)
		}
	}
	for i, d := range gs.Disclosures {
		at := place{d.Subject, d.Index}
		if d.emergency() && p.reviews[at] == p.reviewed[at] {
			return errors.Wrapf(ErrGenesis, "disclosures[%d]: a %s that waits for its review: %t, was reviewed: %t", i, d.Kind, p.reviews[at], p.reviewed[at])
		}
		// The receipt of an emergency may leave the state before it.
		lost := d.emergency() && !p.receipts[at] && !p.received[at]
		if d.released() && p.receipts[at] == p.received[at] && !lost {
			return errors.Wrapf(ErrGenesis, "disclosures[%d]: a %s that waits for its receipt: %t, has it: %t", i, d.Kind, p.receipts[at], p.received[at])
		}
	}
	return nil
}

// fitNumbers checks that the numbers of tickets go no further than the newest, and
// that versions of templates leave none out.
func (gs GenesisState) fitNumbers() error {
	last := map[uint64]uint64{}
	for _, t := range gs.LastTickets {
		last[t.Institution] = t.Number
	}
	for i, t := range gs.Tickets {
		if t.Id.Number > last[t.Id.Institution] {
			return errors.Wrapf(ErrGenesis, "tickets[%d]: number %d, the newest of institution %d is %d", i, t.Id.Number, t.Id.Institution, last[t.Id.Institution])
		}
	}
	for i, t := range gs.Templates {
		want := uint64(1)
		if i > 0 && gs.Templates[i-1].Id.Institution == t.Id.Institution && gs.Templates[i-1].Id.Number == t.Id.Number {
			want = gs.Templates[i-1].Id.Version + 1
		}
		if t.Id.Version != want {
			return errors.Wrapf(ErrGenesis, "templates[%d]: version %d, want %d", i, t.Id.Version, want)
		}
	}
	return nil
}
