package account

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/records"
)

// The words that a patient reads. Each list has a line for every code of its kind.
var (
	purposeWords = map[access.Purpose]string{
		access.PURPOSE_UNSPECIFIED: "none was recorded",
		access.PURPOSE_TREAT:       "treatment", access.PURPOSE_COC: "coordination of care between providers",
		access.PURPOSE_ETREAT: "emergency treatment", access.PURPOSE_ERTREAT: "treatment in an emergency room",
		access.PURPOSE_BTG:    "an emergency in which the rules were overridden (“breaking the glass”)",
		access.PURPOSE_PATRQT: "the patient’s own request", access.PURPOSE_CAREMGT: "management of care",
		access.PURPOSE_FAMRQT: "a request of the family", access.PURPOSE_HPAYMT: "payment",
		access.PURPOSE_COVERAGE: "insurance cover", access.PURPOSE_HOPERAT: "running the institution",
		access.PURPOSE_HQUALIMP: "improving quality", access.PURPOSE_PATSFTY: "patient safety",
		access.PURPOSE_HLEGAL: "legal proceedings", access.PURPOSE_PUBHLTH: "public health",
		access.PURPOSE_DISASTER: "a disaster", access.PURPOSE_THREAT: "a threat to life",
		access.PURPOSE_POPHLTH: "the health of a population", access.PURPOSE_HRESCH: "health research",
		access.PURPOSE_BIORCH: "biomedical research", access.PURPOSE_CLINTRCH: "a clinical trial",
		access.PURPOSE_DSRCH: "research on one disease", access.PURPOSE_TRANSRCH: "research that brings findings into care",
		access.PURPOSE_POARCH: "research on origins and ancestry of populations",
		access.PURPOSE_HMARKT: "marketing", access.PURPOSE_HTEST: "a test with made-up data",
	}
	classWords = map[records.RecordClass]string{
		records.RECORD_CLASS_DOCUMENT: "letters, notes and reports", records.RECORD_CLASS_RESULT: "laboratory results and measurements",
		records.RECORD_CLASS_IMAGING: "images and waveforms", records.RECORD_CLASS_GENOMICS: "genetic data",
		records.RECORD_CLASS_THERAPY:        "medication, procedures and plans",
		records.RECORD_CLASS_ADMINISTRATIVE: "visits, appointments and insurance",
		records.RECORD_CLASS_DATASET:        "data compiled from many patients",
	}
	outcomeWords = map[access.ReviewOutcome]string{
		access.REVIEW_OUTCOME_JUSTIFIED: "there was an emergency", access.REVIEW_OUTCOME_UNJUSTIFIED: "there was no emergency",
		access.REVIEW_OUTCOME_UNDETERMINED: "it could not be found out whether there was an emergency",
	}
	groundWords = map[access.RefusalGround]string{
		access.REFUSAL_GROUND_HARM: "it would endanger life or health", access.REFUSAL_GROUND_OTHERS: "the rights of others",
		access.REFUSAL_GROUND_PROCEEDINGS: "legal proceedings", access.REFUSAL_GROUND_IDENTITY: "doubt about who asked",
	}
	disputeWords = map[access.DisputeReason]string{
		access.DISPUTE_REASON_NOT_RECEIVED: "the records did not arrive", access.DISPUTE_REASON_NO_KEY: "the key did not arrive after the receipt",
		access.DISPUTE_REASON_WRONG_CONTENT: "what arrived is not what was recorded", access.DISPUTE_REASON_NOT_ASKED: "the records were never asked for",
		access.DISPUTE_REASON_NO_RECEIPT: "the receiver has the records and signs no receipt", access.DISPUTE_REASON_OBLIGATION: "the receiver broke a duty that came with the records",
	}
	obligationWords = map[access.Obligation]string{
		access.OBLIGATION_NORELINK: "must not be linked with other data to find out whose they are", access.OBLIGATION_NOREDISCLOSE: "must not be passed on",
		access.OBLIGATION_DELAU: "must be deleted after use",
	}
	actionWords = map[access.Action]string{
		access.ACTION_ACCESS: "get a copy for themselves, which they may not pass on", access.ACTION_DISCLOSE: "get a copy and pass it on",
	}
)

// date writes a time for people, in the time of no place.
func date(t time.Time) string { return t.UTC().Format("Monday 2 January 2006, 15:04 UTC") }

// list joins words as people do: "a, b and c".
func list(words []string) string {
	if n := len(words); n > 1 {
		return strings.Join(words[:n-1], ", ") + " and " + words[n-1]
	}
	return strings.Join(words, "")
}

func numbers(list []uint64) []string {
	text := make([]string, len(list))
	for i, n := range list {
		text[i] = fmt.Sprint(n)
	}
	return text
}

