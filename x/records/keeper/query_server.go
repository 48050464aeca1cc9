package keeper

import (
	"context"

	"cosmossdk.io/collections"

	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/dmdl-network/dmdl/x/records"
)

type queryServer struct{ k Keeper }

// NewQueryServer returns the read service of the module.
func NewQueryServer(k Keeper) records.QueryServer { return queryServer{k} }

// Record implements records.QueryServer.
func (s queryServer) Record(ctx context.Context, req *records.QueryRecordRequest) (*records.QueryRecordResponse, error) {
	record, err := s.k.Record(ctx, records.RecordId{Institution: req.Institution, Sequence: req.Sequence})
	if err != nil {
		return nil, err
	}
	return &records.QueryRecordResponse{Record: record}, nil
}

// RecordsBySubject implements records.QueryServer.
func (s queryServer) RecordsBySubject(ctx context.Context, req *records.QueryRecordsBySubjectRequest) (*records.QueryRecordsBySubjectResponse, error) {
	page, err := boundedPage(req.Pagination)
	if err != nil {
		return nil, err
	}
	list, next, err := query.CollectionPaginate(ctx, s.k.bySubject, page,
		func(key subjectKey, _ collections.NoValue) (records.Record, error) {
			return s.k.Record(ctx, records.RecordId{Institution: key.K3(), Sequence: key.K4()})
		},
		func(o *query.CollectionsPaginateOptions[subjectKey]) {
			prefix := collections.QuadSuperPrefix[uint64, uint64, uint64, uint64](req.Institution, req.Number)
			o.Prefix = &prefix
		},
	)
	if err != nil {
		return nil, err
	}
	return &records.QueryRecordsBySubjectResponse{Records: list, Pagination: next}, nil
}

// Batch implements records.QueryServer.
func (s queryServer) Batch(ctx context.Context, req *records.QueryBatchRequest) (*records.QueryBatchResponse, error) {
	batch, err := s.k.batch(ctx, records.BatchId{Institution: req.Institution, Number: req.Number})
	if err != nil {
		return nil, err
	}
	return &records.QueryBatchResponse{Batch: batch}, nil
}

// Batches implements records.QueryServer.
func (s queryServer) Batches(ctx context.Context, req *records.QueryBatchesRequest) (*records.QueryBatchesResponse, error) {
	page, err := boundedPage(req.Pagination)
	if err != nil {
		return nil, err
	}
	list, next, err := query.CollectionPaginate(ctx, s.k.batches, page,
		func(_ idKey, b records.Batch) (records.Batch, error) { return b, nil },
		query.WithCollectionPaginationPairPrefix[uint64, uint64](req.Institution),
	)
	if err != nil {
		return nil, err
	}
	return &records.QueryBatchesResponse{Batches: list, Pagination: next}, nil
}
