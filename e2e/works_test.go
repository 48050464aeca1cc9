package e2e_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/dmdl-network/dmdl/app"
	"github.com/dmdl-network/dmdl/hospital/fetch"
	"github.com/dmdl-network/dmdl/hospital/ledger"
	"github.com/dmdl-network/dmdl/hospital/tree"
	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/copyright"
	"github.com/dmdl-network/dmdl/x/records"
)

// registry is where the first hospital, which keeps the records, and the second, which
// does not, claim works.
type registry struct {
	*ward
	honest, squats ledger.Key // rights officers; the folder is of the identity of the second
	ids            []records.RecordId
	root           []byte
	description    []byte // digest
}

// opens makes a vault with a few records and has both officers enrolled.
func (r *registry) opens() {
	r.t.Helper()
	r.opensAVault(r.client)
	data := filepath.Join(r.home, "data")
	require.NoError(r.t, os.Mkdir(data, 0o700))
	for i := range 6 {
		require.NoError(r.t, os.WriteFile(filepath.Join(data, fmt.Sprintf("%d.bin", i)), fmt.Appendf(nil, "record %d", i), 0o600))
	}
	r.run("vault", "ingest", data, "--patient", "somebody", "--anchor")
	root := r.makesAWork()
	require.Equal(r.t, r.root, rootOf(r.t, r.ids), "anybody who has the list finds the root")
	require.Contains(r.t, r.refused("vault", "document", "remove", hex.EncodeToString(r.description)), "it describes work "+root)
	r.honest = r.enrolled(r.client, 0, consortium.ROLE_RIGHTS_OFFICER)
	r.folder = filepath.Join(r.home, "officer")
	officer, err := fetch.NewIdentity(r.folder)
	require.NoError(r.t, err)
	r.squats = officer.Account
	r.enrol(r.net.Nodes[1], r.squats.Address(), consortium.ROLE_RIGHTS_OFFICER)
}

func rootOf(t *testing.T, ids []records.RecordId) []byte {
	t.Helper()
	root, _, err := tree.Root(func(yield func([tree.Size]byte) bool) {
		for _, id := range ids {
			if !yield([tree.Size]byte(copyright.LeafHash(id))) {
				return
			}
		}
	})
	require.NoError(t, err)
	return root[:]
}

// provenIn proves one of ids.
func provenIn(t *testing.T, ids []records.RecordId, place uint64) [][]byte {
	t.Helper()
	path, err := tree.Find(func(yield func([tree.Size]byte) bool) {
		for _, id := range ids {
			if !yield([tree.Size]byte(copyright.LeafHash(id))) {
				return
			}
		}
	}, place, uint64(len(ids)))
	require.NoError(t, err)
	return path
}

// claims registers a work, of records or, without any, a model.
func (r *registry) claims(officer ledger.Key, ids []records.RecordId, custodians []uint64, parents ...copyright.Parent) (copyright.WorkId, error) {
	r.t.Helper()
	msg := &copyright.MsgRegisterWork{
		Officer: officer.Address(), Kind: copyright.WORK_KIND_DATASET, Right: copyright.RIGHT_DATABASE, Jurisdiction: "EU", Description: r.description,
		Contributors: []copyright.Contributor{{Account: officer.Address(), Credits: []copyright.Credit{copyright.CREDIT_DATA_CURATION}, Share: copyright.WholeShare}},
		Parents:      parents,
	}
	if len(ids) > 0 {
		msg.Root, msg.Size_, msg.Custodians = rootOf(r.t, ids), uint64(len(ids)), custodians
	} else {
		msg.Kind, msg.Content = copyright.WORK_KIND_MODEL, r.description
	}
	result, err := r.client.Submit(r.ctx, officer, msg)
	if err != nil {
		return copyright.WorkId{}, err
	}
	var answer copyright.MsgRegisterWorkResponse
	require.NoError(r.t, result.Answer(&answer))
	return answer.Work, nil
}

func (r *registry) status(id copyright.WorkId) copyright.WorkStatus {
	r.t.Helper()
	answer, err := copyright.NewQueryClient(r.client).Work(r.ctx, &copyright.QueryWorkRequest{Institution: id.Institution, Number: id.Number})
	require.NoError(r.t, err)
	return answer.Work.Status
}

// decides has a proposal made and voted for by all hospitals.
func (r *registry) decides(msg sdk.Msg) {
	r.t.Helper()
	packed, err := codectypes.NewAnyWithValue(msg)
	require.NoError(r.t, err)
	proposer := r.net.Nodes[0].Operator
	_, err = r.client.Submit(r.ctx, proposer, &consortium.MsgSubmitProposal{Operator: proposer.Address(), Messages: []*codectypes.Any{packed}})
	require.NoError(r.t, err)
	query := consortium.NewQueryClient(r.client)
	page, err := query.Proposals(r.ctx, &consortium.QueryProposalsRequest{})
	require.NoError(r.t, err)
	id := page.Proposals[len(page.Proposals)-1].Id
	for _, n := range r.net.Nodes {
		proposal, err := query.Proposal(r.ctx, &consortium.QueryProposalRequest{Id: id})
		require.NoError(r.t, err)
		if proposal.Proposal.Status == consortium.PROPOSAL_STATUS_EXECUTED {
			return
		}
		_, err = r.client.Submit(r.ctx, n.Operator, &consortium.MsgCastVote{Operator: n.Operator.Address(), Proposal: id, Option: consortium.VOTE_OPTION_YES})
		require.NoError(r.t, err)
	}
}

