// Package gatetest is a small ledger for tests of releases: what it holds is set by
// the test, it records releases and receipts, and it checks little by itself.
package gatetest

import (
	"context"
	"fmt"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/dmdl-network/dmdl/hospital/ledger"
	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/records"
)

// Entry names an entry of a subject's account.
type Entry struct {
	Subject records.SubjectId
	Index   uint64
}

// State is what the ledger holds. A test changes it through Ledger.Change.
type State struct {
	// At is the time of the newest header.
	At           time.Time
	Params       *access.Params
	Tickets      map[access.TicketId]*access.Ticket
	Subjects     map[records.SubjectId]*access.Subject
	Consents     map[Entry]*access.Consent
	Templates    map[access.TemplateVersion]*access.Template
	Policies     map[uint64]*access.Policy
	Studies      map[access.StudyId]*access.Study
	Institutions map[uint64]*consortium.Institution
	Participants map[string]*consortium.Participant
	Standings    map[records.RecordId]*records.Standing
	Batches      map[records.BatchId]*records.Batch
	Disclosures  map[Entry]*access.Disclosure
	// Refuse, if set, is what the next message is refused with, and Lost what the
	// next answers although the message was carried out.
	Refuse, Lost error
	// Fail, if set, is what reading fails with.
	Fail error
	// Reading, if set, is told of each reading of a consent before it.
	Reading func(*State)
}

// Ledger is a State behind the interfaces of a ledger. Its methods may be called by
// many goroutines.
type Ledger struct {
	mu    sync.Mutex
	state State
}

// Change changes what the ledger holds.
func (l *Ledger) Change(change func(*State)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change(&l.state)
}

func read[T any](l *Ledger, find func(*State) *T) (*T, int64, time.Time, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.state.Fail != nil {
		return nil, 0, time.Time{}, l.state.Fail
	}
	found := find(&l.state)
	if found == nil {
		return nil, 9, l.state.At, nil
	}
	copied := *found
	return &copied, 9, l.state.At, nil
}

// Ticket implements gate.Ledger.
func (l *Ledger) Ticket(_ context.Context, id access.TicketId) (*access.Ticket, int64, time.Time, error) {
	return read(l, func(s *State) *access.Ticket { return s.Tickets[id] })
}

// Subject implements gate.Ledger.
func (l *Ledger) Subject(_ context.Context, id records.SubjectId) (*access.Subject, int64, time.Time, error) {
	return read(l, func(s *State) *access.Subject { return s.Subjects[id] })
}

// Consent implements gate.Ledger.
func (l *Ledger) Consent(_ context.Context, subject records.SubjectId, index uint64) (*access.Consent, int64, time.Time, error) {
	return read(l, func(s *State) *access.Consent {
		if s.Reading != nil {
			s.Reading(s)
		}
		return s.Consents[Entry{subject, index}]
	})
}

// Template implements gate.Ledger.
func (l *Ledger) Template(_ context.Context, id access.TemplateVersion) (*access.Template, int64, time.Time, error) {
	return read(l, func(s *State) *access.Template { return s.Templates[id] })
}

// Policy implements gate.Ledger.
func (l *Ledger) Policy(_ context.Context, institution uint64) (*access.Policy, int64, time.Time, error) {
	return read(l, func(s *State) *access.Policy { return s.Policies[institution] })
}

// Study implements gate.Ledger.
func (l *Ledger) Study(_ context.Context, id access.StudyId) (*access.Study, int64, time.Time, error) {
	return read(l, func(s *State) *access.Study { return s.Studies[id] })
}

// AccessParams implements gate.Ledger.
func (l *Ledger) AccessParams(context.Context) (*access.Params, int64, time.Time, error) {
	return read(l, func(s *State) *access.Params { return s.Params })
}

// Institution implements gate.Ledger.
func (l *Ledger) Institution(_ context.Context, number uint64) (*consortium.Institution, int64, time.Time, error) {
	return read(l, func(s *State) *consortium.Institution { return s.Institutions[number] })
}

// Participant implements gate.Ledger.
func (l *Ledger) Participant(_ context.Context, institution uint64, address string) (*consortium.Participant, int64, time.Time, error) {
	return read(l, func(s *State) *consortium.Participant {
		if p := s.Participants[address]; p != nil && p.Institution == institution {
			return p
		}
		return nil
	})
}

// Standing implements gate.Ledger.
func (l *Ledger) Standing(_ context.Context, id records.RecordId) (*records.Standing, int64, time.Time, error) {
	return read(l, func(s *State) *records.Standing { return s.Standings[id] })
}

// Batch implements clerk.Proven.
func (l *Ledger) Batch(_ context.Context, id records.BatchId) (*records.Batch, int64, time.Time, error) {
	return read(l, func(s *State) *records.Batch { return s.Batches[id] })
}

