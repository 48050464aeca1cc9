package fetch_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
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

// visit is a requester before a vault, which a test may have lie.
type visit struct {
	*gatetest.Ledger
	*fetch.Fetch
	t     *testing.T
	vault *vault.Vault
	// lie, if set, changes the answers whose path ends with on.
	on  string
	lie func(status int, content []byte) (int, []byte)
}

func newVisit(t *testing.T, texts ...string) *visit {
	t.Helper()
	identity, err := fetch.NewIdentity(filepath.Join(t.TempDir(), "me"))
	require.NoError(t, err)
	v := &visit{t: t, vault: gatetest.OpenVault(t), Ledger: gatetest.New(identity.Account.Address(), identity.Recipient())}
	shown, err := v.vault.SealConsent(t.Context(), gatetest.Patient.Number, []byte(`{"version":1}`))
	require.NoError(t, err)
	v.Change(func(s *gatetest.State) {
		s.Consent(access.Consent{Permits: []access.Permit{gatetest.Permit(gatetest.Classes...)}, Sealed: shown[:]})
	})
	var news []vault.NewRecord
	for _, text := range texts {
		news = append(news, gatetest.Document(text))
	}
	_, err = v.vault.Add(t.Context(), news)
	require.NoError(t, err)
	k := clerk.New(v.vault, v.Ledger, v.Newest, identity.Account)
	require.NoError(t, k.Beat(t.Context()))
	honest := server.NewRelease(k.Releases(), nil, slog.New(slog.DiscardHandler))
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { v.answer(honest, w, r) }))
	t.Cleanup(s.Close)
	at, err := fetch.NewVault(s.URL, s.Client(), identity.Account)
	require.NoError(t, err)
	v.Fetch = &fetch.Fetch{Identity: identity, Ledger: v.Ledger, ChainID: gatetest.ChainID, Ticket: gatetest.Ticket, Vault: at, Dir: filepath.Join(t.TempDir(), "out")}
	return v
}

// answer answers as the honest vault does, changed by the lie if there is one.
func (v *visit) answer(honest http.Handler, w http.ResponseWriter, r *http.Request) {
	if v.lie == nil || !strings.Contains(r.URL.Path, v.on) {
		honest.ServeHTTP(w, r)
		return
	}
	recorder := httptest.NewRecorder()
	honest.ServeHTTP(recorder, r)
	status, content := v.lie(recorder.Code, recorder.Body.Bytes())
	w.Header().Set("Content-Length", strconv.Itoa(recorder.Body.Len()))
	if len(content) > recorder.Body.Len() {
		w.Header().Set("Content-Length", strconv.Itoa(len(content)))
	}
	w.WriteHeader(status)
	_, _ = w.Write(content) // what is missing breaks the connection
}

func (v *visit) texts(all []fetch.Record) (texts []string) {
	v.t.Helper()
	for _, r := range all {
		text, err := os.ReadFile(r.Path)
		require.NoError(v.t, err)
		require.EqualValues(v.t, len(text), r.Bytes)
		texts = append(texts, string(text))
	}
	return texts
}

// receipts is how many receipts the ledger holds.
func (v *visit) receipts() (count int) {
	v.Change(func(s *gatetest.State) {
		for _, d := range s.Disclosures {
			if d.Kind == access.DISCLOSURE_KIND_RECEIPT {
				count++
			}
		}
	})
	return count
}

// requireNoPlaintext checks that the folder holds nothing that could be an original.
func (v *visit) requireNoPlaintext() {
	v.t.Helper()
	entries, err := os.ReadDir(v.Dir)
	require.NoError(v.t, err)
	for _, e := range entries {
		require.True(v.t, e.Name() == "fetch.json" || strings.HasSuffix(e.Name(), ".age"), e.Name())
	}
}

func TestWhatATicketOpensComes(t *testing.T) {
	v := newVisit(t, "one", "two")
	var last int64
	v.Progress = func(done, total int64) { require.LessOrEqual(t, done, total); last = done }
	all, err := v.Run(t.Context(), nil)
	require.NoError(t, err)
	require.Equal(t, []string{"one", "two"}, v.texts(all))
	require.Positive(t, last)
	require.Equal(t, 1, v.receipts())
	again, err := v.Run(t.Context(), nil)
	require.NoError(t, err)
	require.Equal(t, all, again)
	require.Equal(t, 1, v.receipts(), "again signs nothing")

	other := *v.Fetch
	other.Ticket.Number++
	_, err = other.Run(t.Context(), nil)
	require.ErrorContains(t, err, "the folder is of ticket 2/5: give another one")
}

