package app_test

import (
	"encoding/hex"
	"encoding/json"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	cmttypes "github.com/cometbft/cometbft/types"
	dbm "github.com/cosmos/cosmos-db"
	"github.com/stretchr/testify/require"

	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	genutiltypes "github.com/cosmos/cosmos-sdk/x/genutil/types"

	"github.com/dmdl-network/dmdl/app"
	"github.com/dmdl-network/dmdl/genesis"
	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/copyright"
	"github.com/dmdl-network/dmdl/x/records"
)

// exportDocument is what the export command writes of a chain.
func (n *network) exportDocument() *genutiltypes.AppGenesis {
	n.t.Helper()
	export, err := n.Export()
	require.NoError(n.t, err)
	params := cmttypes.ConsensusParamsFromProto(export.ConsensusParams)
	return &genutiltypes.AppGenesis{
		AppName: "dmdld", ChainID: n.chain, GenesisTime: begin, InitialHeight: export.Height, AppState: export.AppState,
		Consensus: &genutiltypes.ConsensusGenesis{Params: &params},
	}
}

// restart begins a new chain with the state of an old one.
func (n *network) restart(t *testing.T, chain string, keep ...uint64) *network {
	t.Helper()
	doc, err := genesis.Restart(codec(n.App), n.exportDocument(), chain, n.now.Add(time.Hour), keep)
	require.NoError(t, err)
	next := *n
	next.App, next.chain, next.now, next.blocks = newApp(t, dbm.NewMemDB(), options{}, chain), chain, doc.GenesisTime, nil
	validators := len(n.members)
	if len(keep) > 0 {
		validators = len(keep)
	}
	require.Len(t, next.begin(doc).Validators, validators)
	next.run(&abci.RequestFinalizeBlock{Height: n.LastBlockHeight() + 1, Time: next.now})
	return &next
}

// lived returns a chain with something in every part of its state.
func lived(t *testing.T) *network {
	t.Helper()
	n := newNetworkOver(t, dbm.NewMemDB(), options{}, 6)
	vault := n.members[0].vault
	n.mustBlock(n.sign(vault, listed(vault, 9, leaf(1, 7), leaf(2, 7), leaf(9, 8))))
	n.mustBlock(n.sign(vault, batch(vault, 1)), n.ordered(n.members[1].operator, 0, declareNodes(n.members[1].operator)).sign(t))
	n.care(careBatch)
	n.works(careBatch)
	n.decide(&consortium.MsgSuspendInstitution{Authority: app.Authority(), Institution: 6})
	n.decide(&consortium.MsgReinstateInstitution{Authority: app.Authority(), Institution: 6})
	heir := newAccount(t, 3, 2)
	n.mustBlock(n.sign(n.members[2].operator, &consortium.MsgChangeOperator{
		Operator: n.members[2].operator.Address(), NewOperator: heir.Address(),
	}))
	n.members[2].operator = heir
	n.mustBlock(n.sign(n.members[3].operator, proposal(t, n.members[3].operator, // stays open
		&consortium.MsgSuspendInstitution{Authority: app.Authority(), Institution: 1})))
	return n
}

// message is a query's request or answer.
type message interface {
	Marshal() ([]byte, error)
	Unmarshal([]byte) error
}

