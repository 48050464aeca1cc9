package keeper_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/dmdl-network/dmdl/paging"
	"github.com/dmdl-network/dmdl/x/consortium"
)

func TestWhatIsUnknownIsNotFound(t *testing.T) {
	f := newFixture(t, 4)
	_, institution := f.queries.Institution(f.ctx, &consortium.QueryInstitutionRequest{Number: 5})
	_, zero := f.queries.Institution(f.ctx, &consortium.QueryInstitutionRequest{})
	_, stranger := f.queries.Participant(f.ctx, &consortium.QueryParticipantRequest{Address: of("eve")})
	_, operator := f.queries.Participant(f.ctx, &consortium.QueryParticipantRequest{Address: operator(1)})
	_, proposal := f.queries.Proposal(f.ctx, &consortium.QueryProposalRequest{Id: 1})
	for _, err := range []error{institution, zero, stranger, operator, proposal} {
		require.Equal(t, codes.NotFound, status.Code(err), "%v", err)
	}
	_, malformed := f.queries.Participant(f.ctx, &consortium.QueryParticipantRequest{Address: "eve"})
	require.Equal(t, codes.InvalidArgument, status.Code(malformed))
}

func TestAnInstitutionTellsWhetherItValidates(t *testing.T) {
	members := []consortium.Institution{member(1), member(2), member(3), member(4), member(5), member(6), member(7), member(8)}
	members[7].LegalGroup = members[0].LegalGroup // 8 waits behind 1
	members[6].ConsensusKey = nil
	f := newChain(t, genesis(t, members...))
	f.block(suspend(6))
	f.without(idleAfter, 5)
	for number, want := range map[uint64]bool{1: true, 4: true, 5: false, 6: false, 7: false, 8: false} {
		res, err := f.queries.Institution(f.ctx, &consortium.QueryInstitutionRequest{Number: number})
		require.NoError(t, err)
		require.Equal(t, number, res.Institution.Number)
		require.Equal(t, want, res.Validating, "institution %d", number)
	}
}

func TestValidatorsAreListedByAddress(t *testing.T) {
	f := newFixture(t, 4)
	var want []consortium.Validator
	for number := uint64(1); number <= 4; number++ {
		want = append(want, consortium.Validator{
			ConsensusAddress: keyAddress(number).String(), ConsensusKey: *publicKey(firstKey(number)), Institution: number,
		})
	}
	slices.SortFunc(want, func(a, b consortium.Validator) int {
		return bytes.Compare([]byte(a.ConsensusAddress), []byte(b.ConsensusAddress))
	})
	first, err := f.queries.Validators(f.ctx, &consortium.QueryValidatorsRequest{Pagination: &query.PageRequest{Limit: 3}})
	require.NoError(t, err)
	require.Equal(t, want[:3], first.Validators)
	second, err := f.queries.Validators(f.ctx, &consortium.QueryValidatorsRequest{Pagination: &query.PageRequest{Key: first.Pagination.NextKey}})
	require.NoError(t, err)
	require.Equal(t, want[3:], second.Validators)
	require.Nil(t, second.Pagination.NextKey)
}

func TestParticipantsAreListedByInstitution(t *testing.T) {
	f := newFixture(t, 4)
	f.begin(nil)
	var names []string
	for n := range 150 {
		names = append(names, fmt.Sprint(n))
		msg := enrol(names[n], consortium.ROLE_CLINICIAN)
		msg.Operator = operator(2)
		f.must(msg)
	}
	f.must(enrol("other", consortium.ROLE_CLINICIAN))
	f.end()
	slices.SortFunc(names, func(a, b string) int { return bytes.Compare(account(a), account(b)) })

	var got []string
	page := &query.PageRequest{}
	for _, size := range []int{100, 50} {
		res, err := f.queries.Participants(f.ctx, &consortium.QueryParticipantsRequest{Institution: 2, Pagination: page})
		require.NoError(t, err)
		require.Len(t, res.Participants, size)
		require.Zero(t, res.Pagination.Total, "counting reads the whole list")
		for _, p := range res.Participants {
			got = append(got, p.Address)
		}
		page.Key = res.Pagination.NextKey
	}
	require.Nil(t, page.Key)
	for at, name := range names {
		require.Equal(t, of(name), got[at])
	}
	res, err := f.queries.Participants(f.ctx, &consortium.QueryParticipantsRequest{Institution: 9})
	require.NoError(t, err)
	require.Empty(t, res.Participants)
}

func TestNoListReadsMoreThanItsPage(t *testing.T) {
	f := newFixture(t, 4)
	for name, page := range map[string]*query.PageRequest{
		"a limit above 200":      {Limit: paging.MaxLimit + 1},
		"an offset above 10,000": {Offset: 10_001},
		"a count":                {CountTotal: true},
		"an offset and a key":    {Offset: 1, Key: []byte{1}},
	} {
		_, institutions := f.queries.Institutions(f.ctx, &consortium.QueryInstitutionsRequest{Pagination: page})
		_, validators := f.queries.Validators(f.ctx, &consortium.QueryValidatorsRequest{Pagination: page})
		_, participants := f.queries.Participants(f.ctx, &consortium.QueryParticipantsRequest{Institution: 1, Pagination: page})
		_, proposals := f.queries.Proposals(f.ctx, &consortium.QueryProposalsRequest{Pagination: page})
		for _, err := range []error{institutions, validators, participants, proposals} {
			require.Equal(t, codes.InvalidArgument, status.Code(err), "%s: %v", name, err)
		}
	}
	for _, page := range []*query.PageRequest{nil, {}, {Limit: paging.MaxLimit}, {Offset: 10_000}, {Reverse: true}} {
		res, err := f.queries.Institutions(f.ctx, &consortium.QueryInstitutionsRequest{Pagination: page})
		require.NoError(t, err)
		require.Zero(t, res.Pagination.Total)
	}
	res, err := f.queries.Institutions(f.ctx, &consortium.QueryInstitutionsRequest{Pagination: &query.PageRequest{Reverse: true, Limit: 1}})
	require.NoError(t, err)
	require.Equal(t, []consortium.Institution{member(4)}, res.Institutions)
}

func TestProposalsAreListedById(t *testing.T) {
	f := newFixture(t, 4)
	f.begin(nil)
	for range 3 {
		f.propose(suspend(9))
	}
	f.end()
	res, err := f.queries.Proposals(f.ctx, &consortium.QueryProposalsRequest{Pagination: &query.PageRequest{Offset: 1, Limit: 1}})
	require.NoError(t, err)
	require.Len(t, res.Proposals, 1)
	require.Equal(t, uint64(2), res.Proposals[0].Id)
	require.Equal(t, suspend(9), res.Proposals[0].Messages[0].GetCachedValue())
}
