package account

import (
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/dmdl-network/dmdl/proof"
	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/records"
)

// Report is what a verified bundle proves. Only Verify makes one.
type Report struct {
	// Format is the bundle's format.
	Format string `json:"format"`
	// RootOfTrust is what the verifier chose to believe, in words.
	RootOfTrust string `json:"root_of_trust"`
	// Subject is whose account.
	Subject SubjectID `json:"subject"`
	// Keeper is the institution that keeps the subject.
	Keeper Party `json:"keeper"`
	// Complete says that no entry is missing. If not, those before First are.
	Complete bool `json:"complete"`
	// First is the index of the first entry that is proven.
	First uint64 `json:"first,string"`
	// Count is how many entries the account ever had.
	Count uint64 `json:"count,string"`
	// Head is the head of the account's hash chain in hex, or "".
	Head string `json:"head"`
	// StateHeight is the height as of which all of this is so.
	StateHeight int64 `json:"state_height,string"`
	// Checkpoint names the header that proves the state, of the next height.
	Checkpoint proof.Checkpoint `json:"checkpoint"`
	// HeaderTime is that header's time by the validators' clocks.
	HeaderTime time.Time `json:"header_time"`
	// Steps are the light blocks from the root of trust to that header.
	Steps []proof.Step `json:"steps"`
	// Entries are the entries, by ascending index.
	Entries []Entry `json:"entries"`
	// Proven says in words what is proven.
	Proven []string `json:"proven"`
	// NotProven says in words what is not.
	NotProven []string `json:"not_proven"`
}

// Party is an institution.
type Party struct {
	// Number is its number.
	Number uint64 `json:"number,string"`
	// Name is its name as of the report's height.
	Name string `json:"name"`
}

// Entry is an entry of the account. Codes are in the words of their names, such as
// "release"; purposes are the codes of v3-ActReason.
type Entry struct {
	// Index counts from 1.
	Index uint64 `json:"index,string"`
	// Kind is what it tells.
	Kind string `json:"kind"`
	// Height is the block that made it.
	Height uint64 `json:"height,string"`
	// At is that block's time by the validators' clocks.
	At time.Time `json:"at"`
	// HappenedAt is when a late one happened, to the hour, or nil.
	HappenedAt *time.Time `json:"happened_at,omitempty"`
	// Ticket is the ticket as "institution/number", or "".
	Ticket string `json:"ticket,omitempty"`
	// Requester is the account that got, or asked for, the data.
	Requester string `json:"requester"`
	// Institution is the requester's.
	Institution Party `json:"institution"`
	// Custodian is the institution that keeps the data.
	Custodian Party `json:"custodian"`
	// Purpose is what for.
	Purpose string `json:"purpose"`
	// Basis is what it rested on, or "".
	Basis string `json:"basis,omitempty"`
	// Consents are the indexes of the consents that covered it.
	Consents []uint64 `json:"consents,omitempty"`
	// Records are what was released.
	Records []Record `json:"records,omitempty"`
	// Of is the index of the entry that this one is about, or 0.
	Of uint64 `json:"of,string,omitempty"`
	// Outcome is how a review ended, or "".
	Outcome string `json:"outcome,omitempty"`
	// Ground is why the custodian withheld, or "".
	Ground string `json:"ground,omitempty"`
	// Dispute is what is disputed, or "".
	Dispute string `json:"dispute,omitempty"`

	kind access.DisclosureKind
	code codes
}

// codes are the codes of an entry, for those who need more than their words.
type codes struct {
	purpose access.Purpose
	basis   access.Basis
	outcome access.ReviewOutcome
	ground  access.RefusalGround
	dispute access.DisputeReason
}

// Record is a record that was released.
type Record struct {
	// ID is the record as "institution/batch/leaf".
	ID string `json:"id"`
	// Body is the SHA-256 digest of the encrypted body in hex.
	Body string `json:"body"`
	// Class is its coarse class, such as "result", or "" if the bundle does not
	// show it.
	Class string `json:"class,omitempty"`

	class records.RecordClass
}

func newReport(b *Bundle, root proof.Root, v verified) Report {
	first := v.subject.DisclosuresEver - uint64(len(v.entries)) + 1
	r := Report{
		Format: b.Format, RootOfTrust: root.String(), Subject: b.Subject, Keeper: v.party(b.Subject.Institution),
		Complete: first == 1, First: first, Count: v.subject.DisclosuresEver, Head: hex.EncodeToString(v.subject.Disclosures),
		StateHeight: v.state.Height(), Checkpoint: v.state.Checkpoint(), HeaderTime: v.state.Time(), Steps: v.state.Steps(),
		Entries: make([]Entry, len(v.entries)),
	}
	for i, d := range v.entries {
		r.Entries[i] = v.entry(d)
	}
	r.conclude()
	return r
}

