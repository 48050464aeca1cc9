package fetch_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"

	"github.com/dmdl-network/dmdl/hospital/fetch"
	"github.com/dmdl-network/dmdl/hospital/gate/gatetest"
	"github.com/dmdl-network/dmdl/hospital/server"
	"github.com/dmdl-network/dmdl/hospital/vault"
	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/records"
)

// outage is a clinician before a vault that serves emergencies.
type outage struct {
	glass *fetch.Emergency
	*visit
	// asked are the requests that the vault got, and ranges those for parts of bodies.
	asked  []server.EmergencyRequest
	ranges []string
	// lie, if set, changes what is released, and bodies and answers, if set, answer in
	// place of the honest vault.
	lie             func(*server.EmergencyAnswer)
	bodies, answers http.HandlerFunc
}

func newOutage(t *testing.T, texts ...string) *outage {
	t.Helper()
	o := &outage{visit: newVisit(t, texts...)}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/emergencies", o.serve)
	mux.HandleFunc("GET /v1/emergencies/7/bodies/{record}", o.body)
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	at, err := fetch.NewVault(s.URL, s.Client(), o.Identity.Account)
	require.NoError(t, err)
	o.glass = &fetch.Emergency{
		Identity: o.Identity, ChainID: gatetest.ChainID, Vault: at, Subject: gatetest.Patient.Number,
		Classes: gatetest.Classes, Reason: "unconscious", Dir: filepath.Join(t.TempDir(), "now"),
	}
	return o
}

// record is a record of the vault by its name on the ledger.
func (o *outage) record(name string) vault.Record {
	id, err := server.ParseRecord(name)
	require.NoError(o.t, err)
	r, err := o.vault.ByLeaf(o.t.Context(), id.Batch, id.Leaf)
	require.NoError(o.t, err)
	return r
}

// serve releases what the ticket of the visit opens.
func (o *outage) serve(w http.ResponseWriter, r *http.Request) {
	var asked server.EmergencyRequest
	require.NoError(o.t, json.NewDecoder(r.Body).Decode(&asked))
	o.asked = append(o.asked, asked)
	if o.answers != nil {
		o.answers(w, r)
		return
	}
	offer, err := o.Vault.Offer(r.Context(), gatetest.Ticket)
	require.NoError(o.t, err)
	names := make([]string, len(offer.Records))
	for i, offered := range offer.Records {
		names[i] = offered.Record
	}
	released, err := o.Vault.Release(r.Context(), gatetest.Ticket, names)
	require.NoError(o.t, err)
	answer := server.EmergencyAnswer{Line: 7, Records: released.Releases[0].Records}
	for _, shown := range answer.Records {
		answer.Envelopes = append(answer.Envelopes, sealedFor(o.visit, o.record(shown.Record).ID, func(*vault.Envelope) {}))
	}
	if o.lie != nil {
		o.lie(&answer)
	}
	w.WriteHeader(http.StatusCreated)
	require.NoError(o.t, json.NewEncoder(w).Encode(answer))
}

func (o *outage) body(w http.ResponseWriter, r *http.Request) {
	o.ranges = append(o.ranges, r.Header.Get("Range"))
	if o.bodies != nil {
		o.bodies(w, r)
		return
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(o.encrypted(r.PathValue("record"))))
}

// encrypted is a body as it leaves the vault.
func (o *outage) encrypted(name string) []byte {
	in, err := o.vault.Body(o.t.Context(), o.record(name).ID, 0, -1)
	require.NoError(o.t, err)
	defer in.Close()
	body, err := io.ReadAll(in)
	require.NoError(o.t, err)
	return body
}

// cut answers with the first bytes of a body and breaks the connection.
func (o *outage) cut(n int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body := o.encrypted(r.PathValue("record"))
		w.Header().Set("Content-Length", fmt.Sprint(len(body)))
		_, _ = w.Write(body[:n])
	}
}

// requireAnchored compares what is kept beside the records with the ledger.
func (o *outage) requireAnchored(all []fetch.Record) {
	o.t.Helper()
	text, err := os.ReadFile(filepath.Join(o.glass.Dir, "emergency.json"))
	require.NoError(o.t, err)
	var kept struct{ Answer server.EmergencyAnswer }
	require.NoError(o.t, json.Unmarshal(text, &kept))
	require.Len(o.t, kept.Answer.Records, len(all))
	for i, r := range kept.Answer.Records {
		id := all[i].Record
		require.Equal(o.t, server.RecordName(id), r.Record)
		var b *records.Batch
		o.Change(func(s *gatetest.State) { b = s.Batches[records.BatchId{Institution: id.Institution, Number: id.Batch}] })
		hash := rfc6962.DefaultHasher.HashLeaf(records.LeafBytes(*r.Leaf))
		require.NoError(o.t, proof.VerifyInclusion(rfc6962.DefaultHasher, id.Leaf, b.Leaves, hash, r.Path, b.Root))
	}
}

