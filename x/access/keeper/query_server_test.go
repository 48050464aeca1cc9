package keeper_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/dmdl-network/dmdl/x/access"
)

func TestWhatIsNotThereIsNotFound(t *testing.T) {
	f := everything(t)
	q, ctx := f.queries, f.ctx
	for name, ask := range map[string]func() error{
		"subject": func() error {
			_, err := q.Subject(ctx, &access.QuerySubjectRequest{Institution: 1, Number: 99})
			return err
		},
		"consent": func() error {
			_, err := q.Consent(ctx, &access.QueryConsentRequest{Institution: 1, Number: 7, Index: 9})
			return err
		},
		"ticket": func() error {
			_, err := q.Ticket(ctx, &access.QueryTicketRequest{Institution: 2, Number: 9})
			return err
		},
		"template": func() error {
			_, err := q.Template(ctx, &access.QueryTemplateRequest{Institution: 1, Number: 1, Version: 3})
			return err
		},
		"policy":  func() error { _, err := q.Policy(ctx, &access.QueryPolicyRequest{Institution: 2}); return err },
		"study":   func() error { _, err := q.Study(ctx, &access.QueryStudyRequest{Institution: 3, Number: 2}); return err },
		"journal": func() error { _, err := q.Journal(ctx, &access.QueryJournalRequest{Vault: of("vault2")}); return err },
	} {
		require.Equal(t, codes.NotFound, status.Code(ask()), name)
	}
	_, err := q.Journal(ctx, &access.QueryJournalRequest{Vault: "vault"})
	require.ErrorContains(t, err, `vault "vault" is not an account address`)
}

func TestOneOfEachIsRead(t *testing.T) {
	f := everything(t)
	q, ctx, gs := f.queries, f.ctx, f.export(t)
	params, err := q.Params(ctx, &access.QueryParamsRequest{})
	require.NoError(t, err)
	require.Equal(t, gs.Params, params.Params)
	subject, err := q.Subject(ctx, &access.QuerySubjectRequest{Institution: 1, Number: 7})
	require.NoError(t, err)
	require.Equal(t, gs.Subjects[0], subject.Subject)
	consent, err := q.Consent(ctx, &access.QueryConsentRequest{Institution: 1, Number: 7, Index: 1})
	require.NoError(t, err)
	require.Equal(t, gs.Consents[0], consent.Consent)
	ticket, err := q.Ticket(ctx, &access.QueryTicketRequest{Institution: 2, Number: 1})
	require.NoError(t, err)
	require.Equal(t, gs.Tickets[1], ticket.Ticket)
	template, err := q.Template(ctx, &access.QueryTemplateRequest{Institution: 1, Number: 1, Version: 2})
	require.NoError(t, err)
	require.Equal(t, gs.Templates[1], template.Template)
	policy, err := q.Policy(ctx, &access.QueryPolicyRequest{Institution: 1})
	require.NoError(t, err)
	require.Equal(t, gs.Policies[0], policy.Policy)
	study, err := q.Study(ctx, &access.QueryStudyRequest{Institution: 3, Number: 1})
	require.NoError(t, err)
	require.Equal(t, gs.Studies[0], study.Study)
	journal, err := q.Journal(ctx, &access.QueryJournalRequest{Vault: of("vault1")})
	require.NoError(t, err)
	require.Equal(t, gs.Journals[0], journal.Journal)
}

