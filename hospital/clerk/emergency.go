package clerk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"filippo.io/age"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/dmdl-network/dmdl/hospital/gate"
	"github.com/dmdl-network/dmdl/hospital/ledger"
	"github.com/dmdl-network/dmdl/hospital/vault"
	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/records"
)

const (
	// maxEmergencies is how often a day a clinician is served without the ledger, and
	// lineLife how long what a line of the journal released may be taken.
	maxEmergencies = 10
	lineLife       = 24 * time.Hour
	// reach is how long the ledger may take to answer before it is out of reach, and
	// halt how old its newest block may be.
	reach = 3 * time.Second
	halt  = 10 * time.Minute
)

// ErrInReach says that the ledger answers, so that the glass is broken there.
var ErrInReach = errors.New("the ledger is in reach: break the glass there")

// Emergencies serves broken glasses while the ledger is out of reach, and accounts
// for them afterwards. Every one is in the journal, durably, before anything leaves;
// the journal's lines are chained, and the ledger holds the head of all that it was
// told of, so that none can be left out or put in between.
type Emergencies struct {
	vault  *vault.Vault
	key    ledger.Key
	home   string
	ledger Ledger
	// newest is the time of the newest block, and told what the ledger knows of the
	// journal, which is nothing at first.
	newest func(ctx context.Context) (time.Time, error)
	told   func(ctx context.Context) (access.JournalHead, error)
	now    func() time.Time
	// writing is held by whoever adds to the journal or reports it.
	writing *sync.Mutex
}

// Emergencies prepares them.
func (o *Office) Emergencies() *Emergencies {
	return &Emergencies{
		vault: o.vault, key: o.key, home: o.home, ledger: o.Client, now: time.Now, writing: &o.journal,
		newest: func(ctx context.Context) (time.Time, error) {
			// Headers may still come from a witness when the own node is gone, but no
			// release could be sent.
			if _, err := o.Client.Height(ctx); err != nil {
				return time.Time{}, err
			}
			block, err := o.Verifier.LightBlock(ctx, 0)
			if err != nil {
				return time.Time{}, err
			}
			return block.Time, nil
		},
		told: func(ctx context.Context) (access.JournalHead, error) {
			answer, err := access.NewQueryClient(o.Client).Journal(ctx, &access.QueryJournalRequest{Vault: o.key.Address()})
			if status.Code(err) == codes.NotFound {
				return access.JournalHead{}, nil
			}
			if err != nil {
				return access.JournalHead{}, err
			}
			return answer.Journal, nil
		},
	}
}

// Emergency is what a clinician asks for.
type Emergency struct {
	// Subject is the vault's number of the patient.
	Subject uint64
	// Classes are the classes needed.
	Classes []records.RecordClass
	// Reason is the commitment to the reason in words, see access.ReasonCommitment.
	Reason [access.CommitmentSize]byte
	// Recipient is the clinician's age recipient.
	Recipient string
}

// Served is what is released.
type Served struct {
	// Line is the number of the line in the journal.
	Line    uint64
	Records []Offered
	// Envelopes hold the keys, one for each record.
	Envelopes [][]byte
}

// Serve releases records to an emergency clinician, at most 32 of the newest.
func (e *Emergencies) Serve(ctx context.Context, clinician string, asked Emergency) (Served, error) {
	if e.inReach(ctx) {
		return Served{}, ErrInReach
	}
	roster, err := readRoster(e.home)
	if err != nil {
		return Served{}, err
	}
	now := e.now()
	if err := roster.check(clinician, now); err != nil {
		return Served{}, fmt.Errorf("%w: %w", gate.ErrClosed, err)
	}
	recipient, err := age.ParseHybridRecipient(asked.Recipient)
	if err != nil {
		return Served{}, fmt.Errorf("%w: the recipient is no age recipient: %w", gate.ErrClosed, err)
	}
	s := Served{}
	if s.Records, err = e.opened(ctx, asked, roster.Classes); err != nil {
		return s, err
	}
	if len(s.Records) == 0 {
		return s, fmt.Errorf("%w: there is nothing to release", gate.ErrClosed)
	}
	if s.Line, err = e.note(ctx, e.line(clinician, asked, s.Records, roster.Height, now), now); err != nil {
		return s, err
	}
	for _, o := range s.Records {
		envelope, err := e.vault.EnvelopeFor(ctx, o.number, vault.Requester{Address: clinician, Recipient: recipient, Openings: true})
		if err != nil {
			return s, err
		}
		s.Envelopes = append(s.Envelopes, envelope)
	}
	return s, nil
}

// inReach says whether the ledger answers with a block of these minutes.
func (e *Emergencies) inReach(ctx context.Context) bool {
	ctx, stop := context.WithTimeout(ctx, reach)
	defer stop()
	newest, err := e.newest(ctx)
	return err == nil && e.now().Sub(newest) < halt
}

