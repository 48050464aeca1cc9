package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/copyright"
	"github.com/dmdl-network/dmdl/x/records"
)

// held are the records that institutions 1 and 2 keep.
var held = []records.RecordId{record(1, 1), record(1, 2), record(1, 3), record(2, 1), record(2, 2)}

// dataset is institution 1's claim on some of its own records.
func dataset(all ...records.RecordId) *copyright.MsgRegisterWork {
	return &copyright.MsgRegisterWork{
		Officer: officer(1), Kind: copyright.WORK_KIND_DATASET, Right: copyright.RIGHT_DATABASE, Jurisdiction: "EU",
		Contributors: []copyright.Contributor{
			{Account: of("researcher1"), Credits: []copyright.Credit{copyright.CREDIT_DATA_CURATION}, Share: 7_500},
			{Account: of("officer2"), Credits: []copyright.Credit{copyright.CREDIT_RESOURCES}, Share: 2_500},
		},
		Description: digest(1), Root: root(all), Size_: uint64(len(all)), Custodians: []uint64{1},
	}
}

// joint is institution 1's claim on records that 1 and 2 keep.
func joint() *copyright.MsgRegisterWork {
	msg := dataset(held...)
	msg.Custodians = []uint64{1, 2}
	return msg
}

// model is an institution's claim on a model that was trained on parents.
func model(institution uint64, parents ...copyright.Parent) *copyright.MsgRegisterWork {
	return &copyright.MsgRegisterWork{
		Officer: officer(institution), Kind: copyright.WORK_KIND_MODEL, Right: copyright.RIGHT_COPYRIGHT, Jurisdiction: "CN",
		Contributors: []copyright.Contributor{{Account: officer(institution), Credits: []copyright.Credit{copyright.CREDIT_SOFTWARE}, Share: 10_000}},
		Description:  digest(2), Content: digest(3), Parents: parents,
	}
}

// trained is a parent that a model was trained on.
func trained(work copyright.WorkId, licence uint64) copyright.Parent {
	return copyright.Parent{Work: work, Relation: copyright.RELATION_TRAINED, Licence: licence}
}

// liberal are terms that allow everything that is for health research.
func liberal() copyright.Terms {
	return copyright.Terms{
		Spdx: "CC-BY-4.0", Purposes: []access.Purpose{access.PURPOSE_HRESCH}, Commercial: true, Derivatives: copyright.DERIVATIVES_ALLOWED,
		Training: true, FineTuning: true, Evaluation: true, Redistribution: true, Withdrawal: copyright.WITHDRAWAL_STOP,
	}
}

// with is liberal terms with a change.
func with(change func(*copyright.Terms)) copyright.Terms {
	terms := liberal()
	change(&terms)
	return terms
}

// register delivers a claim that must be accepted.
func (f *fixture) register(t testing.TB, msg *copyright.MsgRegisterWork) copyright.Work {
	t.Helper()
	return f.work(t, f.do(t, msg).(*copyright.MsgRegisterWorkResponse).Work)
}

// attestation is an institution's attestation of a work as it is claimed.
func attestation(w copyright.Work, institution uint64) *copyright.MsgAttestWork {
	return &copyright.MsgAttestWork{Vault: vault(institution), Work: w.Id, Root: w.Root, Claimant: w.Claimant, Seed: digest(9)}
}

// attested registers a claim that its custodians attest.
func (f *fixture) attested(t testing.TB, msg *copyright.MsgRegisterWork) copyright.Work {
	t.Helper()
	w := f.register(t, msg)
	for _, custodian := range w.Custodians {
		f.do(t, attestation(w, custodian))
	}
	return f.work(t, w.Id)
}

// upheld registers a claim whose window passes.
func (f *fixture) upheld(t testing.TB, msg *copyright.MsgRegisterWork) copyright.Work {
	t.Helper()
	w := f.attested(t, msg)
	f.after(30 * day)
	w = f.work(t, w.Id)
	require.Equal(t, copyright.WORK_STATUS_UPHELD, w.Status)
	return w
}

func offer(w copyright.Work, terms copyright.Terms) *copyright.MsgOfferLicence {
	return &copyright.MsgOfferLicence{Officer: officer(w.Id.Institution), Work: w.Id, Terms: terms}
}

// requested offers a work on terms, for which an institution asks.
func (f *fixture) requested(t testing.TB, w copyright.Work, terms copyright.Terms, licensee uint64) access.LicenceId {
	t.Helper()
	index := f.do(t, offer(w, terms)).(*copyright.MsgOfferLicenceResponse).Index
	return f.do(t, &copyright.MsgRequestLicence{Officer: officer(licensee), Work: w.Id, Offer: index}).(*copyright.MsgRequestLicenceResponse).Licence
}

func grant(id access.LicenceId) *copyright.MsgAnswerLicence {
	return &copyright.MsgAnswerLicence{Officer: officer(id.Institution), Licence: id, Granted: true}
}

// licensed licenses an upheld work on terms to an institution.
func (f *fixture) licensed(t testing.TB, w copyright.Work, terms copyright.Terms, licensee uint64) access.LicenceId {
	t.Helper()
	id := f.requested(t, w, terms, licensee)
	f.do(t, grant(id))
	return id
}

// contest is an institution's word that the claimant of a work has no right.
func contest(w copyright.Work, institution uint64) *copyright.MsgContestWork {
	return &copyright.MsgContestWork{Officer: officer(institution), Work: w.Id, Ground: copyright.GROUND_NO_RIGHT, Evidence: digest(4)}
}

// about is a contest that names another work.
func about(w copyright.Work, institution uint64, ground copyright.Ground, other copyright.Work) *copyright.MsgContestWork {
	msg := contest(w, institution)
	msg.Ground, msg.Other = ground, &other.Id
	return msg
}

func decide(w copyright.Work, upheld bool) *copyright.MsgDecideWork {
	return &copyright.MsgDecideWork{Authority: authority, Work: w.Id, Upheld: upheld}
}

func withdrawWork(w copyright.Work) *copyright.MsgWithdrawWork {
	return &copyright.MsgWithdrawWork{Officer: officer(w.Id.Institution), Work: w.Id}
}

// proven are records of a work over all of them, with their paths.
func proven(all []records.RecordId, places ...int) []copyright.WorkRecord {
	list := make([]copyright.WorkRecord, len(places))
	for i, place := range places {
		list[i] = copyright.WorkRecord{Record: all[place], Place: uint64(place), Path: path(all, place)}
	}
	return list
}

func notify(institution uint64, w copyright.Work, cause copyright.Cause, about ...copyright.WorkRecord) *copyright.MsgNotifyWork {
	return &copyright.MsgNotifyWork{Vault: vault(institution), Work: w.Id, Cause: cause, Records: about}
}
