package app_test

import (
	"slices"
	"time"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/dmdl-network/dmdl/app"
	"github.com/dmdl-network/dmdl/hospital/tree"
	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/copyright"
	"github.com/dmdl-network/dmdl/x/records"
)

// Works of a network after works.
var (
	// subsetWork is institution 2's claim on one record of institution 1, which a vote
	// rejected.
	subsetWork = copyright.WorkId{Institution: 2, Number: 1}
	// datasetWork is of both records, upheld, and licensed to institution 2 by
	// datasetLicence for one work. Offer 2 of it is closed.
	datasetWork = copyright.WorkId{Institution: 1, Number: 1}
	// programWork has no records. It is upheld, and licensed to institution 2 by
	// programLicence on terms that do not go with the dataset's.
	programWork = copyright.WorkId{Institution: 1, Number: 2}
	// yieldedWork was given up when it was contested.
	yieldedWork = copyright.WorkId{Institution: 1, Number: 3}
	// textWork is contested.
	textWork = copyright.WorkId{Institution: 1, Number: 4}
	// modelWork was trained on the dataset by institution 2, and has an offer.
	modelWork = copyright.WorkId{Institution: 2, Number: 2}

	datasetLicence = access.LicenceId{Institution: 1, Number: 1}
	programLicence = access.LicenceId{Institution: 1, Number: 2}
	// openLicence is not answered, refusedLicence is refused, endedLicence is ended.
	openLicence    = access.LicenceId{Institution: 1, Number: 3}
	refusedLicence = access.LicenceId{Institution: 1, Number: 4}
	endedLicence   = access.LicenceId{Institution: 1, Number: 5}
)

// challenge is how long the works of a test may be contested.
const challenge = 2 * time.Second

// program is a claim on a work without records.
func program(who account, parents ...copyright.Parent) *copyright.MsgRegisterWork {
	return &copyright.MsgRegisterWork{
		Officer: who.Address(), Kind: copyright.WORK_KIND_SOFTWARE, Right: copyright.RIGHT_COPYRIGHT, Jurisdiction: "EU",
		Contributors: []copyright.Contributor{{
			Account: who.Address(), Credits: []copyright.Credit{copyright.CREDIT_SOFTWARE}, Share: copyright.WholeShare,
		}},
		Description: secret, Content: secret, Parents: parents,
	}
}

// dataset is a claim on records, which their institutions keep.
func dataset(who account, ids ...records.RecordId) *copyright.MsgRegisterWork {
	msg := program(who)
	msg.Kind, msg.Right, msg.Content = copyright.WORK_KIND_DATASET, copyright.RIGHT_DATABASE, nil
	msg.Root, msg.Size_ = rootOf(ids), uint64(len(ids))
	for _, id := range ids {
		msg.Custodians = append(msg.Custodians, id.Institution)
	}
	msg.Custodians = slices.Compact(msg.Custodians)
	return msg
}

// trained is a parent of another institution on which a model was trained.
func trained(on copyright.WorkId, by access.LicenceId) copyright.Parent {
	return copyright.Parent{Work: on, Relation: copyright.RELATION_TRAINED, Licence: by.Number}
}

// terms allow research in some countries, and whatever is made from it.
func terms(countries ...string) copyright.Terms {
	return copyright.Terms{
		Spdx: "CC-BY-4.0", Purposes: []access.Purpose{access.PURPOSE_TREAT, access.PURPOSE_HRESCH}, Territory: countries,
		Attribution: true, Training: true, Derivatives: copyright.DERIVATIVES_ALLOWED, Withdrawal: copyright.WITHDRAWAL_REPLACE,
	}
}

// byApproval are terms under which each derivative is approved.
func byApproval(countries ...string) copyright.Terms {
	t := terms(countries...)
	t.Derivatives, t.Period = copyright.DERIVATIVES_BY_APPROVAL, 365*24*time.Hour
	return t
}

// leaves are the hashes of the records of a work.
func leaves(ids []records.RecordId) func(func([tree.Size]byte) bool) {
	return func(yield func([tree.Size]byte) bool) {
		for _, id := range ids {
			if !yield([tree.Size]byte(copyright.LeafHash(id))) {
				return
			}
		}
	}
}

func rootOf(ids []records.RecordId) []byte {
	root, _, err := tree.Root(leaves(ids))
	if err != nil {
		panic(err) // a test named no record
	}
	return root[:]
}

// memberOf proves that the record at a place is of a work.
func memberOf(ids []records.RecordId, place int) copyright.WorkRecord {
	path, err := tree.Find(leaves(ids), uint64(place), uint64(len(ids)))
	if err != nil {
		panic(err) // a test named no such place
	}
	return copyright.WorkRecord{Record: ids[place], Place: uint64(place), Path: path}
}

// overlap proves that a record is of two works.
func overlap(one, other copyright.WorkRecord) *copyright.Overlap {
	return &copyright.Overlap{Record: one.Record, Place: one.Place, Path: one.Path, OtherPlace: other.Place, OtherPath: other.Path}
}

