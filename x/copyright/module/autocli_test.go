package module_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/dmdl-network/dmdl/args/argstest"
	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/copyright"
	"github.com/dmdl-network/dmdl/x/copyright/module"
	"github.com/dmdl-network/dmdl/x/records"
)

var cli = argstest.Module{Name: copyright.ModuleName, Register: copyright.RegisterInterfaces, Options: module.AppModule{}.AutoCLIOptions()}

var (
	// from signs, and is the contributor of testdata/contributor.json.
	from = argstest.From
	// digest is a commitment, in three forms.
	digest   = bytes.Repeat([]byte{0xCD}, copyright.DigestSize)
	inHex    = hex.EncodeToString(digest)
	inBase64 = base64.StdEncoding.EncodeToString(digest)
	// begun is the time of a claim.
	begun = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)

	work        = copyright.WorkId{Institution: 4, Number: 1}
	earlier     = copyright.WorkId{Institution: 2, Number: 1}
	licence     = access.LicenceId{Institution: 4, Number: 3}
	record      = records.RecordId{Institution: 4, Batch: 42, Leaf: 7}
	contributor = copyright.Contributor{
		Account: from, Credits: []copyright.Credit{copyright.CREDIT_DATA_CURATION, copyright.CREDIT_SOFTWARE}, Share: copyright.WholeShare,
	}
	terms = copyright.Terms{
		Spdx: "CC-BY-NC-4.0", Purposes: []access.Purpose{access.PURPOSE_HRESCH},
		DataUses:  []copyright.DataUse{{Code: 7, Value: "MONDO:0005148"}, {Code: 46}},
		Territory: []string{"CN", "DE"}, Period: 365 * 24 * time.Hour,
		Attribution: true, Derivatives: copyright.DERIVATIVES_BY_APPROVAL, Training: true, Evaluation: true,
		Withdrawal: copyright.WITHDRAWAL_REPLACE, Price: copyright.Price{Amount: 120_000, Currency: "EUR"},
	}
)

func TestEveryMethodHasACommandWithAnExample(t *testing.T) {
	cmd, _ := cli.Root(t)
	for path, methods := range map[string]int{
		"query": len(copyright.Query_serviceDesc.Methods),
		"tx":    len(copyright.Msg_serviceDesc.Methods) - 2, // the messages of proposals
	} {
		parent, _, err := cmd.Find([]string{path, copyright.ModuleName})
		require.NoError(t, err)
		require.Len(t, parent.Commands(), methods)
		for _, c := range parent.Commands() {
			require.NotContains(t, c.Short, "RPC method")
			require.True(t, strings.HasPrefix(c.Example, "dmdld "+path+" copyright "+c.Name()), c.Name())
		}
	}
}

// commands are what is written on the command line, and what is sent.
var commands = map[string]sdk.Msg{
	"register-work dataset database EU " + inHex + " --root " + inHex + " --size 120 --custodians 1,4 --contributors testdata/contributor.json": &copyright.MsgRegisterWork{
		Officer: from, Kind: copyright.WORK_KIND_DATASET, Right: copyright.RIGHT_DATABASE, Jurisdiction: "EU", Description: digest,
		Root: digest, Size_: 120, Custodians: []uint64{1, 4}, Contributors: []copyright.Contributor{contributor},
	},
	"register-work model data-certificate CN " + inHex + " --content " + inHex + " --contributors testdata/contributor.json --contributors testdata/contributor.json" +
		` --parents testdata/parent.json --parents {"work":{"institution":"4","number":"1"},"relation":"RELATION_DERIVED"}`: &copyright.MsgRegisterWork{
		Officer: from, Kind: copyright.WORK_KIND_MODEL, Right: copyright.RIGHT_DATA_CERTIFICATE, Jurisdiction: "CN", Description: digest,
		Content: digest, Contributors: []copyright.Contributor{contributor, contributor},
		Parents: []copyright.Parent{
			{Work: earlier, Relation: copyright.RELATION_TRAINED, Licence: 3}, {Work: work, Relation: copyright.RELATION_DERIVED},
		},
	},
	"attest-work 4 1 " + inHex + " " + from + " " + inHex: &copyright.MsgAttestWork{Vault: from, Work: work, Root: digest, Claimant: from, Seed: digest},
	"withdraw-work 4 1": &copyright.MsgWithdrawWork{Officer: from, Work: work},
	"contest-work 4 1 overlap " + inHex + ` --other {"institution":"2","number":"1"} --overlap testdata/overlap.json`: &copyright.MsgContestWork{
		Officer: from, Work: work, Ground: copyright.GROUND_OVERLAP, Other: &earlier, Evidence: digest,
		Overlap: &copyright.Overlap{Record: record, Place: 1, Path: [][]byte{digest}, OtherPlace: 2},
	},
	"contest-work 4 1 no-right " + inHex:    &copyright.MsgContestWork{Officer: from, Work: work, Ground: copyright.GROUND_NO_RIGHT, Evidence: digest},
	"withdraw-contest 4 1 2":                &copyright.MsgWithdrawContest{Officer: from, Work: work, Index: 2},
	"offer-licence 4 1 testdata/terms.json": &copyright.MsgOfferLicence{Officer: from, Work: work, Terms: terms},
	"close-offer 4 1 2":                     &copyright.MsgCloseOffer{Officer: from, Work: work, Index: 2},
	"request-licence 4 1 2":                 &copyright.MsgRequestLicence{Officer: from, Work: work, Offer: 2},
	"answer-licence 4 3 --granted":          &copyright.MsgAnswerLicence{Officer: from, Licence: licence, Granted: true},
	"answer-licence 4 3":                    &copyright.MsgAnswerLicence{Officer: from, Licence: licence},
	"terminate-licence 4 3":                 &copyright.MsgTerminateLicence{Officer: from, Licence: licence},
	"report-breach 4 3 " + inHex:            &copyright.MsgReportBreach{Officer: from, Licence: licence, Evidence: digest},
	"approve-derivative 4 3 " + inHex:       &copyright.MsgApproveDerivative{Officer: from, Licence: licence, Description: digest},
	`notify-work 4 1 erased testdata/record.json {"record":{"institution":"4","batch":"43"},"place":"2","path":["` + inBase64 + `"]}`: &copyright.MsgNotifyWork{
		Vault: from, Work: work, Cause: copyright.CAUSE_ERASED, Records: []copyright.WorkRecord{
			{Record: record, Place: 1, Path: [][]byte{digest}},
			{Record: records.RecordId{Institution: 4, Batch: 43}, Place: 2, Path: [][]byte{digest}},
		},
	},
}

func TestEveryMessageIsSentFromTheCommandLine(t *testing.T) {
	sent := make(map[string]bool)
	for args, want := range commands {
		command, _, _ := strings.Cut(args, " ")
		sent[sdk.MsgTypeURL(want)] = true
		t.Run(command, func(t *testing.T) { require.Equal(t, want, cli.Generate(t, strings.Fields(args)...)) })
	}
	require.Len(t, sent, len(copyright.Msg_serviceDesc.Methods)-2, "a message is missing here")
}
