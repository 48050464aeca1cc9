package fetch

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"google.golang.org/grpc"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/dmdl-network/dmdl/hospital/ledger"
	"github.com/dmdl-network/dmdl/hospital/server"
	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/records"
)

// Ledger is the requester's own node.
type Ledger interface {
	grpc.ClientConnInterface
	// Submit sends messages and waits for the block that holds them.
	Submit(ctx context.Context, key ledger.Key, msgs ...sdk.Msg) (ledger.Result, error)
}

// Fetch is one use of a ticket, kept in a folder so that it can go on after an
// interruption.
type Fetch struct {
	Identity Identity
	Ledger   Ledger
	ChainID  string
	Ticket   access.TicketId
	// Vault is the custodian's.
	Vault *Vault
	// Dir is the folder that everything goes into.
	Dir string
	// Progress is told how many bytes of how many have come. It may be nil.
	Progress func(done, total int64)
}

// Record is one record that came, decrypted and verified.
type Record struct {
	// Record is its id.
	Record records.RecordId
	// Kind and Profile are its type and canonical form.
	Kind, Profile string
	// Path is the file, and Bytes its size.
	Path  string
	Bytes int64
}

// state is what is kept of a fetch.
type state struct {
	Ticket  access.TicketId   `json:"ticket"`
	Subject records.SubjectId `json:"subject"`
	// Asking are the names of the records whose release is still to be asked for.
	Asking   []string   `json:"asking,omitempty"`
	Releases []released `json:"releases"`
}

// released is one release with how far it has come.
type released struct {
	server.Release
	Receipt   uint64   `json:"receipt,omitempty"`
	Envelopes [][]byte `json:"envelopes,omitempty"`
}

const stateFile = "fetch.json"

