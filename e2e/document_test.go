package e2e_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/hospital/server"
	"github.com/dmdl-network/dmdl/x/copyright"
)

// title is that of the work that the first hospital describes.
const title = "Records of somebody"

// makesAWork makes a described work of all records and returns its root in hex.
func (r *registry) makesAWork() string {
	r.t.Helper()
	file := filepath.Join(r.home, "datacite.json")
	require.NoError(r.t, os.WriteFile(file, []byte(`{"titles": [{"title": "`+title+`"}]}`), 0o600))
	require.Contains(r.t, r.refused("vault", "work", "make", "--description", file), `add what is missing or empty, such as "identifiers": [`)
	require.NoError(r.t, os.WriteFile(file, []byte(`{
		"identifiers": [], "creators": [{"name": "Alder"}], "titles": [{"title": "`+title+`"}], "publisher": {"name": "Alder"},
		"publicationYear": "2026", "types": {"resourceTypeGeneral": "Dataset"}}`), 0o600))
	var made struct{ Root, Description string }
	r.read(&made, "vault", "work", "make", "--description", file)
	var err error
	r.root, err = hex.DecodeString(made.Root)
	require.NoError(r.t, err)
	r.description, err = hex.DecodeString(made.Description)
	require.NoError(r.t, err)
	for name := range strings.FieldsSeq(r.run("vault", "work", "show", made.Root)) {
		id, err := server.ParseRecord(name)
		require.NoError(r.t, err)
		r.ids = append(r.ids, id)
	}
	return made.Root
}

// readsTheDescription has the officer of the second hospital get the description of a work
// from the vault of the first, by the digest on the ledger.
func (r *registry) readsTheDescription(id copyright.WorkId) {
	r.t.Helper()
	answer, err := copyright.NewQueryClient(r.client).Work(r.ctx, &copyright.QueryWorkRequest{Institution: id.Institution, Number: id.Number})
	require.NoError(r.t, err)
	digest := answer.Work.Description
	r.serves()
	from := []string{"--identity", r.folder, "--from-vault", r.address}
	var document struct{ Titles []struct{ Title string } }
	text := r.run(append([]string{"requester", "document", base64.StdEncoding.EncodeToString(digest)}, from...)...)
	require.NoError(r.t, json.Unmarshal([]byte(text), &document))
	require.Equal(r.t, title, document.Titles[0].Title)
	require.Contains(r.t, r.refused(append([]string{"requester", "document", hex.EncodeToString(r.root)}, from...)...), "the vault refused (404)")
	stranger := filepath.Join(r.home, "stranger")
	r.run("requester", "init", stranger)
	from[1] = stranger
	require.Contains(r.t, r.refused(append([]string{"requester", "document", hex.EncodeToString(digest)}, from...)...), "the vault refused (403)")
}
