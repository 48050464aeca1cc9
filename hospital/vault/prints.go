package vault

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/dmdl-network/dmdl/hospital/fingerprint"
)

// Prints are the fingerprints of one record: of the frames of an image that show
// something, or of a table or text. Both are missing if it shows or says too little.
type Prints struct {
	Images []fingerprint.Image
	Text   *fingerprint.Text
}

// Len returns how many fingerprints there are.
func (p Prints) Len() int {
	if p.Text != nil {
		return len(p.Images) + 1
	}
	return len(p.Images)
}

// printsVersion is the version of the JSON of fingerprints. Each fingerprint has in
// its encoding a version of its own.
const printsVersion = 1

type printsJSON struct {
	Version int      `json:"version"`
	Images  [][]byte `json:"images,omitempty"`
	Text    []byte   `json:"text,omitempty"`
}

// MarshalJSON implements json.Marshaler.
func (p Prints) MarshalJSON() ([]byte, error) {
	out := printsJSON{Version: printsVersion}
	for _, f := range p.Images {
		b, err := f.MarshalBinary()
		if err != nil {
			return nil, err
		}
		out.Images = append(out.Images, b)
	}
	if p.Text != nil {
		var err error
		if out.Text, err = p.Text.MarshalBinary(); err != nil {
			return nil, err
		}
	}
	return json.Marshal(out)
}

// UnmarshalJSON implements json.Unmarshaler. It reads what MarshalJSON wrote, and
// nothing else.
func (p *Prints) UnmarshalJSON(text []byte) error {
	var in printsJSON
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&in); err != nil {
		return fmt.Errorf("the fingerprints of a record do not read: %w", err)
	}
	if in.Version != printsVersion {
		return fmt.Errorf("fingerprints of version %d: this program reads %d", in.Version, printsVersion)
	}
	var out Prints
	for _, b := range in.Images {
		var f fingerprint.Image
		if err := f.UnmarshalBinary(b); err != nil {
			return err
		}
		out.Images = append(out.Images, f)
	}
	if in.Text != nil {
		out.Text = new(fingerprint.Text)
		if err := out.Text.UnmarshalBinary(in.Text); err != nil {
			return err
		}
	}
	*p = out
	return nil
}