func TestWhatIsWantedComes(t *testing.T) {
	v := newVisit(t, "one", "two", "three")
	r, err := v.vault.Get(t.Context(), 2)
	require.NoError(t, err)
	id := records.RecordId{Institution: gatetest.Custodian, Batch: r.Batch, Leaf: r.Leaf}
	all, err := v.Run(t.Context(), []records.RecordId{id, id})
	require.NoError(t, err)
	require.Equal(t, []string{"two"}, v.texts(all))
}

func TestATicketThatOpensNothingSaysSo(t *testing.T) {
	v := newVisit(t, "one")
	v.Change((*gatetest.State).Withdraw)
	_, err := v.Run(t.Context(), nil)
	require.ErrorIs(t, err, fetch.ErrNothing)
}

// TestAnInterruptedFetchGoesOn interrupts each step once, and runs again with the same
// folder.
func TestAnInterruptedFetchGoesOn(t *testing.T) {
	down := errors.New("the node is down")
	cut := func(status int, content []byte) (int, []byte) { return status, content[:len(content)/2] }
	for name, interrupt := range map[string]func(*visit){
		"the offer":           func(v *visit) { v.on, v.lie = "/records", cut },
		"the release":         func(v *visit) { v.on, v.lie = "5/releases", cut },
		"a body":              func(v *visit) { v.on, v.lie = "/bodies/", cut },
		"the keys":            func(v *visit) { v.on, v.lie = "/keys", cut },
		"a refusal by chance": func(v *visit) { v.on, v.lie = "/keys", func(int, []byte) (int, []byte) { return 503, []byte("{}") } },
		"signing":             func(v *visit) { v.on, v.lie = "/bodies/", v.before(func(s *gatetest.State) { s.Refuse = down }) },
		"the answer to it":    func(v *visit) { v.on, v.lie = "/bodies/", v.before(func(s *gatetest.State) { s.Lost = down }) },
	} {
		t.Run(name, func(t *testing.T) {
			v := newVisit(t, strings.Repeat("one ", 9000), "two")
			interrupt(v)
			_, err := v.Run(t.Context(), nil)
			require.Error(t, err)
			require.NotErrorIs(t, err, fetch.ErrForged)
			v.requireNoPlaintext()
			v.lie = nil
			all, err := v.Run(t.Context(), nil)
			require.NoError(t, err)
			require.Equal(t, []string{strings.Repeat("one ", 9000), "two"}, v.texts(all))
			require.Equal(t, 1, v.receipts())
		})
	}
}

// before changes the ledger and leaves an answer as it is.
func (v *visit) before(change func(*gatetest.State)) func(int, []byte) (int, []byte) {
	return func(status int, content []byte) (int, []byte) { v.Change(change); return status, content }
}

func TestManyRecordsAreAskedForInParts(t *testing.T) {
	var want []string
	for i := range server.MaxRequested + 3 {
		want = append(want, fmt.Sprint("note ", i))
	}
	v := newVisit(t, want...)
	parts := 0
	v.on, v.lie = "5/releases", func(status int, content []byte) (int, []byte) {
		if parts++; strings.Count(string(content), `"record"`) < server.MaxRequested {
			return http.StatusServiceUnavailable, []byte("{}")
		}
		return status, content
	}
	_, err := v.Run(t.Context(), nil)
	require.Error(t, err, "the second part fails")
	v.lie = nil
	text, err := os.ReadFile(filepath.Join(v.Dir, "fetch.json"))
	require.NoError(t, err)
	var kept struct{ Asking []string }
	require.NoError(t, json.Unmarshal(text, &kept))
	require.Len(t, kept.Asking, 3)
	id, err := server.ParseRecord(kept.Asking[0])
	require.NoError(t, err)
	erased, err := v.vault.ByLeaf(t.Context(), id.Batch, id.Leaf)
	require.NoError(t, err)
	require.NoError(t, v.vault.Erase(t.Context(), erased.ID, "objection"))
	all, err := v.Run(t.Context(), nil)
	require.NoError(t, err)
	want = slices.Delete(want, int(erased.ID)-1, int(erased.ID))
	require.ElementsMatch(t, want, v.texts(all), "the rest is asked for, too, as far as it is still there")
}

