package fetch_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/hospital/clerk"
	"github.com/dmdl-network/dmdl/hospital/fetch"
	"github.com/dmdl-network/dmdl/hospital/gate/gatetest"
	"github.com/dmdl-network/dmdl/hospital/server"
	"github.com/dmdl-network/dmdl/hospital/vault"
	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/records"
)

// TestKeysThatDoNotOpenAreAskedForAnew has the vault send such keys once.
func TestKeysThatDoNotOpenAreAskedForAnew(t *testing.T) {
	for name, change := range map[string]func(*visit, *server.KeysAnswer){
		"sealed to nobody": func(_ *visit, a *server.KeysAnswer) { a.Envelopes[1][len(a.Envelopes[1])/2] ^= 1 },
		"of each other":    func(_ *visit, a *server.KeysAnswer) { e := a.Envelopes; e[0], e[1] = e[1], e[0] },
		"too few":          func(_ *visit, a *server.KeysAnswer) { a.Envelopes = a.Envelopes[:1] },
		"of another body": func(v *visit, a *server.KeysAnswer) {
			a.Envelopes[1] = sealedFor(v, 2, func(e *vault.Envelope) { e.Secret += "x" })
		},
	} {
		t.Run(name, func(t *testing.T) {
			v := newVisit(t, "one", "two")
			v.on, v.lie = "/keys", edit(func(a *server.KeysAnswer) { change(v, a) })
			_, err := v.Run(t.Context(), nil)
			require.ErrorIs(t, err, fetch.ErrForged)
			v.requireNoPlaintext()
			asked := 0
			v.lie = func(status int, content []byte) (int, []byte) { asked++; return status, content }
			for range 2 {
				all, err := v.Run(t.Context(), nil)
				require.NoError(t, err)
				require.Equal(t, []string{"one", "two"}, v.texts(all))
			}
			require.Equal(t, 1, asked, "keys that open are kept")
			require.Equal(t, 1, v.receipts())
		})
	}
}

func TestAFolderGoesOnWithTheSameRecordsForTheSameRequester(t *testing.T) {
	v := newVisit(t, "one", "two")
	id := func(leaf uint64) records.RecordId {
		return records.RecordId{Institution: gatetest.Custodian, Batch: 1, Leaf: leaf}
	}
	all, err := v.Run(t.Context(), []records.RecordId{id(1)})
	require.NoError(t, err)
	require.Len(t, all, 1)
	for _, wanted := range [][]records.RecordId{nil, {id(0)}, {id(0), id(1)}} {
		_, err = v.Run(t.Context(), wanted)
		require.ErrorContains(t, err, `the folder is of a fetch of records ["1-1-1"], not of`)
	}
	again, err := v.Run(t.Context(), []records.RecordId{id(1), id(1)})
	require.NoError(t, err)
	require.Equal(t, all, again)

	v.Identity = newIdentity(t)
	_, err = v.Run(t.Context(), []records.RecordId{id(1)})
	require.ErrorContains(t, err, "the folder is of requester")
	require.NotErrorIs(t, err, fetch.ErrForged, "nobody is to be blamed for that")
}

// releases is how many releases the ledger holds.
func (v *visit) releases() (count int) {
	v.Change(func(s *gatetest.State) {
		for _, d := range s.Disclosures {
			if d.Kind == access.DISCLOSURE_KIND_RELEASE {
				count++
			}
		}
	})
	return count
}

// TestWhatComesAndGoesMeanwhileMakesNoOtherRelease loses the answer to a release, while
// the vault takes in another record, or erases one.
func TestWhatComesAndGoesMeanwhileMakesNoOtherRelease(t *testing.T) {
	for name, row := range map[string]struct {
		change   func(*visit)
		releases int
		want     []string
	}{
		"another record": {func(v *visit) {
			_, err := v.vault.Add(t.Context(), []vault.NewRecord{gatetest.Document("three")})
			require.NoError(t, err)
			require.NoError(t, clerk.New(v.vault, v.Ledger, v.Newest, v.Identity.Account).Beat(t.Context()))
		}, 1, []string{"one", "two"}},
		"one less": {func(v *visit) { require.NoError(t, v.vault.Erase(t.Context(), 2, "objection")) }, 2, []string{"one"}},
	} {
		t.Run(name, func(t *testing.T) {
			v := newVisit(t, "one", "two")
			v.on, v.lie = "5/releases", func(int, []byte) (int, []byte) { return http.StatusServiceUnavailable, []byte("{}") }
			_, err := v.Run(t.Context(), nil)
			require.ErrorContains(t, err, "the vault refused (503)")
			v.lie = nil
			row.change(v)
			all, err := v.Run(t.Context(), nil)
			require.NoError(t, err)
			require.Equal(t, row.want, v.texts(all))
			require.Equal(t, row.releases, v.releases())
		})
	}
}