func TestAnEmergencyBringsWhatIsNeededToCompareItLater(t *testing.T) {
	o := newOutage(t, "one", "two", "three")
	var done, total int64
	o.glass.Progress = func(d, of int64) { require.LessOrEqual(t, d, of); done, total = d, of }
	served, err := o.glass.Run(t.Context())
	require.NoError(t, err)
	require.Equal(t, []string{"one", "two", "three"}, o.texts(served.Records))
	require.Equal(t, total, done)
	shown := access.ReasonCommitment(gatetest.ChainID, "unconscious", served.Opening)
	require.Equal(t, shown[:], o.asked[0].Reason)
	o.requireAnchored(served.Records)
	entries, err := os.ReadDir(o.glass.Dir)
	require.NoError(t, err)
	require.Len(t, entries, 7)
	for _, e := range entries {
		info, err := e.Info()
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode(), e.Name())
	}

	again, err := o.glass.Run(t.Context())
	require.NoError(t, err)
	require.Equal(t, served, again)
	require.Len(t, o.asked, 1, "again is not another emergency")
	require.Len(t, o.ranges, 3)
}

func TestAnInterruptedEmergencyGoesOnAsTheSameOne(t *testing.T) {
	long := strings.Repeat("one ", 9000)
	o := newOutage(t, long, "two")
	o.bodies = o.cut(100)
	served, err := o.glass.Run(t.Context())
	require.Error(t, err)
	require.NotErrorIs(t, err, fetch.ErrForged)
	require.Empty(t, served.Records)
	o.bodies = nil
	again, err := o.glass.Run(t.Context())
	require.NoError(t, err)
	require.Equal(t, []string{long, "two"}, o.texts(again.Records))
	require.Equal(t, served.Opening, again.Opening)
	require.Len(t, o.asked, 1)
	require.Equal(t, []string{"", "", "bytes=100-", "bytes=100-"}, o.ranges)
}

func TestALostAnswerLosesNoReason(t *testing.T) {
	o := newOutage(t, "one")
	o.answers = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }
	_, err := o.glass.Run(t.Context())
	require.ErrorContains(t, err, "the vault refused (503)")
	o.answers = nil
	_, err = o.glass.Run(t.Context())
	require.NoError(t, err)
	require.Len(t, o.asked, 2)
	require.Equal(t, o.asked[0], o.asked[1], "by that the vault knows that it is one emergency")
}

func TestAReasonIsKeptThoughTheNextAnswerIsARefusal(t *testing.T) {
	o := newOutage(t, "one")
	for _, status := range []int{http.StatusServiceUnavailable, http.StatusConflict, http.StatusForbidden} {
		o.answers = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }
		_, err := o.glass.Run(t.Context())
		require.ErrorContains(t, err, fmt.Sprintf("the vault refused (%d)", status))
		require.FileExists(t, filepath.Join(o.glass.Dir, "emergency.json"), "the journal may have the line of the answer that was lost")
	}
	o.answers = nil
	_, err := o.glass.Run(t.Context())
	require.NoError(t, err)
	require.Equal(t, o.asked[0], o.asked[3])
}

func TestARefusedEmergencyLeavesNothing(t *testing.T) {
	o := newOutage(t, "one")
	o.answers = func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusConflict)
		_, _ = w.Write([]byte(`{"detail":"the ledger is in reach"}`))
	}
	_, err := o.glass.Run(t.Context())
	require.ErrorContains(t, err, "the ledger is in reach")
	entries, err := os.ReadDir(o.glass.Dir)
	require.NoError(t, err)
	require.Empty(t, entries)
}

func TestAFolderIsOfOneEmergency(t *testing.T) {
	o := newOutage(t, "one")
	_, err := o.glass.Run(t.Context())
	require.NoError(t, err)
	for name, change := range map[string]func(*fetch.Emergency){
		"another patient":   func(e *fetch.Emergency) { e.Subject++ },
		"other classes":     func(e *fetch.Emergency) { e.Classes = e.Classes[:1] },
		"another reason":    func(e *fetch.Emergency) { e.Reason += "." },
		"another chain":     func(e *fetch.Emergency) { e.ChainID += "1" },
		"another clinician": func(e *fetch.Emergency) { e.Identity = newIdentity(t) },
	} {
		t.Run(name, func(t *testing.T) {
			other := *o.glass
			change(&other)
			_, err := other.Run(t.Context())
			require.ErrorContains(t, err, "the folder is of another emergency")
			require.Len(t, o.asked, 1)
		})
	}
}

func newIdentity(t *testing.T) fetch.Identity {
	t.Helper()
	identity, err := fetch.NewIdentity(filepath.Join(t.TempDir(), "other"))
	require.NoError(t, err)
	return identity
}
