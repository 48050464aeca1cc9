package e2e_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAHospitalWorksFromTheCommandLine(t *testing.T) {
	c := startLocalnet(t)
	c.seesTheMembers()
	vault := c.enrolsAVault()
	c.anchors()
	c.usesData()
	c.claimsAWork()
	c.proposes()
	c.isToldWhatIsWrong()
	c.isServedOverREST(vault)
	c.isServedOverGRPC()
	c.interrupt()
}

// seesTheMembers lists institutions and validators, as text and as JSON.
func (c *command) seesTheMembers() {
	c.t.Helper()
	require.Contains(c.t, c.run("query", "consortium", "institutions"), "name: Birch Hospital")
	var members struct {
		Institutions []struct{ Number, Name, Status string }
	}
	c.read(&members, "query", "consortium", "institutions")
	require.Len(c.t, members.Institutions, 4)
	for n, i := range members.Institutions {
		require.Equal(c.t, fmt.Sprint(n+1), i.Number)
		require.Equal(c.t, c.nodes[n].Name, i.Name)
		require.Equal(c.t, "INSTITUTION_STATUS_ACTIVE", i.Status)
	}
	require.Contains(c.t, c.run("query", "consortium", "validators"), "consensus_address: ")
	var set struct {
		Validators []struct{ Institution string }
	}
	c.read(&set, "query", "consortium", "validators")
	require.Len(c.t, set.Validators, 4)
}

// enrolsAVault makes a key of the command line a vault and returns its address.
func (c *command) enrolsAVault() string {
	c.t.Helper()
	c.run("keys", "add", "scanner")
	address := c.run("keys", "show", "scanner", "--address")
	c.send("tx", "consortium", "enrol", "--from", "operator", fmt.Sprintf(
		`{"address":%q,"roles":[{"role":"ROLE_VAULT","expires_at":"2100-01-01T00:00:00Z"}],"person":%q}`,
		address, base64.StdEncoding.EncodeToString(make([]byte, 32))))
	var found struct {
		Participant struct {
			Institution string
			Roles       []struct{ Role string }
		}
	}
	c.read(&found, "query", "consortium", "participant", address)
	require.Equal(c.t, "1", found.Participant.Institution)
	require.Equal(c.t, "ROLE_VAULT", found.Participant.Roles[0].Role)
	return address
}

// root is the root of the batch that the story anchors.
var root = bytes.Repeat([]byte{0xAB}, 32)

// record returns a record of subject 1/7 as the command line takes it.
func record(seed byte) string {
	commitment := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{seed}, 32))
	return fmt.Sprintf(`{"descriptor": {"subject": {"institution": "1", "number": "7"},
		"class": "RECORD_CLASS_RESULT", "size": "SIZE_CLASS_16_KIB"}, "content": %q, "sealed": %[1]q}`, commitment)
}

// anchors anchors two records, one from a file, and a batch, and reads them
// back. Nobody names gas: the command asks the chain for it.
func (c *command) anchors() {
	c.t.Helper()
	file := filepath.Join(c.nodes[0].Home, "second.json")
	require.NoError(c.t, os.WriteFile(file, []byte(record(43)), 0o600))
	c.send("tx", "records", "anchor-records", "42", "--from", "scanner", "--records", record(42), "--records", file)
	c.send("tx", "records", "anchor-batch", "3", hex.EncodeToString(root), "1000", "--from", "scanner")

	require.Contains(c.t, c.run("query", "records", "record", "1", "42", "0"), "class: RECORD_CLASS_RESULT")
	var one struct {
		Record struct {
			ID struct{ Institution, Batch, Leaf string }
		}
	}
	c.read(&one, "query", "records", "record", "1", "42", "1")
	require.Equal(c.t, "1", one.Record.ID.Leaf)
	var several struct{ Records []json.RawMessage }
	c.read(&several, "query", "records", "by-subject", "1", "7")
	require.Len(c.t, several.Records, 2)
	var batch struct {
		Batch struct {
			Root   []byte
			Leaves string
		}
	}
	c.read(&batch, "query", "records", "batch", "1", "3")
	require.Equal(c.t, root, batch.Batch.Root)
	require.Equal(c.t, "1000", batch.Batch.Leaves)
	var batches struct{ Batches []json.RawMessage }
	c.read(&batches, "query", "records", "batches", "1")
	require.Len(c.t, batches.Batches, 2)
	var leaves struct{ Leaves []json.RawMessage }
	c.read(&leaves, "query", "records", "leaves", "1", "42")
	require.Len(c.t, leaves.Leaves, 2)
	c.send("tx", "records", "retract-record", `{"id": {"institution": "1", "batch": "42", "leaf": "1"}}`, "entered-in-error", "--from", "scanner")
	var found struct {
		Standing struct{ Status, Reason string }
	}
	c.read(&found, "query", "records", "standing", "1", "42", "1")
	require.Equal(c.t, "RECORD_STATUS_RETRACTED", found.Standing.Status)
	require.Equal(c.t, "RECORD_REASON_ENTERED_IN_ERROR", found.Standing.Reason)
}

