package account

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/consortium"
)

// Receipt is what a receipt of a consent is made from. A node told it: unlike an
// account it is not verified, and says so.
type Receipt struct {
	// ChainID is the ledger.
	ChainID string
	// Consent is the consent.
	Consent access.Consent
	// Template is the version of a template that it adopts, or nil.
	Template *access.Template
	// Names are the names of institutions, as far as they are known.
	Names map[uint64]string
	// At is when the receipt is made.
	At time.Time
}

// Page returns the receipt as a page that a patient can read and keep. Its content
// follows ISO/IEC TS 27560: the receipt, the parties, the purposes with data,
// processing and duties of each, the events of the consent, and how to withdraw.
func (r Receipt) Page() Page {
	c := r.Consent
	p := Page{
		Title: "Receipt of a consent",
		Summary: []string{
			fmt.Sprintf("Consent number %d of patient number %d of %s.", c.Index, c.Subject.Number, r.name(c.Subject.Institution)),
			r.standing(),
		},
		Sections: []Section{{Title: "The consent", Facts: r.events()}},
		Notes: []Section{
			{Title: "What this receipt does not show", Lines: []string{
				"A sealed part belongs to this consent, as to every consent. It may restrict what is said above and can never extend it. Only your institution can open it: ask there what it says.",
				"Duties by law, published policies and emergencies are no consents: they are in your account of disclosures, not here.",
			}},
			{Title: "How to withdraw", Lines: r.withdrawal()},
			{Title: "About this receipt", Lines: []string{
				fmt.Sprintf("It was made on %s from the ledger %s, as one node showed it.", date(r.At), r.ChainID),
				fmt.Sprintf("Fingerprint of the sealed part: %x.", c.Sealed),
			}},
		},
	}
	permits := r.permits()
	if len(permits) == 0 {
		p.Sections = append(p.Sections, Section{Title: "It permits nothing", Lines: []string{"It only restricts, by its sealed part."}})
	}
	for i, permit := range permits {
		p.Sections = append(p.Sections, Section{Title: fmt.Sprintf("Permission %d of %d", i+1, len(permits)), Facts: r.permit(permit)})
	}
	return p
}

// Institutions are the numbers of those that the receipt names.
func (r Receipt) Institutions() []uint64 {
	found := []uint64{r.Consent.Subject.Institution}
	grantee := func(g access.Grantee) {
		found = append(found, g.Institution)
		if g.Licence != nil {
			found = append(found, g.Licence.Institution)
		}
	}
	if g := r.Consent.Grantee; g != nil {
		grantee(*g)
	}
	if t := r.Consent.Template; t != nil {
		found = append(found, t.Institution)
	}
	for _, p := range r.permits() {
		grantee(p.Grantee)
		if p.Study != nil {
			found = append(found, p.Study.Institution)
		}
	}
	slices.Sort(found)
	return slices.DeleteFunc(slices.Compact(found), func(n uint64) bool { return n == 0 }) // 0 is any
}

// permits are those of the consent, or of the template that it adopts.
func (r Receipt) permits() []access.Permit {
	if r.Template != nil {
		return r.Template.Permits
	}
	return r.Consent.Permits
}

func (r Receipt) name(number uint64) string {
	if name := r.Names[number]; name != "" {
		return Party{Number: number, Name: name}.String()
	}
	return fmt.Sprintf("institution %d", number)
}

// standing says whether the consent has ended. That it has not begun, or is over,
// is said with each permission.
func (r Receipt) standing() string {
	switch c := r.Consent; {
	case c.EndedAt == nil:
		return "It has not been withdrawn or replaced."
	case c.SupersededBy > 0:
		return fmt.Sprintf("It ended on %s, when consent number %d replaced it.", date(*c.EndedAt), c.SupersededBy)
	default:
		return fmt.Sprintf("It ended on %s, when it was withdrawn.", date(*c.EndedAt))
	}
}

