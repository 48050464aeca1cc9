package app_test

import (
	"bytes"
	"slices"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	txtypes "github.com/cosmos/cosmos-sdk/types/tx"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	"github.com/dmdl-network/dmdl/app"
	"github.com/dmdl-network/dmdl/app/ante"
	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/copyright"
	"github.com/dmdl-network/dmdl/x/records"
)

// strange is a field that nobody knows and that says it is not critical.
var strange = protowire.AppendVarint(protowire.AppendTag(nil, 1<<10+1, protowire.VarintType), 7)

// extension is an option of a type that exists.
func extension(s *scene) []*codectypes.Any { return []*codectypes.Any{pack(s.t, s.declare())} }

// envelopeRefusals are about fee, memo, extensions and gas.
var envelopeRefusals = []refusal{
	{name: "fee", want: ante.ErrFee, log: "5stake", make: changed(func(_ *scene, d *draft) {
		d.auth.Fee.Amount = sdk.NewCoins(sdk.NewInt64Coin("stake", 5))
	})},
	{name: "fee of nothing", want: ante.ErrFee, log: "amount", make: changed(func(_ *scene, d *draft) {
		d.auth.Fee.Amount = sdk.Coins{{}}
	})},
	{name: "granter", want: ante.ErrFee, log: "dmdl1", make: changed(func(s *scene, d *draft) {
		d.auth.Fee.Granter = s.members[1].operator.Address()
	})},
	{name: "granter that is no address", want: ante.ErrFee, log: "nobody", make: changed(func(_ *scene, d *draft) {
		d.auth.Fee.Granter = "nobody"
	})},
	{name: "payer", want: ante.ErrFee, log: "dmdl1", make: changed(func(s *scene, d *draft) {
		d.auth.Fee.Payer = s.members[1].operator.Address()
	})},
	{name: "payer who is the signer", want: ante.ErrFee, log: "dmdl1", make: changed(func(s *scene, d *draft) {
		d.auth.Fee.Payer = s.active.operator.Address()
	})},
	{name: "payer that is no address", want: ante.ErrFee, log: "nobody", make: changed(func(_ *scene, d *draft) {
		d.auth.Fee.Payer = "nobody"
	})},
	{name: "no fee, which holds the gas", want: sdkerrors.ErrTxDecode, log: "auth_info.fee", undecodable: true, make: changed(func(_ *scene, d *draft) {
		d.auth.Fee = nil
	})},
	{name: "tip", want: ante.ErrFee, log: "tip", make: changed(func(_ *scene, d *draft) {
		d.auth.Tip = &txtypes.Tip{Tipper: "the patient in room 7"} //nolint:staticcheck // deprecated is not gone: anybody may send it
	})},
	{name: "memo", want: ante.ErrMemo, log: "cannot be erased", make: changed(func(_ *scene, d *draft) {
		d.body.Memo = "for the patient in room 7"
	})},
	{name: "critical extension", want: ante.ErrExtension, log: "MsgDeclareNodes", undecodable: true, make: changed(func(s *scene, d *draft) {
		d.body.ExtensionOptions = extension(s)
	})},
	{name: "extension that is not critical", want: ante.ErrExtension, log: "/nobody.Knows", undecodable: true, make: changed(func(_ *scene, d *draft) {
		d.body.NonCriticalExtensionOptions = []*codectypes.Any{{TypeUrl: "/nobody.Knows"}}
	})},
	{name: "gas too low", want: ante.ErrGasTooLow, log: "100, declare ", make: changed(func(_ *scene, d *draft) {
		d.auth.Fee.GasLimit = 100
	})},
	{name: "gas too high", want: ante.ErrGasTooHigh, log: "1000000, declare ", make: changed(func(_ *scene, d *draft) {
		d.auth.Fee.GasLimit = 1_000_000
	})},
}