// questions are asked of both chains.
func questions(n *network) map[string][2]message {
	const members, anchored, used, claimed = "/dmdl.consortium.v1.Query/", "/dmdl.records.v1.Query/", "/dmdl.access.v1.Query/", "/dmdl.copyright.v1.Query/"
	return map[string][2]message{
		members + "Institutions": {&consortium.QueryInstitutionsRequest{}, &consortium.QueryInstitutionsResponse{}},
		members + "Validators":   {&consortium.QueryValidatorsRequest{}, &consortium.QueryValidatorsResponse{}},
		members + "Participants": {&consortium.QueryParticipantsRequest{Institution: 1}, &consortium.QueryParticipantsResponse{}},
		members + "Participant":  {&consortium.QueryParticipantRequest{Address: n.members[0].vault.Address()}, &consortium.QueryParticipantResponse{}},
		members + "Proposals":    {&consortium.QueryProposalsRequest{}, &consortium.QueryProposalsResponse{}},
		members + "Proposal":     {&consortium.QueryProposalRequest{Id: 1}, &consortium.QueryProposalResponse{}},
		members + "Params":       {&consortium.QueryParamsRequest{}, &consortium.QueryParamsResponse{}},
		anchored + "Record":      {&records.QueryRecordRequest{Institution: 1, Batch: 9, Leaf: 2}, &records.QueryRecordResponse{}},
		anchored + "RecordsBySubject": {
			&records.QueryRecordsBySubjectRequest{Institution: 1, Number: 7}, &records.QueryRecordsBySubjectResponse{},
		},
		anchored + "Leaves":  {&records.QueryLeavesRequest{Institution: 1, Number: 9}, &records.QueryLeavesResponse{}},
		anchored + "Batch":   {&records.QueryBatchRequest{Institution: 1, Number: 1}, &records.QueryBatchResponse{}},
		anchored + "Batches": {&records.QueryBatchesRequest{Institution: 1}, &records.QueryBatchesResponse{}},
		used + "Params":      {&access.QueryParamsRequest{}, &access.QueryParamsResponse{}},
		used + "Subject":     {&access.QuerySubjectRequest{Institution: 1, Number: 1}, &access.QuerySubjectResponse{}},
		used + "Consents":    {&access.QueryConsentsRequest{Institution: 1, Number: 1}, &access.QueryConsentsResponse{}},
		used + "Account":     {&access.QueryAccountRequest{Institution: 1, Number: 2}, &access.QueryAccountResponse{}},
		used + "Tickets":     {&access.QueryTicketsRequest{Institution: 2}, &access.QueryTicketsResponse{}},
		used + "Reviews":     {&access.QueryReviewsRequest{Institution: 1}, &access.QueryReviewsResponse{}},
		used + "Unreceipted": {&access.QueryUnreceiptedRequest{Institution: 2}, &access.QueryUnreceiptedResponse{}},
		used + "Conducts":    {&access.QueryConductsRequest{}, &access.QueryConductsResponse{}},
		used + "Templates":   {&access.QueryTemplatesRequest{Institution: 1}, &access.QueryTemplatesResponse{}},
		used + "Policy":      {&access.QueryPolicyRequest{Institution: 1}, &access.QueryPolicyResponse{}},
		used + "Studies":     {&access.QueryStudiesRequest{Institution: 1}, &access.QueryStudiesResponse{}},
		used + "Journal":     {&access.QueryJournalRequest{Vault: n.members[0].vault.Address()}, &access.QueryJournalResponse{}},

		claimed + "Params":   {&copyright.QueryParamsRequest{}, &copyright.QueryParamsResponse{}},
		claimed + "Work":     {&copyright.QueryWorkRequest{Institution: 2, Number: 2}, &copyright.QueryWorkResponse{}},
		claimed + "Works":    {&copyright.QueryWorksRequest{Institution: 1}, &copyright.QueryWorksResponse{}},
		claimed + "Children": {&copyright.QueryChildrenRequest{Institution: 1, Number: 1}, &copyright.QueryChildrenResponse{}},
		claimed + "WorksByRoot": {
			&copyright.QueryWorksByRootRequest{Root: hex.EncodeToString(n.work(datasetWork).Root)}, &copyright.QueryWorksByRootResponse{},
		},
		claimed + "Contests":     {&copyright.QueryContestsRequest{Institution: 1, Number: 4}, &copyright.QueryContestsResponse{}},
		claimed + "Offers":       {&copyright.QueryOffersRequest{Institution: 1, Number: 1}, &copyright.QueryOffersResponse{}},
		claimed + "Notices":      {&copyright.QueryNoticesRequest{Institution: 2, Number: 2}, &copyright.QueryNoticesResponse{}},
		claimed + "Licence":      {&copyright.QueryLicenceRequest{Institution: 1, Number: 5}, &copyright.QueryLicenceResponse{}},
		claimed + "Licences":     {&copyright.QueryLicencesRequest{Institution: 1}, &copyright.QueryLicencesResponse{}},
		claimed + "LicencesHeld": {&copyright.QueryLicencesHeldRequest{Institution: 2}, &copyright.QueryLicencesHeldResponse{}},
		claimed + "Strikes":      {&copyright.QueryStrikesRequest{Institution: 2}, &copyright.QueryStrikesResponse{}},
	}
}

