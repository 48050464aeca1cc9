// Package format is what every format of medical data has in common: a source
// of bytes, the records found in it, and their canonical form.
//
// A canonical form is named by a profile with a version, such as "fhir-json/1".
// A profile never changes once published: what it must and must not see as a
// difference is held by committed test vectors. A better rule is a new version.
package format

import (
	"io"
	"iter"

	"github.com/dmdl-network/dmdl/x/records"
)

// HeadSize is how many bytes at the start of a source are shown to Detect. A
// shorter source is shown whole.
const HeadSize = 4096

// Source is bytes that can be read more than once: a file, a part of a file, or
// what arrived over HTTP. It never keeps them in memory itself unless it was
// made from memory.
type Source interface {
	// Open starts reading at the first byte. Every reader must be closed.
	Open() (io.ReadCloser, error)
	// Name is the name it came under, or "". It helps to detect, and nothing
	// may quote it in an error: names of files name patients.
	Name() string
}

// Item is one record found in a source.
type Item struct {
	// Raw is the record's own bytes: the source itself, or the part of it that
	// is the record, such as a resource of a bundle.
	Raw Source
	// Profile names the canonical form, such as "dicom-dataset/1".
	Profile string
	// Also names weaker canonical forms that the record has beside it, such as
	// "dicom-image/1", which survives changes that Profile does not.
	Also []string
	// Kind is the type of the record in the words of its standard: "Observation",
	// "ORU^R01", a SOP class UID, a C-CDA template, "VCFv4.4", "text/csv".
	Kind string
	// Class is the coarse class that the ledger shows.
	Class records.RecordClass
	// Patient is whom the record is about, as the source says it, in a form that
	// two records of one patient share; "" if it does not say. It is never
	// logged and never leaves the vault.
	Patient string
	// Occurred is when what is recorded took place, as the source says it, or "".
	Occurred string
	// Codes are the main codes of the record, "system|code", at most 16.
	Codes []string
	// Labels are the source's own confidentiality labels, "system|code".
	Labels []string
	// Locator says where in the source the record is, such as "entry[3]", or "".
	Locator string
	// Why says how the format was recognised, in words without any value of the
	// source.
	Why string
	// Notes say what a verifier should know of the record, in words without any
	// value of the source: that it was anchored as submitted, for example.
	Notes []string
}

// Format reads one format.
type Format interface {
	// Profiles are the canonical forms that the format knows.
	Profiles() []string
	// Detect says whether the bytes look like this format, and why. A head of
	// HeadSize bytes must be enough; the name only decides when content cannot.
	Detect(head []byte, name string) (why string, ok bool)
	// Items yields the records of a source in order. After an error that
	// concerns one record it goes on with the next if it can; after one that
	// concerns the source it ends. It leaves Why to the caller.
	Items(src Source) iter.Seq2[Item, error]
	// Canonical writes the canonical form of one record's raw bytes under one of
	// Profiles. Errors name position and mend, never a value.
	Canonical(w io.Writer, profile string, raw Source) error
}
