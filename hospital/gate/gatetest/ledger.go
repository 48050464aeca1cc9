// Package gatetest is a small ledger for tests of releases: what it holds is set by
// the test, it records releases and receipts, and it checks little by itself.
package gatetest

import (
	"context"
	"fmt"
	"slices"
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
	"github.com/dmdl-network/dmdl/x/copyright"
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
	Works        map[copyright.WorkId]*copyright.Work
	Licences     map[access.LicenceId]*copyright.Licence
	// Attested and Notified are what vaults said of works.
	Attested []*copyright.MsgAttestWork
	Notified []*copyright.MsgNotifyWork
	// Refuse, if set, is what the next message is refused with, and Lost what the
	// next answers although the message was carried out.
	Refuse, Lost error
	// Fail, if set, is what reading fails with.
	Fail error
	// Looking, if set, is told of each look at the newest state before it.
	Looking func(*State)
}

// Ledger is a State behind the interfaces of a ledger. Its methods may be called by
// many goroutines.
type Ledger struct {
	begun time.Time

	mu    sync.Mutex
	state State
}

// Change changes what the ledger holds.
func (l *Ledger) Change(change func(*State)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change(&l.state)
}

// Newest returns what the ledger holds now, which does not change any more.
func (l *Ledger) Newest(context.Context) (ledger.State, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.state.Looking != nil {
		l.state.Looking(&l.state)
	}
	if l.state.Fail != nil {
		return nil, l.state.Fail
	}
	s := l.state
	s.At = s.At.Add(time.Since(l.begun)) // blocks go on, however long a test takes
	s.Tickets, s.Subjects, s.Consents = copied(s.Tickets), copied(s.Subjects), copied(s.Consents)
	s.Templates, s.Policies, s.Studies = copied(s.Templates), copied(s.Policies), copied(s.Studies)
	s.Institutions, s.Participants = copied(s.Institutions), copied(s.Participants)
	s.Standings, s.Batches, s.Disclosures = copied(s.Standings), copied(s.Batches), copied(s.Disclosures)
	s.Works, s.Licences = copied(s.Works), copied(s.Licences)
	return view{&s}, nil
}

// copied copies a map with its values.
func copied[K comparable, V any](of map[K]*V) map[K]*V {
	all := make(map[K]*V, len(of))
	for key, value := range of {
		one := *value
		all[key] = &one
	}
	return all
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
	case *copyright.MsgAttestWork:
		s.Attested = append(s.Attested, m)
		return nil, nil
	case *copyright.MsgNotifyWork:
		for _, r := range m.Records {
			if err := s.Works[m.Work].CheckMember(r.Record, r.Place, r.Path); err != nil {
				return nil, &ledger.Refusal{Codespace: copyright.ModuleName, Log: err.Error()}
			}
		}
		s.Notified = append(s.Notified, m)
		return nil, nil
	case *access.MsgRelease:
		d, err := s.release(m)
		if err != nil {
			return nil, err
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

// release decides on the public part of each record and returns the entry of a release.
func (s *State) release(m *access.MsgRelease) (access.Disclosure, error) {
	t := s.Tickets[m.Ticket]
	d := access.Disclosure{
		Kind: access.DISCLOSURE_KIND_RELEASE, Ticket: &t.Id, Requester: t.Requester, Institution: t.Id.Institution,
		Custodian: t.Request.Custodian, Purpose: t.Request.Purpose, Subject: t.Request.Subject, Height: t.IssuedHeight,
	}
	subject := s.Subjects[d.Subject]
	q := access.Question{Request: t.Request, Requester: d.Requester, Institution: d.Institution, At: s.At, ActsForSubject: subject.ActsFor(d.Requester, s.At)}
	f := access.Facts{Params: *s.Params, Policy: s.Policies[d.Custodian]}
	for _, index := range subject.Consents {
		c := s.Consents[Entry{d.Subject, index}]
		var template *access.Template
		if c.Template != nil {
			template = s.Templates[*c.Template]
		}
		f.Consents = append(f.Consents, c.Fact(template))
	}
	for i, item := range m.Items {
		q.Object = access.Object{Class: item.Record.Leaf.Descriptor_.Class}
		decision := access.Decide(q, f)
		if !decision.Permitted || i > 0 && decision.Basis != d.Basis {
			return d, &ledger.Refusal{Codespace: access.ModuleName, Log: fmt.Sprintf("items[%d]: %v, the basis of those before is %v", i, decision, d.Basis)}
		}
		d.Basis, d.Consents = decision.Basis, append(d.Consents, decision.Consents...)
		d.Records = append(d.Records, access.ReleasedRecord{Record: item.Record.Id, Body: item.Body})
	}
	slices.Sort(d.Consents)
	d.Consents = slices.Compact(d.Consents)
	return d, nil
}

// Enter adds an entry to a subject's account and returns its index.
func (s *State) Enter(d access.Disclosure) uint64 {
	for d.Index = 1; s.Disclosures[Entry{d.Subject, d.Index}] != nil; d.Index++ {
	}
	s.Disclosures[Entry{d.Subject, d.Index}] = &d
	if subject := s.Subjects[d.Subject]; subject != nil {
		subject.DisclosuresEver = d.Index
	}
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
