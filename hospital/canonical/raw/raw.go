// Package raw takes what no other format knows: PDF letters, scans, anything.
//
// # Canonical form raw/1
//
// The bytes as they are. Any change of any byte changes the digest.
package raw

import (
	"io"
	"iter"
	"net/http"
	"strings"

	"github.com/dmdl-network/dmdl/hospital/canonical/format"
	"github.com/dmdl-network/dmdl/x/records"
)

const profile = "raw/1"

// sniffSize is what http.DetectContentType looks at.
const sniffSize = 512

type reader struct{}

// New returns the format.
func New() format.Format { return reader{} }

// Profiles implements format.Format.
func (reader) Profiles() []string { return []string{profile} }

// Detect implements format.Format; it takes everything.
func (reader) Detect([]byte, string) (why string, ok bool) {
	return "no other format knows it", true
}

// Items implements format.Format. The source is one document, whose kind is the
// media type that its first bytes show. It does not say who it is about.
func (reader) Items(src format.Source) iter.Seq2[format.Item, error] {
	return func(yield func(format.Item, error) bool) {
		kind, err := mediaType(src)
		if err != nil {
			yield(format.Item{}, err)
			return
		}
		yield(format.Item{Raw: src, Profile: profile, Kind: kind, Class: records.RECORD_CLASS_DOCUMENT}, nil)
	}
}

func mediaType(src format.Source) (string, error) {
	r, err := src.Open()
	if err != nil {
		return "", err
	}
	defer r.Close()
	head, err := io.ReadAll(io.LimitReader(r, sniffSize))
	if err != nil {
		return "", err
	}
	kind, _, _ := strings.Cut(http.DetectContentType(head), ";")
	return kind, nil
}

// Canonical implements format.Format in constant memory.
func (reader) Canonical(w io.Writer, _ string, raw format.Source) error {
	r, err := raw.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	_, err = io.Copy(w, r)
	return err
}
