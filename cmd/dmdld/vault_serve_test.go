package main

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/hospital/clerk"
	"github.com/dmdl-network/dmdl/hospital/control"
	"github.com/dmdl-network/dmdl/hospital/copies"
	"github.com/dmdl-network/dmdl/hospital/ingest"
	"github.com/dmdl-network/dmdl/hospital/ledger"
)

func TestNothingIsServedIfOnePortIsTaken(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, free.Close())

	v, home := newVault(t)
	defer v.Close()
	cmd := &cobra.Command{}
	cmd.Flags().String(flagVault, home, "")
	cmd.SetErr(io.Discard)
	cmd.SetContext(t.Context())
	s := serving{listen: free.Addr().String(), release: taken.Addr().String(), cadence: time.Hour}
	err = serve(t.Context(), cmd, v, &clerk.Office{Clerk: clerk.New(v, nil, nil, ledger.Key{})}, s)
	require.ErrorContains(t, err, "--release-listen")
	require.ErrorContains(t, err, taken.Addr().String())

	again, err := net.Listen("tcp", free.Addr().String())
	require.NoError(t, err, "it listens no more")
	require.NoError(t, again.Close())
	require.NoFileExists(t, filepath.Join(home, control.SocketName))
}

// pipes is a listener in memory.
type pipes chan net.Conn

func (p pipes) Accept() (net.Conn, error) {
	if c, ok := <-p; ok {
		return c, nil
	}
	return nil, net.ErrClosed
}
func (p pipes) Close() error { close(p); return nil }
func (pipes) Addr() net.Addr { return &net.UnixAddr{} }

// TestServingEndsAfterItsLastHandler asks, ends the context, and looks when serving ends:
// whoever serves closes the vault then, which handlers use.
func TestServingEndsAfterItsLastHandler(t *testing.T) {
	for name, tc := range map[string]struct {
		handler func(release <-chan struct{}, r *http.Request)
		lingers bool
	}{
		"one that is done in time": {func(release <-chan struct{}, _ *http.Request) { <-release }, false},
		"one that is cut off":      {func(_ <-chan struct{}, r *http.Request) { <-r.Context().Done() }, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				listener, release := make(pipes, 1), make(chan struct{})
				ctx, cancel := context.WithCancel(t.Context())
				handled, ended := false, make(chan error, 1)
				go func() {
					ended <- serveHTTP(ctx, listener, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
						tc.handler(release, r)
						handled = true
					}))
				}()
				here, there := net.Pipe()
				defer here.Close()
				listener <- there
				_, err := here.Write([]byte("GET / HTTP/1.1\r\nHost: vault.example\r\n\r\n"))
				require.NoError(t, err)
				go func() { _, _ = io.Copy(io.Discard, here) }() // the answer
				synctest.Wait()
				begun := time.Now()
				cancel()
				synctest.Wait()
				require.Empty(t, ended, "its handler is still under way")
				if !tc.lingers {
					close(release)
				}
				require.NoError(t, <-ended)
				require.True(t, handled)
				require.Equal(t, tc.lingers, time.Since(begun) == lingering) // the clock of the test's own
			})
		})
	}
}

func TestReleasesAreForWhoNamesTheVaultOfTheCertificate(t *testing.T) {
	certificate, key, err := copies.NewCertificate()
	require.NoError(t, err)
	s := serving{release: "127.0.0.1:0", certificate: filepath.Join(t.TempDir(), "cert.pem"), key: filepath.Join(t.TempDir(), "key.pem")}
	require.NoError(t, os.WriteFile(s.certificate, certificate, 0o600))
	require.NoError(t, os.WriteFile(s.key, key, 0o600))
	listener, handler, err := s.openForReleases(http.NotFoundHandler())
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "https://another.example/v1/tickets/1/1/records", http.NoBody))
	require.Equal(t, http.StatusMisdirectedRequest, answer.Code)
}

func TestWhatIsNotTakenInIsNotSaidToBe(t *testing.T) {
	var log bytes.Buffer
	told := tell(slog.New(slog.NewTextHandler(&log, nil)))
	told("/srv/export/Wenceslaus", []ingest.Failure{{Path: "/srv/export/Wenceslaus", Err: os.ErrPermission}})
	require.Contains(t, log.String(), "not all of what is in a watched folder was taken in")
	told("/srv/export/Wenceslaus.txt", nil)
	require.Contains(t, log.String(), "a file was taken in")
	require.NotContains(t, log.String(), "Wenceslaus")
}
