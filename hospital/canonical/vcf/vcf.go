// Package vcf reads variant calls in VCF version 4.
//
// Its profile is "vcf/1": the text with a line feed at the end of every line,
// the last included, and without a byte order mark. Plain, gzip and BGZF forms
// of one text have one digest. Nothing else is changed, so the order of lines,
// of samples and of header lines matters.
package vcf

import (
	"bytes"
	"fmt"
	"io"
	"iter"
	"regexp"

	"github.com/dmdl-network/dmdl/hospital/canonical/format"
	"github.com/dmdl-network/dmdl/x/records"
)

// Profile names the canonical form.
const Profile = "vcf/1"

// MaxHeader is how long the line of column names may be in bytes: room for
// millions of samples. It is the only line that is held in memory.
const MaxHeader = 64 << 20

var (
	bom      = []byte("\xef\xbb\xbf")
	gzipHead = []byte{0x1f, 0x8b}
	version  = regexp.MustCompile(`^##fileformat=(VCFv4\.[0-9]{1,2})$`)
)

// New returns the format.
func New() format.Format { return vcf{} }

type vcf struct{}

func (vcf) Profiles() []string { return []string{Profile} }

// Detect looks at the first line, which names the version.
func (vcf) Detect(head []byte, _ string) (why string, ok bool) {
	line, _, found := bytes.Cut(bytes.TrimPrefix(head, bom), []byte("\n"))
	if m := version.FindSubmatch(bytes.TrimSuffix(line, []byte("\r"))); found && m != nil {
		return fmt.Sprintf("first line declares %s", m[1]), true
	}
	return "", false
}

// Items yields one record: the file. It reads no further than the line of
// column names; Canonical checks the rest.
func (vcf) Items(src format.Source) iter.Seq2[format.Item, error] {
	return func(yield func(format.Item, error) bool) { yield(item(src)) }
}

func item(src format.Source) (format.Item, error) {
	c := checker{headerOnly: true}
	if err := pass(io.Discard, src, &c); err != nil {
		return format.Item{}, err
	}
	it := format.Item{Raw: src, Profile: Profile, Kind: c.version, Class: records.RECORD_CLASS_DATASET}
	if len(c.samples) == 1 {
		// A sample is no patient: laboratories call many "TUMOR". Who is meant the
		// ingest must be told.
		it.Class = records.RECORD_CLASS_GENOMICS
	}
	return it, nil
}

func (vcf) Canonical(w io.Writer, profile string, raw format.Source) error {
	if profile != Profile {
		return fmt.Errorf("profile %q is not one of variant calls: use %q", profile, Profile)
	}
	return pass(w, raw, &checker{})
}