func (v verified) party(number uint64) Party { return Party{Number: number, Name: v.names[number]} }

func (v verified) entry(d access.Disclosure) Entry {
	e := Entry{
		Index: d.Index, Kind: word(d.Kind.String(), "DISCLOSURE_KIND_"), Height: d.Height, At: d.At, HappenedAt: d.HappenedAt,
		Requester: d.Requester, Institution: v.party(d.Institution), Custodian: v.party(d.Custodian),
		Purpose: strings.TrimPrefix(d.Purpose.String(), "PURPOSE_"), Consents: d.Consents, Of: d.Of,
		Basis: known(d.Basis.String(), "BASIS_"), Outcome: known(d.Outcome.String(), "REVIEW_OUTCOME_"),
		Ground: known(d.Ground.String(), "REFUSAL_GROUND_"), Dispute: known(d.Dispute.String(), "DISPUTE_REASON_"),
		kind: d.Kind, code: codes{d.Purpose, d.Basis, d.Outcome, d.Ground, d.Dispute},
	}
	if d.Ticket != nil {
		e.Ticket = fmt.Sprintf("%d/%d", d.Ticket.Institution, d.Ticket.Number)
	}
	for _, r := range d.Records {
		class := v.classes[r.Record]
		e.Records = append(e.Records, Record{
			ID:   fmt.Sprintf("%d/%d/%d", r.Record.Institution, r.Record.Batch, r.Record.Leaf),
			Body: hex.EncodeToString(r.Body), Class: known(class.String(), "RECORD_CLASS_"), class: class,
		})
	}
	return e
}

// word turns the name of an enum's value into words.
func word(name, prefix string) string {
	return strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(name, prefix), "_", " "))
}

// known is word, or "" for a value that is not set.
func known(name, prefix string) string {
	if w := word(name, prefix); w != "unspecified" {
		return w
	}
	return ""
}

// conclude says in words what the rest of the report means.
func (r *Report) conclude() {
	last := r.Steps[len(r.Steps)-1]
	signed := fmt.Sprintf("validators holding more than two thirds of the power (%d of %d) signed the state of height %d of chain %s, %s by their clocks.",
		last.Signed, last.Power, r.StateHeight, r.Checkpoint.ChainID, r.HeaderTime.UTC().Format(time.RFC3339))
	if r.Complete {
		r.Proven = append(r.Proven, fmt.Sprintf("Complete: %s, nothing left out, as of height %d: %s", entries(r.Count), r.StateHeight, signed))
	} else {
		r.Proven = append(r.Proven, fmt.Sprintf("Entries %d to %d, nothing left out between them, as of height %d: %s", r.First, r.Count, r.StateHeight, signed))
		r.NotProven = append(r.NotProven, fmt.Sprintf("Entries 1 to %d: they had left the ledger and are not in this bundle. An older bundle may hold them.", r.First-1))
	}
	r.Proven = append(r.Proven, "The names of the institutions, and the classes of records where one is given, are those of that state.")
	r.NotProven = append(r.NotProven,
		fmt.Sprintf("Whatever was entered after height %d.", r.StateHeight),
		"Releases that a custodian never entered: the ledger knows what it was told, and a receipt, dispute or leak may show more.",
		"Which person uses the account that is named as requester: their institution knows.",
		fmt.Sprintf("That the root of trust is the right one: you chose it (%s).", r.RootOfTrust))
	for _, step := range r.Steps {
		if step.Before > 0 {
			r.NotProven = append(r.NotProven, "That the keys of earlier validators were never misused later: whoever has those of more than a third of a step's validators can invent what follows it.")
			return
		}
	}
}

// String returns the report as text for a terminal.
func (r Report) String() string {
	var out strings.Builder
	fmt.Fprintf(&out, "account of subject %s of chain %s: verified\nroot of trust: %s\n", r.Subject, r.Checkpoint.ChainID, r.RootOfTrust)
	for _, step := range r.Steps {
		fmt.Fprintf(&out, "  %s\n", step)
	}
	for _, s := range []Section{{Title: "proven", Lines: r.Proven}, {Title: "not proven", Lines: r.NotProven}} {
		fmt.Fprintf(&out, "%s:\n", s.Title)
		for _, line := range s.Lines {
			fmt.Fprintf(&out, "  - %s\n", line)
		}
	}
	return out.String()
}

func entries(n uint64) string {
	if n == 1 {
		return "1 entry"
	}
	return fmt.Sprintf("%d entries", n)
}
