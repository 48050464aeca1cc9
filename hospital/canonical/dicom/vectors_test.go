package dicom

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/suyashkumar/dicom/pkg/tag"
)

var update = flag.Bool("update", false, "write testdata anew; a published profile never changes, so look twice")

// vectors are the committed files. Each has one or two digests in vectors.txt.
func vectors() map[string][]byte {
	files := map[string][]byte{}
	for name, c := range encodings {
		files["sample "+name] = c.file(sample())
	}
	files["sample other patient"] = encoding{}.file(otherPatient(sample()))
	files["sample rle"] = encoding{syntax: rleLossless}.file(sample().with(rlePixels()))
	files["colour by plane"] = encoding{}.file(colour(1))
	files["colour by pixel"] = encoding{}.file(colour(0))
	files["compressed"] = encoding{syntax: "1.2.840.10008.1.2.4.70"}.file(sample().with(
		field{tag: tag.PixelData, vr: "OB", fragments: [][]byte{{0, 0, 0, 0, 12, 0, 0, 0}, {0xFF, 0xD8, 0xFF, 0xD9}, {0xFF, 0xD8, 0xFF, 0xD9}}}))
	files["report"] = encoding{implicit: true}.file(sample().without(tag.PixelData).with(text(tag.SOPClassUID, "UI", "1.2.840.10008.5.1.4.1.1.88.11")))
	return files
}

func TestVectors(t *testing.T) {
	list := filepath.Join("testdata", "vectors.txt")
	if *update {
		writeVectors(t, list)
	}
	b, err := os.ReadFile(list)
	require.NoError(t, err)
	lines := strings.Split(strings.TrimSpace(string(b)), "\n")
	made := vectors()
	seen := map[string]bool{}
	for _, line := range lines {
		fields := strings.Split(line, "\t")
		require.Len(t, fields, 3, line)
		name, profile, want := fields[0], fields[1], fields[2]
		file, err := os.ReadFile(vectorPath(name))
		require.NoError(t, err)
		if !strings.Contains(name, "deflated") { // which bytes deflate to is the compressor's choice
			require.Equal(t, made[name], file, "%s is not what the generator makes", name)
		}
		require.Equal(t, want, digest(t, profile, file), line)
		seen[name] = true
	}
	require.Len(t, seen, len(made), "vectors without a digest")
}

func vectorPath(name string) string {
	return filepath.Join("testdata", strings.ReplaceAll(name, " ", "-")+".dcm")
}

func writeVectors(t *testing.T, list string) {
	var lines []string
	for name, file := range vectors() {
		require.NoError(t, os.WriteFile(vectorPath(name), file, 0o644))
		for _, profile := range append([]string{Dataset}, itemOf(t, file).Also...) {
			h := sha256.Sum256(canonical(t, profile, file))
			lines = append(lines, fmt.Sprintf("%s\t%s\t%s\n", name, profile, hex.EncodeToString(h[:])))
		}
	}
	require.NoError(t, os.WriteFile(list, []byte(strings.Join(sortedLines(lines), "")), 0o644))
}

// The dictionary is part of the profiles: a library that learns a tag would turn
// what was UN into something else. Before another version is taken, compare its
// dictionary and keep what differs as it was.
func TestTheDictionaryIsThatOfTheProfiles(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("..", "..", "..", "go.mod"))
	require.NoError(t, err)
	require.Regexp(t, `github\.com/suyashkumar/dicom v1\.1\.0\s`, lineWith(b, "suyashkumar/dicom v"))
	require.Empty(t, lineWith(b, "suyashkumar/dicom =>"))
}

// lineWith is the first line that has the words.
func lineWith(text []byte, words string) string {
	for line := range strings.Lines(string(text)) {
		if strings.Contains(line, words) {
			return line
		}
	}
	return ""
}

func TestWhatTheDictionaryLeavesOpenIsDecided(t *testing.T) {
	for want, tags := range map[string][]tag.Tag{
		"OW": {tag.PixelData, tag.LUTData, {Group: 0x6010, Element: 0x3000}, {Group: 0x5002, Element: 0x3000}, {Group: 0x7F02, Element: 0x0010}},
		"US": {tag.SmallestImagePixelValue, tag.PixelPaddingValue, {Group: 0x6010, Element: 0x0010}},
		"CS": {{Group: 0x0020, Element: 0x3112}},
		"LO": {{Group: 0x0029, Element: 0x0010}, {Group: 0x0029, Element: 0x00FF}},
		"":   {{Group: 0x0029, Element: 0x1010}, {Group: 0x0029, Element: 0x0001}, {Group: 0x0008, Element: 0x7777}, {Group: 0x6020, Element: 0x0010}, tag.Item},
	} {
		for _, tg := range tags {
			require.Equal(t, want, dictionary(tg), tg)
		}
	}
	require.True(t, bytes.Equal([]byte{2, 1, 4, 3}, swapped([]byte{1, 2, 3, 4}, 2)))
	require.Equal(t, []byte{8, 7, 6, 5, 4, 3, 2, 1}, swapped([]byte{1, 2, 3, 4, 5, 6, 7, 8}, 8))
}
