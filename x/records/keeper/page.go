package keeper

import (
	errorsmod "cosmossdk.io/errors"

	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/dmdl-network/dmdl/x/records"
)

// boundedPage returns the page request to serve, with the default limit filled
// in, or ErrInvalidPage. The framework bounds neither limit nor offset, and
// counts a whole list whenever the limit is left out.
func boundedPage(req *query.PageRequest) (*query.PageRequest, error) {
	if req == nil {
		return &query.PageRequest{Limit: records.DefaultPageLimit}, nil
	}
	switch {
	case req.Limit > records.PageLimit:
		return nil, errorsmod.Wrapf(records.ErrInvalidPage, "limit is %d, want at most %d; ask for the next page by its key", req.Limit, records.PageLimit)
	case req.Offset > records.MaxPageOffset:
		return nil, errorsmod.Wrapf(records.ErrInvalidPage, "offset is %d, want at most %d; ask for the next page by its key", req.Offset, records.MaxPageOffset)
	case req.Offset > 0 && len(req.Key) > 0:
		return nil, errorsmod.Wrapf(records.ErrInvalidPage, "offset %d and key %x are both given, want one", req.Offset, req.Key)
	case req.CountTotal:
		return nil, errorsmod.Wrap(records.ErrInvalidPage, "count_total is set, but lists are not counted; leave it out")
	}
	page := *req
	if page.Limit == 0 {
		page.Limit = records.DefaultPageLimit
	}
	return &page, nil
}
