package copies

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/dmdl-network/dmdl/hospital/clerk"
	"github.com/dmdl-network/dmdl/hospital/fingerprint"
	"github.com/dmdl-network/dmdl/hospital/vault"
	"github.com/dmdl-network/dmdl/x/copyright"
)

// Server answers other institutions for one vault.
type Server struct {
	vault *vault.Vault
	peers Peers
	works func(context.Context, copyright.WorkId) (*copyright.Work, error)
	log   *slog.Logger
	// one lets one question at a time be compared: each loads all fingerprints.
	one chan struct{}
}

// NewServer returns a server. Works reads a claim from the
// ledger, and fails with clerk.ErrNoWork if there is none.
func NewServer(v *vault.Vault, peers Peers, works func(context.Context, copyright.WorkId) (*copyright.Work, error), log *slog.Logger) *Server {
	return &Server{vault: v, peers: peers, works: works, log: log, one: make(chan struct{}, 1)}
}

// Handler returns the handler of POST /v1/copies. It must be served with the
// configuration that Peers.ServerTLS returns.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+Path, func(w http.ResponseWriter, r *http.Request) {
		answer, err := s.answer(w, r)
		var refused *refusal
		switch {
		case err == nil:
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(answer) // the asker went away
		case errors.As(err, &refused):
			s.log.Info("a question for copies was refused", "status", refused.Status, "reason", refused.Detail)
			refused.write(w)
		default:
			s.log.Error("a question for copies failed", "error", err)
			refuse(http.StatusServiceUnavailable, "the vault or the ledger cannot be read now; try again").write(w)
		}
	})
	return mux
}

// refusal is an error as RFC 9457 has it.
type refusal struct {
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
}

func refuse(status int, detail string, args ...any) *refusal {
	return &refusal{http.StatusText(status), status, fmt.Sprintf(detail, args...)}
}

// Error implements error.
func (r *refusal) Error() string { return r.Detail }

func (r *refusal) write(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(r.Status)
	_ = json.NewEncoder(w).Encode(r) // the asker went away
}

func (s *Server) answer(w http.ResponseWriter, r *http.Request) (Answer, error) {
	if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 {
		return Answer{}, refuse(http.StatusForbidden, "show a certificate")
	}
	peer, err := s.peers.of(r.TLS.PeerCertificates[0])
	if err != nil {
		return Answer{}, refuse(http.StatusForbidden, "%v", err)
	}
	var q Question
	var large *http.MaxBytesError
	switch err := decode(http.MaxBytesReader(w, r.Body, MaxBody), &q); {
	case errors.As(err, &large):
		return Answer{}, refuse(http.StatusRequestEntityTooLarge, "the question has over %d bytes", MaxBody)
	case err != nil:
		return Answer{}, refuse(http.StatusBadRequest, "the question: %v", err)
	}
	key, err := s.allow(r.Context(), peer, q)
	if err != nil {
		return Answer{}, err
	}
	select {
	case s.one <- struct{}{}:
		defer func() { <-s.one }()
	case <-r.Context().Done():
		return Answer{}, r.Context().Err()
	}
	return s.compare(r.Context(), peer, key, q)
}

// allow says whether a peer may ask a question, and returns the key shared with it.
func (s *Server) allow(ctx context.Context, peer uint64, q Question) ([]byte, error) {
	if err := q.check(); err != nil {
		return nil, refuse(http.StatusBadRequest, "the question: %v", err)
	}
	if q.Claimant != peer {
		return nil, refuse(http.StatusForbidden, "work %d/%d is not claimed by institution %d, which asks", q.Claimant, q.Work, peer)
	}
	key, err := s.peers.Key(peer)
	if err != nil {
		return nil, err
	}
	if string(vault.SharedName(key)) != string(q.Shared) {
		return nil, refuse(http.StatusConflict, "the fingerprints were made with another key than the one shared with institution %d", peer)
	}
	work, err := s.works(ctx, copyright.WorkId{Institution: q.Claimant, Number: q.Work})
	if err != nil && !errors.Is(err, clerk.ErrNoWork) {
		return nil, err
	}
	if err != nil || !work.Stands() || uint64(len(q.Items)) > work.Size_ {
		return nil, refuse(http.StatusForbidden, "the ledger shows no claim %d/%d that stands and has %d records", q.Claimant, q.Work, len(q.Items))
	}
	return key, nil
}

// few is how many fingerprints are made while somebody waits.
const few = 100

// compare answers a question and keeps the report.
func (s *Server) compare(ctx context.Context, peer uint64, key []byte, q Question) (Answer, error) {
	left, err := s.vault.FingerprintMore(ctx, key, few)
	if err != nil {
		s.log.Error("records have no fingerprint", "error", err)
	}
	if left {
		return Answer{}, refuse(http.StatusServiceUnavailable, "this vault is still making fingerprints; ask again later")
	}
	number, err := s.vault.BeginCopies(ctx, vault.CopyReport{
		Peer: peer, Asked: true, Claimant: q.Claimant, Work: q.Work, Items: len(q.Items), Prints: q.prints(),
	})
	if errors.Is(err, vault.ErrTooMany) {
		return Answer{}, refuse(http.StatusTooManyRequests, "%v", err)
	}
	if err != nil {
		return Answer{}, err
	}
	h, err := gather(ctx, s.vault, key)
	if err != nil {
		return Answer{}, err
	}
	found, matches, err := h.compare(ctx, q.Items)
	if errors.Is(err, fingerprint.ErrOtherKey) {
		return Answer{}, refuse(http.StatusConflict, "a fingerprint was made with another key than the one shared with institution %d", peer)
	}
	if err != nil {
		return Answer{}, err
	}
	if err := s.vault.EndCopies(ctx, number, found); err != nil {
		return Answer{}, err
	}
	s.log.Info("asked for copies", "institution", peer, "report", number, "items", len(q.Items), "found", len(found))
	answer := Answer{Version: Version, Copies: []Copy{}}
	for i, f := range found {
		c := Copy{Item: f.Item, Similarity: f.Similarity, Part: f.Part, Earlier: f.Earlier}
		if settings := s.vault.Settings(); f.Earlier && settings.NameCopies {
			c.Record = fmt.Sprintf("%d-%d-%d", settings.Institution, matches[i].record.Batch, matches[i].record.Leaf)
		}
		answer.Copies = append(answer.Copies, c)
	}
	return answer, nil
}

// period is how often Prepare looks for records without fingerprints.
const period = time.Minute

// Prepare makes the fingerprints of all anchored records for all peers, and goes on with
// what comes, until the context ends.
func (s *Server) Prepare(ctx context.Context) error {
	for {
		peers, err := s.peers.List()
		if err != nil {
			s.log.Error("the folder of peers cannot be read", "error", err)
		}
		for _, peer := range peers {
			key, err := s.peers.Key(peer)
			if err == nil {
				_, err = s.vault.FingerprintMore(ctx, key, -1)
			}
			if err != nil && ctx.Err() == nil {
				s.log.Error("records have no fingerprint", "institution", peer, "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(period):
		}
	}
}