// Disclosure implements clerk.ReleaseLedger.
func (l *Ledger) Disclosure(_ context.Context, subject records.SubjectId, index uint64) (*access.Disclosure, int64, time.Time, error) {
	return read(l, func(s *State) *access.Disclosure { return s.Disclosures[Entry{subject, index}] })
}

// Submit implements clerk.Ledger and fetch.Ledger.
func (l *Ledger) Submit(_ context.Context, _ ledger.Key, msgs ...sdk.Msg) (ledger.Result, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := &l.state
	if err := s.Refuse; err != nil {
		s.Refuse = nil
		return ledger.Result{}, err
	}
	answer, err := s.execute(msgs[0])
	if err == nil && s.Lost != nil {
		err, s.Lost = s.Lost, nil
	}
	if err != nil || answer == nil {
		return ledger.Result{}, err
	}
	packed, err := codectypes.NewAnyWithValue(answer)
	if err != nil {
		return ledger.Result{}, err
	}
	data := sdk.TxMsgData{MsgResponses: []*codectypes.Any{packed}}
	encoded, err := data.Marshal()
	return ledger.Result{Data: encoded}, err
}

func (s *State) execute(msg sdk.Msg) (sdk.Msg, error) {
	switch m := msg.(type) {
	case *records.MsgAnchorBatch:
		id := records.BatchId{Institution: Custodian, Number: m.Number}
		s.Batches[id] = &records.Batch{Id: id, Root: m.Root, Leaves: m.Leaves, AnchoredHeight: 3, AnchoredAt: s.At}
		return nil, nil
	case *access.MsgRelease:
		t := s.Tickets[m.Ticket]
		d := access.Disclosure{
			Kind: access.DISCLOSURE_KIND_RELEASE, Ticket: &t.Id, Requester: t.Requester, Institution: t.Id.Institution,
			Custodian: t.Request.Custodian, Purpose: t.Request.Purpose, Subject: t.Request.Subject,
		}
		for _, item := range m.Items {
			d.Records = append(d.Records, access.ReleasedRecord{Record: item.Record.Id, Body: item.Body})
		}
		return &access.MsgReleaseResponse{Disclosure: s.Enter(d)}, nil
	case *access.MsgReceive:
		of := s.Disclosures[Entry{m.Subject, m.Disclosure}]
		if s.Receipt(m.Subject, m.Disclosure) != 0 {
			return nil, access.ErrAlreadyDone
		}
		d := access.Disclosure{Kind: access.DISCLOSURE_KIND_RECEIPT, Subject: m.Subject, Requester: m.Requester, Of: of.Index, Custodian: of.Custodian}
		return &access.MsgReceiveResponse{Receipt: s.Enter(d)}, nil
	}
	return nil, fmt.Errorf("no %T here", msg)
}

// Enter adds an entry to a subject's account and returns its index.
func (s *State) Enter(d access.Disclosure) uint64 {
	for d.Index = 1; s.Disclosures[Entry{d.Subject, d.Index}] != nil; d.Index++ {
	}
	s.Disclosures[Entry{d.Subject, d.Index}] = &d
	return d.Index
}

// Receipt returns the index of the receipt for a release, or 0.
func (s *State) Receipt(subject records.SubjectId, release uint64) uint64 {
	for entry, d := range s.Disclosures {
		if entry.Subject == subject && d.Kind == access.DISCLOSURE_KIND_RECEIPT && d.Of == release {
			return entry.Index
		}
	}
	return 0
}

// Invoke answers the queries of a requester.
func (l *Ledger) Invoke(_ context.Context, _ string, args, reply any, _ ...grpc.CallOption) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := &l.state
	switch q := args.(type) {
	case *access.QueryTicketRequest:
		if t := s.Tickets[access.TicketId{Institution: q.Institution, Number: q.Number}]; t != nil {
			reply.(*access.QueryTicketResponse).Ticket = *t
			return nil
		}
	case *access.QueryDisclosureRequest:
		if d := s.Disclosures[Entry{records.SubjectId{Institution: q.Institution, Number: q.Number}, q.Index}]; d != nil {
			reply.(*access.QueryDisclosureResponse).Disclosure = *d
			return nil
		}
	case *records.QueryBatchRequest:
		if b := s.Batches[records.BatchId{Institution: q.Institution, Number: q.Number}]; b != nil {
			reply.(*records.QueryBatchResponse).Batch = *b
			return nil
		}
	}
	return status.Errorf(codes.NotFound, "no answer to %T", args)
}

// NewStream implements grpc.ClientConnInterface; nothing streams.
func (l *Ledger) NewStream(context.Context, *grpc.StreamDesc, string, ...grpc.CallOption) (grpc.ClientStream, error) {
	return nil, status.Error(codes.Unimplemented, "nothing streams")
}
