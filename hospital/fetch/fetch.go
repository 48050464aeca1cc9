package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
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
	// Progress is told how many bytes of how many are here. It may be nil.
	Progress func(done, total int64)
}

// Run takes everything that the ticket opens. Wanted, if it is not empty, names the
// records that are wanted; a folder goes on with the same ones only.
func (f *Fetch) Run(ctx context.Context, wanted []records.RecordId) ([]Record, error) {
	d, err := openFolder(f.Dir)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	s, err := f.load(ctx, d, wanted)
	if err != nil {
		return nil, err
	}
	if err := f.ask(ctx, d, s); err != nil {
		return nil, err
	}
	if err := f.bodies(ctx, d, s); err != nil {
		return nil, err
	}
	var all []Record
	for i := range s.Releases {
		envelopes, err := f.keys(ctx, d, s, &s.Releases[i])
		if err != nil {
			return nil, err
		}
		for at, record := range s.Releases[i].Records {
			one, err := d.decrypt(ctx, record, envelopes[at])
			if err != nil {
				return nil, fmt.Errorf("record %s: %w", record.Record, err)
			}
			all = append(all, one)
		}
	}
	return all, nil
}

// ErrNothing says that the ticket opens nothing of what is wanted. Whether there is
// nothing, or it is withheld, nobody tells.
var ErrNothing = errors.New("the ticket opens nothing of this")

// ask has the vault record the release of what is wanted, or of what it offers if
// nothing is named.
func (f *Fetch) ask(ctx context.Context, d folder, s *state) error {
	if err := f.choose(ctx, d, s); err != nil {
		return err
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
		if err := d.keep(stateFile, s); err != nil {
			return err
		}
	}
	return nil
}

// choose notes the names of what is to be asked for: what is wanted, or what the vault
// offers. That is kept before it is asked for, so that after an interruption the same
// releases are asked for, as far as the vault still offers what they hold.
func (f *Fetch) choose(ctx context.Context, d folder, s *state) error {
	begun := len(s.Asking)+len(s.Releases) > 0
	switch {
	case begun && (len(s.Asking) == 0 || len(s.Wanted) > 0):
		return nil
	case len(s.Wanted) > 0:
		s.Asking = slices.Clone(s.Wanted)
		return nil
	}
	offered, err := f.offered(ctx)
	if err != nil {
		return err
	}
	if begun {
		s.Asking = slices.DeleteFunc(s.Asking, func(name string) bool { return !slices.Contains(offered, name) })
	} else {
		s.Asking = offered
	}
	if len(s.Asking)+len(s.Releases) == 0 {
		return ErrNothing
	}
	return d.keep(stateFile, s)
}

// offered are the names of what the vault offers, each once.
func (f *Fetch) offered(ctx context.Context) ([]string, error) {
	offer, err := f.Vault.Offer(ctx, f.Ticket)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(offer.Records))
	for i, r := range offer.Records {
		if _, err := server.ParseRecord(r.Record); err != nil {
			return nil, fmt.Errorf("%w: the vault offers record %q: %w", ErrForged, r.Record, err)
		}
		names[i] = r.Record
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// checkAnswer checks that a vault released what it was asked for and nothing else.
func checkAnswer(asked []string, answer server.ReleaseAnswer) error {
	var all []server.OfferedRecord
	for _, release := range answer.Releases {
		all = append(all, release.Records...)
	}
	if err := checkRecords(all); err != nil {
		return err
	}
	names := make([]string, len(all))
	for i, r := range all {
		names[i] = r.Record
	}
	slices.Sort(names)
	if !slices.Equal(names, asked) {
		return fmt.Errorf("%w: the vault was asked for %q and released %q", ErrForged, asked, names)
	}
	return nil
}

// bodies takes the encrypted bodies that are not here yet, each from where it
// stopped.
func (f *Fetch) bodies(ctx context.Context, d folder, s *state) error {
	p := progress{report: f.Progress}
	for _, r := range s.Releases {
		for _, record := range r.Records {
			p.total += record.Size
		}
	}
	for _, r := range s.Releases {
		for _, record := range r.Records {
			from := func(ctx context.Context, offset int64, to io.Writer) error {
				return f.Vault.Body(ctx, s.Subject, r.Disclosure, record.Record, offset, to)
			}
			if err := d.take(ctx, record, from, p.tell); err != nil {
				return fmt.Errorf("record %s: %w", record.Record, err)
			}
			p.done += record.Size
		}
	}
	return nil
}
