package dicom

import (
	"slices"

	"github.com/suyashkumar/dicom/pkg/tag"
)

// undefined is the length of a value that ends with a delimiter.
const undefined = tag.VLUndefinedLength

// form is how values of one VR are encoded.
type form struct {
	// vr is the name itself.
	vr string
	// width is how many bytes change places between the byte orders.
	width int
	// long says that explicit VR gives the length four bytes.
	long bool
	// pad is the byte that makes a length even; a space marks text.
	pad byte
}

// forms are the VRs of PS3.5 table 6.2-1.
var forms = func() map[string]form {
	m := make(map[string]form)
	add := func(width int, long bool, pad byte, names ...string) {
		for _, name := range names {
			m[name] = form{vr: name, width: width, long: long, pad: pad}
		}
	}
	add(1, false, ' ', "AE", "AS", "CS", "DA", "DS", "DT", "IS", "LO", "LT", "PN", "SH", "ST", "TM")
	add(1, true, ' ', "UC", "UR", "UT")
	add(1, false, 0, "UI")
	add(1, true, 0, "OB", "SQ", "UN")
	add(2, false, 0, "AT", "SS", "US")
	add(2, true, 0, "OW")
	add(4, false, 0, "FL", "SL", "UL")
	add(4, true, 0, "OF", "OL")
	add(8, false, 0, "FD")
	add(8, true, 0, "OD", "OV", "SV", "UV")
	return m
}()

// dictionary returns the VR under which the canonical form writes a tag, or ""
// if nobody but the encoding knows it.
func dictionary(t tag.Tag) string {
	if tag.IsPrivate(t.Group) {
		if t.Element >= 0x0010 && t.Element <= 0x00FF {
			return "LO"
		}
		return ""
	}
	info, err := tag.Find(unrepeat(t))
	if err != nil || info.VRs[0] == "NA" || info.VRs[0] == "UN" {
		return ""
	}
	if slices.Contains(info.VRs, "OW") {
		return "OW"
	}
	return info.VRs[0]
}

// unrepeat maps a tag of a repeating group to the one the dictionary lists.
func unrepeat(t tag.Tag) tag.Tag {
	switch {
	case t.Group&0xFF00 == 0x5000 && t.Group <= 0x501E:
		t.Group = 0x5000
	case t.Group&0xFF00 == 0x6000 && t.Group <= 0x601E:
		t.Group = 0x6000
	case t.Group&0xFF00 == 0x7F00 && t.Group != 0x7FE0:
		t.Group = 0x7F00
	case t.Group == 0x0020 && t.Element&0xFF00 == 0x3100:
		t.Element = 0x3100
	}
	return t
}

// ofEncoding says that an element describes the encoding and not the object.
func ofEncoding(t tag.Tag) bool {
	return t.Element == 0x0000 || t == tag.LengthToEnd || t == tag.DataSetTrailingPadding
}
