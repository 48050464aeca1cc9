package cda

import (
	"bytes"
	"path"
	"regexp"
	"strings"

	"github.com/dmdl-network/dmdl/hospital/canonical/format"
)

var (
	// prolog is what may stand before the root element. A DTD is part of it, so
	// that it is refused later with a reason.
	prolog = regexp.MustCompile(`^(?s:\s+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>)*`)
	// rootTag is the root's start tag, perhaps cut: its prefix and attributes.
	rootTag = regexp.MustCompile(`^<(?:([^\s:/<>"'=]+):)?ClinicalDocument(\s[^<>]*|>)`)
	// binding declares the namespace of HL7 for a prefix, or as the default.
	binding = regexp.MustCompile(`\sxmlns(?::([^\s=]+))?\s*=\s*(?:"urn:hl7-org:v3"|'urn:hl7-org:v3')`)
)

// Detect looks at the root element. If what comes before it fills the head, the
// ending of the name decides.
func (cda) Detect(head []byte, name string) (why string, ok bool) {
	text := head
	for _, s := range signatures {
		if bytes.HasPrefix(head, []byte(s.bytes)) {
			text = head[len(s.bom):]
			if s.encoding != nil {
				text, _ = s.encoding.NewDecoder().Bytes(text) // a cut character is no matter
			}
			break
		}
	}
	text = text[len(prolog.Find(text)):]
	full := len(head) >= format.HeadSize
	if m := rootTag.FindSubmatch(text); m != nil {
		for _, b := range binding.FindAllSubmatch(m[2], -1) {
			if bytes.Equal(b[1], m[1]) {
				return "root element ClinicalDocument in " + hl7Namespace, true
			}
		}
		if full && !bytes.ContainsRune(text, '>') {
			return "root element ClinicalDocument, its start tag cut by the end of the head", true
		}
		return "", false
	}
	ending := strings.ToLower(path.Ext(name))
	unseen := full && (len(text) == 0 || bytes.HasPrefix(text, []byte("<!")) || bytes.HasPrefix(text, []byte("<?")))
	if unseen && (ending == ".cda" || ending == ".ccda") {
		return "XML whose root element is beyond the head, and the ending of its name", true
	}
	return "", false
}
