package keeper

import (
	"context"
	"errors"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"cosmossdk.io/collections"

	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/dmdl-network/dmdl/paging"
	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/records"
)

type queryServer struct{ k Keeper }

// NewQueryServer returns the read service of the module.
func NewQueryServer(k Keeper) access.QueryServer { return queryServer{k} }

// list returns a page of a map's values under a prefix.
func list[K, V any](ctx context.Context, m collections.Map[K, V], page *query.PageRequest, prefix *K) ([]V, *query.PageResponse, error) {
	page, err := paging.Bound(page)
	if err != nil {
		return nil, nil, err
	}
	return query.CollectionPaginate(ctx, m, page, func(_ K, v V) (V, error) { return v, nil },
		func(o *query.CollectionsPaginateOptions[K]) { o.Prefix = prefix })
}

// due returns a page of a queue of an institution, each key made into a value.
func due[V any](
	ctx context.Context, queue collections.KeySet[[]byte], page *query.PageRequest, institution uint64, value func(n []uint64) (V, error),
) ([]V, *query.PageResponse, error) {
	page, err := paging.Bound(page)
	if err != nil {
		return nil, nil, err
	}
	return query.CollectionPaginate(ctx, queue, page,
		func(key []byte, _ collections.NoValue) (V, error) { return value(split(key)) },
		func(o *query.CollectionsPaginateOptions[[]byte]) {
			prefix := join(institution)
			o.Prefix = &prefix
		})
}

func prefixOf(institution, number uint64) *triple {
	prefix := collections.TripleSuperPrefix[uint64, uint64, uint64](institution, number)
	return &prefix
}

// Params implements access.QueryServer.
func (s queryServer) Params(ctx context.Context, _ *access.QueryParamsRequest) (*access.QueryParamsResponse, error) {
	params, err := s.k.Params(ctx)
	return &access.QueryParamsResponse{Params: params}, err
}

// Subject implements access.QueryServer.
func (s queryServer) Subject(ctx context.Context, req *access.QuerySubjectRequest) (*access.QuerySubjectResponse, error) {
	subject, err := s.k.subject(ctx, records.SubjectId{Institution: req.Institution, Number: req.Number})
	return &access.QuerySubjectResponse{Subject: subject}, err
}

// Consent implements access.QueryServer.
func (s queryServer) Consent(ctx context.Context, req *access.QueryConsentRequest) (*access.QueryConsentResponse, error) {
	c, err := s.k.consent(ctx, records.SubjectId{Institution: req.Institution, Number: req.Number}, req.Index)
	return &access.QueryConsentResponse{Consent: c}, err
}

// Consents implements access.QueryServer.
func (s queryServer) Consents(ctx context.Context, req *access.QueryConsentsRequest) (*access.QueryConsentsResponse, error) {
	page, next, err := list(ctx, s.k.consents, req.Pagination, prefixOf(req.Institution, req.Number))
	return &access.QueryConsentsResponse{Consents: page, Pagination: next}, err
}

// Account implements access.QueryServer.
func (s queryServer) Account(ctx context.Context, req *access.QueryAccountRequest) (*access.QueryAccountResponse, error) {
	page, next, err := list(ctx, s.k.disclosures, req.Pagination, prefixOf(req.Institution, req.Number))
	return &access.QueryAccountResponse{Disclosures: page, Pagination: next}, err
}

// Disclosure implements access.QueryServer.
func (s queryServer) Disclosure(ctx context.Context, req *access.QueryDisclosureRequest) (*access.QueryDisclosureResponse, error) {
	d, err := s.k.disclosure(ctx, records.SubjectId{Institution: req.Institution, Number: req.Number}, req.Index)
	return &access.QueryDisclosureResponse{Disclosure: d}, err
}

// Ticket implements access.QueryServer.
func (s queryServer) Ticket(ctx context.Context, req *access.QueryTicketRequest) (*access.QueryTicketResponse, error) {
	t, err := s.k.ticket(ctx, access.TicketId{Institution: req.Institution, Number: req.Number})
	return &access.QueryTicketResponse{Ticket: t}, err
}