// bodyRefusals are about size and messages.
var bodyRefusals = []refusal{
	{name: "too large", want: ante.ErrTooLarge, log: "at most 262144", undecodable: true, make: changed(func(_ *scene, d *draft) {
		d.tail = protowire.AppendBytes(protowire.AppendTag(nil, 2, protowire.BytesType), bytes.Repeat([]byte("x"), ante.MaxTxBytes))
	})},
	{name: "unknown field in the body", want: ante.ErrUnknownField, log: "1025", undecodable: true, make: changed(func(_ *scene, d *draft) {
		d.tail = strange
	})},
	{name: "unknown field in a message", want: ante.ErrUnknownField, log: "MsgDeclareNodes", undecodable: true, make: changed(func(_ *scene, d *draft) {
		d.body.Messages[0].Value = append(d.body.Messages[0].Value, strange...)
	})},
	{name: "unknown field in a message of a proposal", want: ante.ErrUnknownField, log: "MsgSuspendInstitution", undecodable: true, make: func(s *scene) []byte {
		packed := pack(s.t, &consortium.MsgSuspendInstitution{Authority: app.Authority(), Institution: 2})
		packed.Value = append(packed.Value, strange...)
		return s.sign(s.active.operator, &consortium.MsgSubmitProposal{Operator: s.active.operator.Address(), Messages: []*codectypes.Any{packed}})
	}},
	{name: "unknown critical field", want: sdkerrors.ErrTxDecode, log: "77", undecodable: true, make: changed(func(_ *scene, d *draft) {
		d.tail = protowire.AppendVarint(protowire.AppendTag(nil, 77, protowire.VarintType), 7)
	})},
	{name: "no message", want: ante.ErrMessages, log: "0, want 1 to 10", undecodable: true, make: changed(func(_ *scene, d *draft) {
		d.body.Messages = nil
	})},
	{name: "too many messages", want: ante.ErrMessages, log: "11, want 1 to 10", undecodable: true, make: func(s *scene) []byte {
		var msgs []sdk.Msg
		for range ante.MaxMessages + 1 {
			msgs = append(msgs, s.declare())
		}
		return s.sign(s.active.operator, msgs...)
	}},
	{name: "unknown message type", want: ante.ErrMessageType, log: "/dmdl.records.v1.MsgForget", undecodable: true, make: changed(func(_ *scene, d *draft) {
		d.body.Messages[0].TypeUrl = "/dmdl.records.v1.MsgForget"
	})},
	{name: "type that is no message", want: sdkerrors.ErrTxDecode, log: "PubKey", undecodable: true, make: changed(func(s *scene, d *draft) {
		d.body.Messages[0] = pack(s.t, s.active.operator.private.PubKey())
	})},
	{name: "message of proposals", want: ante.ErrMessageType, log: "part of a proposal", make: carrying(
		&consortium.MsgSuspendInstitution{Authority: app.Authority(), Institution: 2})},
	{name: "rules of access without a vote", want: ante.ErrMessageType, log: "part of a proposal", make: carrying(
		&access.MsgUpdateParams{Authority: app.Authority(), Params: access.DefaultParams()})},
	{name: "decision on a work without a vote", want: ante.ErrMessageType, log: "part of a proposal", make: carrying(
		&copyright.MsgDecideWork{Authority: app.Authority(), Work: copyright.WorkId{Institution: 1, Number: 1}, Upheld: true})},
	{name: "rules of copyright without a vote", want: ante.ErrMessageType, log: "part of a proposal", make: carrying(
		&copyright.MsgUpdateParams{Authority: app.Authority(), Params: copyright.DefaultParams()})},
	{name: "message of the framework", want: ante.ErrMessageType, log: "/cosmos.auth.v1beta1.MsgUpdateParams is no message of this network", make: carrying(
		&authtypes.MsgUpdateParams{Authority: app.Authority(), Params: authtypes.DefaultParams()})},
	{name: "nothing", want: ante.ErrMessages, log: "0, want", undecodable: true, make: func(*scene) []byte { return nil }},
	{name: "noise", want: sdkerrors.ErrTxDecode, undecodable: true, make: func(*scene) []byte { return []byte("noise") }},
}