// edit changes an answer as JSON.
func edit[T any](change func(*T)) func(int, []byte) (int, []byte) {
	return func(status int, content []byte) (int, []byte) {
		var value T
		if json.Unmarshal(content, &value) != nil {
			return status, content
		}
		change(&value)
		text, _ := json.Marshal(value)
		return status, text
	}
}

func sealedFor(v *visit, number uint64, change func(*vault.Envelope)) []byte {
	e, err := v.vault.Envelope(context.Background(), number)
	if err != nil {
		panic(err)
	}
	change(&e)
	sealed, err := e.Seal(v.Identity.Age.Recipient())
	if err != nil {
		panic(err)
	}
	return sealed
}

// TestALieIsFoundOut has the vault lie in each way. Nothing readable is left, and where
// the ledger does not name what came, nobody signs for it.
func TestALieIsFoundOut(t *testing.T) {
	flip := func(b []byte) []byte { b = bytes.Clone(b); b[len(b)/2] ^= 1; return b }
	released := func(change func(*server.ReleaseAnswer)) func(*visit) {
		return func(v *visit) { v.on, v.lie = "5/releases", edit(change) }
	}
	keys := func(change func(*visit, *server.KeysAnswer)) func(*visit) {
		return func(v *visit) { v.on, v.lie = "/keys", edit(func(a *server.KeysAnswer) { change(v, a) }) }
	}
	first := func(a *server.ReleaseAnswer) *server.OfferedRecord { return &a.Releases[0].Records[0] }
	for name, tc := range map[string]struct {
		lie    func(*visit)
		signed bool
	}{
		"another body": {func(v *visit) { v.on, v.lie = "/bodies/", func(s int, b []byte) (int, []byte) { return s, flip(b) } }, false},
		"a longer body": {func(v *visit) {
			v.on, v.lie = "/bodies/", func(s int, b []byte) (int, []byte) { return s, append(b, 'x') }
		}, false},
		"a name that is a path":     {released(func(a *server.ReleaseAnswer) { first(a).Record = "../../elsewhere" }), false},
		"a record nobody asked for": {released(func(a *server.ReleaseAnswer) { first(a).Record = "1-1-77" }), false},
		"a record twice":            {released(func(a *server.ReleaseAnswer) { first(a).Record = a.Releases[0].Records[1].Record }), false},
		"fewer records":             {released(func(a *server.ReleaseAnswer) { a.Releases[0].Records = a.Releases[0].Records[:1] }), false},
		"no digest":                 {released(func(a *server.ReleaseAnswer) { first(a).Body = nil }), false},
		"no size":                   {released(func(a *server.ReleaseAnswer) { first(a).Size = 0 }), false},
		"another order":             {released(func(a *server.ReleaseAnswer) { r := a.Releases[0].Records; r[0], r[1] = r[1], r[0] }), false},
		"a release of another":      {func(v *visit) { v.otherTicket() }, false},
		"no leaf":                   {released(func(a *server.ReleaseAnswer) { first(a).Leaf = nil }), true},
		"another leaf":              {released(func(a *server.ReleaseAnswer) { first(a).Leaf.Content = flip(first(a).Leaf.Content) }), true},
		"the other's leaf":          {released(func(a *server.ReleaseAnswer) { r := a.Releases[0].Records; r[0].Leaf, r[0].Path = r[1].Leaf, r[1].Path }), true},
		"another path":              {released(func(a *server.ReleaseAnswer) { first(a).Path[0] = flip(first(a).Path[0]) }), true},
		"no path":                   {released(func(a *server.ReleaseAnswer) { first(a).Path = nil }), true},
		"fewer envelopes":           {keys(func(_ *visit, a *server.KeysAnswer) { a.Envelopes = a.Envelopes[:1] }), true},
		"no envelope":               {keys(func(_ *visit, a *server.KeysAnswer) { a.Envelopes = nil }), true},
		"an envelope of nobody":     {keys(func(_ *visit, a *server.KeysAnswer) { a.Envelopes[0] = flip(a.Envelopes[0]) }), true},
		"the other's envelope":      {keys(func(_ *visit, a *server.KeysAnswer) { e := a.Envelopes; e[0], e[1] = e[1], e[0] }), true},
		"an envelope of the other":  {keys(func(v *visit, a *server.KeysAnswer) { a.Envelopes[0] = sealedFor(v, 2, func(*vault.Envelope) {}) }), true},
		"no openings": {keys(func(v *visit, a *server.KeysAnswer) {
			a.Envelopes[0] = sealedFor(v, 1, func(e *vault.Envelope) { e.Openings = nil })
		}), true},
		"another kind": {keys(func(v *visit, a *server.KeysAnswer) {
			a.Envelopes[0] = sealedFor(v, 1, func(e *vault.Envelope) { e.Openings.Content.Kind = "x" })
		}), true},
		"another descriptor": {keys(func(v *visit, a *server.KeysAnswer) {
			a.Envelopes[0] = sealedFor(v, 1, func(e *vault.Envelope) { e.Openings.Descriptor = []byte("{}") })
		}), true},
		"another secret": {keys(func(v *visit, a *server.KeysAnswer) {
			a.Envelopes[0] = sealedFor(v, 1, func(e *vault.Envelope) { e.Secret += "x" })
		}), true},
	} {
		t.Run(name, func(t *testing.T) {
			v := newVisit(t, "one", "two")
			tc.lie(v)
			_, err := v.Run(t.Context(), nil)
			require.ErrorIs(t, err, fetch.ErrForged)
			require.Equal(t, tc.signed, v.receipts() > 0)
			v.requireNoPlaintext()
			_, err = os.Stat(filepath.Join(filepath.Dir(filepath.Dir(v.Dir)), "elsewhere.age"))
			require.ErrorIs(t, err, os.ErrNotExist)
		})
	}
}