// String returns the name with the number, which names never replace.
func (p Party) String() string { return fmt.Sprintf("%s (institution %d)", p.Name, p.Number) }

// headline says in a sentence what happened.
func (e Entry) headline() string {
	who, keeper := e.Institution.Name, e.Custodian.Name
	switch e.kind {
	case access.DISCLOSURE_KIND_RELEASE:
		return fmt.Sprintf("%s gave %s to %s", keeper, count(len(e.Records), "record"), e.receiver())
	case access.DISCLOSURE_KIND_LATE:
		return fmt.Sprintf("%s gave %s to %s in an emergency, while the ledger was out of reach", keeper, count(len(e.Records), "record"), who)
	case access.DISCLOSURE_KIND_RECEIPT:
		return fmt.Sprintf("The records of entry %d arrived, as %s confirmed", e.Of, e.receiver())
	case access.DISCLOSURE_KIND_REFUSAL:
		return fmt.Sprintf("%s withheld records from %s", keeper, e.receiver())
	case access.DISCLOSURE_KIND_DISPUTE:
		return fmt.Sprintf("%s and %s disagree about entry %d", keeper, who, e.Of)
	case access.DISCLOSURE_KIND_BREAK_GLASS:
		return fmt.Sprintf("An emergency clinician of %s overrode the rules to see records at %s", who, keeper)
	}
	return fmt.Sprintf("%s reviewed the emergency of entry %d", keeper, e.Of)
}

// receiver is who asked: the patient, or an institution's person.
func (e Entry) receiver() string {
	if e.code.basis == access.BASIS_PATIENT {
		return "the patient or somebody who acts for the patient"
	}
	return e.Institution.Name
}

// capital begins a sentence with words of this file.
func capital(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:]
}

func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// ground says what the entry rested on.
func (e Entry) ground() string {
	switch e.code.basis {
	case access.BASIS_PATIENT:
		return "The patient or somebody who acts for the patient asked for it."
	case access.BASIS_CONSENT:
		switch len(e.Consents) {
		case 0:
			return "The patient’s consent."
		case 1:
			return fmt.Sprintf("The patient’s consent number %d.", e.Consents[0])
		}
		return fmt.Sprintf("The patient’s consents number %s.", list(numbers(e.Consents)))
	case access.BASIS_POLICY:
		return fmt.Sprintf("The policy that %s has published, without consent.", e.Custodian.Name)
	case access.BASIS_LEGAL_DUTY:
		return fmt.Sprintf("A duty by law, as %s has published it, without consent.", e.Custodian.Name)
	case access.BASIS_EMERGENCY:
		return "An emergency, without consent."
	}
	return "None was recorded."
}

// classes says of what kind the records are, as far as it is shown.
func (e Entry) classes() string {
	var words []string
	var unknown int
	for _, r := range e.Records {
		switch word, found := classWords[r.class]; {
		case !found:
			unknown++
		case !slices.Contains(words, word):
			words = append(words, word)
		}
	}
	if unknown > 0 {
		words = append(words, fmt.Sprintf("%s of a kind that %s can tell", count(unknown, "record"), e.Custodian.Name))
	}
	return sentence(words)
}

// sentence lists things whose names may hold commas.
func sentence(words []string) string {
	if len(words) == 0 {
		return "None."
	}
	return capital(strings.Join(words, "; ")) + "."
}

// finding says what came of a review, refusal or dispute, or "".
func (e Entry) finding() string {
	for _, words := range []string{outcomeWords[e.code.outcome], groundWords[e.code.ground], disputeWords[e.code.dispute]} {
		if words != "" {
			return capital(words) + "."
		}
	}
	return ""
}

// follow says what later entries tell of an entry, such as its receipt.
func (r Report) follow(e Entry) string {
	var found []string
	received := false
	for _, later := range r.Entries {
		if later.Of != e.Index {
			continue
		}
		switch later.kind {
		case access.DISCLOSURE_KIND_RECEIPT:
			received = true
			found = append(found, fmt.Sprintf("The receiver confirmed receipt on %s (entry %d).", date(later.At), later.Index))
		case access.DISCLOSURE_KIND_REVIEW:
			found = append(found, fmt.Sprintf("It was reviewed on %s: %s (entry %d).", date(later.At), outcomeWords[later.code.outcome], later.Index))
		case access.DISCLOSURE_KIND_DISPUTE:
			found = append(found, fmt.Sprintf("It is disputed: %s (entry %d).", disputeWords[later.code.dispute], later.Index))
		}
	}
	if len(e.Records) > 0 && !received {
		found = append(found, "The receiver has not confirmed receipt.")
	}
	if e.kind == access.DISCLOSURE_KIND_BREAK_GLASS && len(found) == 0 {
		found = append(found, "It has not been reviewed.")
	}
	return strings.Join(found, " ")
}
