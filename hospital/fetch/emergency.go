package fetch

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"

	"github.com/dmdl-network/dmdl/hospital/server"
	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/records"
)

// Emergency is one broken glass at a vault whose ledger is out of reach, kept in a
// folder so that it can go on after an interruption: another emergency would be another
// line in the vault's journal, and another review.
type Emergency struct {
	Identity Identity
	ChainID  string
	Vault    *Vault
	// Subject is the vault's number of the patient.
	Subject uint64
	// Classes are the classes that are needed.
	Classes []records.RecordClass
	// Reason is why it cannot wait, in words, for the privacy officer. The vault is
	// told the commitment to it alone.
	Reason string
	// Dir is the folder that everything goes into.
	Dir string
	// Progress is told how many bytes of how many are here. It may be nil.
	Progress func(done, total int64)
}

// Served is what an emergency brought.
type Served struct {
	// Records are the records that came, decrypted and compared with their leaves.
	Records []Record
	// Opening opens the commitment to the reason, see access.ReasonCommitment.
	Opening [access.CommitmentSize]byte
}

// emergencyFile is the file in the folder that stands beside the records of an
// emergency. It is there for three things: to go on after an interruption; to show the
// privacy officer the reason with its opening; and to compare what came with the ledger
// when that is in reach again, for which it holds the leaf and the path of each record.
// The leaf, encoded by records.LeafBytes, leads along the path to the root of the
// record's batch (RFC 9162, section 2.1.3), which "dmdld query records batch" shows.
const emergencyFile = "emergency.json"

// emergencyState is what emergencyFile holds.
type emergencyState struct {
	ChainID   string                `json:"chain_id"`
	Requester string                `json:"requester"`
	Subject   uint64                `json:"subject,string"`
	Classes   []records.RecordClass `json:"classes"`
	Reason    string                `json:"reason"`
	Opening   []byte                `json:"opening"`
	// Answer is what the vault released, if it has answered.
	Answer *server.EmergencyAnswer `json:"answer,omitempty"`
}

// Run gets the patient's records. They are decrypted and compared with the leaves that
// the vault shows; that the ledger holds these cannot be seen before it is in reach
// again. One that fails does not keep the others back: what came is returned with the
// error.
func (e *Emergency) Run(ctx context.Context) (Served, error) {
	d, err := openFolder(e.Dir)
	if err != nil {
		return Served{}, err
	}
	defer d.Close()
	s, here, err := e.load(d)
	if err != nil {
		return Served{}, err
	}
	if s.Answer == nil {
		if err := e.ask(ctx, d, s, here); err != nil {
			return Served{}, err
		}
	}
	all, err := e.takeAll(ctx, d, *s.Answer)
	return Served{Records: all, Opening: [access.CommitmentSize]byte(s.Opening)}, err
}

// load reads what is kept of this emergency, or begins it, and says whether there was
// anything.
func (e *Emergency) load(d folder) (*emergencyState, bool, error) {
	s, requester := new(emergencyState), e.Identity.Account.Address()
	here, err := d.kept(emergencyFile, s)
	switch {
	case err != nil:
		return nil, here, err
	case !here:
		s = &emergencyState{ChainID: e.ChainID, Requester: requester, Subject: e.Subject, Classes: e.Classes, Reason: e.Reason}
		s.Opening = make([]byte, access.CommitmentSize)
		_, _ = rand.Read(s.Opening) // never fails: the runtime aborts if the system has no randomness
	case s.ChainID != e.ChainID || s.Requester != requester || s.Subject != e.Subject || !slices.Equal(s.Classes, e.Classes) || s.Reason != e.Reason:
		return nil, here, errors.New("the folder is of another emergency: give another one, or the same requester, chain, subject, classes and reason")
	case len(s.Opening) != access.CommitmentSize:
		return nil, here, fmt.Errorf("%s does not read: give an empty folder", emergencyFile)
	}
	return s, here, nil
}

// ask has the vault break the glass. The reason's opening is kept before, for the
// answer may be lost when the journal has its line already; so whoever asked before keeps
// it even if this time the answer is a refusal. The vault knows the emergency by the same
// commitment to the reason.
func (e *Emergency) ask(ctx context.Context, d folder, s *emergencyState, before bool) error {
	if err := d.keep(emergencyFile, s); err != nil {
		return err
	}
	reason := access.ReasonCommitment(e.ChainID, e.Reason, [access.CommitmentSize]byte(s.Opening))
	answer, err := e.Vault.Emergency(ctx, server.EmergencyRequest{Subject: e.Subject, Classes: e.Classes, Reason: reason[:], Recipient: e.Identity.Recipient()})
	var refused *Refused
	if errors.As(err, &refused) && refused.Status < http.StatusInternalServerError && !before { // there is no line
		return errors.Join(err, d.Remove(emergencyFile))
	}
	if err != nil {
		return err
	}
	if len(answer.Records) == 0 || len(answer.Envelopes) != len(answer.Records) {
		return fmt.Errorf("%w: %d keys came for %d records", ErrForged, len(answer.Envelopes), len(answer.Records))
	}
	if err := checkRecords(answer.Records); err != nil {
		return err
	}
	s.Answer = &answer
	return d.keep(emergencyFile, s)
}

// takeAll takes, decrypts and verifies what was released, as much of it as it can.
func (e *Emergency) takeAll(ctx context.Context, d folder, a server.EmergencyAnswer) ([]Record, error) {
	p := progress{report: e.Progress}
	for _, record := range a.Records {
		p.total += record.Size
	}
	var all []Record
	var failed []error
	for i, record := range a.Records {
		one, err := e.take(ctx, d, a.Line, record, a.Envelopes[i], p.tell)
		if err != nil {
			failed = append(failed, fmt.Errorf("record %s: %w", record.Record, err))
		} else {
			all = append(all, one)
		}
		if ctx.Err() != nil {
			break
		}
		p.done += record.Size
	}
	return all, errors.Join(failed...)
}

func (e *Emergency) take(ctx context.Context, d folder, line uint64, record server.OfferedRecord, sealed []byte, tell func(int64)) (Record, error) {
	id, err := server.ParseRecord(record.Record)
	if err != nil {
		return Record{}, err
	}
	subject := records.SubjectId{Institution: id.Institution, Number: e.Subject}
	opened, err := openEnvelope(e.ChainID, e.Identity.Age, subject, record, sealed)
	if err != nil {
		return Record{}, err
	}
	from := func(ctx context.Context, offset int64, to io.Writer) error {
		return e.Vault.EmergencyBody(ctx, line, record.Record, offset, to)
	}
	if err := d.take(ctx, record, from, tell); err != nil {
		return Record{}, err
	}
	return d.decrypt(ctx, record, opened)
}
