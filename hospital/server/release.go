package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"github.com/dmdl-network/dmdl/hospital/clerk"
	"github.com/dmdl-network/dmdl/hospital/gate"
	"github.com/dmdl-network/dmdl/hospital/signed"
	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/records"
)

// releaseServer hands records to requesters.
type releaseServer struct {
	releases    *clerk.Releases
	emergencies *clerk.Emergencies
	requests    *signed.Verifier
	log         *slog.Logger
}

// NewRelease returns the handler by which requesters, whatever their institution,
// get what their tickets open. Every request is signed with the key of the
// requester's ledger account, see package signed. Whatever is not released is
// refused in the same words.
//
//	GET  /v1/tickets/{institution}/{number}/records    what the ticket opens
//	POST /v1/tickets/{institution}/{number}/releases   have the release of records recorded
//	GET  /v1/releases/{institution}/{number}/{index}/bodies/{record}   an encrypted body, by ranges if wanted
//	POST /v1/releases/{institution}/{number}/{index}/keys              the keys, for a receipt
//	POST /v1/emergencies                               break the glass while the ledger is out of reach
//	GET  /v1/emergencies/{line}/bodies/{record}        an encrypted body
//	GET  /v1/documents/{sha256}                        a document, for every participant of an active institution
//
// A release is named by the subject's institution and number and the index of its
// entry in the subject's account. An emergency is named by its line in the vault's
// journal, and is refused as long as the ledger is in reach.
func NewRelease(r *clerk.Releases, e *clerk.Emergencies, log *slog.Logger) http.Handler {
	s := &releaseServer{releases: r, emergencies: e, requests: signed.NewVerifier(r.Known), log: log}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/tickets/{institution}/{number}/records", s.by(s.offer))
	mux.HandleFunc("POST /v1/tickets/{institution}/{number}/releases", s.by(s.release))
	mux.HandleFunc("GET /v1/releases/{institution}/{number}/{index}/bodies/{record}", s.by(s.body))
	mux.HandleFunc("POST /v1/releases/{institution}/{number}/{index}/keys", s.by(s.keys))
	mux.HandleFunc("POST /v1/emergencies", s.by(s.breakGlass))
	mux.HandleFunc("GET /v1/emergencies/{line}/bodies/{record}", s.by(s.emergencyBody))
	mux.HandleFunc("GET /v1/documents/{sha256}", s.by(s.document))
	return mux
}

// by verifies who asks, and turns the errors of a handler into answers.
func (s *releaseServer) by(next func(w http.ResponseWriter, r *http.Request, requester string) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		requester, err := s.requests.Verify(r)
		if err != nil {
			refuse(w, http.StatusUnauthorized, err.Error())
			return
		}
		err = next(w, r, requester)
		var bad badRequest
		switch {
		case err == nil:
		case errors.As(err, &bad):
			refuse(w, http.StatusBadRequest, bad.Error())
		case errors.Is(err, clerk.ErrNoReceipt):
			refuse(w, http.StatusConflict, clerk.ErrNoReceipt.Error())
		case errors.Is(err, gate.ErrClosed):
			s.log.Info("not released", "reason", err)
			refuse(w, http.StatusForbidden, "nothing is released to this request")
		default:
			s.log.Error("a release failed", "error", err)
			refuse(w, http.StatusServiceUnavailable, "the vault or the ledger cannot be read now; try again")
		}
	}
}

// badRequest is what is wrong with the form of a request.
type badRequest string

func (b badRequest) Error() string { return string(b) }

// numbersOf reads numbers of a request's path.
func numbersOf(r *http.Request, names ...string) ([]uint64, error) {
	numbers := make([]uint64, len(names))
	for i, name := range names {
		n, err := strconv.ParseUint(r.PathValue(name), 10, 64)
		if err != nil {
			return nil, badRequest(name + " in the path is no number")
		}
		numbers[i] = n
	}
	return numbers, nil
}

// ParseRecord reads the id of a record: "institution-batch-leaf".
func ParseRecord(text string) (records.RecordId, error) {
	var id records.RecordId
	if n, err := fmt.Sscanf(text, "%d-%d-%d", &id.Institution, &id.Batch, &id.Leaf); err != nil || n != 3 || RecordName(id) != text {
		return id, badRequest("a record is named institution-batch-leaf")
	}
	return id, nil
}

// RecordName writes the id of a record as ParseRecord reads it.
func RecordName(id records.RecordId) string {
	return fmt.Sprintf("%d-%d-%d", id.Institution, id.Batch, id.Leaf)
}

// OfferedRecord is a record as the interface shows it.
type OfferedRecord struct {
	Record string `json:"record"`
	Class  string `json:"class"`
	Size   int64  `json:"size"`
	// Body is the SHA-256 digest of the encrypted body.
	Body []byte `json:"body"`
	// Leaf and Path prove that the ledger holds the record, in answers to releases
	// and to emergencies.
	Leaf *records.Leaf `json:"leaf,omitempty"`
	Path [][]byte      `json:"path,omitempty"`
}