func TestANewChainGoesOnWithTheStateOfTheOld(t *testing.T) {
	old := lived(t)
	next := old.restart(t, "dmdl-test-2")
	require.Equal(t, old.LastBlockHeight()+1, next.LastBlockHeight())

	was, is := questions(old), questions(old)
	for path := range was {
		old.ask(path, was[path][0], was[path][1])
		next.ask(path, is[path][0], is[path][1])
		require.Equal(t, was[path][1], is[path][1], path)
	}
	require.NoError(t, next.Consortium.CheckInvariants(next.NewContext(true)))
	require.NoError(t, next.Records.CheckInvariants(next.NewContext(true)))
	require.NoError(t, next.Access.CheckInvariants(next.NewContext(true)))
	require.NoError(t, next.Copyright.CheckInvariants(next.NewContext(true)))
}

func TestATransactionOfTheOldChainIsNoneOfTheNew(t *testing.T) {
	old := lived(t)
	next := old.restart(t, "dmdl-test-2")
	operator := next.members[1].operator
	require.EqualValues(t, 1, next.sequenceOf(operator), "sequences go on")
	d := next.draft(operator, declareNodes(operator))
	d.chainID = old.chain
	require.Equal(t, sdkerrors.ErrUnauthorized.ABCICode(), next.check(d.sign(t)).Code)
	d.chainID = next.chain
	next.mustBlock(d.sign(t), next.ordered(operator, 1, declareNodes(operator)).sign(t))
}

func TestARestartGoesOnWithThoseWhoAreLeft(t *testing.T) {
	next := lived(t).restart(t, "dmdl-test-2", 1, 2, 5)
	for _, m := range next.members {
		left := m.number == 1 || m.number == 2 || m.number == 5
		require.Equal(t, !left, next.institution(m.number).Idle, "institution %d", m.number)
	}
	operator := next.members[3].operator
	back := next.sign(operator, &consortium.MsgReturnToDuty{Operator: operator.Address()})
	require.Len(t, next.mustBlock(back).ValidatorUpdates, 1)
}

func TestExportAndImportGiveTheSameState(t *testing.T) {
	old := lived(t)
	first := old.restart(t, "dmdl-test-2")
	second := first.restart(t, "dmdl-test-3")
	require.JSONEq(t, withoutPredecessor(t, old), withoutPredecessor(t, first))
	require.JSONEq(t, withoutPredecessor(t, first), withoutPredecessor(t, second))
}

// withoutPredecessor exports a state but for the chain before.
func withoutPredecessor(t *testing.T, n *network) string {
	t.Helper()
	var modules map[string]json.RawMessage
	require.NoError(t, json.Unmarshal([]byte(exported(t, n)), &modules))
	var state consortium.GenesisState
	require.NoError(t, n.Codec.UnmarshalJSON(modules[consortium.ModuleName], &state))
	state.Predecessor = nil
	modules[consortium.ModuleName] = n.Codec.MustMarshalJSON(&state)
	text, err := json.Marshal(modules)
	require.NoError(t, err)
	return string(text)
}
