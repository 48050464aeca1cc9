// Package paging bounds what a list query may cost the node that serves it.
package paging

import (
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/cosmos/cosmos-sdk/types/query"
)

const (
	// DefaultLimit is how many entries a list query returns unless asked
	// otherwise.
	DefaultLimit = query.DefaultLimit
	// MaxLimit is the most entries that a list query returns at once.
	MaxLimit = 200
	// MaxOffset bounds how many entries a list query may skip, since skipping
	// costs the node a read each. A page key skips for free.
	MaxOffset = 10_000
)

// Bound returns the page request to serve, with the default limit filled in, or
// an InvalidArgument that names the value and the mend. The framework bounds
// neither limit nor offset, and counts a whole list if the limit is left out.
func Bound(page *query.PageRequest) (*query.PageRequest, error) {
	switch {
	case page == nil:
		return &query.PageRequest{Limit: DefaultLimit}, nil
	case page.Limit > MaxLimit:
		return nil, refuse("pagination.limit is %d, at most %d; ask for the next page by its key", page.Limit, MaxLimit)
	case page.Offset > MaxOffset:
		return nil, refuse("pagination.offset is %d, at most %d; ask for the next page by its key", page.Offset, MaxOffset)
	case page.Offset > 0 && len(page.Key) > 0:
		return nil, refuse("pagination.offset %d and pagination.key %x are both given, want one", page.Offset, page.Key)
	case page.CountTotal:
		return nil, refuse("pagination.count_total is set, but lists are not counted; leave it out")
	}
	bounded := *page
	if bounded.Limit == 0 {
		bounded.Limit = DefaultLimit
	}
	return &bounded, nil
}

func refuse(format string, args ...any) error {
	return status.Errorf(codes.InvalidArgument, format, args...)
}