func shownAs(o clerk.Offered) OfferedRecord {
	class := strings.ToLower(strings.TrimPrefix(o.Class.String(), "RECORD_CLASS_"))
	return OfferedRecord{Record: RecordName(o.Record), Class: class, Size: o.Size, Body: o.Body[:]}
}

// proven is a record with its leaf and path.
func (s *releaseServer) proven(ctx context.Context, o clerk.Offered) (OfferedRecord, error) {
	record := shownAs(o)
	ref, err := s.releases.Shown(ctx, o)
	record.Leaf, record.Path = ref.Leaf, ref.Path
	return record, err
}

// holding opens the ticket of the request's path.
func (s *releaseServer) holding(r *http.Request, requester string) (*clerk.Holding, error) {
	n, err := numbersOf(r, "institution", "number")
	if err != nil {
		return nil, err
	}
	return s.releases.Holding(r.Context(), access.TicketId{Institution: n[0], Number: n[1]}, requester)
}

// Offer is the answer to what a ticket opens.
type Offer struct {
	Records []OfferedRecord `json:"records"`
}

func (s *releaseServer) offer(w http.ResponseWriter, r *http.Request, requester string) error {
	holding, err := s.holding(r, requester)
	if err != nil {
		return err
	}
	offered, err := holding.Offer(r.Context())
	if err != nil {
		return err
	}
	result := Offer{Records: make([]OfferedRecord, len(offered))}
	for i, o := range offered {
		result.Records[i] = shownAs(o)
	}
	answer(w, http.StatusOK, result)
	return nil
}

// ReleaseRequest names the records that a requester wants.
type ReleaseRequest struct {
	Records []string `json:"records"`
}

// MaxRequested is how many records one request may name.
const MaxRequested = 256

// Release is one release that the ledger holds.
type Release struct {
	Disclosure uint64          `json:"disclosure,string"`
	Records    []OfferedRecord `json:"records"`
}

// ReleaseAnswer is the answer to a request for release.
type ReleaseAnswer struct {
	Releases []Release `json:"releases"`
}

func (s *releaseServer) release(w http.ResponseWriter, r *http.Request, requester string) error {
	holding, err := s.holding(r, requester)
	if err != nil {
		return err
	}
	var request ReleaseRequest
	if err := read(r.Body, &request); err != nil {
		return err
	}
	if n := len(request.Records); n == 0 || n > MaxRequested {
		return badRequest(fmt.Sprintf("%d records, want 1 to %d", n, MaxRequested))
	}
	ids := make([]records.RecordId, len(request.Records))
	for i, name := range request.Records {
		if ids[i], err = ParseRecord(name); err != nil {
			return err
		}
	}
	released, err := holding.Release(r.Context(), ids)
	if err != nil {
		return err
	}
	var result ReleaseAnswer
	for _, one := range released {
		shown := Release{Disclosure: one.Disclosure}
		for _, o := range one.Records {
			record, err := s.proven(r.Context(), o)
			if err != nil {
				return err
			}
			shown.Records = append(shown.Records, record)
		}
		result.Releases = append(result.Releases, shown)
	}
	s.log.Info("released", "releases", len(released), "records", len(ids))
	answer(w, http.StatusCreated, result)
	return nil
}

func read(body io.Reader, into any) error {
	dec := json.NewDecoder(body)
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return badRequest("the content does not read: " + err.Error())
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return badRequest("the content does not read: there is something after it")
	}
	return nil
}

func (s *releaseServer) passage(r *http.Request, requester string) (*clerk.Passage, error) {
	n, err := numbersOf(r, "institution", "number", "index")
	if err != nil {
		return nil, err
	}
	return s.releases.Passage(r.Context(), requester, records.SubjectId{Institution: n[0], Number: n[1]}, n[2])
}

// body sends an encrypted body of a release, as long as the release stands.
func (s *releaseServer) body(w http.ResponseWriter, r *http.Request, requester string) error {
	passage, err := s.passage(r, requester)
	if err != nil {
		return err
	}
	id, err := ParseRecord(r.PathValue("record"))
	if err != nil {
		return err
	}
	o, err := passage.Check(r.Context(), id)
	if err != nil {
		return err
	}
	s.send(w, r, o, func(ctx context.Context) error {
		_, err := passage.Check(ctx, id)
		return err
	})
	return nil
}

// KeysRequest asks for keys.
type KeysRequest struct {
	// Receipt is the index of the receipt in the subject's account.
	Receipt uint64 `json:"receipt,string"`
	// Recipient is the age recipient whose digest the ticket holds.
	Recipient string `json:"recipient"`
}

// KeysAnswer holds an envelope for each record, in the order of the release.
type KeysAnswer struct {
	Envelopes [][]byte `json:"envelopes"`
}

func (s *releaseServer) keys(w http.ResponseWriter, r *http.Request, requester string) error {
	passage, err := s.passage(r, requester)
	if err != nil {
		return err
	}
	var request KeysRequest
	if err := read(r.Body, &request); err != nil {
		return err
	}
	envelopes, err := passage.Keys(r.Context(), request.Receipt, request.Recipient)
	if err != nil {
		return err
	}
	answer(w, http.StatusOK, KeysAnswer{Envelopes: envelopes})
	return nil
}
