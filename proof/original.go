package proof

import (
	"encoding/hex"
	"errors"

	"github.com/dmdl-network/dmdl/commitment"
)

// Original is a document that a verifier has at hand. The formats are the
// caller's: this package compares digests.
type Original interface {
	// Raw returns the SHA-256 digest of the document's bytes.
	Raw() ([commitment.Size]byte, error)
	// Canonical returns the SHA-256 digest of its canonical form under a profile,
	// such as "fhir-json/1". The error wraps ErrNoForm if the bytes have no such
	// form, as a truncated copy may not.
	Canonical(profile string) ([commitment.Size]byte, error)
}

// ErrNoForm says that a document has no canonical form under a profile, and so
// cannot be the same content as one that has.
var ErrNoForm = errors.New("the document has no form under the profile")

// Match says how a document compares with what was recorded.
type Match string

const (
	// Exact is the same bytes.
	Exact Match = "EXACT"
	// SameContent is other bytes with the same canonical form.
	SameContent Match = "SAME CONTENT"
	// Different is neither.
	Different Match = "DIFFERENT"
)

// Comparison is how an original compares with what was recorded.
type Comparison struct {
	// Result is the comparison under the record's own profile.
	Result Match `json:"result"`
	// Profile is that profile.
	Profile string `json:"profile"`
	// Also lists the weaker forms in the sealed descriptor that agree although
	// the result is Different, such as "dicom-image/1".
	Also []string `json:"also,omitempty"`
}

// compare compares an original with verified content.
func (c *Content) compare(o Original, sealed *commitment.Descriptor) (*Comparison, error) {
	raw, err := o.Raw()
	if err != nil {
		return nil, failed(PartOriginal, "%w", err)
	}
	result := &Comparison{Result: Exact, Profile: c.Profile}
	if [commitment.Size]byte(c.Raw) == raw {
		return result, nil
	}
	result.Result = SameContent
	same, err := hasForm(o, c.Profile, hex.EncodeToString(c.Canonical))
	if err != nil || same {
		return result, err
	}
	result.Result = Different
	if sealed == nil {
		return result, nil
	}
	for _, form := range sealed.Also {
		agrees, err := hasForm(o, form.Profile, form.Digest)
		if err != nil {
			return nil, err
		}
		if agrees {
			result.Also = append(result.Also, form.Profile)
		}
	}
	return result, nil
}

func hasForm(o Original, profile, digest string) (bool, error) {
	got, err := o.Canonical(profile)
	if errors.Is(err, ErrNoForm) {
		return false, nil
	}
	if err != nil {
		return false, failed(PartOriginal, "%w", err)
	}
	return hex.EncodeToString(got[:]) == digest, nil
}
