package keeper

import (
	"context"

	"cosmossdk.io/collections"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/records"
)

// ExportGenesis returns the whole state, each list in the order of keys.
func (k Keeper) ExportGenesis(ctx context.Context) (*access.GenesisState, error) {
	params, err := k.params.Get(ctx)
	if err != nil {
		return nil, err
	}
	gs := &access.GenesisState{Params: params}
	for _, err := range []error{
		all(ctx, k.subjects, &gs.Subjects), all(ctx, k.consents, &gs.Consents), all(ctx, k.disclosures, &gs.Disclosures),
		all(ctx, k.tickets, &gs.Tickets), all(ctx, k.reviews, &gs.Reviews), all(ctx, k.conducts, &gs.Conducts),
		all(ctx, k.templates, &gs.Templates), all(ctx, k.policies, &gs.Policies), all(ctx, k.studies, &gs.Studies),
		all(ctx, k.journals, &gs.Journals),
	} {
		if err != nil {
			return nil, err
		}
	}
	err = k.lastTickets.Walk(ctx, nil, func(institution, number uint64) (bool, error) {
		gs.LastTickets = append(gs.LastTickets, access.TicketId{Institution: institution, Number: number})
		return false, nil
	})
	if err != nil {
		return nil, err
	}
	return gs, k.receipts.Walk(ctx, nil, func(key triple, due uint64) (bool, error) {
		subject := records.SubjectId{Institution: key.K1(), Number: key.K2()}
		gs.Receipts = append(gs.Receipts, access.DueReceipt{Subject: subject, Disclosure: key.K3(), DueAt: moment(due)})
		return false, nil
	})
}

// all appends the values of a map in the order of its keys.
func all[K, V any](ctx context.Context, m collections.Map[K, V], into *[]V) error {
	return m.Walk(ctx, nil, func(_ K, v V) (bool, error) {
		*into = append(*into, v)
		return false, nil
	})
}
