package app_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/copyright"
	"github.com/dmdl-network/dmdl/x/records"
)

func rights(w ward) account { return w.rights }

// workRecords are the records of datasetWork.
var workRecords = []records.RecordId{record(1, careBatch, 0).Id, record(1, careBatch, 1).Id}

// deepestWork is made from a work that is made from a work, as deep as may be.
var deepestWork = copyright.WorkId{Institution: 3, Number: copyright.MaxDepth + 1}

// deepen registers works up to deepestWork.
func (s *scene) deepen() {
	s.t.Helper()
	s.mustBlock(s.hire(s.members[2]))
	who := s.ward(3).rights
	s.mustBlock(s.sign(who, program(who)))
	for number := uint64(1); number < deepestWork.Number; number++ {
		s.mustBlock(s.sign(who, program(who, copyright.Parent{Work: copyright.WorkId{Institution: 3, Number: number}, Relation: copyright.RELATION_REVISION})))
	}
	require.EqualValues(s.t, copyright.MaxDepth, s.work(deepestWork).Depth)
}

// claiming returns a claim of institution 2 on a program after a change.
func claiming(change func(*copyright.MsgRegisterWork)) func(*scene) []byte {
	return by(2, rights, func(who account) sdk.Msg {
		msg := program(who)
		change(msg)
		return msg
	})
}

// offering returns an offer of modelWork after a change.
func offering(change func(*copyright.Terms)) func(*scene) []byte {
	return by(2, rights, func(who account) sdk.Msg {
		msg := &copyright.MsgOfferLicence{Officer: who.Address(), Work: modelWork, Terms: byApproval("FR")}
		change(&msg.Terms)
		return msg
	})
}

// contesting returns a contest of textWork by institution 2 after a change.
func contesting(change func(*copyright.MsgContestWork)) func(*scene) []byte {
	return by(2, rights, func(who account) sdk.Msg {
		msg := contest(who, textWork)
		change(msg)
		return msg
	})
}

// notifying returns a notice of one record by the active vault after a change.
func notifying(change func(*copyright.MsgNotifyWork)) func(*scene) []byte {
	return living(func(vault string) sdk.Msg {
		msg := &copyright.MsgNotifyWork{
			Vault: vault, Work: datasetWork, Cause: copyright.CAUSE_ERASED, Records: []copyright.WorkRecord{memberOf(workRecords, 1)},
		}
		change(msg)
		return msg
	})
}

// attesting returns an attestation of datasetWork by the active vault after a change.
func attesting(change func(*copyright.MsgAttestWork)) func(*scene) []byte {
	return func(s *scene) []byte {
		msg := s.attest(s.active.vault, datasetWork)
		change(msg)
		return s.sign(s.active.vault, msg)
	}
}

