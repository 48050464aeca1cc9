package consortium_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	codectypes "github.com/cosmos/cosmos-sdk/codec/types"

	"github.com/dmdl-network/dmdl/x/consortium"
)

func TestAValidGenesis(t *testing.T) {
	require.NoError(t, consortium.DefaultGenesis().Validate(chainID, addresses))
	require.NoError(t, genesis(t).Validate(chainID, addresses))
	require.NoError(t, genesis(t).ValidateState(addresses))
}

type edits map[string]struct {
	edit func(*consortium.GenesisState)
	err  error
}

// refused checks that each edit breaks a valid state.
func (rows edits) refused(t *testing.T) {
	t.Helper()
	for name, row := range rows {
		gs := genesis(t)
		row.edit(gs)
		require.ErrorIs(t, gs.Validate(chainID, addresses), row.err, name)
	}
}

func swap[T any](list []T) { list[0], list[1] = list[1], list[0] }

func TestInstitutionsOfAGenesisAreRefused(t *testing.T) {
	edits{
		"bad parameters":    {func(gs *consortium.GenesisState) { gs.Params.IdleAfterBlocks = 0 }, consortium.ErrInvalid},
		"an invalid one":    {func(gs *consortium.GenesisState) { gs.Institutions[0].LegalGroup = "" }, consortium.ErrInvalid},
		"a gap":             {func(gs *consortium.GenesisState) { gs.Institutions[4].Number = 6 }, consortium.ErrInvalid},
		"the wrong order":   {func(gs *consortium.GenesisState) { swap(gs.Institutions) }, consortium.ErrInvalid},
		"a name twice":      {func(gs *consortium.GenesisState) { gs.Institutions[4].Name = gs.Institutions[0].Name }, consortium.ErrNameTaken},
		"an operator twice": {func(gs *consortium.GenesisState) { gs.Institutions[4].Operator = gs.Institutions[0].Operator }, consortium.ErrAccountTaken},
		"no operator":       {func(gs *consortium.GenesisState) { gs.Institutions[4].Operator = "" }, consortium.ErrInvalid},
		"an operator elsewhere": {func(gs *consortium.GenesisState) {
			gs.Institutions[4].Operator = "cosmos1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqnrql8a"
		}, consortium.ErrInvalid},
		"capitals":               {func(gs *consortium.GenesisState) { gs.Institutions[4].Operator = strings.ToUpper(of("new")) }, consortium.ErrInvalid},
		"an account of 32 bytes": {func(gs *consortium.GenesisState) { gs.Institutions[4].Operator = text(make([]byte, 32)) }, consortium.ErrInvalid},
		"the module itself":      {func(gs *consortium.GenesisState) { gs.Institutions[4].Operator = text(consortium.Authority) }, consortium.ErrAccountTaken},
		"a key twice":            {func(gs *consortium.GenesisState) { gs.Institutions[4].ConsensusKey = gs.Institutions[0].ConsensusKey }, consortium.ErrInvalid},
		"a key that it gave up":  {func(gs *consortium.GenesisState) { gs.Institutions[0].ConsensusKey = public(key(5)) }, consortium.ErrInvalid},
		"a key without owner":    {func(gs *consortium.GenesisState) { gs.Institutions[4].ConsensusKey = public(key(6)) }, consortium.ErrInvalid},
	}.refused(t)

	gs := genesis(t)
	gs.Institutions[4].Name, gs.Institutions[4].Status = gs.Institutions[0].Name, consortium.INSTITUTION_STATUS_REMOVED
	require.NoError(t, gs.Validate(chainID, addresses), "the name of a removed institution is free")
}

