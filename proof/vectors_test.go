package proof_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/proof"
)

var update = flag.Bool("update", false, "write testdata anew; the format never changes once published, so look twice")

// vectors makes what is in testdata, by file name.
func vectors(t *testing.T) map[string][]byte {
	t.Helper()
	f := newFixture(t)
	checkpoint, err := proof.Encode(proof.CheckpointOf(f.blocks[late+1].Header))
	require.NoError(t, err)
	made := map[string][]byte{
		"genesis.json": append(f.genesis(t), '\n'), "checkpoint.json": checkpoint,
		"existence.json": f.make(t, f.listed.request(t, 1, early), nil),
		"content.json":   f.make(t, f.large.request(t, 777, late), f.second.open()),
		"retracted.json": f.standard(t),
	}
	for _, name := range []string{"existence", "content", "retracted"} {
		report, err := proof.Verify(made[name+".json"], f.root, proof.Options{})
		require.NoError(t, err)
		encoded, err := json.MarshalIndent(report, "", "  ")
		require.NoError(t, err)
		made[name+".report.json"] = append(encoded, '\n')
	}
	return made
}

func TestVectorsAreMadeAsTheyWerePublished(t *testing.T) {
	for name, want := range vectors(t) {
		path := filepath.Join("testdata", name)
		if *update {
			require.NoError(t, os.WriteFile(path, want, 0o644))
		}
		got, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, string(want), string(got), name)
	}
}

func TestPublishedVectorsVerify(t *testing.T) {
	document := read(t, "genesis.json")
	fromGenesis, err := proof.GenesisRoot(document)
	require.NoError(t, err)
	checkpoint, err := proof.ParseCheckpoint(read(t, "checkpoint.json"))
	require.NoError(t, err)
	for _, name := range []string{"existence", "content", "retracted"} {
		report, err := proof.Verify(read(t, name+".json"), fromGenesis, proof.Options{})
		require.NoError(t, err, name)
		encoded, err := json.Marshal(report)
		require.NoError(t, err)
		require.JSONEq(t, string(read(t, name+".report.json")), string(encoded), name)
	}
	_, err = proof.Verify(read(t, "content.json"), proof.CheckpointRoot(checkpoint), proof.Options{})
	require.NoError(t, err)
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	return content
}

func compiledSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(proof.Schema()))
	require.NoError(t, err)
	compiler := jsonschema.NewCompiler()
	require.NoError(t, compiler.AddResource("bundle.json", document))
	schema, err := compiler.Compile("bundle.json")
	require.NoError(t, err)
	return schema
}

func TestTheSchemaAcceptsBundlesAndNothingMore(t *testing.T) {
	schema := compiledSchema(t)
	for _, name := range []string{"existence", "content", "retracted"} {
		var bundle map[string]any
		require.NoError(t, json.Unmarshal(read(t, name+".json"), &bundle))
		require.NoError(t, schema.Validate(bundle), name)
		each(bundle, func(object map[string]any, field string) {
			value := object[field]
			object[field] = 1.0
			require.Error(t, schema.Validate(bundle), "%s as a number", field)
			delete(object, field)
			if optional := field == "standing" || field == "content" || field == "sealed"; !optional {
				if _, standing := bundle["standing"]; !standing || field != "value" {
					require.Error(t, schema.Validate(bundle), "without %s", field)
				}
			}
			object[field], object["note"] = value, ""
			require.Error(t, schema.Validate(bundle), "with a note beside %s", field)
			delete(object, "note")
		})
	}
}

// each visits every field of every object in a document.
func each(value any, visit func(object map[string]any, field string)) {
	switch value := value.(type) {
	case map[string]any:
		for field, inner := range value {
			visit(value, field)
			each(inner, visit)
		}
	case []any:
		for _, inner := range value {
			each(inner, visit)
		}
	}
}
