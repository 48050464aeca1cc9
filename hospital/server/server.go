// Package server is a vault's HTTP interface for the systems of its hospital:
// what they send is taken in, and they ask what became of it. It is not for
// others; releases to them have a way of their own.
package server

import (
	"crypto/subtle"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/dmdl-network/dmdl/hospital/canonical/format"
	"github.com/dmdl-network/dmdl/hospital/ingest"
	"github.com/dmdl-network/dmdl/hospital/vault"
)

// MaxUpload is how many bytes one request may send. Larger files are ingested as
// files.
const MaxUpload = 64 << 20

// Server serves one vault.
type Server struct {
	vault *vault.Vault
	token string
	log   *slog.Logger
}

// New returns the handler of a vault's interface. Every request but the one for
// health must carry the token as a bearer token (RFC 6750). Nothing that
// identifies anybody is logged.
//
//	GET  /healthz                  200 if the vault can be read
//	POST /v1/records               take in what the body holds
//	GET  /v1/records/{number}      what became of a record
func New(v *vault.Vault, token string, log *slog.Logger) http.Handler {
	s := &Server{vault: v, token: token, log: log}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", s.health)
	mux.HandleFunc("POST /v1/records", s.authorised(s.take))
	mux.HandleFunc("GET /v1/records/{number}", s.authorised(s.show))
	return mux
}

// problem is an error as RFC 9457 has it.
type problem struct {
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
}

func refuse(w http.ResponseWriter, status int, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(problem{Title: http.StatusText(status), Status: status, Detail: detail}) // the client went away
}

func answer(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value) // the client went away
}

func (s *Server) authorised(next http.HandlerFunc) http.HandlerFunc {
	want := []byte("Bearer " + s.token)
	return func(w http.ResponseWriter, r *http.Request) {
		if subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), want) != 1 {
			w.Header().Set("WWW-Authenticate", "Bearer")
			refuse(w, http.StatusUnauthorized, "give the vault's token as a bearer token")
			return
		}
		next(w, r)
	}
}

func (s *Server) health(w http.ResponseWriter, r *http.Request) {
	if _, err := s.vault.List(r.Context(), vault.Filter{}, 0, 1); err != nil {
		s.log.Error("the vault cannot be read", "error", err)
		refuse(w, http.StatusServiceUnavailable, "the vault cannot be read")
		return
	}
	answer(w, http.StatusOK, struct{}{})
}

// taken is a record that was taken in.
type taken struct {
	Number  uint64 `json:"number,string"`
	Known   bool   `json:"known"`
	Kind    string `json:"kind"`
	Profile string `json:"profile"`
}

// takenAnswer is the answer to an upload.
type takenAnswer struct {
	Records  []taken  `json:"records"`
	Failures []string `json:"failures,omitempty"`
}

// take takes in the body of a request. The query may name the patient, by
// ?patient=, for what does not say it. If nothing could be taken in, the answer
// is 422; if something could, 201, with what was wrong with the rest.
func (s *Server) take(w http.ResponseWriter, r *http.Request) {
	src, err := ingest.Upload(r.Body, MaxUpload)
	var tooLarge *format.TooLargeError
	switch {
	case errors.As(err, &tooLarge):
		refuse(w, http.StatusRequestEntityTooLarge, err.Error())
		return
	case err != nil:
		refuse(w, http.StatusBadRequest, "the body could not be read to its end")
		return
	}
	result := takenAnswer{Records: []taken{}}
	in := ingest.New(s.vault, ingest.Options{Patient: r.URL.Query().Get("patient"), Found: func(f ingest.Found) {
		result.Records = append(result.Records, taken{Number: f.ID, Known: f.Known, Kind: f.Kind, Profile: f.Profile})
	}})
	if err = in.Take(r.Context(), src); err == nil {
		err = in.Flush(r.Context())
	}
	if err != nil {
		s.log.Error("the vault failed", "error", err)
		refuse(w, http.StatusServiceUnavailable, "the vault could not take it in; nothing of it is lost, send it again")
		return
	}
	for _, f := range in.Failures() {
		result.Failures = append(result.Failures, f.Err.Error())
	}
	s.log.Info("taken in", "records", len(result.Records), "failures", len(result.Failures))
	if len(result.Records) == 0 && len(result.Failures) > 0 {
		refuse(w, http.StatusUnprocessableEntity, result.Failures[0])
		return
	}
	answer(w, http.StatusCreated, result)
}

// shown is what became of a record.
type shown struct {
	Number uint64    `json:"number,string"`
	State  string    `json:"state"`
	Batch  uint64    `json:"batch,string,omitempty"`
	Leaf   *uint64   `json:"leaf,string,omitempty"`
	Height uint64    `json:"height,string,omitempty"`
	Erased time.Time `json:"erased_at,omitzero"`
}

func (s *Server) show(w http.ResponseWriter, r *http.Request) {
	number, err := strconv.ParseUint(r.PathValue("number"), 10, 64)
	if err != nil {
		refuse(w, http.StatusBadRequest, "a record is named by its number in the vault")
		return
	}
	record, err := s.vault.Get(r.Context(), number)
	switch {
	case errors.Is(err, vault.ErrNotFound):
		refuse(w, http.StatusNotFound, "the vault has no such record")
		return
	case err != nil:
		s.log.Error("the vault failed", "error", err)
		refuse(w, http.StatusServiceUnavailable, "the vault cannot be read")
		return
	}
	result := shown{Number: record.ID, State: record.State.String(), Batch: record.Batch, Height: record.Height, Erased: record.ErasedAt}
	if record.Batch != 0 {
		result.Leaf = &record.Leaf
	}
	answer(w, http.StatusOK, result)
}