// opened are the newest records of a patient that an emergency opens.
func (e *Emergencies) opened(ctx context.Context, asked Emergency, classes []records.RecordClass) ([]Offered, error) {
	if asked.Subject == 0 {
		return nil, nil
	}
	var all []Offered
	institution := e.vault.Settings().Institution
	for after := uint64(0); ; {
		page, err := e.vault.List(ctx, vault.Filter{Subject: asked.Subject}, after, vault.MaxList)
		if err != nil {
			return nil, err
		}
		if len(page) == 0 {
			return all[max(0, len(all)-access.MaxReleased):], nil
		}
		for _, r := range page {
			after = r.ID
			if r.State != vault.Anchored || r.Reference || !slices.Contains(asked.Classes, r.Class) || !slices.Contains(classes, r.Class) {
				continue
			}
			id := records.RecordId{Institution: institution, Batch: r.Batch, Leaf: r.Leaf}
			all = append(all, Offered{Record: id, Class: r.Class, Size: r.BodySize, Body: r.BodyDigest, number: r.ID, basis: access.BASIS_EMERGENCY})
		}
	}
}

// note writes the line of a release into the journal and returns its number, unless the
// clinician has as many of a day as anybody may. Who lost the answer and asks again gets the
// line that is there, so that the patient's account tells of one emergency and not of every
// attempt.
func (e *Emergencies) note(ctx context.Context, line access.JournalEntry, now time.Time) (uint64, error) {
	e.writing.Lock()
	defer e.writing.Unlock()
	noted := uint64(0)
	head, last, err := e.head(ctx, func(kept vault.JournalEntry, was access.JournalEntry) {
		if now.Sub(kept.At) <= lineLife && isOneEmergency(was, line) {
			noted = kept.Number
		}
	})
	if err != nil || noted > 0 {
		return noted, err
	}
	if n, err := e.vault.JournalSince(ctx, line.Requester, now.Add(-24*time.Hour)); err != nil {
		return 0, err
	} else if n >= maxEmergencies {
		return 0, fmt.Errorf("%w: %d emergencies within a day", gate.ErrClosed, n)
	}
	if head, err = access.NextJournalHead(head, line); err != nil {
		return 0, err
	}
	encoded, err := line.Marshal()
	if err != nil {
		return 0, err
	}
	signature, err := e.key.Sign(head)
	if err != nil {
		return 0, err
	}
	return last + 1, e.vault.WriteJournal(ctx, vault.JournalEntry{Entry: encoded, Signature: signature, Requester: line.Requester, At: now})
}

// line is the line of the journal that tells of a release.
func (e *Emergencies) line(clinician string, asked Emergency, released []Offered, height int64, now time.Time) access.JournalEntry {
	line := access.JournalEntry{
		Subject: records.SubjectId{Institution: e.vault.Settings().Institution, Number: asked.Subject}, Requester: clinician,
		Reason: asked.Reason[:], HappenedAt: now.UTC().Truncate(time.Hour), RoleHeight: uint64(height),
	}
	for _, o := range released {
		line.Records = append(line.Records, access.ReleasedRecord{Record: o.Record, Body: o.Body[:]})
	}
	return line
}

// isOneEmergency says whether two lines tell of the same records for the same person and the
// same commitment to a reason, which is made anew for each emergency.
func isOneEmergency(a, b access.JournalEntry) bool {
	return a.Requester == b.Requester && a.Subject == b.Subject && bytes.Equal(a.Reason, b.Reason) &&
		slices.EqualFunc(a.Records, b.Records, func(a, b access.ReleasedRecord) bool { return a.Record == b.Record && bytes.Equal(a.Body, b.Body) })
}

// head returns the head of the journal and the number of its last line. Visit is told of
// each line.
func (e *Emergencies) head(ctx context.Context, visit func(vault.JournalEntry, access.JournalEntry)) (head []byte, last uint64, err error) {
	for {
		page, err := e.vault.Journal(ctx, last)
		if err != nil || len(page) == 0 {
			return head, last, err
		}
		for _, kept := range page {
			var line access.JournalEntry
			if err := line.Unmarshal(kept.Entry); err != nil {
				return nil, 0, fmt.Errorf("line %d of the journal does not read: %w", kept.Number, err)
			}
			visit(kept, line)
			if head, err = access.NextJournalHead(head, line); err != nil {
				return nil, 0, err
			}
			last = kept.Number
		}
	}
}

// Released returns a record that a line of the journal released to a clinician, within
// its life.
func (e *Emergencies) Released(ctx context.Context, clinician string, line uint64, id records.RecordId) (Offered, error) {
	if line == 0 {
		return Offered{}, gate.ErrClosed
	}
	page, err := e.vault.Journal(ctx, line-1)
	if err != nil {
		return Offered{}, err
	}
	if len(page) == 0 || page[0].Number != line || page[0].Requester != clinician || e.now().Sub(page[0].At) > lineLife {
		return Offered{}, gate.ErrClosed
	}
	var entry access.JournalEntry
	if err := entry.Unmarshal(page[0].Entry); err != nil {
		return Offered{}, err
	}
	if !slices.ContainsFunc(entry.Records, func(r access.ReleasedRecord) bool { return r.Record == id }) {
		return Offered{}, gate.ErrClosed
	}
	r, err := e.vault.ByLeaf(ctx, id.Batch, id.Leaf)
	if err != nil {
		return Offered{}, err
	}
	return Offered{Record: id, Class: r.Class, Size: r.BodySize, Body: r.BodyDigest, number: r.ID, basis: access.BASIS_EMERGENCY}, nil
}