// work returns a work as it is at present.
func (n *network) work(id copyright.WorkId) copyright.Work {
	n.t.Helper()
	var answer copyright.QueryWorkResponse
	n.ask("/dmdl.copyright.v1.Query/Work", &copyright.QueryWorkRequest{Institution: id.Institution, Number: id.Number}, &answer)
	return answer.Work
}

// attest is a custodian's word for a work as it is.
func (n *network) attest(vault account, id copyright.WorkId) *copyright.MsgAttestWork {
	n.t.Helper()
	w := n.work(id)
	return &copyright.MsgAttestWork{Vault: vault.Address(), Work: id, Root: w.Root, Claimant: w.Claimant, Seed: w.Description}
}

// sent is what somebody sends in one transaction.
type sent struct {
	who  account
	msgs []sdk.Msg
}

// works brings something into every part of x/copyright, after care.
func (n *network) works(batch uint64) {
	n.t.Helper()
	n.decide(&copyright.MsgUpdateParams{Authority: app.Authority(), Params: copyright.Params{ChallengePeriod: challenge}})
	mine, theirs, vault := n.ward(1).rights, n.ward(2).rights, n.members[0].vault
	ids := []records.RecordId{record(1, batch, 0).Id, record(1, batch, 1).Id}
	for _, s := range []sent{
		{theirs, []sdk.Msg{dataset(theirs, ids[1])}},
		{mine, []sdk.Msg{dataset(mine, ids...), program(mine), program(mine), program(mine)}},
	} {
		n.mustBlock(n.sign(s.who, s.msgs...))
	}
	n.mustBlock(n.sign(vault, n.attest(vault, datasetWork)), n.sign(theirs,
		&copyright.MsgContestWork{
			Officer: theirs.Address(), Work: datasetWork, Ground: copyright.GROUND_OVERLAP, Other: &subsetWork, Evidence: secret,
			Overlap: overlap(memberOf(ids, 1), memberOf(ids[1:], 0)),
		},
		contest(theirs, yieldedWork), contest(theirs, textWork)))
	n.mustBlock(
		n.sign(theirs, &copyright.MsgWithdrawContest{Officer: theirs.Address(), Work: datasetWork, Index: 1}),
		n.sign(mine, &copyright.MsgWithdrawWork{Officer: mine.Address(), Work: yieldedWork}, contest(mine, subsetWork)))
	n.decide(&copyright.MsgDecideWork{Authority: app.Authority(), Work: subsetWork})
	require.Equal(n.t, copyright.WORK_STATUS_UPHELD, n.work(datasetWork).Status)
	n.license(mine, theirs)
	n.mustBlock(n.sign(vault, &copyright.MsgNotifyWork{
		Vault: vault.Address(), Work: datasetWork, Cause: copyright.CAUSE_WITHDRAWN, Records: []copyright.WorkRecord{memberOf(ids, 0)},
	}))
}

// contest says that there is no right to a work.
func contest(who account, id copyright.WorkId) *copyright.MsgContestWork {
	return &copyright.MsgContestWork{Officer: who.Address(), Work: id, Ground: copyright.GROUND_NO_RIGHT, Evidence: secret}
}

// license lets one institution license its upheld works to another, which trains a
// model.
func (n *network) license(mine, theirs account) {
	n.t.Helper()
	offer := func(who account, id copyright.WorkId, t copyright.Terms) sdk.Msg {
		return &copyright.MsgOfferLicence{Officer: who.Address(), Work: id, Terms: t}
	}
	ask := func(id copyright.WorkId) sdk.Msg {
		return &copyright.MsgRequestLicence{Officer: theirs.Address(), Work: id, Offer: 1}
	}
	answer := func(id access.LicenceId, granted bool) sdk.Msg {
		return &copyright.MsgAnswerLicence{Officer: mine.Address(), Licence: id, Granted: granted}
	}
	for _, s := range []sent{
		{mine, []sdk.Msg{
			offer(mine, datasetWork, byApproval("DE", "FR")), offer(mine, datasetWork, terms()), offer(mine, programWork, terms("CN")),
			&copyright.MsgCloseOffer{Officer: mine.Address(), Work: datasetWork, Index: 2},
		}},
		{theirs, []sdk.Msg{ask(datasetWork), ask(programWork), ask(datasetWork), ask(datasetWork), ask(datasetWork)}},
		{mine, []sdk.Msg{
			answer(datasetLicence, true), answer(programLicence, true), answer(refusedLicence, false), answer(endedLicence, true),
			&copyright.MsgApproveDerivative{Officer: mine.Address(), Licence: datasetLicence, Description: secret},
			&copyright.MsgReportBreach{Officer: mine.Address(), Licence: endedLicence, Evidence: secret},
			&copyright.MsgTerminateLicence{Officer: mine.Address(), Licence: endedLicence},
		}},
		{theirs, []sdk.Msg{program(theirs, trained(datasetWork, datasetLicence)), offer(theirs, modelWork, byApproval("FR"))}},
	} {
		n.mustBlock(n.sign(s.who, s.msgs...))
	}
}
