package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"

	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/dmdl-network/dmdl/paging"
	"github.com/dmdl-network/dmdl/x/records"
)

type queryServer struct{ k Keeper }

// NewQueryServer returns the read service of the module.
func NewQueryServer(k Keeper) records.QueryServer { return queryServer{k} }

// Record implements records.QueryServer.
func (s queryServer) Record(ctx context.Context, req *records.QueryRecordRequest) (*records.QueryRecordResponse, error) {
	record, err := s.k.Record(ctx, records.RecordId{Institution: req.Institution, Batch: req.Batch, Leaf: req.Leaf})
	if err != nil {
		return nil, err
	}
	return &records.QueryRecordResponse{Record: record}, nil
}

// Standing implements records.QueryServer.
func (s queryServer) Standing(ctx context.Context, req *records.QueryStandingRequest) (*records.QueryStandingResponse, error) {
	standing, err := s.k.Standing(ctx, records.RecordId{Institution: req.Institution, Batch: req.Batch, Leaf: req.Leaf})
	if err != nil {
		return nil, err
	}
	return &records.QueryStandingResponse{Standing: standing}, nil
}

// Offers implements records.QueryServer.
func (s queryServer) Offers(ctx context.Context, req *records.QueryOffersRequest) (*records.QueryOffersResponse, error) {
	page, err := paging.Bound(req.Pagination)
	if err != nil {
		return nil, err
	}
	list, next, err := query.CollectionPaginate(ctx, s.k.offers, page,
		func(key offerKey, _ collections.NoValue) (records.Standing, error) {
			return s.k.Standing(ctx, records.RecordId{Institution: key.K2(), Batch: key.K3(), Leaf: key.K4()})
		},
		func(o *query.CollectionsPaginateOptions[offerKey]) {
			prefix := collections.QuadPrefix[uint64, uint64, uint64, uint64](req.Institution)
			o.Prefix = &prefix
		},
	)
	if err != nil {
		return nil, err
	}
	return &records.QueryOffersResponse{Standings: list, Pagination: next}, nil
}

// RecordsBySubject implements records.QueryServer.
func (s queryServer) RecordsBySubject(ctx context.Context, req *records.QueryRecordsBySubjectRequest) (*records.QueryRecordsBySubjectResponse, error) {
	page, err := paging.Bound(req.Pagination)
	if err != nil {
		return nil, err
	}
	list, next, err := s.k.bySubjectPage(ctx, records.SubjectId{Institution: req.Institution, Number: req.Number}, page)
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

// Leaves implements records.QueryServer.
func (s queryServer) Leaves(ctx context.Context, req *records.QueryLeavesRequest) (*records.QueryLeavesResponse, error) {
	id := records.BatchId{Institution: req.Institution, Number: req.Number}
	leaves, err := s.k.listedLeaves(ctx, keyOf(id))
	if errors.Is(err, collections.ErrNotFound) {
		return nil, s.k.whyNoRecord(ctx, id)
	}
	if err != nil {
		return nil, err
	}
	return &records.QueryLeavesResponse{Leaves: leaves}, nil
}

// Batches implements records.QueryServer.
func (s queryServer) Batches(ctx context.Context, req *records.QueryBatchesRequest) (*records.QueryBatchesResponse, error) {
	page, err := paging.Bound(req.Pagination)
	if err != nil {
		return nil, err
	}
	list, next, err := query.CollectionPaginate(ctx, s.k.batches, page,
		func(_ batchKey, b records.Batch) (records.Batch, error) { return b, nil },
		query.WithCollectionPaginationPairPrefix[uint64, uint64](req.Institution),
	)
	if err != nil {
		return nil, err
	}
	return &records.QueryBatchesResponse{Batches: list, Pagination: next}, nil
}