// TestABrokenFileIsTakenAnew has a crash leave something else than what came.
func TestABrokenFileIsTakenAnew(t *testing.T) {
	text := strings.Repeat("one ", 9000)
	for name, left := range map[string]func(whole []byte) []byte{
		"zeros at its end":    func(whole []byte) []byte { clear(whole[len(whole)/2:]); return whole },
		"zeros in its part":   func(whole []byte) []byte { return make([]byte, len(whole)/2) },
		"more than there was": func(whole []byte) []byte { return append(whole, 'x') },
		"nothing":             func([]byte) []byte { return nil },
	} {
		t.Run(name, func(t *testing.T) {
			v := newVisit(t, text)
			_, err := v.Run(t.Context(), nil)
			require.NoError(t, err)
			path := filepath.Join(v.Dir, "1-1-0.age")
			whole, err := os.ReadFile(path)
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(path, left(bytes.Clone(whole)), 0o600))
			all, err := v.Run(t.Context(), nil)
			require.NoError(t, err)
			require.Equal(t, []string{text}, v.texts(all))
			got, err := os.ReadFile(path)
			require.NoError(t, err)
			require.Equal(t, whole, got)
		})
	}
}

// TestNothingIsWrittenThroughALink puts links where files are to be.
func TestNothingIsWrittenThroughALink(t *testing.T) {
	for name, refused := range map[string]bool{"1-1-0.age": true, "fetch.json.new": false, "1-1-0.new": false, "1-1-0": false} {
		t.Run(name, func(t *testing.T) {
			v := newVisit(t, "one")
			outside := filepath.Join(t.TempDir(), "outside")
			require.NoError(t, os.WriteFile(outside, []byte("mine"), 0o644))
			require.NoError(t, os.MkdirAll(v.Dir, 0o755))
			require.NoError(t, os.Symlink(outside, filepath.Join(v.Dir, name)))
			all, err := v.Run(t.Context(), nil)
			if refused {
				require.ErrorContains(t, err, "escapes")
			} else {
				require.NoError(t, err)
				info, err := os.Lstat(all[0].Path)
				require.NoError(t, err)
				require.Equal(t, os.FileMode(0o600), info.Mode())
			}
			text, err := os.ReadFile(outside)
			require.NoError(t, err)
			require.Equal(t, "mine", string(text))
		})
	}
}

// TestAFaultOfThisMachineIsNobodysLie puts a folder where a record is to be.
func TestAFaultOfThisMachineIsNobodysLie(t *testing.T) {
	v := newVisit(t, "one")
	require.NoError(t, os.MkdirAll(filepath.Join(v.Dir, "1-1-0"), 0o700))
	_, err := v.Run(t.Context(), nil)
	require.ErrorContains(t, err, "rename")
	require.NotErrorIs(t, err, fetch.ErrForged)
	require.NoFileExists(t, filepath.Join(v.Dir, "1-1-0.new"))
	require.NoError(t, os.Remove(filepath.Join(v.Dir, "1-1-0")))
	v.on, v.lie = "/", func(int, []byte) (int, []byte) { return http.StatusForbidden, []byte("{}") }
	all, err := v.Run(t.Context(), nil)
	require.NoError(t, err, "body and keys are kept")
	require.Equal(t, []string{"one"}, v.texts(all))
}

// TestWhatAnotherProcessLeftReadableIsNotWrittenInto leaves a file that others may read.
func TestWhatAnotherProcessLeftReadableIsNotWrittenInto(t *testing.T) {
	v := newVisit(t, "one")
	require.NoError(t, os.MkdirAll(v.Dir, 0o755))
	left := filepath.Join(v.Dir, "1-1-0.new")
	require.NoError(t, os.WriteFile(left, nil, 0o644))
	reader, err := os.Open(left)
	require.NoError(t, err)
	defer reader.Close()
	all, err := v.Run(t.Context(), nil)
	require.NoError(t, err)
	info, err := os.Stat(all[0].Path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode())
	info, err = reader.Stat()
	require.NoError(t, err)
	require.Zero(t, info.Size())
}

func TestAVaultThatKnowsNoRangesIsReadFromTheBeginning(t *testing.T) {
	o := newOutage(t, "one")
	o.bodies = o.cut(100)
	_, err := o.glass.Run(t.Context())
	require.Error(t, err)
	o.bodies = func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write(o.encrypted(r.PathValue("record"))) }
	served, err := o.glass.Run(t.Context())
	require.NoError(t, err)
	require.Equal(t, []string{"one"}, o.texts(served.Records))
	require.Equal(t, []string{"", "bytes=100-"}, o.ranges, "it was not asked for twice")
}

func TestASignedRequestGoesNowhereElse(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("it went there") }))
	defer elsewhere.Close()
	s := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusTemporaryRedirect))
	defer s.Close()
	v, err := fetch.NewVault(s.URL, s.Client(), newIdentity(t).Account)
	require.NoError(t, err)
	_, err = v.Offer(t.Context(), gatetest.Ticket)
	require.ErrorContains(t, err, "the vault refused (307)")
}