// Run takes everything that the ticket opens. Wanted, if it is not empty, names the
// records that are wanted.
func (f *Fetch) Run(ctx context.Context, wanted []records.RecordId) ([]Record, error) {
	if err := os.MkdirAll(f.Dir, 0o700); err != nil {
		return nil, err
	}
	s, err := f.load(ctx)
	if err != nil {
		return nil, err
	}
	if err := f.ask(ctx, s, wanted); err != nil {
		return nil, err
	}
	if err := f.bodies(ctx, s); err != nil {
		return nil, err
	}
	var all []Record
	for i := range s.Releases {
		if err := f.keys(ctx, s, &s.Releases[i]); err != nil {
			return nil, err
		}
		some, err := f.open(ctx, s.Releases[i])
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}

// load reads what is kept of this fetch, or begins it.
func (f *Fetch) load(ctx context.Context) (*state, error) {
	text, err := os.ReadFile(filepath.Join(f.Dir, stateFile))
	if errors.Is(err, fs.ErrNotExist) {
		answer, err := access.NewQueryClient(f.Ledger).Ticket(ctx, &access.QueryTicketRequest{Institution: f.Ticket.Institution, Number: f.Ticket.Number})
		if err != nil {
			return nil, err
		}
		return &state{Ticket: f.Ticket, Subject: answer.Ticket.Request.Subject}, nil
	}
	if err != nil {
		return nil, err
	}
	s := new(state)
	if err := json.Unmarshal(text, s); err != nil {
		return nil, fmt.Errorf("%s does not read: give an empty folder: %w", stateFile, err)
	}
	if s.Ticket != f.Ticket {
		return nil, fmt.Errorf("the folder is of ticket %d/%d: give another one", s.Ticket.Institution, s.Ticket.Number)
	}
	return s, nil
}

func (f *Fetch) save(s *state) error {
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	path := filepath.Join(f.Dir, stateFile)
	if err := os.WriteFile(path+".new", text, 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// ErrNothing says that the ticket opens nothing of what is wanted. Whether there is
// nothing, or it is withheld, nobody tells.
var ErrNothing = errors.New("the ticket opens nothing of this")

// ask has the vault record the release of what is wanted, or of what it offers if
// nothing is named.
func (f *Fetch) ask(ctx context.Context, s *state, wanted []records.RecordId) error {
	if len(s.Asking) == 0 && len(s.Releases) == 0 {
		if err := f.choose(ctx, s, wanted); err != nil {
			return err
		}
	}
	for len(s.Asking) > 0 {
		some := s.Asking[:min(len(s.Asking), server.MaxRequested)]
		answer, err := f.Vault.Release(ctx, f.Ticket, some)
		if err != nil {
			return err
		}
		if err := checkAnswer(some, answer); err != nil {
			return err
		}
		for _, r := range answer.Releases {
			s.Releases = append(s.Releases, released{Release: r})
		}
		s.Asking = s.Asking[len(some):]
		if err := f.save(s); err != nil {
			return err
		}
	}
	return nil
}

// choose notes the names of what is to be asked for, each once.
func (f *Fetch) choose(ctx context.Context, s *state, wanted []records.RecordId) error {
	for _, id := range wanted {
		s.Asking = append(s.Asking, server.RecordName(id))
	}
	if len(wanted) == 0 {
		offer, err := f.Vault.Offer(ctx, f.Ticket)
		if err != nil {
			return err
		}
		for _, r := range offer.Records {
			if _, err := server.ParseRecord(r.Record); err != nil {
				return fmt.Errorf("%w: the vault offers record %q: %w", ErrForged, r.Record, err)
			}
			s.Asking = append(s.Asking, r.Record)
		}
	}
	if len(s.Asking) == 0 {
		return ErrNothing
	}
	slices.Sort(s.Asking)
	s.Asking = slices.Compact(s.Asking)
	return nil
}

// checkAnswer checks that a vault released what it was asked for, each record once
// and nothing else. The names become names of files.
func checkAnswer(asked []string, answer server.ReleaseAnswer) error {
	var names []string
	for _, release := range answer.Releases {
		for _, r := range release.Records {
			if r.Size <= 0 || len(r.Body) != sha256.Size {
				return fmt.Errorf("%w: record %q has %d bytes and a digest of %d", ErrForged, r.Record, r.Size, len(r.Body))
			}
			names = append(names, r.Record)
		}
	}
	slices.Sort(names)
	if asked = slices.Sorted(slices.Values(asked)); !slices.Equal(names, asked) {
		return fmt.Errorf("%w: the vault was asked for %q and released %q", ErrForged, asked, names)
	}
	return nil
}

// bodies takes the encrypted bodies that are not here yet, each from where it
// stopped.
func (f *Fetch) bodies(ctx context.Context, s *state) error {
	var done, total int64
	for _, r := range s.Releases {
		for _, record := range r.Records {
			total += record.Size
		}
	}
	for _, r := range s.Releases {
		for _, record := range r.Records {
			path := filepath.Join(f.Dir, record.Record+bodySuffix)
			if err := f.body(ctx, s.Subject, r.Disclosure, record, path, func(n int64) { f.tell(done+n, total) }); err != nil {
				return fmt.Errorf("record %s: %w", record.Record, err)
			}
			done += record.Size
		}
	}
	return nil
}

const bodySuffix = ".age"

func (f *Fetch) tell(done, total int64) {
	if f.Progress != nil {
		f.Progress(done, total)
	}
}

// body takes one body and checks its digest.
func (f *Fetch) body(ctx context.Context, subject records.SubjectId, index uint64, record server.OfferedRecord, path string, tell func(int64)) error {
	out, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	defer out.Close()
	info, err := out.Stat()
	if err != nil {
		return err
	}
	if at := info.Size(); at < record.Size {
		if _, err := out.Seek(at, 0); err != nil {
			return err
		}
		if err := f.Vault.Body(ctx, subject, index, record.Record, at, &counted{to: out, at: at, size: record.Size, tell: tell}); err != nil {
			return err
		}
	}
	h := sha256.New()
	if _, err := out.Seek(0, 0); err != nil {
		return err
	}
	if _, err := out.WriteTo(h); err != nil {
		return err
	}
	if string(h.Sum(nil)) != string(record.Body) {
		return errors.Join(fmt.Errorf("%w: its body has another digest; run it again to take it anew", ErrForged), os.Remove(path))
	}
	return out.Sync()
}

// counted tells how far a file has come, and takes no more than was announced.
type counted struct {
	to       *os.File
	at, size int64
	tell     func(int64)
}

// Write implements io.Writer.
func (c *counted) Write(p []byte) (int, error) {
	if c.at+int64(len(p)) > c.size {
		return 0, fmt.Errorf("%w: its body is longer than the %d bytes that the vault named", ErrForged, c.size)
	}
	n, err := c.to.Write(p)
	c.at += int64(n)
	c.tell(c.at)
	return n, err
}

// keys signs for a release on the ledger, after looking up that the ledger names the
// same bodies, and gets the keys for that.
func (f *Fetch) keys(ctx context.Context, s *state, r *released) error {
	if len(r.Envelopes) > 0 {
		return nil
	}
	if r.Receipt == 0 {
		if err := f.compare(ctx, s.Subject, r.Release); err != nil {
			return err
		}
		var err error
		if r.Receipt, err = f.sign(ctx, s.Subject, r.Disclosure); err != nil {
			return err
		}
		if err := f.save(s); err != nil {
			return err
		}
	}
	answer, err := f.Vault.Keys(ctx, s.Subject, r.Disclosure, r.Receipt, f.Identity.Recipient())
	if err != nil {
		return err
	}
	if len(answer.Envelopes) != len(r.Records) {
		return fmt.Errorf("%w: %d keys came for %d records", ErrForged, len(answer.Envelopes), len(r.Records))
	}
	r.Envelopes = answer.Envelopes
	return f.save(s)
}

// sign signs for a release and returns the index of the receipt, which is there
// already if the answer was lost the last time.
func (f *Fetch) sign(ctx context.Context, subject records.SubjectId, release uint64) (uint64, error) {
	result, err := f.Ledger.Submit(ctx, f.Identity.Account, &access.MsgReceive{
		Requester: f.Identity.Account.Address(), Subject: subject, Disclosure: release,
	})
	if errors.Is(err, access.ErrAlreadyDone) {
		return f.receiptOf(ctx, subject, release)
	}
	if err != nil {
		return 0, err
	}
	var answer access.MsgReceiveResponse
	err = result.Answer(&answer)
	return answer.Receipt, err
}

// receiptOf looks for the receipt of a release among the later entries.
func (f *Fetch) receiptOf(ctx context.Context, subject records.SubjectId, release uint64) (uint64, error) {
	for index := release + 1; ; index++ {
		d, err := f.entry(ctx, subject, index)
		if err != nil {
			return 0, err
		}
		if d.Kind == access.DISCLOSURE_KIND_RECEIPT && d.Of == release {
			return index, nil
		}
	}
}

// entry reads an entry of the subject's account at the own node.
func (f *Fetch) entry(ctx context.Context, subject records.SubjectId, index uint64) (access.Disclosure, error) {
	answer, err := access.NewQueryClient(f.Ledger).Disclosure(ctx, &access.QueryDisclosureRequest{
		Institution: subject.Institution, Number: subject.Number, Index: index,
	})
	if err != nil {
		return access.Disclosure{}, err
	}
	return answer.Disclosure, nil
}

// compare checks that the ledger names the bodies that came, and this ticket. Nobody
// should sign for anything else.
func (f *Fetch) compare(ctx context.Context, subject records.SubjectId, r server.Release) error {
	d, err := f.entry(ctx, subject, r.Disclosure)
	switch {
	case err != nil:
		return err
	case d.Kind != access.DISCLOSURE_KIND_RELEASE || d.Ticket == nil || *d.Ticket != f.Ticket:
		return fmt.Errorf("%w: entry %d of the account is no release on this ticket: do not sign for it", ErrForged, r.Disclosure)
	case len(d.Records) != len(r.Records):
		return fmt.Errorf("%w: the ledger names %d records, %d came: do not sign for them", ErrForged, len(d.Records), len(r.Records))
	}
	for i, record := range r.Records {
		if server.RecordName(d.Records[i].Record) != record.Record || string(d.Records[i].Body) != string(record.Body) {
			return fmt.Errorf("%w: record %s is not what the ledger names: do not sign for it", ErrForged, record.Record)
		}
	}
	return nil
}