// wideRefusals are about lists that are too long.
var wideRefusals = []refusal{
	{name: "too many records", want: ante.ErrTooWide, log: "101 records, at most 100", make: func(s *scene) []byte {
		return s.sign(s.active.vault, listed(s.active.vault, 100, make([]records.Leaf, 101)...))
	}},
	{name: "long path", want: ante.ErrTooWide, log: "21 hashes in a path, at most 20", make: func(s *scene) []byte {
		return s.sign(s.active.vault, &records.MsgEraseRecord{Vault: s.active.vault.Address(), Record: records.RecordRef{Path: make([][]byte, 21)}})
	}},
	{name: "too many enrolments", want: ante.ErrTooWide, log: "101 enrolments, at most 100", make: operating(func(s *scene) sdk.Msg {
		return &consortium.MsgEnrolParticipants{Operator: s.active.operator.Address(), Enrolments: make([]consortium.Enrolment, 101)}
	})},
	{name: "too many roles", want: ante.ErrTooWide, log: "11 roles, at most 10", make: enrolling(func(m *consortium.MsgEnrolParticipants) {
		m.Enrolments[0].Roles = make([]consortium.RoleGrant, 11)
	})},
	{name: "too many roles to withdraw", want: ante.ErrTooWide, log: "11 roles, at most 10", make: operating(func(s *scene) sdk.Msg {
		return &consortium.MsgWithdrawRoles{Operator: s.active.operator.Address(), Participant: s.active.vault.Address(), Roles: make([]consortium.Role, 11)}
	})},
	{name: "too many nodes", want: ante.ErrTooWide, log: "17 nodes, at most 16", make: operating(func(s *scene) sdk.Msg {
		return &consortium.MsgDeclareNodes{Operator: s.active.operator.Address(), Nodes: make([]string, 17)}
	})},
	{name: "too many consents to withdraw", want: ante.ErrTooWide, log: "257 consents, at most 256", make: living(func(who string) sdk.Msg {
		return &access.MsgWithdrawConsents{Actor: who, Consents: make([]uint64, access.MaxConsents+1)}
	})},
	{name: "too many purposes in a policy", want: ante.ErrTooWide, log: "17 purposes, at most 16", make: living(func(who string) sdk.Msg {
		return &access.MsgSetPolicy{Officer: who, Permits: []access.PolicyPermit{{Permit: access.Permit{Purposes: make([]access.Purpose, access.MaxPurposes+1)}}}}
	})},
	{name: "too many records in a journal", want: ante.ErrTooWide, log: "33 records, at most 32", make: living(func(who string) sdk.Msg {
		return &access.MsgReportEmergencies{Vault: who, Entries: []access.JournalEntry{{Records: make([]access.ReleasedRecord, access.MaxReleased+1)}}}
	})},
	{name: "long path in a release", want: ante.ErrTooWide, log: "21 hashes in a path, at most 20", make: living(func(who string) sdk.Msg {
		return &access.MsgRelease{Vault: who, Items: []access.ReleaseItem{{Record: records.RecordRef{Path: make([][]byte, 21)}}}}
	})},
	{name: "too many contributors", want: ante.ErrTooWide, log: "65 contributors, at most 64", make: living(func(who string) sdk.Msg {
		return &copyright.MsgRegisterWork{Officer: who, Contributors: make([]copyright.Contributor, copyright.MaxContributors+1)}
	})},
	{name: "too many roles of a contributor", want: ante.ErrTooWide, log: "16 credits, at most 15", make: living(func(who string) sdk.Msg {
		return &copyright.MsgRegisterWork{Officer: who, Contributors: []copyright.Contributor{{Credits: make([]copyright.Credit, len(copyright.Credit_name)+1)}}}
	})},
	{name: "too many custodians", want: ante.ErrTooWide, log: "17 custodians, at most 16", make: living(func(who string) sdk.Msg {
		return &copyright.MsgRegisterWork{Officer: who, Custodians: make([]uint64, copyright.MaxCustodians+1)}
	})},
	{name: "too many parents", want: ante.ErrTooWide, log: "17 parents, at most 16", make: living(func(who string) sdk.Msg {
		return &copyright.MsgRegisterWork{Officer: who, Parents: make([]copyright.Parent, copyright.MaxParents+1)}
	})},
	{name: "long path in an overlap", want: ante.ErrTooWide, log: "25 hashes in the other path, at most 24", make: living(func(who string) sdk.Msg {
		return &copyright.MsgContestWork{Officer: who, Overlap: &copyright.Overlap{OtherPath: make([][]byte, copyright.MaxPath+1)}}
	})},
	{name: "too many countries", want: ante.ErrTooWide, log: "65 countries, at most 64", make: living(func(who string) sdk.Msg {
		return &copyright.MsgOfferLicence{Officer: who, Terms: copyright.Terms{Territory: make([]string, copyright.MaxTerritory+1)}}
	})},
	{name: "too many records in a notice", want: ante.ErrTooWide, log: "33 records, at most 32", make: living(func(who string) sdk.Msg {
		return &copyright.MsgNotifyWork{Vault: who, Records: make([]copyright.WorkRecord, copyright.MaxNotified+1)}
	})},
	{name: "too many messages in a proposal", want: ante.ErrTooWide, log: "9 messages, at most 8", make: operating(func(s *scene) sdk.Msg {
		return proposal(s.t, s.active.operator, slices.Repeat([]sdk.Msg{&consortium.MsgSuspendInstitution{Authority: app.Authority(), Institution: 2}}, 9)...)
	})},
}