// contests has the first hospital contest a work of the second.
func (r *registry) contests(msg *copyright.MsgContestWork) {
	r.t.Helper()
	evidence := sha256.Sum256([]byte("what the voters are shown"))
	msg.Officer, msg.Evidence = r.honest.Address(), evidence[:]
	_, err := r.client.Submit(r.ctx, r.honest, msg)
	require.NoError(r.t, err)
	require.Equal(r.t, copyright.WORK_STATUS_CONTESTED, r.status(msg.Work))
}

func TestSquattersOnWorksGainNothing(t *testing.T) {
	ctx, net, client := startNetwork(t, 4)
	r := &registry{ward: &ward{keeper: &keeper{ctx: ctx, t: t, net: net, home: t.TempDir()}, client: client}}
	r.opens()
	own := []uint64{1}

	// Register first: a claim that the custodian does not attest keeps nobody out.
	first, err := r.claims(r.squats, r.ids, own)
	require.NoError(t, err)
	dataset, err := r.claims(r.honest, r.ids, own)
	require.NoError(t, err)
	require.Contains(t, r.run("vault", "work", "attest", name(dataset)), "attested")
	require.Equal(t, copyright.WORK_STATUS_ATTESTED, r.status(dataset))
	require.Equal(t, copyright.WORK_STATUS_CLAIMED, r.status(first))
	require.Contains(t, r.refused("vault", "work", "attest", name(first)), copyright.ErrClaimed.Error())
	_, err = r.claims(r.squats, r.ids, own)
	require.ErrorIs(t, err, copyright.ErrClaimed)

	// A subset is no copy of the root; the overlap is proven and the members vote.
	subset := r.ids[1:]
	part, err := r.claims(r.squats, subset, own)
	require.NoError(t, err)
	r.contests(&copyright.MsgContestWork{Work: part, Ground: copyright.GROUND_OVERLAP, Other: &dataset, Overlap: &copyright.Overlap{
		Record: subset[0], Path: provenIn(t, subset, 0), OtherPlace: 1, OtherPath: provenIn(t, r.ids, 1),
	}})
	r.decides(&copyright.MsgDecideWork{Authority: app.Authority(), Work: part})
	require.Equal(t, copyright.WORK_STATUS_REJECTED, r.status(part))

	// A superset needs the custodian's word too, and without it licenses nothing.
	superset := append(append([]records.RecordId{}, r.ids...), records.RecordId{Institution: 2, Batch: 1})
	more, err := r.claims(r.squats, superset, []uint64{1, 2})
	require.NoError(t, err)
	require.Contains(t, r.refused("vault", "work", "attest", name(more)), "the list of its records is not here")
	_, err = client.Submit(ctx, r.squats, &copyright.MsgOfferLicence{Officer: r.squats.Address(), Work: more, Terms: copyright.Terms{
		Spdx: "CC0-1.0", Purposes: []access.Purpose{access.PURPOSE_HRESCH}, Derivatives: copyright.DERIVATIVES_ALLOWED, Withdrawal: copyright.WITHDRAWAL_STOP,
	}})
	require.ErrorIs(t, err, copyright.ErrWrongStatus)

	// A parent that is named needs a licence; one that is hidden is contested.
	_, err = r.claims(r.squats, nil, nil, copyright.Parent{Work: dataset, Relation: copyright.RELATION_TRAINED, Licence: 1})
	require.ErrorIs(t, err, copyright.ErrUnlicensed)
	model, err := r.claims(r.squats, nil, nil)
	require.NoError(t, err)
	r.contests(&copyright.MsgContestWork{Work: model, Ground: copyright.GROUND_HIDDEN_PARENT, Other: &dataset})
	r.decides(&copyright.MsgDecideWork{Authority: app.Authority(), Work: model})
	require.Equal(t, copyright.WORK_STATUS_REJECTED, r.status(model))

	// The strikes stay for all to see.
	strikes, err := copyright.NewQueryClient(client).Strikes(ctx, &copyright.QueryStrikesRequest{Institution: 2})
	require.NoError(t, err)
	require.EqualValues(t, 2, strikes.Strikes.Rejected)

	r.readsTheDescription(dataset)
}

func name(id copyright.WorkId) string { return fmt.Sprintf("%d/%d", id.Institution, id.Number) }
