package copies

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/dmdl-network/dmdl/hospital/fingerprint"
	"github.com/dmdl-network/dmdl/hospital/vault"
)

// What counts as a near-duplicate. The figures are stricter than those at which package
// fingerprint says that a look is worth it: an answer tells something about a patient.
const (
	// imageDistance is 0.75 in similarity: of copies in five ways 96 in 100 are nearer,
	// of other slices of the same patient 2 in 1,000, and of other patients none.
	imageDistance = 32
	// Tables of one form that share no rows have a similarity of about 0.002.
	textSimilarity = 0.3
	textPart       = 0.8
	// minShingles is how many shingles both texts must have: fewer could be guessed.
	minShingles = 128
)

// holdings are the fingerprints of a vault.
type holdings struct {
	images  fingerprint.Images
	texts   fingerprint.Texts
	records map[string]vault.Fingerprinted // without their prints
}

func gather(ctx context.Context, v *vault.Vault, shared []byte) (*holdings, error) {
	h := &holdings{records: make(map[string]vault.Fingerprinted)}
	for r, err := range v.Fingerprints(ctx, shared) {
		if err != nil {
			return nil, err
		}
		id := strconv.FormatUint(r.Record, 10)
		for _, f := range r.Prints.Images {
			h.images.Add(id, f)
		}
		if f := r.Prints.Text; f != nil && f.Shingles() >= minShingles {
			if err := h.texts.Add(id, *f); err != nil {
				return nil, err
			}
		}
		r.Prints = vault.Prints{}
		h.records[id] = r
	}
	return h, nil
}

// match is a record that is near to an item.
type match struct {
	record           vault.Fingerprinted
	similarity, part float64
}

// nearest returns the near-duplicate of an item that matters most: one that was
// anchored earlier, then the most similar one.
func (h *holdings) nearest(item Item) (best match, found bool, err error) {
	near := make(map[string]match)
	if err := h.nearImages(item.Prints.Images, near); err != nil {
		return best, false, err
	}
	if f := item.Prints.Text; f != nil && f.Shingles() >= minShingles {
		texts, err := h.texts.Near(*f, textSimilarity, textPart, fingerprint.MaxMatches)
		if err != nil {
			return best, false, err
		}
		for _, m := range texts {
			near[m.ID] = match{h.records[m.ID], m.Overlap.Similarity, max(m.Overlap.OfFirst, m.Overlap.OfSecond)}
		}
	}
	for _, m := range near {
		if !found || m.before(best, item.AnchoredAt) {
			best, found = m, true
		}
	}
	return best, found, nil
}

// nearImages adds the records with frames near to frames of an item. Similar is the
// nearest pair of frames; the part is that of the item's frames that are near to any.
func (h *holdings) nearImages(frames []fingerprint.Image, near map[string]match) error {
	for _, f := range frames {
		found, err := h.images.Near(f, imageDistance, fingerprint.MaxMatches)
		if err != nil {
			return err
		}
		seen := make(map[string]bool)
		for _, one := range found {
			m := near[one.ID]
			m.record, m.similarity = h.records[one.ID], max(m.similarity, one.Similarity)
			if !seen[one.ID] {
				m.part += 1 / float64(len(frames))
			}
			near[one.ID], seen[one.ID] = m, true
		}
	}
	return nil
}

func (m match) earlier(than time.Time) bool { return m.record.AnchoredAt.Before(than) }

func (m match) before(other match, at time.Time) bool {
	if m.earlier(at) != other.earlier(at) {
		return m.earlier(at)
	}
	return cmp.Or(cmp.Compare(other.similarity, m.similarity), cmp.Compare(m.record.Record, other.record.Record)) < 0
}

// hundredths rounds down, so that only what is equal in all that was compared is 1.
func hundredths(x float64) float64 { return math.Floor(min(x, 1)*100+1e-9) / 100 }

// compare finds the near-duplicates of all items.
func (h *holdings) compare(ctx context.Context, items []Item) ([]vault.FoundCopy, []match, error) {
	var found []vault.FoundCopy
	var matches []match
	for i, item := range items {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		m, ok, err := h.nearest(item)
		if err != nil {
			return nil, nil, err
		}
		if ok {
			found = append(found, vault.FoundCopy{
				Record: m.record.Record, Item: i, Similarity: hundredths(m.similarity), Part: hundredths(m.part), Earlier: m.earlier(item.AnchoredAt),
			})
			matches = append(matches, m)
		}
	}
	return slices.Clip(found), matches, nil
}