// events says who gave the consent, when and how.
func (r Receipt) events() []Fact {
	c := r.Consent
	facts := []Fact{{"Given on", fmt.Sprintf("%s, in block %d.", date(c.GrantedAt), c.GrantedHeight)}}
	how := fmt.Sprintf("Signed with the key of the account %s.", c.GrantedBy)
	if len(c.Evidence) > 0 {
		how = fmt.Sprintf("On paper that was signed; the registrar with the account %s entered it. Fingerprint of the paper: %x.", c.GrantedBy, c.Evidence)
	}
	facts = append(facts, Fact{"How", how}, Fact{"Legal ground", "Consent."}, Fact{"Kept by", r.name(c.Subject.Institution) + "."})
	if t := c.Template; t != nil {
		text := fmt.Sprintf("Form %d, version %d, of %s.", t.Number, t.Version, r.name(t.Institution))
		if r.Template != nil {
			text += fmt.Sprintf(" Fingerprint of its words: %x.", r.Template.Text)
		}
		facts = append(facts, Fact{"Form", text})
	}
	if len(c.Supersedes) > 0 {
		facts = append(facts, Fact{"Replaces", fmt.Sprintf("Consent number %s.", list(numbers(c.Supersedes)))})
	}
	return facts
}

// permit says to whom what is permitted for what until when.
func (r Receipt) permit(p access.Permit) []Fact {
	facts := []Fact{{"Who may use the records", r.grantee(p.Grantee)}}
	if g := r.Consent.Grantee; g != nil {
		facts = append(facts, Fact{"And only", r.grantee(*g)})
	}
	facts = append(facts,
		Fact{"What for", sentence(words(purposeWords, p.Purposes)) + " Other purposes that the members of the ledger put under one of these are included."},
		Fact{"Which records", sentence(words(classWords, p.Classes))},
		Fact{"What they may do", sentence(words(actionWords, p.Actions))},
		Fact{"Commercial use", map[bool]string{true: "Permitted.", false: "Not permitted."}[p.Commercial]},
	)
	if p.Study != nil {
		facts = append(facts, Fact{"Only for the study", fmt.Sprintf("Number %d of %s.", p.Study.Number, r.name(p.Study.Institution))})
	}
	from, until := "Since it was given.", "No end: until it is withdrawn."
	if p.ValidFrom != nil {
		from = date(*p.ValidFrom) + "."
	}
	if p.ValidUntil != nil {
		until = date(*p.ValidUntil) + ", if it is not withdrawn before."
	}
	facts = append(facts, Fact{"From", from}, Fact{"Until", until})
	if len(p.Obligations) > 0 {
		facts = append(facts, Fact{"Duties of the receiver", "The records " + strings.Join(words(obligationWords, p.Obligations), "; ") + "."})
	}
	return facts
}

// grantee says whom a permit is for.
func (r Receipt) grantee(g access.Grantee) string {
	who := "Anybody"
	if g.Role != consortium.ROLE_UNSPECIFIED {
		who = "Anybody with the role “" + word(g.Role.String(), "ROLE_") + "”"
	}
	if g.Participant != "" {
		who = strings.Replace(who, "Anybody", "Only the account "+g.Participant, 1)
	}
	if g.Institution == 0 {
		who += ", of any active institution of the ledger."
	} else {
		who += " of " + r.name(g.Institution) + "."
	}
	if l := g.Licence; l != nil {
		who += fmt.Sprintf(" Only under licence %d of %s, with records of the licensed work alone.", l.Number, r.name(l.Institution))
	}
	return who
}

// withdrawal says how to withdraw.
func (r Receipt) withdrawal() []string {
	if r.Consent.EndedAt != nil {
		return []string{"There is nothing to withdraw: this consent has ended."}
	}
	return []string{
		fmt.Sprintf("You may withdraw this consent at any time, without a reason: tell %s.", r.name(r.Consent.Subject.Institution)),
		"If you have a key of your own: dmdld tx access withdraw-consents, with this consent’s number.",
		"From the block of the withdrawal on nothing is released on it. What was released before stays with whoever received it.",
	}
}

// words are those of codes. A code without words stays a number, for all to see.
func words[C ~int32](known map[C]string, codes []C) []string {
	text := make([]string, len(codes))
	for i, c := range codes {
		if text[i] = known[c]; text[i] == "" {
			text[i] = fmt.Sprintf("code %d", int32(c))
		}
	}
	return text
}
