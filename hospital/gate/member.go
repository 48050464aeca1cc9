package gate

import (
	"context"
	"fmt"
	"time"

	"github.com/dmdl-network/dmdl/hospital/ledger"
	"github.com/dmdl-network/dmdl/x/consortium"
)

// look reads the newest state, which must not be too old to decide on.
func (g *Gate) look(ctx context.Context) (ledger.State, error) {
	state, err := g.newest(ctx)
	if err != nil {
		return nil, err
	}
	if age := g.now().Sub(state.Time()); age > MaxAge {
		return nil, fmt.Errorf("%w: the newest is %s old", ErrStale, age.Round(time.Second))
	}
	return state, nil
}

// Member fails with ErrRequester unless an account holds a role in force, whichever it
// is, at an active institution. It is for what all participants may have.
func (g *Gate) Member(ctx context.Context, account string) error {
	state, err := g.look(ctx)
	if err != nil {
		return err
	}
	institution, err := state.Affiliation(ctx, account)
	if err != nil {
		return err
	}
	if institution == 0 {
		return fmt.Errorf("%w: %s belongs to no institution", ErrRequester, account)
	}
	p, err := participant(ctx, state, institution, account)
	if err == nil && (p == nil || !p.HoldsAny(state.Time())) {
		err = fmt.Errorf("%w: %s may not act for institution %d", ErrRequester, account, institution)
	}
	return err
}

// participant returns a participant of an active institution, or nil.
func participant(ctx context.Context, state ledger.State, institution uint64, account string) (*consortium.Participant, error) {
	i, err := state.Institution(ctx, institution)
	if err != nil || i == nil || i.Status != consortium.INSTITUTION_STATUS_ACTIVE {
		return nil, err
	}
	return state.Participant(ctx, institution, account)
}