// claimsAWork has a rights officer claim a program and offer licences for it.
func (c *command) claimsAWork() {
	c.t.Helper()
	c.run("keys", "add", "rights")
	officer := c.run("keys", "show", "rights", "--address")
	c.send("tx", "consortium", "enrol", "--from", "operator", fmt.Sprintf(
		`{"address":%q,"roles":[{"role":"ROLE_RIGHTS_OFFICER","expires_at":"2100-01-01T00:00:00Z"}],"person":%q}`,
		officer, base64.StdEncoding.EncodeToString(make([]byte, 32))))
	digest := hex.EncodeToString(root)
	c.send("tx", "copyright", "register-work", "software", "copyright", "DE", digest, "--content", digest, "--from", "rights",
		"--contributors", fmt.Sprintf(`{"account":%q,"credits":["CREDIT_SOFTWARE"],"share":10000}`, officer))
	c.send("tx", "copyright", "offer-licence", "1", "1", "--from", "rights",
		`{"spdx":"Apache-2.0","purposes":["PURPOSE_HRESCH"],"derivatives":"DERIVATIVES_ALLOWED","withdrawal":"WITHDRAWAL_STOP"}`)
	var found struct{ Work struct{ Status string } }
	c.read(&found, "query", "copyright", "work", "1", "1")
	require.Equal(c.t, "WORK_STATUS_ATTESTED", found.Work.Status, "no record, no custodian")
	require.Contains(c.t, c.run("query", "copyright", "lineage", "1/1"), "1/1")
	require.Contains(c.t, c.run("query", "copyright", "odrl-offer", "1/1", "1"), "http://www.w3.org/ns/odrl.jsonld")
}

// proposes puts a change to the vote and votes for it.
func (c *command) proposes() {
	c.t.Helper()
	file := filepath.Join(c.nodes[0].Home, "proposal.json")
	require.NoError(c.t, os.WriteFile(file, []byte(`{"messages": [{"@type": "/dmdl.consortium.v1.MsgSuspendInstitution", "institution": "4"}]}`), 0o600))
	c.send("tx", "consortium", "propose", file, "--from", "operator")
	c.send("tx", "consortium", "vote", "1", "no", "--from", "operator")
	var found struct {
		Proposal struct{ Status string }
		Votes    []struct{ Institution, Option string }
	}
	c.read(&found, "query", "consortium", "proposal", "1")
	require.Equal(c.t, "PROPOSAL_STATUS_OPEN", found.Proposal.Status)
	require.Len(c.t, found.Votes, 1)
	require.Equal(c.t, "VOTE_OPTION_NO", found.Votes[0].Option)
}

// isToldWhatIsWrong makes each kind of mistake once.
func (c *command) isToldWhatIsWrong() {
	c.t.Helper()
	c.run("keys", "add", "stranger")
	batch := func(number, from string, more ...string) []string {
		return append([]string{"tx", "records", "anchor-batch", number, hex.EncodeToString(root), "10", "--from", from, "--yes"}, more...)
	}
	for name, mistake := range map[string]struct {
		args []string
		says string
	}{
		"stranger":      {batch("4", "stranger"), "account belongs to no institution: its operator enrols it"},
		"fee":           {batch("4", "scanner", "--fees", "5stake"), "leave out the amount 5stake: the network takes no fees"},
		"memo":          {batch("4", "scanner", "--note", "for Dr. Grey"), "memos are not allowed"},
		"number again":  {batch("3", "scanner"), "(1, 3): pick a number never used before: batch already anchored"},
		"root again":    {batch("4", "scanner"), "root already anchored"},
		"wrong role":    {batch("4", "operator"), "account holds no role in force"},
		"not operator":  {[]string{"tx", "consortium", "vote", "1", "yes", "--from", "scanner", "--yes"}, "signer is not the operator of an institution"},
		"no such vote":  {[]string{"tx", "consortium", "vote", "9", "yes", "--from", "operator", "--yes"}, "9: proposal not found"},
		"no such key":   {batch("4", "nobody"), "nobody"},
		"no subject":    {[]string{"query", "access", "subject", "1", "99"}, "(1, 99): subject not found"},
		"no purpose":    {[]string{"query", "access", "check", `{"purpose": "PURPOSE_NOSINESS"}`, "--from", "clinician"}, "PURPOSE_NOSINESS"},
		"not my record": {[]string{"tx", "access", "receive", "1", "7", "1", "--from", "scanner", "--yes"}, "not the requester"},
		"no record":     {[]string{"query", "records", "record", "1", "99", "0"}, "there is no batch (1, 99): record not found"},
		"no member":     {[]string{"query", "consortium", "institution", "9"}, "9: institution not found"},
		"too long page": {[]string{"query", "records", "batches", "1", "--page-limit", "201"}, "200"},
	} {
		require.Contains(c.t, c.refused(mistake.args...), mistake.says, name)
	}
	for gas, says := range map[string]string{"1": "declared gas is below the schedule", "9000000": "declared gas is above twice the schedule"} {
		var sent answer
		c.read(&sent, batch("4", "scanner", "--gas", gas)...)
		require.NotZero(c.t, sent.Code)
		require.Equal(c.t, "ante", sent.Codespace)
		require.Contains(c.t, sent.Log, says)
	}
}
