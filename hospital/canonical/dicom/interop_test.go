//go:build interop

package dicom

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/hospital/canonical/format"
)

// dcmtk runs a program of DCMTK, or skips.
func dcmtk(t *testing.T, program string, args ...string) {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		t.Skipf("%s is not installed: install DCMTK (Debian: dcmtk)", program)
	}
	out, err := exec.Command(path, args...).CombinedOutput()
	require.NoError(t, err, "%s %v: %s", program, args, out)
}

// interopFiles are real files, and the sample in native and RLE form.
func interopFiles(t *testing.T) []string {
	t.Helper()
	dir := t.TempDir()
	var files []string
	for name, file := range map[string][]byte{
		"sample.dcm":   encoding{}.file(sample()),
		"implicit.dcm": encoding{implicit: true, undefined: true}.file(sample()),
		"colour.dcm":   encoding{}.file(colour(1)),
	} {
		files = append(files, filepath.Join(dir, name))
		require.NoError(t, os.WriteFile(files[len(files)-1], file, 0o600))
	}
	real, err := filepath.Glob(filepath.Join("..", "..", "..", "..", "shared", "data", "dicom", "*.dcm"))
	require.NoError(t, err)
	return append(files, real...)
}

func TestInteropDCMTKReencodesWithoutAnotherDigest(t *testing.T) {
	for _, path := range interopFiles(t) {
		for _, profile := range New().Profiles() {
			want := fileDigest(t, profile, path)
			for _, args := range [][]string{
				{"+te"},
				{"+ti"},
				{"+td"},
				{"+tb"},
				{"+te", "-e"},
				{"+ti", "-e"},
				{"+tb", "-e"},
				{"+te", "+g"},
				{"+ti", "+g"},
				{"+te", "+p", "512", "64"},
				{"+ti", "-F"},
				{"+te", "-F"},
				{"+te", "+uc"},
			} {
				out := filepath.Join(t.TempDir(), "out.dcm")
				dcmtk(t, "dcmconv", append(args, path, out)...)
				require.Equal(t, want, fileDigest(t, profile, out), "%s %s %v", filepath.Base(path), profile, args)

				back := filepath.Join(t.TempDir(), "back.dcm")
				dcmtk(t, "dcmconv", "+te", out, back)
				require.Equal(t, want, fileDigest(t, profile, back), "%s %s %v and back", filepath.Base(path), profile, args)
			}
		}
	}
}

func TestInteropDCMTKsRLEIsTheSameImage(t *testing.T) {
	for _, path := range interopFiles(t) {
		dir := t.TempDir()
		rle, back := filepath.Join(dir, "rle.dcm"), filepath.Join(dir, "back.dcm")
		dcmtk(t, "dcmcrle", path, rle)
		require.Equal(t, fileDigest(t, Image, path), fileDigest(t, Image, rle), filepath.Base(path))
		require.NotEqual(t, fileDigest(t, Dataset, path), fileDigest(t, Dataset, rle))
		dcmtk(t, "dcmdrle", rle, back)
		require.Equal(t, fileDigest(t, Image, path), fileDigest(t, Image, back), filepath.Base(path))
	}
}

func TestInteropDCMTKsLosslessJPEGIsNamed(t *testing.T) {
	for _, path := range interopFiles(t) {
		out := filepath.Join(t.TempDir(), "jpeg.dcm")
		dcmtk(t, "dcmcjpeg", path, out)
		for it, err := range New().Items(format.File(out, "")) {
			require.NoError(t, err)
			require.Empty(t, it.Also)
			require.Contains(t, it.Notes[0], "JPEG Lossless")
		}
	}
}

func TestInteropDCMTKsEditOfDemographicsKeepsTheImage(t *testing.T) {
	for _, path := range interopFiles(t) {
		b, err := os.ReadFile(path)
		require.NoError(t, err)
		edited := filepath.Join(t.TempDir(), "edited.dcm")
		require.NoError(t, os.WriteFile(edited, b, 0o600))
		dcmtk(t, "dcmodify", "-nb", "-m", "PatientName=Edited^Name", "-m", "PatientID=E-1", "-i", "PatientSex=O", "-i", "AccessionNumber=7", edited)
		require.Equal(t, fileDigest(t, Image, path), fileDigest(t, Image, edited), filepath.Base(path))
		require.NotEqual(t, fileDigest(t, Dataset, path), fileDigest(t, Dataset, edited))
	}
}

// What this package writes, another program reads.
func TestInteropDCMTKReadsTheCanonicalForm(t *testing.T) {
	for _, path := range interopFiles(t) {
		dir := t.TempDir()
		form, out := filepath.Join(dir, "form.dcm"), filepath.Join(dir, "out.dcm")
		b, err := os.ReadFile(path)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(form, canonical(t, Dataset, b), 0o600))
		dcmtk(t, "dcmconv", "-f", "-te", "+te", form, out)
		require.Equal(t, fileDigest(t, Dataset, path), fileDigest(t, Dataset, out), filepath.Base(path))
	}
}
