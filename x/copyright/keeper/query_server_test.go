package keeper_test

import (
	"encoding/hex"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/dmdl-network/dmdl/x/copyright"
)

func TestWhatIsNotThereIsNotFound(t *testing.T) {
	f := everything(t)
	_, err := f.queries.Work(f.ctx, &copyright.QueryWorkRequest{Institution: 1, Number: 9})
	require.Equal(t, codes.NotFound, status.Code(err))
	_, err = f.queries.Licence(f.ctx, &copyright.QueryLicenceRequest{Institution: 1, Number: 9})
	require.Equal(t, codes.NotFound, status.Code(err))
	require.Equal(t, copyright.Strikes{Institution: 9}, f.strikes(t, 9), "nothing is counted of a newcomer")
}

func TestAQueryShowsWhatIsStored(t *testing.T) {
	f := everything(t)
	gs := f.export(t)
	params, err := f.queries.Params(f.ctx, &copyright.QueryParamsRequest{})
	require.NoError(t, err)
	require.Equal(t, gs.Params, params.Params)
	children, err := f.queries.Children(f.ctx, &copyright.QueryChildrenRequest{Institution: 1, Number: 1})
	require.NoError(t, err)
	require.Equal(t, []copyright.Work{f.work(t, copyright.WorkId{Institution: 2, Number: 1})}, children.Works)
	held, err := f.queries.LicencesHeld(f.ctx, &copyright.QueryLicencesHeldRequest{Institution: 2})
	require.NoError(t, err)
	require.Equal(t, gs.Licences[:1], held.Licences)
	for _, want := range gs.Strikes {
		require.Equal(t, want, f.strikes(t, want.Institution))
	}
}

func TestListsShowWorksAsTheyAreNow(t *testing.T) {
	f := newFixture(t)
	w := f.attested(t, joint())
	list := func() copyright.WorkStatus {
		works, err := f.queries.Works(f.ctx, &copyright.QueryWorksRequest{Institution: 1})
		require.NoError(t, err)
		byRoot, err := f.queries.WorksByRoot(f.ctx, &copyright.QueryWorksByRootRequest{Root: hex.EncodeToString(w.Root)})
		require.NoError(t, err)
		require.Equal(t, works.Works, byRoot.Works)
		return works.Works[0].Status
	}
	f.after(30*day - time.Second)
	require.Equal(t, copyright.WORK_STATUS_ATTESTED, list())
	f.after(time.Second)
	require.Equal(t, copyright.WORK_STATUS_UPHELD, list())
}

// pages are all lists, each of what everything holds.
func (f *fixture) pages(t *testing.T) map[string]func(page *query.PageRequest) (n int, next *query.PageResponse, err error) {
	t.Helper()
	q, ctx := f.queries, f.ctx
	part := hex.EncodeToString(f.work(t, copyright.WorkId{Institution: 3, Number: 1}).Root)
	type of = func(page *query.PageRequest) (int, *query.PageResponse, error)
	return map[string]of{
		"3 works": func(p *query.PageRequest) (int, *query.PageResponse, error) {
			res, err := q.Works(ctx, &copyright.QueryWorksRequest{Institution: 3, Pagination: p})
			return len(res.Works), res.Pagination, err
		},
		"2 works of a root": func(p *query.PageRequest) (int, *query.PageResponse, error) {
			res, err := q.WorksByRoot(ctx, &copyright.QueryWorksByRootRequest{Root: part, Pagination: p})
			return len(res.Works), res.Pagination, err
		},
		"1 children": func(p *query.PageRequest) (int, *query.PageResponse, error) {
			res, err := q.Children(ctx, &copyright.QueryChildrenRequest{Institution: 1, Number: 1, Pagination: p})
			return len(res.Works), res.Pagination, err
		},
		"2 contests": func(p *query.PageRequest) (int, *query.PageResponse, error) {
			res, err := q.Contests(ctx, &copyright.QueryContestsRequest{Institution: 3, Number: 1, Pagination: p})
			return len(res.Contests), res.Pagination, err
		},
		"4 offers": func(p *query.PageRequest) (int, *query.PageResponse, error) {
			res, err := q.Offers(ctx, &copyright.QueryOffersRequest{Institution: 1, Number: 1, Pagination: p})
			return len(res.Offers), res.Pagination, err
		},
		"2 notices": func(p *query.PageRequest) (int, *query.PageResponse, error) {
			res, err := q.Notices(ctx, &copyright.QueryNoticesRequest{Institution: 1, Number: 1, Pagination: p})
			return len(res.Notices), res.Pagination, err
		},
		"4 licences": func(p *query.PageRequest) (int, *query.PageResponse, error) {
			res, err := q.Licences(ctx, &copyright.QueryLicencesRequest{Institution: 1, Pagination: p})
			return len(res.Licences), res.Pagination, err
		},
		"2 licences held": func(p *query.PageRequest) (int, *query.PageResponse, error) {
			res, err := q.LicencesHeld(ctx, &copyright.QueryLicencesHeldRequest{Institution: 3, Pagination: p})
			return len(res.Licences), res.Pagination, err
		},
	}
}

func TestListsComeInPages(t *testing.T) {
	f := everything(t)
	for name, list := range f.pages(t) {
		for limit := uint64(1); limit <= 5; limit++ {
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

func TestARootIsAskedForInHex(t *testing.T) {
	f := everything(t)
	for _, root := range []string{"", "no hex", "abcd"} {
		_, err := f.queries.WorksByRoot(f.ctx, &copyright.QueryWorksByRootRequest{Root: root})
		require.Equal(t, codes.InvalidArgument, status.Code(err), root)
	}
}
