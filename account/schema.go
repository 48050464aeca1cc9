package account

import _ "embed"

//go:embed schema.json
var schema []byte

// Schema returns the JSON Schema (draft 2020-12) of bundles. What it accepts may
// still be refused by Parse, which asks for one encoding, and by Verify.
func Schema() []byte { return append([]byte(nil), schema...) }
