package keeper_test

import (
	"bytes"
	"crypto/sha256"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/dmdl-network/dmdl/paging"
	"github.com/dmdl-network/dmdl/x/records"
)

func TestAnAbsentEntryIsNotFound(t *testing.T) {
	f := newFixture(t)
	f.anchor(t, f.listed(1, leaf(7)), f.batchOf(2, 1))
	for says, id := range map[string]records.QueryRecordRequest{
		"leaf 1: batch (1, 1) has 1 leaves":       {Institution: 1, Batch: 1, Leaf: 1},
		"leaf 18446744073709551615":               {Institution: 1, Batch: 1, Leaf: 1<<64 - 1},
		"batch (1, 2) is known by its root alone": {Institution: 1, Batch: 2},
		"there is no batch (1, 3)":                {Institution: 1, Batch: 3},
	} {
		_, err := f.queries.Record(f.ctx, &id)
		require.ErrorIs(t, err, records.ErrRecordNotFound)
		require.ErrorContains(t, err, says)
		require.Equal(t, codes.NotFound, status.Code(err))
	}
	_, err := f.queries.Leaves(f.ctx, &records.QueryLeavesRequest{Institution: 1, Number: 2})
	require.Equal(t, codes.NotFound, status.Code(err))
	_, err = f.queries.Batch(f.ctx, &records.QueryBatchRequest{Institution: 1, Number: 3})
	require.ErrorIs(t, err, records.ErrBatchNotFound)
	require.Equal(t, codes.NotFound, status.Code(err))
}

func TestAListedBatchShowsItsLeavesAndTheirRoot(t *testing.T) {
	f := newFixture(t)
	all := append(leaves(7, 8, 7), dataset())
	f.anchor(t, f.listed(1, all...))
	res, err := f.queries.Leaves(f.ctx, &records.QueryLeavesRequest{Institution: 1, Number: 1})
	require.NoError(t, err)
	require.Equal(t, all, res.Leaves)

	batch, err := f.queries.Batch(f.ctx, &records.QueryBatchRequest{Institution: 1, Number: 1})
	require.NoError(t, err)
	h := func(b ...[]byte) []byte {
		digest := sha256.Sum256(bytes.Join(b, nil))
		return digest[:]
	}
	l := func(i int) []byte { return h([]byte{0}, records.LeafBytes(all[i])) }
	require.Equal(t, h([]byte{1}, h([]byte{1}, l(0), l(1)), h([]byte{1}, l(2), l(3))), batch.Batch.Root, "RFC 9162, section 2.1.1")
	require.True(t, batch.Batch.Listed)
	require.EqualValues(t, 4, batch.Batch.Leaves)
}

// bySubject returns the ids on a page of a subject's records and the key of the
// next page.
func (f *fixture) bySubject(t *testing.T, institution, number uint64, page *query.PageRequest) (ids []records.RecordId, next []byte) {
	t.Helper()
	res, err := f.queries.RecordsBySubject(f.ctx, &records.QueryRecordsBySubjectRequest{
		Institution: institution, Number: number, Pagination: page,
	})
	require.NoError(t, err)
	for _, r := range res.Records {
		ids = append(ids, r.Id)
	}
	return ids, res.Pagination.NextKey
}

func TestASubjectsRecordsAreListedByID(t *testing.T) {
	f := newFixture(t)
	f.anchor(t,
		&records.MsgAnchorRecords{Vault: f.vault2, Number: 300, Records: leaves(7)},
		&records.MsgAnchorRecords{Vault: f.vault2, Number: 2, Records: leaves(8, 7, 7, 9, 7)},
		f.listed(5, leaf(7), leaf(8), dataset()), f.batchOf(6, 1))
	all := []records.RecordId{
		{Institution: 1, Batch: 5},
		{Institution: 2, Batch: 2, Leaf: 1},
		{Institution: 2, Batch: 2, Leaf: 2},
		{Institution: 2, Batch: 2, Leaf: 4},
		{Institution: 2, Batch: 300},
	}
	backwards := slices.Clone(all)
	slices.Reverse(backwards)

	for limit := uint64(1); limit <= 6; limit++ {
		for reverse, want := range map[bool][]records.RecordId{false: all, true: backwards} {
			var got []records.RecordId
			page := &query.PageRequest{Limit: limit, Reverse: reverse}
			for {
				ids, next := f.bySubject(t, 1, 7, page)
				require.LessOrEqual(t, len(ids), int(limit))
				got = append(got, ids...)
				if page.Key = next; next == nil {
					break
				}
			}
			require.Equal(t, want, got, "limit %d, reverse %t", limit, reverse)
		}
	}
	got, _ := f.bySubject(t, 1, 7, &query.PageRequest{Offset: 2, Limit: 2})
	require.Equal(t, all[2:4], got)
	got, _ = f.bySubject(t, 1, 8, nil)
	require.Equal(t, []records.RecordId{{Institution: 1, Batch: 5, Leaf: 1}, {Institution: 2, Batch: 2}}, got)
	for _, subject := range []records.SubjectId{{Institution: 1, Number: 6}, {Institution: 2, Number: 7}, {}} {
		got, _ = f.bySubject(t, subject.Institution, subject.Number, nil)
		require.Empty(t, got)
	}
}

func TestBatchesAreListedByNumberWithinAnInstitution(t *testing.T) {
	f := newFixture(t)
	for number := byte(1); number <= 205; number++ {
		f.anchor(t, f.batchOf(1000-uint64(number), number))
	}
	f.anchor(t, &records.MsgAnchorBatch{Vault: f.vault2, Number: 1, Root: commitment(1), Leaves: 1})
	list := func(page *query.PageRequest) *records.QueryBatchesResponse {
		res, err := f.queries.Batches(f.ctx, &records.QueryBatchesRequest{Institution: 1, Pagination: page})
		require.NoError(t, err)
		return res
	}

	first := list(nil)
	require.Len(t, first.Batches, paging.DefaultLimit)
	require.Zero(t, first.Pagination.Total, "a list is not counted unasked")
	rest := list(&query.PageRequest{Key: first.Pagination.NextKey, Limit: paging.MaxLimit})
	require.Len(t, rest.Batches, 105)
	require.Empty(t, rest.Pagination.NextKey)
	for i, b := range append(first.Batches, rest.Batches...) {
		require.Equal(t, records.BatchId{Institution: 1, Number: 795 + uint64(i)}, b.Id)
	}
}

func TestACostlyPageIsRefused(t *testing.T) {
	f := newFixture(t)
	_, err := f.queries.RecordsBySubject(f.ctx, &records.QueryRecordsBySubjectRequest{
		Institution: 1, Number: 7, Pagination: &query.PageRequest{Limit: paging.MaxLimit + 1},
	})
	require.Equal(t, codes.InvalidArgument, status.Code(err))
	_, err = f.queries.Batches(f.ctx, &records.QueryBatchesRequest{Institution: 1, Pagination: &query.PageRequest{CountTotal: true}})
	require.Equal(t, codes.InvalidArgument, status.Code(err))
	_, err = f.queries.RecordsBySubject(f.ctx, &records.QueryRecordsBySubjectRequest{
		Institution: 1, Number: 7, Pagination: &query.PageRequest{Key: []byte{1}},
	})
	require.ErrorContains(t, err, "pagination.key has 1 bytes")
}
