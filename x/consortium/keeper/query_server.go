package keeper

import (
	"context"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"cosmossdk.io/collections"

	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/dmdl-network/dmdl/paging"
	"github.com/dmdl-network/dmdl/x/consortium"
)

type queryServer struct{ k Keeper }

// NewQueryServer returns the read service of the module.
func NewQueryServer(k Keeper) consortium.QueryServer { return queryServer{k} }

// list returns a page of the values of a map.
func list[K, V any](ctx context.Context, m collections.Map[K, V], page *query.PageRequest, options ...func(*query.CollectionsPaginateOptions[K])) ([]V, *query.PageResponse, error) {
	page, err := paging.Bound(page)
	if err != nil {
		return nil, nil, err
	}
	return query.CollectionPaginate(ctx, m, page, func(_ K, v V) (V, error) { return v, nil }, options...)
}

// Institution implements consortium.QueryServer.
func (s queryServer) Institution(ctx context.Context, req *consortium.QueryInstitutionRequest) (*consortium.QueryInstitutionResponse, error) {
	i, err := s.k.institution(ctx, req.Number)
	if err != nil {
		return nil, err
	}
	address, err := i.ConsensusAddress()
	if err != nil {
		return nil, err
	}
	validating := false
	if address != nil {
		if validating, err = s.k.validators.Has(ctx, address); err != nil {
			return nil, err
		}
	}
	return &consortium.QueryInstitutionResponse{Institution: i, Validating: validating}, nil
}

// Institutions implements consortium.QueryServer.
func (s queryServer) Institutions(ctx context.Context, req *consortium.QueryInstitutionsRequest) (*consortium.QueryInstitutionsResponse, error) {
	page, next, err := list(ctx, s.k.institutions, req.Pagination)
	if err != nil {
		return nil, err
	}
	return &consortium.QueryInstitutionsResponse{Institutions: page, Pagination: next}, nil
}

// Validators implements consortium.QueryServer.
func (s queryServer) Validators(ctx context.Context, req *consortium.QueryValidatorsRequest) (*consortium.QueryValidatorsResponse, error) {
	bounded, err := paging.Bound(req.Pagination)
	if err != nil {
		return nil, err
	}
	page, next, err := query.CollectionPaginate(ctx, s.k.validators, bounded, func(address []byte, number uint64) (consortium.Validator, error) {
		key, err := s.k.keyOf(ctx, address)
		if err != nil {
			return consortium.Validator{}, err
		}
		decoded, err := consortium.DecodeKey(&key)
		if err != nil {
			return consortium.Validator{}, err
		}
		return consortium.Validator{ConsensusAddress: decoded.Address().String(), ConsensusKey: key, Institution: number}, nil
	})
	if err != nil {
		return nil, err
	}
	return &consortium.QueryValidatorsResponse{Validators: page, Pagination: next}, nil
}

// Participant implements consortium.QueryServer.
func (s queryServer) Participant(ctx context.Context, req *consortium.QueryParticipantRequest) (*consortium.QueryParticipantResponse, error) {
	account, err := s.k.addresses.StringToBytes(req.Address)
	if err != nil {
		return nil, status.Errorf(codes.InvalidArgument, "address %q: %s", req.Address, err)
	}
	p, err := s.k.participant(ctx, account)
	if err != nil {
		return nil, err
	}
	return &consortium.QueryParticipantResponse{Participant: p}, nil
}

// Participants implements consortium.QueryServer.
func (s queryServer) Participants(ctx context.Context, req *consortium.QueryParticipantsRequest) (*consortium.QueryParticipantsResponse, error) {
	page, next, err := list(ctx, s.k.participants, req.Pagination, query.WithCollectionPaginationPairPrefix[uint64, []byte](req.Institution))
	if err != nil {
		return nil, err
	}
	return &consortium.QueryParticipantsResponse{Participants: page, Pagination: next}, nil
}

// Proposal implements consortium.QueryServer.
func (s queryServer) Proposal(ctx context.Context, req *consortium.QueryProposalRequest) (*consortium.QueryProposalResponse, error) {
	p, err := s.k.proposal(ctx, req.Id)
	if err != nil {
		return nil, err
	}
	votes, err := s.k.votesOn(ctx, req.Id)
	if err != nil {
		return nil, err
	}
	electorate, err := s.k.electorate(ctx)
	if err != nil {
		return nil, err
	}
	return &consortium.QueryProposalResponse{Proposal: p, Votes: votes, Electorate: uint64(len(electorate))}, nil
}

// Proposals implements consortium.QueryServer.
func (s queryServer) Proposals(ctx context.Context, req *consortium.QueryProposalsRequest) (*consortium.QueryProposalsResponse, error) {
	page, next, err := list(ctx, s.k.proposals, req.Pagination)
	if err != nil {
		return nil, err
	}
	return &consortium.QueryProposalsResponse{Proposals: page, Pagination: next}, nil
}

// Params implements consortium.QueryServer.
func (s queryServer) Params(ctx context.Context, _ *consortium.QueryParamsRequest) (*consortium.QueryParamsResponse, error) {
	params, err := s.k.params.Get(ctx)
	if err != nil {
		return nil, err
	}
	return &consortium.QueryParamsResponse{Params: params, Authority: s.k.text(consortium.Authority)}, nil
}