// pages are all lists, each of what everything holds.
func (f *fixture) pages() map[string]func(page *query.PageRequest) (n int, next *query.PageResponse, err error) {
	q, ctx := f.queries, f.ctx
	type of = func(page *query.PageRequest) (int, *query.PageResponse, error)
	return map[string]of{
		"2 consents": func(p *query.PageRequest) (int, *query.PageResponse, error) {
			res, err := q.Consents(ctx, &access.QueryConsentsRequest{Institution: 1, Number: 7, Pagination: p})
			return len(res.Consents), res.Pagination, err
		},
		"8 entries": func(p *query.PageRequest) (int, *query.PageResponse, error) {
			res, err := q.Account(ctx, &access.QueryAccountRequest{Institution: 1, Number: 7, Pagination: p})
			return len(res.Disclosures), res.Pagination, err
		},
		"3 tickets": func(p *query.PageRequest) (int, *query.PageResponse, error) {
			res, err := q.Tickets(ctx, &access.QueryTicketsRequest{Institution: 2, Pagination: p})
			return len(res.Tickets), res.Pagination, err
		},
		"2 reviews": func(p *query.PageRequest) (int, *query.PageResponse, error) {
			res, err := q.Reviews(ctx, &access.QueryReviewsRequest{Institution: 1, Pagination: p})
			return len(res.Reviews), res.Pagination, err
		},
		"1 unreceipted": func(p *query.PageRequest) (int, *query.PageResponse, error) {
			res, err := q.Unreceipted(ctx, &access.QueryUnreceiptedRequest{Institution: 2, Pagination: p})
			return len(res.Due), res.Pagination, err
		},
		"2 conducts": func(p *query.PageRequest) (int, *query.PageResponse, error) {
			res, err := q.Conducts(ctx, &access.QueryConductsRequest{Pagination: p})
			return len(res.Conducts), res.Pagination, err
		},
		"2 templates": func(p *query.PageRequest) (int, *query.PageResponse, error) {
			res, err := q.Templates(ctx, &access.QueryTemplatesRequest{Institution: 1, Pagination: p})
			return len(res.Templates), res.Pagination, err
		},
		"1 studies": func(p *query.PageRequest) (int, *query.PageResponse, error) {
			res, err := q.Studies(ctx, &access.QueryStudiesRequest{Institution: 3, Pagination: p})
			return len(res.Studies), res.Pagination, err
		},
	}
}

func TestListsComeInPages(t *testing.T) {
	f := everything(t)
	for name, list := range f.pages() {
		for limit := uint64(1); limit <= 9; limit++ {
			total, page := 0, &query.PageRequest{Limit: limit}
			for {
				n, next, err := list(page)
				require.NoError(t, err, name)
				require.LessOrEqual(t, n, int(limit), name)
				total += n
				if page.Key = next.NextKey; page.Key == nil {
					break
				}
			}
			require.EqualValues(t, name[0]-'0', total, name)
		}
		_, _, err := list(&query.PageRequest{Limit: 201})
		require.Equal(t, codes.InvalidArgument, status.Code(err), name)
		_, _, err = list(&query.PageRequest{CountTotal: true})
		require.Equal(t, codes.InvalidArgument, status.Code(err), name)
	}
}

func TestWhatIsDueIsListedByWhen(t *testing.T) {
	f := newFixture(t)
	f.setParams(t, func(p *access.Params) { p.ReviewPeriod, p.ReceiptPeriod = 2*time.Hour, 2*time.Hour })
	f.do(t, release(f.breakGlass(t, glass()), f.result()))
	f.setParams(t, func(p *access.Params) { p.ReviewPeriod, p.ReceiptPeriod = time.Hour, time.Hour })
	f.do(t, release(f.breakGlass(t, glass()), f.result()))
	reviews, err := f.queries.Reviews(f.ctx, &access.QueryReviewsRequest{Institution: 1})
	require.NoError(t, err)
	require.Equal(t, []access.Review{
		{Subject: anna, Disclosure: 3, Reviewer: 1, DueAt: start.Add(time.Hour)}, {Subject: anna, Disclosure: 1, Reviewer: 1, DueAt: start.Add(2 * time.Hour)},
	}, reviews.Reviews)
	due, err := f.queries.Unreceipted(f.ctx, &access.QueryUnreceiptedRequest{Institution: 2})
	require.NoError(t, err)
	require.Equal(t, []access.DueReceipt{
		{Subject: anna, Disclosure: 4, DueAt: start.Add(time.Hour)}, {Subject: anna, Disclosure: 2, DueAt: start.Add(2 * time.Hour)},
	}, due.Due)
}
