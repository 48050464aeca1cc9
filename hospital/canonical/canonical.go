// Package canonical finds the records in whatever a hospital has, and gives each
// the digest by which it is known later, also after it has travelled through
// other systems. It joins the formats, one package each; a format's package
// comment is the specification of its profiles.
//
// # Recognition
//
// Formats are asked in a fixed order by the content of the first bytes; the name
// decides only where content cannot. raw/1 takes what no other format knows, so
// that anything goes in.
//
// # Gzip
//
// A source in gzip (BGZF included) is recognised by what is inside. Formats only
// ever see the decompressed bytes, so that a file and its compressed copy share
// the canonical digest. A record that is the whole source keeps the compressed
// bytes as its raw bytes; a record that is a part of it has decompressed raw
// bytes. A source whose inside no format knows is raw/1 as it is, compressed. One
// layer is looked through, not two. A stream that expands more than 250 times
// beyond its first 64 MiB is refused.
package canonical

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"slices"
	"strings"

	"github.com/dmdl-network/dmdl/hospital/canonical/cda"
	"github.com/dmdl-network/dmdl/hospital/canonical/csv"
	"github.com/dmdl-network/dmdl/hospital/canonical/dicom"
	"github.com/dmdl-network/dmdl/hospital/canonical/fhir"
	"github.com/dmdl-network/dmdl/hospital/canonical/format"
	"github.com/dmdl-network/dmdl/hospital/canonical/hl7v2"
	"github.com/dmdl-network/dmdl/hospital/canonical/raw"
	"github.com/dmdl-network/dmdl/hospital/canonical/vcf"
)

// formats are all formats in the order in which they are asked. Those with the
// surest signs come first; raw takes everything and is last.
var formats = []format.Format{dicom.New(), cda.New(), hl7v2.New(), fhir.New(), vcf.New(), csv.New(), raw.New()}

// Profiles returns the names of all canonical forms, in the order of formats.
func Profiles() []string {
	var names []string
	for _, f := range formats {
		names = append(names, f.Profiles()...)
	}
	return names
}

// Items yields the records of a source in order, and says of each why it was
// recognised. After an error about one record it goes on with the next where the
// format allows it. Errors wrap format.ErrInvalid if the source is at fault, as
// an empty one is; they name positions, never a value or the source's name.
func Items(src format.Source) iter.Seq2[format.Item, error] {
	return func(yield func(format.Item, error) bool) {
		inner, head, err := expand(src, format.HeadSize)
		if err != nil {
			yield(format.Item{}, nameless(err))
			return
		}
		for _, f := range formats {
			why, ok := f.Detect(head, inner.Name())
			if !ok {
				continue
			}
			read := inner
			if takesAsIs(f) {
				read = src
			} else if isGzip(inner) {
				why = "inside gzip: " + why
			}
			if !passes(f, read, src, why, yield) {
				return
			}
		}
	}
}

// passes yields a format's items of a source, unless the format finds that the
// source is another's: then it yields nothing and returns true.
func passes(f format.Format, read, src format.Source, why string, yield func(format.Item, error) bool) bool {
	for item, err := range f.Items(read) {
		if errors.Is(err, fhir.ErrNotFHIR) {
			return true
		}
		if err == nil {
			item.Why = why
			if isGzip(item.Raw) { // the whole of it, for parts are sources of their own
				item.Raw = src
			}
		}
		if !yield(item, nameless(err)) {
			return false
		}
	}
	return false
}

// Canonical writes the canonical form of one record's raw bytes, gzip looked
// through as Items does. An unknown profile is an error that names those known.
func Canonical(w io.Writer, profile string, raw format.Source) error {
	f, read, err := open(profile, raw)
	if err != nil {
		return nameless(err)
	}
	return nameless(f.Canonical(w, profile, read))
}

// Digest returns the SHA-256 digest of the canonical form of one record's raw
// bytes.
func Digest(profile string, raw format.Source) (digest [sha256.Size]byte, err error) {
	h := sha256.New()
	if err := Canonical(h, profile, raw); err != nil {
		return digest, err
	}
	return [sha256.Size]byte(h.Sum(nil)), nil
}

// open returns the format of a profile and the source that it shall read.
func open(profile string, src format.Source) (format.Format, format.Source, error) {
	for _, f := range formats {
		switch {
		case !slices.Contains(f.Profiles(), profile):
		case takesAsIs(f):
			_, err := headOf(src, 1)
			return f, src, err
		default:
			inner, _, err := expand(src, len(gzipMagic))
			return f, inner, err
		}
	}
	return nil, nil, fmt.Errorf("unknown profile %q: one of %s is known", profile, strings.Join(Profiles(), ", "))
}

// takesAsIs says whether a format never looks through gzip: raw, the last.
func takesAsIs(f format.Format) bool { return f == formats[len(formats)-1] }

// expand returns the source that formats see, decompressed if it is in gzip, and
// as many of its first bytes as are asked for, at least those that show gzip.
func expand(src format.Source, size int) (inner format.Source, head []byte, err error) {
	head, err = headOf(src, size)
	if err != nil || !bytes.HasPrefix(head, gzipMagic) {
		return src, head, err
	}
	inner = &gunzip{src}
	head, err = headOf(inner, size)
	return inner, head, err
}

// headOf returns the first bytes of a source, which must have one.
func headOf(src format.Source, size int) ([]byte, error) {
	r, err := src.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	head := make([]byte, size)
	n, err := io.ReadFull(r, head)
	switch {
	case n == 0 && errors.Is(err, io.EOF):
		return nil, format.Invalidf("there is nothing in it: leave it out")
	case err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF):
		return nil, err
	}
	return head[:n], nil
}

// nameless returns an error without the path that the file system puts into it:
// names of files name patients.
func nameless(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return fmt.Errorf("%s: %w", path.Op, path.Err)
	}
	return err
}
