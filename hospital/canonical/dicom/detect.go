package dicom

import (
	"path"
	"slices"
	"strings"

	"github.com/suyashkumar/dicom/pkg/tag"

	"github.com/dmdl-network/dmdl/hospital/canonical/format"
)

// Detect knows a file of PS3.10 by its "DICM", and a bare data set by its first
// elements; the name decides when only one of these is seen.
func (dicom) Detect(head []byte, name string) (string, bool) {
	if len(head) >= preamble+4 && string(head[preamble:preamble+4]) == "DICM" {
		return `"DICM" at offset 128`, true
	}
	seen := plausible(head)
	named := slices.Contains([]string{".dcm", ".dicom", ".ima"}, strings.ToLower(path.Ext(name)))
	switch {
	case seen >= 2:
		return "begins with DICOM elements, without a preamble", true
	case seen == 1 && named:
		return "begins with a DICOM element, and the name ends like one", true
	}
	return "", false
}

// plausible counts the elements that a head begins with, up to three: known
// tags that ascend from group 0008 or 0002, with values that fit.
func plausible(head []byte) int {
	if len(head) < 8 {
		return 0
	}
	implicit, big := guess(head)
	p := parser{reader: inMemory(head, 0)}
	p.big = big
	var last tag.Tag
	for n := range 3 {
		e, err := p.header(implicit)
		known := e.name != "" && (e.vr == "" || e.vr == e.name || e.vr == "UN")
		starts := e.tag.Group == tag.MetadataGroup || e.tag.Group == 0x0008
		if err != nil || !known || n == 0 && !starts || n > 0 && e.tag.Compare(last) <= 0 {
			return n
		}
		if e.length == undefined || int64(e.length) > p.size-p.at && len(head) == format.HeadSize {
			return n + 1 // it ends past the head
		}
		if p.skip(int64(e.length)) != nil {
			return n
		}
		last = e.tag
	}
	return 3
}
