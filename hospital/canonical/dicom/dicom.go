package dicom

import (
	"bufio"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/suyashkumar/dicom/pkg/tag"

	"github.com/dmdl-network/dmdl/hospital/canonical/format"
	"github.com/dmdl-network/dmdl/x/records"
)

const (
	// Dataset is the profile of the whole object.
	Dataset = "dicom-dataset/1"
	// Image is the profile of pixels and of what Annex C signs with them.
	Image = "dicom-image/1"
)

// New returns the DICOM format.
func New() format.Format { return dicom{} }

type dicom struct{}

func (dicom) Profiles() []string { return []string{Dataset, Image} }

// Items yields the one record of a file. It reads to the end, so that whatever
// Canonical would refuse is refused here: an object out of order is sorted once,
// and RLE pixels are decoded once, to be sure.
func (d dicom) Items(src format.Source) iter.Seq2[format.Item, error] {
	return func(yield func(format.Item, error) bool) {
		yield(d.item(src))
	}
}

func (d dicom) item(src format.Source) (format.Item, error) {
	found, err := scanSource(src)
	switch {
	case err != nil:
		return format.Item{}, err
	case found.directory:
		return format.Item{}, format.Invalidf("a DICOMDIR lists files and is none itself: ingest the files it lists")
	case found.sopClass() == "":
		return format.Item{}, format.Invalidf("SOP class UID (0008,0016) is missing: repair the object, or ingest it as raw/1")
	}
	it := format.Item{
		Raw: src, Profile: Dataset, Kind: found.sopClass(), Class: class(found.sopClass()),
		Patient: found.patient(), Occurred: found.occurred(), Codes: found.codes(),
	}
	if found.unordered {
		if err := d.Canonical(io.Discard, Dataset, src); err != nil {
			return format.Item{}, err
		}
	}
	plan, reason := found.pixels()
	if plan != nil && found.pixel.length == undefined {
		if err := d.Canonical(io.Discard, Image, src); err != nil {
			plan, reason = nil, "its RLE frames are damaged"
		}
	}
	if plan != nil {
		it.Also = []string{Image}
	}
	if reason != "" {
		it.Notes = []string{"no " + Image + ": " + reason}
	}
	return it, nil
}

// Canonical reads the source twice, so that nothing is written of one that is
// malformed.
func (dicom) Canonical(w io.Writer, profile string, raw format.Source) error {
	if profile != Dataset && profile != Image {
		return fmt.Errorf("no profile of DICOM: %q; there are %s and %s", profile, Dataset, Image)
	}
	found, err := scanSource(raw)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(w, 64<<10)
	writes := &writer{sink: straight{out}, scan: found}
	wanted := func(tag.Tag) bool { return true }
	if profile == Image {
		var reason string
		if writes.pixels, reason = found.pixels(); writes.pixels == nil {
			return format.Invalidf("no %s: %s", Image, strings.TrimSpace("no pixel data "+reason))
		}
		wanted = isSigned
	}
	if err := writes.object(raw, out, wanted); err != nil {
		return err
	}
	return out.Flush()
}

// object reads the source a second time and writes it.
func (w *writer) object(src format.Source, out io.Writer, wanted func(tag.Tag) bool) error {
	s, err := open(src)
	if err != nil {
		return err
	}
	defer s.Close()
	var unordered bool
	p := parser{reader: s.reader, handler: w, wanted: wanted, unordered: &unordered}
	if w.scan.unordered {
		sorts := newSorter(out, src)
		w.sink = sorts
		if err := p.dataSet(s.implicit); err != nil {
			return err
		}
		return sorts.finish()
	}
	if err := p.dataSet(s.implicit); err != nil {
		return err
	}
	if unordered {
		return format.Invalidf("the file changed while it was read: ingest it again when it is complete")
	}
	return nil
}

// class is the coarse class of a SOP class: reports and encapsulated documents
// are documents, all else is imaging.
func class(sop string) records.RecordClass {
	const storage = "1.2.840.10008.5.1.4.1.1."
	switch {
	case strings.HasPrefix(sop, storage+"88."), sop == storage+"104.1", sop == storage+"104.2":
		return records.RECORD_CLASS_DOCUMENT
	}
	return records.RECORD_CLASS_IMAGING
}