// copyrightRefusals are what x/copyright refuses in a block: one for each of its errors
// that a transaction can meet.
var copyrightRefusals = []refusal{
	{name: "claim by a privacy officer", want: consortium.ErrNoRole, log: "ROLE_RIGHTS_OFFICER", make: by(2, officer, func(who account) sdk.Msg { return program(who) })},
	{name: "jurisdiction that is no code", want: copyright.ErrInvalid, log: `"Mars"`, make: claiming(func(m *copyright.MsgRegisterWork) { m.Jurisdiction = "Mars" })},
	{name: "unknown kind of work", want: copyright.ErrUnknownCode, log: "kind 99", make: claiming(func(m *copyright.MsgRegisterWork) { m.Kind = 99 })},
	{name: "short description", want: copyright.ErrInvalidDigest, log: "31 bytes", make: claiming(func(m *copyright.MsgRegisterWork) { m.Description = m.Description[1:] })},
	{name: "shares that do not add up", want: copyright.ErrShares, log: "9999", make: claiming(func(m *copyright.MsgRegisterWork) { m.Contributors[0].Share-- })},
	{name: "terms without a text", want: copyright.ErrTerms, log: "SPDX", make: offering(func(t *copyright.Terms) { t.Spdx = "" })},
	{name: "work that does not exist", want: copyright.ErrWorkNotFound, log: "(1, 99)", make: contesting(func(m *copyright.MsgContestWork) { m.Work.Number = 99 })},
	{name: "claim on what another claims", want: copyright.ErrClaimed, log: "work (1, 1)", make: by(2, rights, func(who account) sdk.Msg {
		return dataset(who, workRecords...)
	})},
	{name: "contributor whom nobody enrolled", want: copyright.ErrStranger, log: "enrol it", make: func(s *scene) []byte {
		msg := program(s.ward(2).rights)
		msg.Contributors[0].Account = newAccount(s.t, 9, 9).Address()
		return s.sign(s.ward(2).rights, msg)
	}},
	{name: "work made from one that was given up", want: copyright.ErrParent, log: "(1, 3) is WORK_STATUS_WITHDRAWN", make: claiming(func(m *copyright.MsgRegisterWork) {
		m.Parents = []copyright.Parent{trained(yieldedWork, datasetLicence)}
	})},
	{name: "derivative without a licence", want: copyright.ErrUnlicensed, log: "name the licence", make: claiming(func(m *copyright.MsgRegisterWork) {
		m.Parents = []copyright.Parent{{Work: datasetWork, Relation: copyright.RELATION_DERIVED}}
	})},
	{name: "derivative that is not approved", want: copyright.ErrUnlicensed, log: "not approved", make: claiming(func(m *copyright.MsgRegisterWork) {
		m.Parents, m.Description = []copyright.Parent{trained(datasetWork, datasetLicence)}, make([]byte, copyright.DigestSize)
	})},
	{name: "derivative under terms that do not go together", want: copyright.ErrTermsConflict, log: "[DE FR] and [CN]", make: claiming(func(m *copyright.MsgRegisterWork) {
		m.Parents = []copyright.Parent{trained(datasetWork, datasetLicence), trained(programWork, programLicence)}
	})},
	{name: "offer that is weaker than the parents'", want: copyright.ErrTermsWeaker, log: "commercial", make: offering(func(t *copyright.Terms) { t.Commercial = true })},
	{name: "lineage that is too deep", want: copyright.ErrTooDeep, log: "depth 64", make: by(3, rights, func(who account) sdk.Msg {
		return program(who, copyright.Parent{Work: deepestWork, Relation: copyright.RELATION_REVISION})
	})},
	{name: "work of too many records", want: copyright.ErrTooMany, log: "16777217 records", make: by(2, rights, func(who account) sdk.Msg {
		msg := dataset(who, workRecords...)
		msg.Size_ = copyright.MaxRecords + 1
		return msg
	})},
	{name: "contest after the window", want: copyright.ErrWrongStatus, log: "WORK_STATUS_UPHELD", make: contesting(func(m *copyright.MsgContestWork) { m.Work = programWork })},
	{name: "contest of one's own work", want: copyright.ErrNotParty, log: "its own work", make: contesting(func(m *copyright.MsgContestWork) { m.Work = modelWork })},
	{name: "attestation of another root", want: copyright.ErrAttestation, log: "the root is", make: attesting(func(m *copyright.MsgAttestWork) { m.Root = secret })},
	{name: "attestation without a seed", want: copyright.ErrInvalidDigest, log: "seed has 0 bytes", make: attesting(func(m *copyright.MsgAttestWork) { m.Seed = nil })},
	{name: "second attestation", want: copyright.ErrAttestation, log: "attested it before", make: attesting(func(*copyright.MsgAttestWork) {})},
	{name: "contest that nobody raised", want: copyright.ErrContestNotFound, log: "7 of work (1, 4)", make: by(2, rights, func(who account) sdk.Msg {
		return &copyright.MsgWithdrawContest{Officer: who.Address(), Work: textWork, Index: 7}
	})},
	{name: "copy of a work that is rejected", want: copyright.ErrContest, log: "WORK_STATUS_REJECTED", make: contesting(func(m *copyright.MsgContestWork) {
		m.Ground, m.Other = copyright.GROUND_COPY, &subsetWork
	})},
	{name: "copy of a later work", want: copyright.ErrContest, log: "not older", make: contesting(func(m *copyright.MsgContestWork) {
		m.Ground, m.Other = copyright.GROUND_COPY, &modelWork
	})},
	{name: "record that is not of the work", want: copyright.ErrNotMember, log: "place 1", make: notifying(func(m *copyright.MsgNotifyWork) { m.Records[0].Record.Leaf = 7 })},
	{name: "offer that nobody made", want: copyright.ErrOfferNotFound, log: "9 of work (1, 1)", make: by(2, rights, func(who account) sdk.Msg {
		return &copyright.MsgRequestLicence{Officer: who.Address(), Work: datasetWork, Offer: 9}
	})},
	{name: "licence that nobody asked for", want: copyright.ErrLicenceNotFound, log: "(1, 99)", make: by(1, rights, func(who account) sdk.Msg {
		return &copyright.MsgAnswerLicence{Officer: who.Address(), Licence: access.LicenceId{Institution: 1, Number: 99}, Granted: true}
	})},
	{name: "request under a licence that is not granted", want: copyright.ErrNotInForce, log: "(1, 3): it is not in force", make: asking(func(m *access.MsgRequestAccess) {
		m.Request.Licence = &openLicence
	})},
	{name: "request for what its licence is not for", want: copyright.ErrNotInForce, log: "commercial", make: asking(func(m *access.MsgRequestAccess) {
		m.Request.Licence, m.Request.Commercial = &datasetLicence, true
	})},
	{name: "request under a licence beside the consent", want: access.ErrNoApplicablePermit, make: asking(func(m *access.MsgRequestAccess) {
		m.Request.Licence, m.Request.Subject = &datasetLicence, subject(2)
	})},
	{name: "notice of an erasure that did not happen", want: copyright.ErrNotice, log: "RECORD_STATUS_IN_FORCE", make: notifying(func(*copyright.MsgNotifyWork) {})},
}

func TestARefusedClaimSaysWhyAndChangesNoFact(t *testing.T) {
	s := newScene(t)
	s.works(careBatch)
	s.deepen()
	s.refuses(t, copyrightRefusals)
	covered := make(map[uint32]bool)
	for _, r := range copyrightRefusals {
		covered[r.want.ABCICode()] = covered[r.want.ABCICode()] || r.want.Codespace() == copyright.ModuleName
	}
	// Beyond are the authority, which the ante chain asks for, and the errors of genesis
	// and of tests.
	for code := copyright.ErrInvalid.ABCICode(); code < copyright.ErrNotAuthority.ABCICode(); code++ {
		require.True(t, covered[code], "no transaction meets error %d here", code)
	}
}
