package vault

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"

	"filippo.io/age"

	"github.com/dmdl-network/dmdl/commitment"
)

// envelopeVersion is the version of the JSON in an envelope.
const envelopeVersion = 1

// Envelope is what opens a record: the secret of its body and the openings of
// its commitments. It is kept encrypted only, and destroying it erases.
type Envelope struct {
	// Secret opens the body: it is the passphrase of that age file. "" under
	// reference custody.
	Secret string
	// Reference is where a record under reference custody is, or "".
	Reference string
	// Openings are the record's openings, or nil if the envelope was made
	// without.
	Openings *Openings
}

// Openings open both commitments of a record.
type Openings struct {
	// Content is what the content commitment is about.
	Content commitment.Content
	// ContentOpening opens it.
	ContentOpening commitment.Opening
	// Descriptor is the sealed descriptor in the encoding committed to.
	Descriptor []byte
	// SealedOpening opens the commitment to it.
	SealedOpening commitment.Opening
}

// envelopeJSON is an envelope as it is written.
type envelopeJSON struct {
	Version        int          `json:"version"`
	Secret         string       `json:"secret,omitempty"`
	Reference      string       `json:"reference,omitempty"`
	Content        *contentJSON `json:"content,omitempty"`
	ContentOpening string       `json:"content_opening,omitempty"`
	Descriptor     string       `json:"descriptor,omitempty"`
	SealedOpening  string       `json:"sealed_opening,omitempty"`
}

type contentJSON struct {
	Kind      string `json:"kind"`
	Profile   string `json:"profile"`
	Canonical string `json:"canonical"`
	Raw       string `json:"raw"`
}

// Encode returns the envelope as JSON. Digests and openings are in hex; the
// descriptor is a string, so that its very bytes come back.
func (e Envelope) Encode() ([]byte, error) {
	out := envelopeJSON{Version: envelopeVersion, Secret: e.Secret, Reference: e.Reference}
	if o := e.Openings; o != nil {
		out.Content = &contentJSON{
			Kind: o.Content.Kind, Profile: o.Content.Profile,
			Canonical: hex.EncodeToString(o.Content.Canonical[:]), Raw: hex.EncodeToString(o.Content.Raw[:]),
		}
		out.ContentOpening = hex.EncodeToString(o.ContentOpening[:])
		out.Descriptor = string(o.Descriptor)
		out.SealedOpening = hex.EncodeToString(o.SealedOpening[:])
	}
	return json.Marshal(out)
}

// ParseEnvelope reads the JSON of an envelope. Its errors quote nothing of it.
func ParseEnvelope(text []byte) (Envelope, error) {
	var in envelopeJSON
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&in); err != nil {
		return Envelope{}, fmt.Errorf("%w: the envelope does not read as the JSON of one", ErrCorrupt)
	}
	if in.Version != envelopeVersion {
		return Envelope{}, fmt.Errorf("%w: the envelope has version %d, this program reads %d", ErrCorrupt, in.Version, envelopeVersion)
	}
	e := Envelope{Secret: in.Secret, Reference: in.Reference}
	if in.Content == nil {
		return e, nil
	}
	o := &Openings{
		Content:    commitment.Content{Kind: in.Content.Kind, Profile: in.Content.Profile},
		Descriptor: []byte(in.Descriptor),
	}
	for _, part := range []struct {
		name string
		into *[commitment.Size]byte
		text string
	}{
		{"canonical", &o.Content.Canonical, in.Content.Canonical},
		{"raw", &o.Content.Raw, in.Content.Raw},
		{"content_opening", (*[commitment.Size]byte)(&o.ContentOpening), in.ContentOpening},
		{"sealed_opening", (*[commitment.Size]byte)(&o.SealedOpening), in.SealedOpening},
	} {
		b, err := hex.DecodeString(part.text)
		if err != nil || len(b) != commitment.Size {
			return Envelope{}, fmt.Errorf("%w: %s of the envelope is not %d bytes in hex", ErrCorrupt, part.name, commitment.Size)
		}
		*part.into = [commitment.Size]byte(b)
	}
	e.Openings = o
	return e, nil
}

// OpenEnvelope decrypts an envelope by an identity it was made for.
func OpenEnvelope(sealed []byte, identity age.Identity) (Envelope, error) {
	text, err := decrypt(sealed, identity)
	if err != nil {
		return Envelope{}, err
	}
	return ParseEnvelope(text)
}

// Seal encrypts the envelope to a recipient.
func (e Envelope) Seal(recipient age.Recipient) ([]byte, error) {
	text, err := e.Encode()
	if err != nil {
		return nil, err
	}
	return encrypt(text, recipient)
}

// encrypt makes an age file of a few bytes.
func encrypt(plain []byte, recipient age.Recipient) ([]byte, error) {
	var out bytes.Buffer
	w, err := age.Encrypt(&out, recipient)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(plain); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func decrypt(sealed []byte, identity age.Identity) ([]byte, error) {
	r, err := age.Decrypt(bytes.NewReader(sealed), identity)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}
