package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/dmdl-network/dmdl/x/records"
)

func TestAnAbsentEntryIsNotFound(t *testing.T) {
	f := newFixture(t)
	f.anchor(t, 1)
	_, err := f.queries.Record(f.ctx, &records.QueryRecordRequest{Institution: 1, Sequence: 2})
	require.ErrorIs(t, err, records.ErrRecordNotFound)
	require.Equal(t, codes.NotFound, status.Code(err))

	_, err = f.queries.Batch(f.ctx, &records.QueryBatchRequest{Institution: 1, Number: 1})
	require.ErrorIs(t, err, records.ErrBatchNotFound)
	require.Equal(t, codes.NotFound, status.Code(err))
}

func TestOneRecordIsFoundByItsID(t *testing.T) {
	f := newFixture(t)
	f.anchor(t, 1, 2)
	res, err := f.queries.Record(f.ctx, &records.QueryRecordRequest{Institution: 1, Sequence: 2})
	require.NoError(t, err)
	require.Equal(t, records.RecordId{Institution: 1, Sequence: 2}, res.Record.Id)
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

func TestASubjectsRecordsAreListedByCustodianAndSequence(t *testing.T) {
	f := newFixture(t)
	for _, msg := range []*records.MsgAnchorRecords{
		{Vault: f.vault2, Records: []records.NewRecord{{Sequence: 300, Leaf: leaf(7)}, {Sequence: 2, Leaf: leaf(7)}}},
		{Vault: f.vault1, Records: []records.NewRecord{{Sequence: 5, Leaf: leaf(7)}, {Sequence: 4, Leaf: leaf(8)}, {Sequence: 1, Leaf: dataset()}}},
	} {
		_, err := f.deliver(msg)
		require.NoError(t, err)
	}
	all := []records.RecordId{{Institution: 1, Sequence: 5}, {Institution: 2, Sequence: 2}, {Institution: 2, Sequence: 300}}

	got, next := f.bySubject(t, 1, 7, nil)
	require.Equal(t, all, got)
	require.Empty(t, next)

	got, next = f.bySubject(t, 1, 7, &query.PageRequest{Limit: 2})
	require.Equal(t, all[:2], got)
	got, next = f.bySubject(t, 1, 7, &query.PageRequest{Limit: 2, Key: next})
	require.Equal(t, all[2:], got)
	require.Empty(t, next)

	got, _ = f.bySubject(t, 1, 7, &query.PageRequest{Offset: 1, Limit: 1})
	require.Equal(t, all[1:2], got)
	got, next = f.bySubject(t, 1, 7, &query.PageRequest{Reverse: true, Limit: 1})
	require.Equal(t, all[2:], got)
	got, _ = f.bySubject(t, 1, 7, &query.PageRequest{Reverse: true, Key: next})
	require.Equal(t, []records.RecordId{all[1], all[0]}, got)

	got, _ = f.bySubject(t, 1, 8, nil)
	require.Equal(t, []records.RecordId{{Institution: 1, Sequence: 4}}, got)
	for _, subject := range []records.SubjectId{{Institution: 1, Number: 9}, {Institution: 2, Number: 7}, {}} {
		got, _ = f.bySubject(t, subject.Institution, subject.Number, nil)
		require.Empty(t, got)
	}
}

func TestBatchesAreListedByNumberWithinAnInstitution(t *testing.T) {
	f := newFixture(t)
	for number := byte(1); number <= 205; number++ {
		_, err := f.deliver(f.batchOf(1000-uint64(number), number))
		require.NoError(t, err)
	}
	_, err := f.deliver(&records.MsgAnchorBatch{Vault: f.vault2, Number: 1, Root: commitment(1), Leaves: 1})
	require.NoError(t, err)
	list := func(page *query.PageRequest) *records.QueryBatchesResponse {
		res, err := f.queries.Batches(f.ctx, &records.QueryBatchesRequest{Institution: 1, Pagination: page})
		require.NoError(t, err)
		return res
	}

	first := list(nil)
	require.Len(t, first.Batches, records.DefaultPageLimit)
	require.Zero(t, first.Pagination.Total, "a list is not counted unasked")
	rest := list(&query.PageRequest{Key: first.Pagination.NextKey, Limit: records.PageLimit})
	require.Len(t, rest.Batches, 105)
	require.Empty(t, rest.Pagination.NextKey)
	for i, b := range append(first.Batches, rest.Batches...) {
		require.Equal(t, records.BatchId{Institution: 1, Number: 795 + uint64(i)}, b.Id)
	}
}

func TestACostlyPageIsRefused(t *testing.T) {
	f := newFixture(t)
	for name, page := range map[string]*query.PageRequest{
		"too many entries":  {Limit: records.PageLimit + 1},
		"too far":           {Offset: records.MaxPageOffset + 1},
		"a count":           {CountTotal: true},
		"an offset and key": {Offset: 1, Key: []byte{1}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := f.queries.RecordsBySubject(f.ctx, &records.QueryRecordsBySubjectRequest{Institution: 1, Number: 7, Pagination: page})
			require.ErrorIs(t, err, records.ErrInvalidPage)
			require.Equal(t, codes.InvalidArgument, status.Code(err))
			_, err = f.queries.Batches(f.ctx, &records.QueryBatchesRequest{Institution: 1, Pagination: page})
			require.ErrorIs(t, err, records.ErrInvalidPage)
			require.Equal(t, codes.InvalidArgument, status.Code(err))
		})
	}
	_, err := f.queries.Batches(f.ctx, &records.QueryBatchesRequest{Institution: 1, Pagination: &query.PageRequest{
		Limit: records.PageLimit, Offset: records.MaxPageOffset,
	}})
	require.NoError(t, err)
}