// otherTicket has the ledger name another ticket in the release.
func (v *visit) otherTicket() {
	v.on, v.lie = "/bodies/1-1-1", v.before(func(s *gatetest.State) { // the last one
		s.Disclosures[gatetest.Entry{Subject: gatetest.Patient, Index: 1}].Ticket = &access.TicketId{Institution: 2, Number: 6}
	})
}

// TestABodyOfOtherContentIsFoundOut has a vault whose body, digest and key agree with
// each other and not with the commitment.
func TestABodyOfOtherContentIsFoundOut(t *testing.T) {
	v, other := newVisit(t, "one"), newVisit(t, "two")
	r, err := other.vault.Get(t.Context(), 1)
	require.NoError(t, err)
	in, err := other.vault.Body(t.Context(), 1, 0, -1)
	require.NoError(t, err)
	body, err := io.ReadAll(in)
	require.NoError(t, err)
	require.NoError(t, in.Close())
	theirs, err := other.vault.Envelope(t.Context(), 1)
	require.NoError(t, err)
	v.lie = func(status int, content []byte) (int, []byte) {
		if !bytes.HasPrefix(content, []byte("{")) {
			return status, body
		}
		return edit(func(a *server.ReleaseAnswer) {
			for i := range a.Releases {
				a.Releases[i].Records[0].Body, a.Releases[i].Records[0].Size = r.BodyDigest[:], r.BodySize
			}
		})(status, content)
	}
	v.on = "/releases"
	plain := v.lie
	v.lie = func(status int, content []byte) (int, []byte) {
		v.Change(func(s *gatetest.State) {
			if d := s.Disclosures[gatetest.Entry{Subject: gatetest.Patient, Index: 1}]; d != nil {
				d.Records[0].Body = r.BodyDigest[:]
			}
		})
		if bytes.Contains(content, []byte(`"envelopes"`)) {
			return edit(func(a *server.KeysAnswer) {
				a.Envelopes[0] = sealedFor(v, 1, func(e *vault.Envelope) { e.Secret = theirs.Secret })
			})(status, content)
		}
		return plain(status, content)
	}
	_, err = v.Run(t.Context(), nil)
	require.ErrorIs(t, err, fetch.ErrForged)
	require.ErrorContains(t, err, "its bytes have another digest")
	v.requireNoPlaintext()
}

func TestAVaultIsReachedSafely(t *testing.T) {
	for address, says := range map[string]string{
		"vault.example:8471": "give it as https://host:port", "ftp://vault.example": "give it as https://host:port", "https://": "give it as https://host:port",
		"http://vault.example:8471": "http is for this machine alone, use https", "http://10.0.0.1:8471": "use https",
	} {
		_, err := fetch.NewVault(address, http.DefaultClient, nil)
		require.ErrorContains(t, err, says)
		require.ErrorContains(t, err, strconv.Quote(address))
	}
	for _, address := range []string{"https://vault.example:8471", "http://127.0.0.1:1", "http://localhost:1", "http://[::1]:1"} {
		_, err := fetch.NewVault(address, http.DefaultClient, nil)
		require.NoError(t, err)
	}
}