// Tickets implements access.QueryServer.
func (s queryServer) Tickets(ctx context.Context, req *access.QueryTicketsRequest) (*access.QueryTicketsResponse, error) {
	prefix := collections.PairPrefix[uint64, uint64](req.Institution)
	page, next, err := list(ctx, s.k.tickets, req.Pagination, &prefix)
	return &access.QueryTicketsResponse{Tickets: page, Pagination: next}, err
}

// Reviews implements access.QueryServer.
func (s queryServer) Reviews(ctx context.Context, req *access.QueryReviewsRequest) (*access.QueryReviewsResponse, error) {
	page, next, err := due(ctx, s.k.dueReviews, req.Pagination, req.Institution, func(n []uint64) (access.Review, error) {
		return s.k.reviews.Get(ctx, collections.Join3(n[2], n[3], n[4]))
	})
	return &access.QueryReviewsResponse{Reviews: page, Pagination: next}, err
}

// Unreceipted implements access.QueryServer.
func (s queryServer) Unreceipted(ctx context.Context, req *access.QueryUnreceiptedRequest) (*access.QueryUnreceiptedResponse, error) {
	page, next, err := due(ctx, s.k.dueReceipts, req.Pagination, req.Institution, func(n []uint64) (access.DueReceipt, error) {
		return access.DueReceipt{Subject: records.SubjectId{Institution: n[2], Number: n[3]}, Disclosure: n[4], DueAt: moment(n[1])}, nil
	})
	return &access.QueryUnreceiptedResponse{Due: page, Pagination: next}, err
}

// Conducts implements access.QueryServer.
func (s queryServer) Conducts(ctx context.Context, req *access.QueryConductsRequest) (*access.QueryConductsResponse, error) {
	page, next, err := list(ctx, s.k.conducts, req.Pagination, nil)
	return &access.QueryConductsResponse{Conducts: page, Pagination: next}, err
}

// Template implements access.QueryServer.
func (s queryServer) Template(ctx context.Context, req *access.QueryTemplateRequest) (*access.QueryTemplateResponse, error) {
	t, err := s.k.template(ctx, access.TemplateVersion{Institution: req.Institution, Number: req.Number, Version: req.Version})
	return &access.QueryTemplateResponse{Template: t}, err
}

// Templates implements access.QueryServer.
func (s queryServer) Templates(ctx context.Context, req *access.QueryTemplatesRequest) (*access.QueryTemplatesResponse, error) {
	prefix := collections.TriplePrefix[uint64, uint64, uint64](req.Institution)
	page, next, err := list(ctx, s.k.templates, req.Pagination, &prefix)
	return &access.QueryTemplatesResponse{Templates: page, Pagination: next}, err
}

// Policy implements access.QueryServer.
func (s queryServer) Policy(ctx context.Context, req *access.QueryPolicyRequest) (*access.QueryPolicyResponse, error) {
	p, err := s.k.policy(ctx, req.Institution)
	return &access.QueryPolicyResponse{Policy: p}, err
}

// Study implements access.QueryServer.
func (s queryServer) Study(ctx context.Context, req *access.QueryStudyRequest) (*access.QueryStudyResponse, error) {
	study, err := s.k.study(ctx, access.StudyId{Institution: req.Institution, Number: req.Number})
	return &access.QueryStudyResponse{Study: study}, err
}

// Studies implements access.QueryServer.
func (s queryServer) Studies(ctx context.Context, req *access.QueryStudiesRequest) (*access.QueryStudiesResponse, error) {
	prefix := collections.PairPrefix[uint64, uint64](req.Institution)
	page, next, err := list(ctx, s.k.studies, req.Pagination, &prefix)
	return &access.QueryStudiesResponse{Studies: page, Pagination: next}, err
}

// Journal implements access.QueryServer.
func (s queryServer) Journal(ctx context.Context, req *access.QueryJournalRequest) (*access.QueryJournalResponse, error) {
	account, _, err := s.k.decode("vault", req.Vault)
	if err != nil {
		return nil, err
	}
	j, err := s.k.journals.Get(ctx, account)
	if errors.Is(err, collections.ErrNotFound) {
		err = status.Errorf(codes.NotFound, "vault %s has reported nothing", req.Vault)
	}
	return &access.QueryJournalResponse{Journal: j}, err
}
