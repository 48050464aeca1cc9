package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera/client"
)

func TestCommandLinesThatCannotRunAreRefused(t *testing.T) {
	for want, args := range map[string][]string{
		"-home is missing":         nil,
		"-size 15":                 {"-home", "x", "-size", "15"},
		"-size 65536":              {"-home", "x", "-size", "65536"},
		"-for and -batch must":     {"-home", "x", "-for", "0s"},
		"must be positive":         {"-home", "x", "-batch", "0"},
		"flag provided but not de": {"-home", "x", "-nonsense"},
	} {
		_, err := parse(args)
		require.ErrorContains(t, err, want)
	}
	o, err := parse([]string{"-home", "x"})
	require.NoError(t, err)
	require.Equal(t, options{home: "x", load: load{duration: time.Minute, batch: 16_384, size: 123}}, o)
}

// TestThePublishedTreeIsOverTheLeavesThatWereAdded reads the log's files as any
// reader does and computes the root without it.
func TestThePublishedTreeIsOverTheLeavesThatWereAdded(t *testing.T) {
	home := t.TempDir()
	l := load{duration: 200 * time.Millisecond, batch: 300, size: 123, seed: [32]byte{1}}
	r, err := l.run(t.Context(), home)
	require.NoError(t, err)
	require.NotZero(t, r.leaves)
	require.Zero(t, r.leaves%300)
	require.Positive(t, r.took)

	leaves := l.leaves()
	tree := (&compact.RangeFactory{Hash: rfc6962.DefaultHasher.HashChildren}).NewEmptyRange(0)
	files := client.FileFetcher{Root: home}
	for tree.End() < r.leaves {
		bundle, err := client.GetEntryBundle(t.Context(), files.ReadEntryBundle, tree.End()/256, r.leaves)
		require.NoError(t, err)
		for _, entry := range bundle.Entries {
			require.Equal(t, leaves(), entry)
			require.NoError(t, tree.Append(rfc6962.DefaultHasher.HashLeaf(entry), nil))
		}
	}
	root, err := tree.GetRootHash(nil)
	require.NoError(t, err)
	require.Equal(t, root, r.root)

	_, err = l.run(t.Context(), home)
	require.ErrorContains(t, err, "is not empty")
}

func TestAnInterruptEndsTheRun(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	interrupt()
	home := t.TempDir()
	_, err := load{duration: time.Hour, batch: 256, size: 123}.run(ctx, home)
	require.ErrorIs(t, err, context.Canceled)
	require.FileExists(t, filepath.Join(home, "tile", "entries", "000"), "what was added is written")
}

func TestTheResultIsInTheFormOfAllResults(t *testing.T) {
	out := filepath.Join(t.TempDir(), "result.json")
	o, err := parse([]string{"-home", t.TempDir(), "-for", "1ms", "-batch", "256", "-out", out})
	require.NoError(t, err)
	require.NoError(t, measure(t.Context(), o))
	text, err := os.ReadFile(out)
	require.NoError(t, err)
	var figures []map[string]any
	require.NoError(t, json.Unmarshal(text, &figures))
	require.Len(t, figures, 1)
	require.Equal(t, "tessera/published", figures[0]["name"])
	require.Equal(t, "leaves/s", figures[0]["unit"])
	require.Positive(t, figures[0]["value"])
	require.EqualValues(t, 1, figures[0]["runs"])
	require.Contains(t, figures[0], "load")
}