func TestKeyOwnersOfAGenesisAreRefused(t *testing.T) {
	retired := func(gs *consortium.GenesisState) *consortium.KeyOwner {
		at := slices.IndexFunc(gs.KeyOwners, func(o consortium.KeyOwner) bool { return o.RetiredHeight != 0 })
		return &gs.KeyOwners[at]
	}
	held := func(gs *consortium.GenesisState) *consortium.KeyOwner {
		at := slices.IndexFunc(gs.KeyOwners, func(o consortium.KeyOwner) bool { return o.RetiredHeight == 0 })
		return &gs.KeyOwners[at]
	}
	edits{
		"no key":                  {func(gs *consortium.GenesisState) { gs.KeyOwners[0].ConsensusKey = consortium.ConsensusKey{} }, consortium.ErrInvalid},
		"the wrong order":         {func(gs *consortium.GenesisState) { swap(gs.KeyOwners) }, consortium.ErrInvalid},
		"a key twice":             {func(gs *consortium.GenesisState) { gs.KeyOwners[1] = gs.KeyOwners[0] }, consortium.ErrInvalid},
		"an unknown owner":        {func(gs *consortium.GenesisState) { retired(gs).Institution = 6 }, consortium.ErrInstitutionNotFound},
		"nobody":                  {func(gs *consortium.GenesisState) { retired(gs).Institution = 0 }, consortium.ErrInstitutionNotFound},
		"retired but in use":      {func(gs *consortium.GenesisState) { held(gs).RetiredHeight = 1 }, consortium.ErrInvalid},
		"in use by nobody":        {func(gs *consortium.GenesisState) { retired(gs).RetiredHeight = 0 }, consortium.ErrInvalid},
		"in use by another":       {func(gs *consortium.GenesisState) { held(gs).Institution = 5 }, consortium.ErrInvalid},
		"a key in use is missing": {func(gs *consortium.GenesisState) { *held(gs) = *retired(gs) }, consortium.ErrInvalid},
	}.refused(t)
}

func TestPeopleOfAGenesisAreRefused(t *testing.T) {
	edits{
		"an invalid participant":                  {func(gs *consortium.GenesisState) { gs.Participants[0].Person = nil }, consortium.ErrInvalid},
		"an unknown institution":                  {func(gs *consortium.GenesisState) { gs.Participants[2].Institution = 6 }, consortium.ErrInstitutionNotFound},
		"the wrong order":                         {func(gs *consortium.GenesisState) { swap(gs.Participants) }, consortium.ErrInvalid},
		"institutions out of order":               {func(gs *consortium.GenesisState) { swap(gs.Participants[1:]) }, consortium.ErrInvalid},
		"a participant twice":                     {func(gs *consortium.GenesisState) { gs.Participants[2].Address = gs.Participants[0].Address }, consortium.ErrAccountTaken},
		"an operator":                             {func(gs *consortium.GenesisState) { gs.Participants[2].Address = of("operator 2") }, consortium.ErrAccountTaken},
		"no address":                              {func(gs *consortium.GenesisState) { gs.Participants[2].Address = "" }, consortium.ErrInvalid},
		"capitals":                                {func(gs *consortium.GenesisState) { gs.Participants[2].Address = strings.ToUpper(of("eva")) }, consortium.ErrInvalid},
		"a former operator that is one":           {func(gs *consortium.GenesisState) { gs.FormerOperators[0].Address = of("operator 2") }, consortium.ErrAccountTaken},
		"a former operator that is a participant": {func(gs *consortium.GenesisState) { gs.FormerOperators[0].Address = of("eva") }, consortium.ErrAccountTaken},
		"a former operator of nobody":             {func(gs *consortium.GenesisState) { gs.FormerOperators[0].Institution = 0 }, consortium.ErrInstitutionNotFound},
		"a former operator of an unknown":         {func(gs *consortium.GenesisState) { gs.FormerOperators[0].Institution = 6 }, consortium.ErrInstitutionNotFound},
		"former operators out of order":           {func(gs *consortium.GenesisState) { swap(gs.FormerOperators) }, consortium.ErrInvalid},
		"a former operator twice":                 {func(gs *consortium.GenesisState) { gs.FormerOperators[1] = gs.FormerOperators[0] }, consortium.ErrAccountTaken},
	}.refused(t)
}

