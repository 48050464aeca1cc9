package fhir

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/dmdl-network/dmdl/hospital/canonical/format"
)

const asSubmitted = "taken from a bundle whose references are urn:uuid, as it was submitted: a server that takes the bundle in writes ids and references of its own"

// Items implements format.Format. Records of a bundle and of NDJSON are parts of
// the source; any other record is the source itself.
func (reader) Items(src format.Source) iter.Seq2[format.Item, error] {
	return func(yield func(format.Item, error) bool) {
		r, err := src.Open()
		if err != nil {
			yield(format.Item{}, err)
			return
		}
		defer r.Close()
		f := finder{yield: yield}
		in := newLines(r)
		first, err := in.next()
		switch {
		case err != nil && !errors.Is(err, io.EOF):
			f.fail("", err)
		case in.startsRecords(first):
			f.lines(in, first)
		default:
			f.whole(src)
		}
	}
}

// finder yields the records of one source. Its methods return false when the
// caller has had enough.
type finder struct {
	yield func(format.Item, error) bool
	tree  tree
}

func (f *finder) fail(locator string, err error) bool {
	return f.yield(format.Item{}, at(locator, err))
}

// whole reads a source that is one JSON text.
func (f *finder) whole(src format.Source) {
	body, err := format.ReadAll(src, maxBytes)
	switch {
	case err != nil:
		f.fail("", err)
	case !bytes.Contains(body, []byte(`"resourceType"`)):
		f.fail("", ErrNotFHIR)
	default:
		f.text(body, src, "")
	}
}

// lines reads NDJSON. A line that is wrong does not stop the others; but if the
// first holds no resource, the source is not FHIR.
func (f *finder) lines(in *lines, line []byte) {
	if !bytes.Contains(line, []byte(`"resourceType"`)) {
		f.fail("", ErrNotFHIR)
		return
	}
	for {
		locator := fmt.Sprintf("line %d", in.number)
		if !f.text(line, format.Bytes(line, ""), locator) {
			return
		}
		var err error
		if line, err = in.next(); err != nil {
			if !errors.Is(err, io.EOF) {
				f.fail(fmt.Sprintf("line %d", in.number), err)
			}
			return
		}
	}
}

// text yields what one JSON text holds.
func (f *finder) text(body []byte, raw format.Source, locator string) bool {
	if err := f.tree.parse(body); err != nil {
		return f.fail(locator, err)
	}
	return f.resource(&f.tree, 0, raw, origin{locator: locator})
}

// origin is what the surroundings of a resource say about it.
type origin struct {
	locator string
	fullURL string
	// patients tells of each full URL of the bundle which patient is there, or
	// "" for something else.
	patients map[string]string
	notes    []string
}

// resource yields one resource, or the resources of a bundle that is only their
// container.
func (f *finder) resource(t *tree, i int, raw format.Source, from origin) bool {
	kind := t.textAt(i, "resourceType")
	if kind == "" {
		return f.fail(from.locator, ErrNotFHIR)
	}
	if kind == "Bundle" && t.textAt(i, "type") != "document" {
		return f.bundle(t, i, from)
	}
	if err := t.check(i); err != nil {
		return f.fail(from.locator, err)
	}
	return f.yield(t.describe(i, kind, raw, from), nil)
}

// bundle yields the resources of a bundle's entries. The bundle itself must not
// say anything twice, for it could then hold other entries for other readers.
func (f *finder) bundle(t *tree, i int, from origin) bool {
	if err := t.checkNames(i); err != nil {
		return f.fail(from.locator, err)
	}
	patients, notes := t.fullURLs(i), from.notes
	if bytes.Contains(t.bytes(i), []byte(`"urn:uuid:`)) {
		notes = []string{asSubmitted}
	}
	found, n := false, -1
	for entry := range t.elements(t.get(i, "entry")) {
		n++
		locator := join(from.locator, fmt.Sprintf("entry[%d]", n))
		if err := t.checkNames(entry); err != nil {
			found = true
			if !f.fail(locator, err) {
				return false
			}
			continue
		}
		resource := t.get(entry, "resource")
		if resource < 0 {
			continue
		}
		found = true
		inner := origin{locator: locator, fullURL: t.textAt(entry, "fullUrl"), patients: patients, notes: notes}
		if !f.resource(t, resource, format.Bytes(t.bytes(resource), ""), inner) {
			return false
		}
	}
	if !found {
		return f.fail(from.locator, format.Invalidf("a bundle in which no entry has a resource holds no record: leave it out"))
	}
	return true
}

func join(outer, inner string) string {
	if outer == "" {
		return inner
	}
	return outer + " " + inner
}

// fullURLs tells which patient is at each full URL of a bundle, "" if it is not
// a patient.
func (t *tree) fullURLs(bundle int) map[string]string {
	patients := make(map[string]string)
	for entry := range t.elements(t.get(bundle, "entry")) {
		url, resource := t.textAt(entry, "fullUrl"), t.get(entry, "resource")
		if url == "" || resource < 0 {
			continue
		}
		patients[url] = ""
		if t.textAt(resource, "resourceType") == "Patient" {
			patients[url] = t.patientItself(resource, url)
		}
	}
	return patients
}
