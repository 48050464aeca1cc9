package clerk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/dmdl-network/dmdl/hospital/ledger"
	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/records"
)

const (
	rosterFile = "roster.json"
	// RosterAge is how old a roster may be that an emergency is served by.
	RosterAge = 72 * time.Hour
)

// Roster is who may break the glass while the ledger is out of reach: what was
// proven of it when it was last in reach.
type Roster struct {
	// Height and At are those of the oldest header that something in it was proven by.
	Height int64     `json:"height"`
	At     time.Time `json:"at"`
	// Classes are those that an emergency opens.
	Classes []records.RecordClass `json:"classes"`
	// Overrides says whether an emergency overrides sealed denials.
	Overrides bool `json:"overrides"`
	// Clinicians are the emergency clinicians by their address.
	Clinicians map[string]Clinician `json:"clinicians"`
}

// Clinician is one emergency clinician.
type Clinician struct {
	// Institution is the number of the institution that vouches.
	Institution uint64 `json:"institution"`
	// Until is the first moment at which the role is void.
	Until time.Time `json:"until"`
}

// Roster reads with proof who may break the glass, and keeps it in the vault's home.
func (o *Office) Roster(ctx context.Context) (Roster, error) {
	state, err := o.newest(ctx)
	if err != nil {
		return Roster{}, err
	}
	params, err := state.AccessParams(ctx)
	if err != nil {
		return Roster{}, err
	}
	if params == nil {
		return Roster{}, errors.New("the ledger has no parameters of access")
	}
	r := Roster{Height: state.Height(), At: state.Time(), Classes: params.EmergencyClasses, Overrides: params.EmergencyOverrides, Clinicians: make(map[string]Clinician)}
	members := consortium.NewQueryClient(o.Client)
	for number := uint64(1); ; number++ {
		i, err := state.Institution(ctx, number)
		if err != nil {
			return r, err
		}
		if i == nil {
			break
		}
		if i.Status != consortium.INSTITUTION_STATUS_ACTIVE {
			continue
		}
		if err := o.rosterOf(ctx, state, members, number, &r); err != nil {
			return r, err
		}
	}
	return r, r.save(o.home)
}

// rosterOf adds an institution's emergency clinicians. Whom the node lists is only a
// hint: each is proven.
func (o *Office) rosterOf(ctx context.Context, state ledger.State, members consortium.QueryClient, institution uint64, r *Roster) error {
	page := &query.PageRequest{Limit: 200}
	for {
		list, err := members.Participants(ctx, &consortium.QueryParticipantsRequest{Institution: institution, Pagination: page})
		if err != nil {
			return err
		}
		for _, hint := range list.Participants {
			if !hint.Holds(consortium.ROLE_EMERGENCY_CLINICIAN, r.At) {
				continue
			}
			p, err := state.Participant(ctx, institution, hint.Address)
			if err != nil {
				return err
			}
			if p == nil || !p.Holds(consortium.ROLE_EMERGENCY_CLINICIAN, r.At) {
				continue
			}
			for _, grant := range p.Roles {
				if grant.Role == consortium.ROLE_EMERGENCY_CLINICIAN {
					r.Clinicians[p.Address] = Clinician{Institution: institution, Until: grant.ExpiresAt}
				}
			}
		}
		if list.Pagination == nil || len(list.Pagination.NextKey) == 0 {
			return nil
		}
		page = &query.PageRequest{Key: list.Pagination.NextKey, Limit: 200}
	}
}

func (r Roster) save(home string) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return replace(filepath.Join(home, rosterFile), text)
}

// readRoster returns the roster of a home, or an empty one.
func readRoster(home string) (Roster, error) {
	var r Roster
	text, err := os.ReadFile(filepath.Join(home, rosterFile))
	if errors.Is(err, fs.ErrNotExist) {
		return r, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &r)
	}
	if err != nil {
		return Roster{}, fmt.Errorf("%s: %w", rosterFile, err)
	}
	return r, nil
}

// check fails with the reason unless a clinician may break the glass at a time.
func (r Roster) check(clinician string, now time.Time) error {
	known, listed := r.Clinicians[clinician]
	switch {
	case r.At.IsZero() || now.Sub(r.At) > RosterAge || r.At.Sub(now) > access.CheckWindow:
		return fmt.Errorf("who may is known as of %s, which is not within %s", r.At.Format(time.RFC3339), RosterAge)
	case !listed || !now.Before(known.Until):
		return errors.New("the account was no emergency clinician when the ledger was last in reach")
	case !r.Overrides:
		return errors.New("this consortium lets no emergency override denials, and without the ledger nobody knows which stand")
	}
	return nil
}
