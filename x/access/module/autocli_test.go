package module_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/dmdl-network/dmdl/args/argstest"
	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/access/module"
	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/records"
)

var cli = argstest.Module{Name: access.ModuleName, Register: access.RegisterInterfaces, Options: module.AppModule{}.AutoCLIOptions()}

var (
	// from signs, other is somebody else.
	from  = argstest.From
	other = sdk.AccAddress(bytes.Repeat([]byte{2}, 20)).String()
	// digest is a commitment, in three forms.
	digest   = bytes.Repeat([]byte{0xCD}, access.CommitmentSize)
	inHex    = hex.EncodeToString(digest)
	inBase64 = base64.StdEncoding.EncodeToString(digest)

	subject = records.SubjectId{Institution: 1, Number: 7}
	quarter = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	permit  = access.Permit{
		Grantee:  access.Grantee{Institution: 2, Role: consortium.ROLE_CLINICIAN},
		Purposes: []access.Purpose{access.PURPOSE_TREAT}, Classes: []records.RecordClass{records.RECORD_CLASS_RESULT},
		Actions: []access.Action{access.ACTION_ACCESS}, ValidUntil: &quarter,
	}
	ticket = access.TicketId{Institution: 2, Number: 5}
	item   = access.ReleaseItem{Record: records.RecordRef{Id: records.RecordId{Institution: 1, Batch: 42}}, Body: digest}
	study  = access.Request{
		Subject: subject, Custodian: 1, Purpose: access.PURPOSE_HRESCH, Action: access.ACTION_ACCESS, Role: consortium.ROLE_RESEARCHER,
		Classes: []records.RecordClass{records.RECORD_CLASS_RESULT, records.RECORD_CLASS_IMAGING},
		Study:   &access.StudyId{Institution: 3, Number: 1},
	}
)

func TestEveryMethodHasACommandWithAnExample(t *testing.T) {
	cmd, _ := cli.Root(t)
	for path, methods := range map[string]int{
		"query": len(access.Query_serviceDesc.Methods) - 1, // the question that is signed
		"tx":    len(access.Msg_serviceDesc.Methods) - 1,   // the message of proposals
	} {
		parent, _, err := cmd.Find([]string{path, access.ModuleName})
		require.NoError(t, err)
		require.Len(t, parent.Commands(), methods)
		for _, c := range parent.Commands() {
			require.NotContains(t, c.Short, "RPC method")
			require.True(t, strings.HasPrefix(c.Example, "dmdld "+path+" access "+c.Name()), c.Name())
		}
	}
}