func TestProposalsVotesAndAbsencesOfAGenesisAreRefused(t *testing.T) {
	edits{
		"an invalid proposal": {func(gs *consortium.GenesisState) { gs.Proposals[0].Messages = nil }, consortium.ErrInvalid},
		"a gap":               {func(gs *consortium.GenesisState) { gs.Proposals[1].Id = 3 }, consortium.ErrInvalid},
		"an unknown proposer": {func(gs *consortium.GenesisState) { gs.Proposals[0].Proposer = 6 }, consortium.ErrInstitutionNotFound},
		"a message off the list": {func(gs *consortium.GenesisState) {
			gs.Proposals[0].Messages[0] = &codectypes.Any{TypeUrl: "/dmdl.consortium.v1.MsgCastVote"}
		}, consortium.ErrMessageNotAllowed},
		"an absent message":     {func(gs *consortium.GenesisState) { gs.Proposals[0].Messages[0] = nil }, consortium.ErrMessageNotAllowed},
		"an invalid vote":       {func(gs *consortium.GenesisState) { gs.Votes[0].Option = 0 }, consortium.ErrInvalid},
		"a vote on nothing":     {func(gs *consortium.GenesisState) { gs.Votes[2].Proposal = 3 }, consortium.ErrInvalid},
		"a vote of nobody":      {func(gs *consortium.GenesisState) { gs.Votes[2].Institution = 6 }, consortium.ErrInvalid},
		"votes out of order":    {func(gs *consortium.GenesisState) { swap(gs.Votes) }, consortium.ErrInvalid},
		"a vote twice":          {func(gs *consortium.GenesisState) { gs.Votes[1] = gs.Votes[0] }, consortium.ErrInvalid},
		"voters out of order":   {func(gs *consortium.GenesisState) { swap(gs.Votes[1:]) }, consortium.ErrInvalid},
		"an absence of nobody":  {func(gs *consortium.GenesisState) { gs.Absences[1].Institution = 6 }, consortium.ErrInvalid},
		"an absence of none":    {func(gs *consortium.GenesisState) { gs.Absences[0].Institution = 0 }, consortium.ErrInvalid},
		"an empty absence":      {func(gs *consortium.GenesisState) { gs.Absences[0].Blocks = 0 }, consortium.ErrInvalid},
		"absences out of order": {func(gs *consortium.GenesisState) { swap(gs.Absences) }, consortium.ErrInvalid},
	}.refused(t)

	gs := genesis(t)
	gs.Proposals[0].Status, gs.Proposals[0].Messages[0] = consortium.PROPOSAL_STATUS_EXECUTED, &codectypes.Any{TypeUrl: "/old.Msg"}
	require.NoError(t, gs.Validate(chainID, addresses), "the list may shrink, what was executed stays")
}

func TestProofsOfPossessionOfAGenesisAreRefused(t *testing.T) {
	edits{
		"no proof":        {func(gs *consortium.GenesisState) { gs.KeyProofs = nil }, consortium.ErrKeyProof},
		"a missing proof": {func(gs *consortium.GenesisState) { gs.KeyProofs = gs.KeyProofs[:3] }, consortium.ErrKeyProof},
		"another's proof": {func(gs *consortium.GenesisState) { gs.KeyProofs[0].Signature = gs.KeyProofs[1].Signature }, consortium.ErrKeyProof},
		"a proof for another chain": {func(gs *consortium.GenesisState) {
			gs.KeyProofs[0].Signature = prove(t, "dmdl-test-2", gs.Institutions[0], key(1))
		}, consortium.ErrKeyProof},
		"a changed name":         {func(gs *consortium.GenesisState) { gs.Institutions[0].Name = "Hospital One" }, consortium.ErrKeyProof},
		"a changed group":        {func(gs *consortium.GenesisState) { gs.Institutions[0].LegalGroup = "Group 9" }, consortium.ErrKeyProof},
		"a changed operator":     {func(gs *consortium.GenesisState) { gs.Institutions[0].Operator = of("eve") }, consortium.ErrKeyProof},
		"an unknown institution": {func(gs *consortium.GenesisState) { gs.KeyProofs[3].Institution = 6 }, consortium.ErrInstitutionNotFound},
		"institution zero":       {func(gs *consortium.GenesisState) { gs.KeyProofs[0].Institution = 0 }, consortium.ErrInstitutionNotFound},
		"one without a key":      {func(gs *consortium.GenesisState) { gs.KeyProofs[3].Institution = 5 }, consortium.ErrInvalid},
		"a proof twice":          {func(gs *consortium.GenesisState) { gs.KeyProofs[1] = gs.KeyProofs[0] }, consortium.ErrInvalid},
		"the wrong order":        {func(gs *consortium.GenesisState) { swap(gs.KeyProofs) }, consortium.ErrInvalid},
	}.refused(t)
	require.ErrorIs(t, genesis(t).Validate("dmdl-test-2", addresses), consortium.ErrKeyProof)
}

func TestAChainWithAPredecessorNeedsNoProofs(t *testing.T) {
	gs := genesis(t)
	gs.KeyProofs, gs.Predecessor = nil, &consortium.Predecessor{ChainId: "dmdl-earlier-1", Height: 9}
	require.NoError(t, gs.Validate(chainID, addresses))
	for _, chain := range []string{"", chainID} {
		gs.Predecessor.ChainId = chain
		require.ErrorIs(t, gs.Validate(chainID, addresses), consortium.ErrInvalid)
		require.NoError(t, gs.ValidateState(addresses))
	}

	gs = genesis(t)
	gs.Predecessor = &consortium.Predecessor{ChainId: "dmdl-earlier-1", Height: 9}
	gs.KeyProofs[0].Signature = nil
	require.ErrorIs(t, gs.Validate(chainID, addresses), consortium.ErrKeyProof, "a proof that is given must be right")
}
