package proof

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/dmdl-network/dmdl/commitment"
	"github.com/dmdl-network/dmdl/x/records"
)

// Report is what a verified bundle proves. It exists only if every part of the
// bundle was verified, except where a field says otherwise.
type Report struct {
	// Format is the bundle's format.
	Format string `json:"format"`
	// RootOfTrust is what the verifier chose to believe, in words.
	RootOfTrust string `json:"root_of_trust"`
	// Record is the record.
	Record RecordID `json:"record"`
	// Public is the record's public part.
	Public Public `json:"public"`
	// Batch is the record's batch.
	Batch BatchReport `json:"batch"`
	// StateHeight is the height of the state that holds all of this.
	StateHeight int64 `json:"state_height,string"`
	// Checkpoint names the header that proves the state, of the next height.
	Checkpoint Checkpoint `json:"checkpoint"`
	// HeaderTime is that header's time by the validators' clocks.
	HeaderTime time.Time `json:"header_time"`
	// Steps are the light blocks from the root of trust to that header.
	Steps []Step `json:"steps"`
	// Standing is what had become of the record, or nil if it is not shown.
	Standing *StandingReport `json:"standing,omitempty"`
	// Content is what the openings open, or nil in an existence bundle.
	Content *ContentReport `json:"content,omitempty"`
	// Original is how the verifier's original compares, or nil without one.
	Original *Comparison `json:"original,omitempty"`
	// Proven says in words what is proven.
	Proven []string `json:"proven"`
	// NotProven says in words what is not.
	NotProven []string `json:"not_proven"`
}

// Public is the public part of a record, in words.
type Public struct {
	// Subject is the patient as "institution/number", or "" for a dataset.
	Subject string `json:"subject,omitempty"`
	// Class is the coarse class, such as "result".
	Class string `json:"class"`
	// Size is the class of the size, such as "16 kib".
	Size string `json:"size"`
	// Channel is the number of the channel, 0 for public.
	Channel uint64 `json:"channel,string"`
}

// BatchReport is the batch that a record is a leaf of.
type BatchReport struct {
	// Root is the root of its tree in hex.
	Root string `json:"root"`
	// Leaves is how many leaves it has.
	Leaves uint64 `json:"leaves,string"`
	// Height is the block that anchored it.
	Height uint64 `json:"height,string"`
	// Time is that block's time by the validators' clocks.
	Time time.Time `json:"time"`
}

// StandingReport is what had become of a record.
type StandingReport struct {
	// Changed says that something had happened to the record; if not, that is
	// proven too, and the other fields say what follows.
	Changed bool `json:"changed"`
	// Status is where the record was in its life, such as "in force".
	Status string `json:"status"`
	// Custodian is the number of the institution that kept it.
	Custodian uint64 `json:"custodian,string"`
	// OfferedTo is the number of the institution that custody was offered to, or 0.
	OfferedTo uint64 `json:"offered_to,string"`
	// Successor is the record that amends or supersedes it, or nil.
	Successor *RecordID `json:"successor,omitempty"`
	// Predecessor is the record that it amends or supersedes, or nil.
	Predecessor *RecordID `json:"predecessor,omitempty"`
	// Reason says why it was replaced or retracted, or "".
	Reason string `json:"reason,omitempty"`
	// Basis is the legal ground on which it was erased, or "".
	Basis string `json:"basis,omitempty"`
	// Height is the block of the latest change, or 0.
	Height uint64 `json:"height,string"`
	// Time is that block's time, or nil.
	Time *time.Time `json:"time,omitempty"`
}

// ContentReport is what the openings open.
type ContentReport struct {
	// Kind is the type in the words of its standard.
	Kind string `json:"kind"`
	// Profile names the canonical form.
	Profile string `json:"profile"`
	// Canonical is the digest of the canonical form in hex.
	Canonical string `json:"canonical"`
	// Raw is the digest of the bytes as ingested, in hex.
	Raw string `json:"raw"`
	// Descriptor is the sealed descriptor, or nil if the bundle does not hold it.
	Descriptor *commitment.Descriptor `json:"descriptor,omitempty"`
	// ChainID is the chain that the record was committed to on, if not the
	// header's.
	ChainID string `json:"chain_id,omitempty"`
	// Holder is whom the bundle names as its holder. It is not proven.
	Holder string `json:"holder"`
}

func newReport(b *Bundle, root Root, s State) Report {
	return Report{
		Format: b.Format, RootOfTrust: root.String(), Record: b.Record, Steps: s.steps,
		StateHeight: s.Height(), Checkpoint: s.Checkpoint(), HeaderTime: s.Time(),
	}
}

func (r *Report) addRecord(leaf records.Leaf, batch records.Batch) {
	d := leaf.Descriptor_
	r.Public = Public{Class: word(d.Class.String(), "RECORD_CLASS_"), Size: word(d.Size_.String(), "SIZE_CLASS_"), Channel: d.Channel}
	if s := d.Subject; s != nil {
		r.Public.Subject = fmt.Sprintf("%d/%d", s.Institution, s.Number)
	}
	r.Batch = BatchReport{Root: hex.EncodeToString(batch.Root), Leaves: batch.Leaves, Height: batch.AnchoredHeight, Time: batch.AnchoredAt}
}

func (r *Report) addStanding(b *Bundle, s *records.Standing) {
	if b.Standing == nil {
		return
	}
	if s == nil {
		r.Standing = &StandingReport{Status: word(records.RECORD_STATUS_IN_FORCE.String(), "RECORD_STATUS_"), Custodian: b.Record.Institution}
		return
	}
	r.Standing = &StandingReport{
		Changed: true, Status: word(s.Status.String(), "RECORD_STATUS_"), Custodian: s.Custodian, OfferedTo: s.OfferedTo,
		Height: s.ChangedHeight, Time: &s.ChangedAt,
	}
	if s.Successor != nil {
		id := recordID(*s.Successor)
		r.Standing.Successor = &id
	}
	if s.Predecessor != nil {
		id := recordID(*s.Predecessor)
		r.Standing.Predecessor = &id
	}
	if s.Reason != records.RECORD_REASON_UNSPECIFIED {
		r.Standing.Reason = word(s.Reason.String(), "RECORD_REASON_")
	}
	if s.Basis != records.ERASURE_BASIS_UNSPECIFIED {
		r.Standing.Basis = word(s.Basis.String(), "ERASURE_BASIS_")
	}
}

// addContent verifies the openings and compares the original, if there are any.
func (r *Report) addContent(b *Bundle, leaf records.Leaf, root Root, o Options) error {
	c := b.Content
	if c == nil && o.Original != nil {
		return failed(PartOriginal, "it cannot be compared: the bundle proves existence and holds no opening")
	}
	if c == nil {
		return nil
	}
	predecessors := append(slices.Clone(o.Predecessors), root.predecessor)
	descriptor, err := b.verifyContent(leaf, r.Checkpoint.ChainID, predecessors)
	if err != nil {
		return err
	}
	r.Content = &ContentReport{
		Kind: c.Kind, Profile: c.Profile, Canonical: hex.EncodeToString(c.Canonical), Raw: hex.EncodeToString(c.Raw),
		Descriptor: descriptor, ChainID: c.ChainID, Holder: c.Holder,
	}
	if o.Original != nil {
		r.Original, err = c.compare(o.Original, descriptor)
	}
	return err
}

// word turns the name of an enum's value into words.
func word(name, prefix string) string {
	return strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(name, prefix), "_", " "))
}
