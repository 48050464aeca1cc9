package keeper

import (
	"context"
	"encoding/hex"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"cosmossdk.io/collections"

	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/dmdl-network/dmdl/paging"
	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/copyright"
)

type queryServer struct{ k Keeper }

// NewQueryServer returns the read service of the module.
func NewQueryServer(k Keeper) copyright.QueryServer { return queryServer{k} }

// list returns a page of a map's values under a prefix.
func list[K, V any](ctx context.Context, m collections.Map[K, V], page *query.PageRequest, prefix K) ([]V, *query.PageResponse, error) {
	return listAs(ctx, m, page, prefix, func(v V) V { return v })
}

// listAs is list with each value made into what is shown.
func listAs[K, V any](ctx context.Context, m collections.Map[K, V], page *query.PageRequest, prefix K, shown func(V) V) ([]V, *query.PageResponse, error) {
	page, err := paging.Bound(page)
	if err != nil {
		return nil, nil, err
	}
	return query.CollectionPaginate(ctx, m, page, func(_ K, v V) (V, error) { return shown(v), nil },
		func(o *query.CollectionsPaginateOptions[K]) { o.Prefix = &prefix })
}

// found returns a page of what an index finds under a prefix.
func found[V any](
	ctx context.Context, index collections.KeySet[[]byte], page *query.PageRequest, prefix []byte, value func(n []uint64) (V, error),
) ([]V, *query.PageResponse, error) {
	page, err := paging.Bound(page)
	if err != nil {
		return nil, nil, err
	}
	return query.CollectionPaginate(ctx, index, page,
		func(key []byte, _ collections.NoValue) (V, error) { return value(split(key[len(prefix):])) },
		func(o *query.CollectionsPaginateOptions[[]byte]) { o.Prefix = &prefix })
}

// workAt returns the work that the two numbers of a key name.
func (s queryServer) workAt(ctx context.Context) func(n []uint64) (copyright.Work, error) {
	return func(n []uint64) (copyright.Work, error) {
		return s.k.work(ctx, copyright.WorkId{Institution: n[0], Number: n[1]})
	}
}

func partsOf(institution, number uint64) triple {
	return collections.TripleSuperPrefix[uint64, uint64, uint64](institution, number)
}

// Params implements copyright.QueryServer.
func (s queryServer) Params(ctx context.Context, _ *copyright.QueryParamsRequest) (*copyright.QueryParamsResponse, error) {
	params, err := s.k.params.Get(ctx)
	return &copyright.QueryParamsResponse{Params: params}, err
}

// Work implements copyright.QueryServer.
func (s queryServer) Work(ctx context.Context, req *copyright.QueryWorkRequest) (*copyright.QueryWorkResponse, error) {
	w, err := s.k.work(ctx, copyright.WorkId{Institution: req.Institution, Number: req.Number})
	return &copyright.QueryWorkResponse{Work: w}, err
}

// Works implements copyright.QueryServer.
func (s queryServer) Works(ctx context.Context, req *copyright.QueryWorksRequest) (*copyright.QueryWorksResponse, error) {
	page, next, err := listAs(ctx, s.k.works, req.Pagination, collections.PairPrefix[uint64, uint64](req.Institution),
		func(w copyright.Work) copyright.Work { return w.Settled(now(ctx)) })
	return &copyright.QueryWorksResponse{Works: page, Pagination: next}, err
}

// WorksByRoot implements copyright.QueryServer.
func (s queryServer) WorksByRoot(ctx context.Context, req *copyright.QueryWorksByRootRequest) (*copyright.QueryWorksByRootResponse, error) {
	root, err := hex.DecodeString(req.Root)
	if err != nil || len(root) != copyright.DigestSize {
		return nil, status.Errorf(codes.InvalidArgument, "root %q, want %d characters of hex", req.Root, 2*copyright.DigestSize)
	}
	page, next, err := found(ctx, s.k.roots, req.Pagination, root, s.workAt(ctx))
	return &copyright.QueryWorksByRootResponse{Works: page, Pagination: next}, err
}

// Children implements copyright.QueryServer.
func (s queryServer) Children(ctx context.Context, req *copyright.QueryChildrenRequest) (*copyright.QueryChildrenResponse, error) {
	page, next, err := found(ctx, s.k.children, req.Pagination, join(req.Institution, req.Number), s.workAt(ctx))
	return &copyright.QueryChildrenResponse{Works: page, Pagination: next}, err
}

// Contests implements copyright.QueryServer.
func (s queryServer) Contests(ctx context.Context, req *copyright.QueryContestsRequest) (*copyright.QueryContestsResponse, error) {
	page, next, err := list(ctx, s.k.contests, req.Pagination, partsOf(req.Institution, req.Number))
	return &copyright.QueryContestsResponse{Contests: page, Pagination: next}, err
}

// Offers implements copyright.QueryServer.
func (s queryServer) Offers(ctx context.Context, req *copyright.QueryOffersRequest) (*copyright.QueryOffersResponse, error) {
	page, next, err := list(ctx, s.k.offers, req.Pagination, partsOf(req.Institution, req.Number))
	return &copyright.QueryOffersResponse{Offers: page, Pagination: next}, err
}

// Notices implements copyright.QueryServer.
func (s queryServer) Notices(ctx context.Context, req *copyright.QueryNoticesRequest) (*copyright.QueryNoticesResponse, error) {
	page, next, err := list(ctx, s.k.notices, req.Pagination, partsOf(req.Institution, req.Number))
	return &copyright.QueryNoticesResponse{Notices: page, Pagination: next}, err
}

// Licence implements copyright.QueryServer.
func (s queryServer) Licence(ctx context.Context, req *copyright.QueryLicenceRequest) (*copyright.QueryLicenceResponse, error) {
	l, err := s.k.licence(ctx, access.LicenceId{Institution: req.Institution, Number: req.Number})
	return &copyright.QueryLicenceResponse{Licence: l}, err
}

// Licences implements copyright.QueryServer.
func (s queryServer) Licences(ctx context.Context, req *copyright.QueryLicencesRequest) (*copyright.QueryLicencesResponse, error) {
	page, next, err := list(ctx, s.k.licences, req.Pagination, collections.PairPrefix[uint64, uint64](req.Institution))
	return &copyright.QueryLicencesResponse{Licences: page, Pagination: next}, err
}

// LicencesHeld implements copyright.QueryServer.
func (s queryServer) LicencesHeld(ctx context.Context, req *copyright.QueryLicencesHeldRequest) (*copyright.QueryLicencesHeldResponse, error) {
	page, next, err := found(ctx, s.k.held, req.Pagination, join(req.Institution), func(n []uint64) (copyright.Licence, error) {
		return s.k.licence(ctx, access.LicenceId{Institution: n[0], Number: n[1]})
	})
	return &copyright.QueryLicencesHeldResponse{Licences: page, Pagination: next}, err
}

// Strikes implements copyright.QueryServer.
func (s queryServer) Strikes(ctx context.Context, req *copyright.QueryStrikesRequest) (*copyright.QueryStrikesResponse, error) {
	strikes, err := s.k.strikesOf(ctx, req.Institution)
	return &copyright.QueryStrikesResponse{Strikes: strikes}, err
}