// commands are what is written on the command line, and what is sent.
var commands = map[string]sdk.Msg{
	"enrol-subjects {\"number\":\"7\",\"identity\":\"" + inBase64 + "\"}": &access.MsgEnrolSubjects{
		Registrar: from, Enrolments: []access.SubjectEnrolment{{Number: 7, Identity: digest}},
	},
	"propose-controller 1 7 " + inHex + " " + other: &access.MsgProposeController{Registrar: from, Subject: subject, Evidence: digest, Controller: other},
	"propose-controller 1 7 " + inHex:               &access.MsgProposeController{Registrar: from, Subject: subject, Evidence: digest},
	"approve-controller 1 7 " + other:               &access.MsgApproveController{Approver: from, Subject: subject, Controller: other},
	"approve-controller 1 7":                        &access.MsgApproveController{Approver: from, Subject: subject},
	"stop-controller 1 7":                           &access.MsgStopController{Actor: from, Subject: subject},
	"set-delegate 1 7 " + other + " guardian 2030-01-01T00:00:00Z --evidence " + inHex: &access.MsgSetDelegate{
		Actor: from, Subject: subject, Evidence: digest,
		Delegate: access.Delegate{Account: other, Capacity: access.DELEGATE_CAPACITY_GUARDIAN, EndsAt: &quarter},
	},
	"set-delegate 1 7 " + other + " unspecified": &access.MsgSetDelegate{Actor: from, Subject: subject, Delegate: access.Delegate{Account: other}},
	"grant-consent 1 7 " + inHex + " --permits testdata/permit.json --supersedes 2,3": &access.MsgGrantConsent{
		Actor: from, Subject: subject, Sealed: digest, Permits: []access.Permit{permit}, Supersedes: []uint64{2, 3},
	},
	"grant-consent 1 7 " + inHex + ` --template {"institution":"1","number":"3","version":"2"} --grantee {"institution":"2"}`: &access.MsgGrantConsent{
		Actor: from, Subject: subject, Sealed: digest, Template: &access.TemplateVersion{Institution: 1, Number: 3, Version: 2},
		Grantee: &access.Grantee{Institution: 2},
	},
	"withdraw-consents 1 7 2 3": &access.MsgWithdrawConsents{Actor: from, Subject: subject, Consents: []uint64{2, 3}},
	"withdraw-consents 1 7":     &access.MsgWithdrawConsents{Actor: from, Subject: subject},
	"publish-template 3 2 " + inHex + " testdata/permit.json testdata/permit.json": &access.MsgPublishTemplate{
		Officer: from, Number: 3, Version: 2, Text: digest, Permits: []access.Permit{permit, permit},
	},
	"retire-template 3 2": &access.MsgRetireTemplate{Officer: from, Number: 3, Version: 2},
	"set-policy " + inHex: &access.MsgSetPolicy{Officer: from, Document: digest},
	"set-policy " + inHex + ` {"permit":{},"basis":"BASIS_LEGAL_DUTY"}`: &access.MsgSetPolicy{
		Officer: from, Document: digest, Permits: []access.PolicyPermit{{Basis: access.BASIS_LEGAL_DUTY}},
	},
	"approve-study 1 " + inHex + " 2030-01-01T00:00:00Z 2 4": &access.MsgApproveStudy{
		Board: from, Number: 1, Protocol: digest, ExpiresAt: quarter, Institutions: []uint64{2, 4},
	},
	"request-access testdata/request.json " + inHex + " --accepts norelink --accepts noredisclose": &access.MsgRequestAccess{
		Requester: from, Request: study, Recipient: digest,
		Accepts: []access.Obligation{access.OBLIGATION_NORELINK, access.OBLIGATION_NOREDISCLOSE},
	},
	"break-glass 1 7 3 " + inHex + " " + inHex + " document result": &access.MsgBreakGlass{
		Clinician: from, Subject: subject, Custodian: 3, Recipient: digest, Reason: digest,
		Classes: []records.RecordClass{records.RECORD_CLASS_DOCUMENT, records.RECORD_CLASS_RESULT},
	},
	"review-emergency 1 7 4 justified": &access.MsgReviewEmergency{
		Officer: from, Subject: subject, Disclosure: 4, Outcome: access.REVIEW_OUTCOME_JUSTIFIED,
	},
	`release 2 5 {"record":{"id":{"institution":"1","batch":"42"}},"body":"` + inBase64 + `"}`: &access.MsgRelease{
		Vault: from, Ticket: ticket, Items: []access.ReleaseItem{item},
	},
	"receive 1 7 4":        &access.MsgReceive{Requester: from, Subject: subject, Disclosure: 4},
	"refuse 2 5 harm":      &access.MsgRefuse{Officer: from, Ticket: ticket, Ground: access.REFUSAL_GROUND_HARM},
	"dispute 1 7 4 no-key": &access.MsgDispute{Actor: from, Subject: subject, Disclosure: 4, Reason: access.DISPUTE_REASON_NO_KEY},
	fmt.Sprintf(`report-emergencies {"subject":{"institution":"1","number":"7"},"requester":%q,"reason":%q,"happened_at":"2030-01-01T00:00:00Z"} --previous %s`, other, inBase64, inHex): &access.MsgReportEmergencies{
		Vault: from, Previous: digest, Entries: []access.JournalEntry{{Subject: subject, Requester: other, Reason: digest, HappenedAt: quarter}},
	},
}

func TestEveryMessageIsSentFromTheCommandLine(t *testing.T) {
	sent := make(map[string]bool)
	for args, want := range commands {
		command, _, _ := strings.Cut(args, " ")
		sent[sdk.MsgTypeURL(want)] = true
		t.Run(command, func(t *testing.T) { require.Equal(t, want, cli.Generate(t, strings.Fields(args)...)) })
	}
	require.Len(t, sent, len(access.Msg_serviceDesc.Methods)-1, "a message is missing here")
}
