package fetch

import (
	"context"
	"fmt"
	"slices"

	"github.com/dmdl-network/dmdl/hospital/server"
	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/records"
)

// stateFile is the file in the folder that a fetch goes on by.
const stateFile = "fetch.json"

// state is what is kept of a fetch.
type state struct {
	Ticket access.TicketId `json:"ticket"`
	// Requester is whose keys they are.
	Requester string            `json:"requester"`
	Subject   records.SubjectId `json:"subject"`
	// Wanted are the names of the records that were named, none for all.
	Wanted []string `json:"wanted,omitempty"`
	// Asking are the names of the records whose release is still to be asked for.
	Asking   []string   `json:"asking,omitempty"`
	Releases []released `json:"releases"`
}

// released is one release with how far it has come.
type released struct {
	server.Release
	Receipt uint64 `json:"receipt,omitempty"`
	// Envelopes are the keys, once all of them have been found to open.
	Envelopes [][]byte `json:"envelopes,omitempty"`
}

// load reads what is kept of this fetch, or begins it.
func (f *Fetch) load(ctx context.Context, d folder, wanted []records.RecordId) (*state, error) {
	names := make([]string, len(wanted))
	for i, id := range wanted {
		names[i] = server.RecordName(id)
	}
	slices.Sort(names)
	names = slices.Compact(names)
	requester := f.Identity.Account.Address()
	s := new(state)
	here, err := d.kept(stateFile, s)
	switch {
	case err != nil:
		return nil, err
	case !here:
		return f.begin(ctx, requester, names)
	case s.Ticket != f.Ticket:
		return nil, fmt.Errorf("the folder is of ticket %d/%d: give another one", s.Ticket.Institution, s.Ticket.Number)
	case s.Requester != requester:
		return nil, fmt.Errorf("the folder is of requester %s, not of %s: give another one", s.Requester, requester)
	case !slices.Equal(s.Wanted, names):
		return nil, fmt.Errorf("the folder is of a fetch of %s, not of %s: give another one", namely(s.Wanted), namely(names))
	}
	return s, nil
}

func (f *Fetch) begin(ctx context.Context, requester string, names []string) (*state, error) {
	answer, err := access.NewQueryClient(f.Ledger).Ticket(ctx, &access.QueryTicketRequest{Institution: f.Ticket.Institution, Number: f.Ticket.Number})
	if err != nil {
		return nil, err
	}
	return &state{Ticket: f.Ticket, Requester: requester, Subject: answer.Ticket.Request.Subject, Wanted: names}, nil
}

// namely says which records are wanted.
func namely(names []string) string {
	if len(names) == 0 {
		return "all that the ticket opens"
	}
	return fmt.Sprintf("records %q", names)
}
