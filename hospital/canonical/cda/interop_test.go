//go:build interop

package cda_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dmdl-network/dmdl/hospital/canonical/formattest"
)

// comments are taken out before xmllint sees a document, since it keeps them.
var comments = regexp.MustCompile(`(?s)<!--.*?-->`)

func xmllint(text string) (string, error) {
	cmd := exec.Command("xmllint", "--c14n11", "-")
	cmd.Stdin = strings.NewReader(comments.ReplaceAllString(text, ""))
	out, err := cmd.Output()
	return string(out), err
}

func requireXmllint(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("xmllint"); err != nil {
		t.Skip("xmllint is not installed")
	}
}

func TestRealDocumentsAreCanonicalAsInLibxml2(t *testing.T) {
	requireXmllint(t)
	files, err := filepath.Glob(filepath.Join(formattest.Shared(t, "ccda"), "*.xml"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range append(files, "testdata/document.xml") {
		b, err := os.ReadFile(file)
		require.NoError(t, err)
		want, err := xmllint(string(b))
		require.NoError(t, err, file)
		got, err := canonical(string(b))
		require.NoError(t, err, file)
		require.Equal(t, want, got, file)
		list, err := items(string(b))
		require.NoError(t, err)
		require.Len(t, list, 1)
		require.NotEmpty(t, list[0].Patient)
		require.Regexp(t, `^ClinicalDocument/\d+-\d$`, list[0].Kind)
		require.NotEmpty(t, list[0].Occurred)
		require.NotEmpty(t, list[0].Labels)
	}
}

func TestRandomDocumentsAreCanonicalAsInLibxml2(t *testing.T) {
	requireXmllint(t)
	rapid.Check(t, func(rt *rapid.T) {
		text := drawDocument(rt)()
		want, err := xmllint(text)
		require.NoError(rt, err, text)
		got, err := canonical(text)
		require.NoError(rt, err, text)
		require.Equal(rt, want, got, text)
	})
}
