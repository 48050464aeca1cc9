//go:build interop

package dicom

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// orthanc starts a PACS on loopback, or skips, and returns its address.
func orthanc(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("Orthanc")
	if err != nil {
		t.Skip("Orthanc is not installed (Debian: orthanc)")
	}
	// Both ports lie below those that systems give to others, so that none is taken before Orthanc listens.
	port := func(from int) int {
		for {
			port := from + rand.IntN(8_192)
			if l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
				require.NoError(t, l.Close())
				return port
			}
		}
	}
	web, dir := port(16_384), t.TempDir()
	config, err := json.Marshal(map[string]any{
		"Name": "test", "StorageDirectory": filepath.Join(dir, "db"), "IndexDirectory": filepath.Join(dir, "db"),
		"HttpPort": web, "DicomPort": port(24_576), "RemoteAccessAllowed": false, "AuthenticationEnabled": false, "Plugins": []string{},
	})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "orthanc.json"), config, 0o600))
	ctx, stop := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, path, filepath.Join(dir, "orthanc.json"))
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		stop()
		_ = cmd.Wait() // it was ended
	})
	address := fmt.Sprintf("http://127.0.0.1:%d", web)
	require.Eventually(t, func() bool {
		response, err := http.Get(address + "/system")
		if err != nil {
			return false
		}
		return response.Body.Close() == nil && response.StatusCode == http.StatusOK
	}, 2*time.Minute, 200*time.Millisecond, "Orthanc does not answer")
	return address
}

func TestInteropAPACSGivesBackWhatItTook(t *testing.T) {
	address := orthanc(t)
	for _, path := range interopFiles(t) {
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		response, err := http.Post(address+"/instances", "application/dicom", bytes.NewReader(content))
		require.NoError(t, err)
		var stored struct{ ID string }
		require.NoError(t, json.NewDecoder(response.Body).Decode(&stored))
		require.NoError(t, response.Body.Close())
		require.NotEmpty(t, stored.ID, filepath.Base(path))

		requireSame(t, path, fetch(t, http.MethodGet, address+"/instances/"+stored.ID+"/file", ""))
		// Orthanc writes the object anew, with another patient: the image stays.
		edited := fetch(t, http.MethodPost, address+"/instances/"+stored.ID+"/modify",
			`{"Replace": {"PatientName": "Somebody^Else"}, "Keep": ["SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID"], "Force": true}`)
		require.Equal(t, fileDigest(t, "dicom-image/1", path), digest(t, "dicom-image/1", edited), filepath.Base(path))
		require.NotEqual(t, fileDigest(t, "dicom-dataset/1", path), digest(t, "dicom-dataset/1", edited), filepath.Base(path))
		fetch(t, http.MethodDelete, address+"/instances/"+stored.ID, "") // some of the files share their UIDs
	}
}

func requireSame(t *testing.T, path string, copied []byte) {
	t.Helper()
	for _, profile := range New().Profiles() {
		require.Equal(t, fileDigest(t, profile, path), digest(t, profile, copied), "%s %s", filepath.Base(path), profile)
	}
}

func fetch(t *testing.T, method, url, body string) []byte {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, bytes.NewReader([]byte(body)))
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, response.StatusCode, "%s: %s", url, content)
	return content
}
