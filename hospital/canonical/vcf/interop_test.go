//go:build interop

package vcf_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/hospital/canonical/formattest"
)

func TestRealFilesSurviveBgzip(t *testing.T) {
	if _, err := exec.LookPath("bgzip"); err != nil {
		t.Skip("bgzip is not installed")
	}
	files, err := filepath.Glob(filepath.Join(formattest.Shared(t, "vcf"), "*.vcf"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		plain, err := os.ReadFile(file)
		require.NoError(t, err)
		cmd := exec.Command("bgzip", "-c")
		cmd.Stdin = strings.NewReader(strings.ReplaceAll(string(plain), "\n", "\r\n"))
		zipped, err := cmd.Output()
		require.NoError(t, err)
		require.NotEqual(t, plain, zipped)
		want, err := canonical(string(plain))
		require.NoError(t, err, file)
		got, err := canonical(string(zipped))
		require.NoError(t, err, file)
		require.Equal(t, want, got, file)
	}
}
