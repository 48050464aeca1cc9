package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/x/consortium"
)

const tree = "../.."

// inTree returns what of the tree can reach the ledger, and what fields.txt says.
func inTree(t *testing.T) ([]message, notes) {
	t.Helper()
	files, err := compileTree(tree)
	require.NoError(t, err)
	messages, err := reached(files, foreign)
	require.NoError(t, err)
	text, err := os.ReadFile(filepath.Join(tree, notesFile))
	require.NoError(t, err)
	said, err := parseNotes(string(text))
	require.NoError(t, err)
	return messages, said
}

func TestTheInventoryIsCompleteAndFresh(t *testing.T) {
	require.NoError(t, run(tree, true))
}

func TestAFieldWithoutALineIsNamed(t *testing.T) {
	messages, said := inTree(t)
	require.NoError(t, said.check(messages))
	for field := range said {
		others := maps.Clone(said)
		delete(others, field)
		require.EqualError(t, others.check(messages), field+": nothing says what it reveals: add a line")
	}
}

func TestALineWithoutAFieldIsNamed(t *testing.T) {
	messages, said := inTree(t)
	said["dmdl.records.v1.Descriptor.diagnosis"] = note{"health", "What the patient has."}
	require.ErrorContains(t, said.check(messages), "dmdl.records.v1.Descriptor.diagnosis: no such field reaches the ledger")
}

func TestACategoryMustGoWithTheType(t *testing.T) {
	messages, said := inTree(t)
	for field, category := range map[string]string{
		"dmdl.records.v1.Descriptor.subject": "nothing",
		"dmdl.records.v1.Descriptor.class":   parts,
		"dmdl.records.v1.Batch.anchored_at":  parts,
	} {
		others := maps.Clone(said)
		others[field] = note{category, "Wrong."}
		require.ErrorContains(t, others.check(messages), fmt.Sprintf("%s: category %q", field, category))
	}
}

func TestEveryMessageThatAVoteCanExecuteIsListed(t *testing.T) {
	messages, _ := inTree(t)
	listed := make(map[string][]string)
	for _, m := range messages {
		listed["/"+string(m.FullName())] = m.ways
	}
	for _, url := range consortium.ProposalMessages {
		require.Contains(t, listed[url], inTransactions, url)
	}
}

func TestLinesThatDoNotReadAreRefused(t *testing.T) {
	for text, want := range map[string]string{
		"a.b.c":                             `"" is no category`,
		"a.b.c secret Nobody knows.":        `"secret" is no category`,
		"a.b.c nothing":                     "write a sentence",
		"a.b.c nothing No full stop":        "write a sentence",
		"a.b.c nothing A | breaks a table.": "write a sentence",
		"a.b.c time Once.\na.b.c time Two.": "line 2: a.b.c has a line already",
	} {
		_, err := parseNotes(text)
		require.ErrorContains(t, err, want, text)
	}
	said, err := parseNotes("# for people\n\n  a.b.c \t count  How many.  \n")
	require.NoError(t, err)
	require.Equal(t, notes{"a.b.c": {"count", "How many."}}, said)
}

func TestADocumentThatDiffersIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data.md")
	require.ErrorContains(t, checkFresh(path, []byte("fresh")), "is not fresh", "there is none")
	require.NoError(t, os.WriteFile(path, []byte("stale"), 0o600))
	require.ErrorContains(t, checkFresh(path, []byte("fresh")), "go run ./tools/inventory")
	require.NoError(t, os.WriteFile(path, []byte("fresh"), 0o600))
	require.NoError(t, checkFresh(path, []byte("fresh")))
}

func TestTheDocumentShowsEveryField(t *testing.T) {
	messages, said := inTree(t)
	text := string(render(messages, said))
	fields, _, _ := strings.Cut(text, "## Values of")
	require.Len(t, said, strings.Count(fields, "\n| `"))
	for field, n := range said {
		require.Contains(t, text, " | "+n.category+" | "+n.sentence+" |\n", field)
	}
}
