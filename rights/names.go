package rights

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/copyright"
)

// Ledger is the chain id of a ledger. Numbers count anew on each ledger, so every name
// that leaves it holds the chain: "urn:dmdl:CHAIN:work:3/7".
type Ledger string

func (c Ledger) urn(kind, value string) string { return c.stem(kind) + value }

// stem is what all names of one kind begin with.
func (c Ledger) stem(kind string) string { return "urn:dmdl:" + string(c) + ":" + kind + ":" }

func (c Ledger) work(id copyright.WorkId) string    { return c.urn("work", Name(id)) }
func (c Ledger) institution(number uint64) string   { return c.urn("institution", fmt.Sprint(number)) }
func (c Ledger) account(address string) string      { return c.urn("account", address) }
func (c Ledger) licence(id access.LicenceId) string { return c.urn("licence", licenceName(id)) }
func (c Ledger) offer(id copyright.WorkId, index uint32) string {
	return c.urn("offer", fmt.Sprintf("%s/%d", Name(id), index))
}

// Name is how a work is written for people: "3/7" is number 7 of institution 3.
func Name(id copyright.WorkId) string { return fmt.Sprintf("%d/%d", id.Institution, id.Number) }

func licenceName(id access.LicenceId) string { return fmt.Sprintf("%d/%d", id.Institution, id.Number) }

// digestName names what a SHA-256 digest is of (RFC 6920).
func digestName(digest []byte) string {
	return "ni:///sha-256;" + base64.RawURLEncoding.EncodeToString(digest)
}

// word is the name of an enum value without its prefix, in lower case:
// "image collection" for WORK_KIND_IMAGE_COLLECTION.
func word(prefix string, value fmt.Stringer) string {
	return strings.ReplaceAll(strings.ToLower(strings.TrimPrefix(value.String(), prefix)), "_", " ")
}

// camel is word in one piece that begins with a capital: "ImageCollection".
func camel(prefix string, value fmt.Stringer) string {
	var name strings.Builder
	for part := range strings.FieldsSeq(word(prefix, value)) {
		name.WriteString(strings.ToUpper(part[:1]) + part[1:])
	}
	return name.String()
}

// encode writes a document as indented JSON with a line end.
func encode(document any) ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(document); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
