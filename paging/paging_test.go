package paging_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/dmdl-network/dmdl/paging"
)

func TestACostlyPageIsRefused(t *testing.T) {
	for name, tc := range map[string]struct {
		page *query.PageRequest
		says string
	}{
		"too many entries":  {&query.PageRequest{Limit: 201}, "limit is 201, at most 200"},
		"too far":           {&query.PageRequest{Offset: 10_001}, "offset is 10001, at most 10000"},
		"a count":           {&query.PageRequest{CountTotal: true}, "leave it out"},
		"an offset and key": {&query.PageRequest{Offset: 1, Key: []byte{0xAB}}, "offset 1 and pagination.key ab"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := paging.Bound(tc.page)
			require.Equal(t, codes.InvalidArgument, status.Code(err))
			require.ErrorContains(t, err, tc.says)
		})
	}
}

func TestALimitIsAlwaysFilledIn(t *testing.T) {
	for _, page := range []*query.PageRequest{nil, {}, {Offset: 10_000}} {
		got, err := paging.Bound(page)
		require.NoError(t, err)
		require.EqualValues(t, 100, got.Limit)
	}
	asked := &query.PageRequest{Limit: 200, Key: []byte{1}, Reverse: true}
	got, err := paging.Bound(asked)
	require.NoError(t, err)
	require.Equal(t, asked, got)
}