// timeRefusals are about timeouts, nonces and sequences.
var timeRefusals = []refusal{
	{name: "expired", want: sdkerrors.ErrTxTimeout, log: "timeout timestamp", make: changed(func(s *scene, d *draft) {
		d.body.TimeoutTimestamp = at(s.now.Add(-time.Nanosecond))
	})},
	{name: "more than two minutes ahead", want: ante.ErrTimeoutFar, log: "at present at most", make: changed(func(s *scene, d *draft) {
		d.body.TimeoutTimestamp = at(s.now.Add(ante.MaxUnorderedTimeout + 2*time.Second))
	})},
	{name: "no timeout", want: ante.ErrNoTimeout, log: "timeout_timestamp", make: changed(func(_ *scene, d *draft) {
		d.body.TimeoutTimestamp = nil
	})},
	{name: "timeout at the epoch", want: ante.ErrNoTimeout, log: "timeout_timestamp", make: changed(func(_ *scene, d *draft) {
		d.body.TimeoutTimestamp = at(time.Unix(0, 0))
	})},
	{name: "timeout beyond what nanoseconds can count", want: ante.ErrTimeoutFar, log: "9999", make: changed(func(_ *scene, d *draft) {
		d.body.TimeoutTimestamp = at(time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC))
	})},
	{name: "nonce that is used", want: ante.ErrNonceUsed, log: "2026-08-01", make: func(s *scene) []byte { return s.used }},
	{name: "unordered with a sequence", want: sdkerrors.ErrInvalidRequest, log: "sequence", make: changed(func(_ *scene, d *draft) {
		d.auth.SignerInfos[0].Sequence = 1
	})},
	{name: "sequence too high", want: sdkerrors.ErrWrongSequence, log: "expected 0, got 7", make: func(s *scene) []byte {
		return s.ordered(s.active.operator, 7, s.declare()).sign(s.t)
	}},
	{name: "timeout height passed", want: sdkerrors.ErrTxTimeoutHeight, log: "timeout height: 1", make: changed(func(_ *scene, d *draft) {
		d.body.TimeoutHeight = 1
	})},
	{name: "other chain", want: sdkerrors.ErrUnauthorized, log: chainID, make: changed(func(_ *scene, d *draft) {
		d.chainID = "dmdl-other-1"
	})},
	{name: "other account number", want: sdkerrors.ErrUnauthorized, log: "account number", make: changed(func(_ *scene, d *draft) {
		d.number += 1000
	})},
}

func at(t time.Time) *time.Time { return &t }
