package e2e_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/stretchr/testify/require"
)

// digest stands for every commitment of the story, in the two forms that the
// command line takes.
var (
	digest   = hex.EncodeToString(bytes.Repeat([]byte{0x5E}, 32))
	inBase64 = base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{0x5E}, 32))
)

// Files of the story.
const (
	treatment = `{"grantee": {"institution": "1"}, "purposes": ["PURPOSE_TREAT"], "classes": ["RECORD_CLASS_RESULT"],
		"actions": ["ACTION_ACCESS"], "valid_until": "2100-01-01T00:00:00Z"}`
	question = `{"subject": {"institution": "1", "number": "7"}, "custodian": "1", "purpose": "PURPOSE_TREAT",
		"action": "ACTION_ACCESS", "role": "ROLE_CLINICIAN", "classes": ["RECORD_CLASS_RESULT"]}`
)

// person is an enrolment with a new key, whose person differs from others'.
func (c *command) person(name string, roles ...string) string {
	c.t.Helper()
	c.run("keys", "add", name)
	grants := make([]string, len(roles))
	for i, role := range roles {
		grants[i] = fmt.Sprintf(`{"role": "ROLE_%s", "expires_at": "2100-01-01T00:00:00Z"}`, role)
	}
	person := bytes.Repeat([]byte{name[0]}, 32)
	return fmt.Sprintf(`{"address": %q, "roles": [%s], "person": %q}`,
		c.run("keys", "show", name, "--address"), strings.Join(grants, ","), base64.StdEncoding.EncodeToString(person))
}

// usesData lets a patient consent on paper and a clinician use the record of it
// that was anchored, with everything that follows.
func (c *command) usesData() {
	c.t.Helper()
	permit, request := filepath.Join(c.nodes[0].Home, "permit.json"), filepath.Join(c.nodes[0].Home, "request.json")
	require.NoError(c.t, os.WriteFile(permit, []byte(treatment), 0o600))
	require.NoError(c.t, os.WriteFile(request, []byte(question), 0o600))
	c.send("tx", "consortium", "enrol", "--from", "operator",
		c.person("registrar", "REGISTRAR", "ETHICS_BOARD"), c.person("clinician", "CLINICIAN", "EMERGENCY_CLINICIAN"),
		c.person("officer", "PRIVACY_OFFICER"), c.person("patient", "PATIENT"))

	c.send("tx", "access", "enrol-subjects", fmt.Sprintf(`{"number": "7", "identity": %q}`, inBase64), "--from", "registrar")
	ask := []string{"tx", "access", "request-access", request, digest, "--accepts", "noredisclose", "--from", "clinician"}
	require.Equal(c.t, "REASON_NO_APPLICABLE_PERMIT", c.decision(request))
	require.Contains(c.t, c.refused(append(ask, "--yes")...), "no applicable permit")
	c.send("tx", "access", "grant-consent", "1", "7", digest, "--permits", permit, "--evidence", digest, "--from", "registrar")
	require.Equal(c.t, "REASON_PERMITTED", c.decision(request))
	clinician := c.run("keys", "show", "clinician", "--address")
	require.Contains(c.t, c.run("query", "access", "check", request, "--from", "officer", "--requester", clinician), "permitted: true")
	require.Contains(c.t, c.refused("query", "access", "check", request, "--from", "patient", "--requester", clinician), "it does not concern the asker")

	c.send(ask...)
	c.send("tx", "access", "release", "1", "1", fmt.Sprintf(`{"record": {"id": {"institution": "1", "batch": "42"}}, "body": %q}`, inBase64),
		"--unordered", "--timeout-duration", "1m", "--from", "scanner")
	c.send("tx", "access", "receive", "1", "7", "1", "--from", "clinician")
	c.send("tx", "access", "dispute", "1", "7", "1", "no-key", "--from", "clinician")
	c.send("tx", "access", "break-glass", "1", "7", "1", digest, digest, "result", "--from", "clinician")
	c.send("tx", "access", "review-emergency", "1", "7", "4", "justified", "--from", "officer")
	c.publishes(permit)
	c.send("tx", "access", "withdraw-consents", "1", "7", "--from", "registrar")
	require.Equal(c.t, "REASON_NO_APPLICABLE_PERMIT", c.decision(request))
	c.readsTheAccount()
}

// decision asks how the clinician's request would be decided.
func (c *command) decision(request string) string {
	c.t.Helper()
	var answer struct {
		Decisions []struct{ Reason string }
	}
	c.read(&answer, "query", "access", "check", request, "--from", "clinician")
	require.Len(c.t, answer.Decisions, 1)
	return answer.Decisions[0].Reason
}

// publishes puts what institutions publish on the ledger, and a late emergency.
func (c *command) publishes(permit string) {
	c.t.Helper()
	c.send("tx", "access", "publish-template", "1", "1", digest, permit, "--from", "officer")
	c.send("tx", "access", "set-policy", digest, `{"permit": `+treatment+`, "basis": "BASIS_LEGAL_DUTY"}`, "--from", "officer")
	c.send("tx", "access", "set-policy", digest, "--from", "officer") // empty again
	c.send("tx", "access", "approve-study", "1", digest, "2100-01-01T00:00:00Z", "1", "2", "--from", "registrar")
	c.send("tx", "access", "report-emergencies", fmt.Sprintf(`{"subject": {"institution": "1", "number": "8"}, "requester": %q, "reason": %q,
		"happened_at": "2026-01-01T00:00:00Z", "role_height": "1", "records": [{"record": {"institution": "1", "batch": "42"}, "body": %[2]q}]}`,
		c.run("keys", "show", "clinician", "--address"), inBase64), "--from", "scanner")
}

// readsTheAccount reads what the story left.
func (c *command) readsTheAccount() {
	c.t.Helper()
	var account struct {
		Disclosures []struct{ Kind, Purpose, Of string }
	}
	c.read(&account, "query", "access", "account", "1", "7")
	var kinds []string
	for _, d := range account.Disclosures {
		kinds = append(kinds, strings.TrimPrefix(d.Kind, "DISCLOSURE_KIND_"))
	}
	require.Equal(c.t, []string{"RELEASE", "RECEIPT", "DISPUTE", "BREAK_GLASS", "REVIEW"}, kinds)
	var found struct {
		Subject struct {
			DisclosuresEver string   `json:"disclosures_ever"`
			ConsentsEver    string   `json:"consents_ever"`
			Consents        []string `json:"consents"`
		}
	}
	c.read(&found, "query", "access", "subject", "1", "7")
	require.Equal(c.t, "5", found.Subject.DisclosuresEver)
	require.Equal(c.t, "1", found.Subject.ConsentsEver)
	require.Empty(c.t, found.Subject.Consents)
	var waiting struct {
		Reviews []struct{ Subject struct{ Number string } }
	}
	c.read(&waiting, "query", "access", "reviews", "1")
	require.Len(c.t, waiting.Reviews, 1)
	require.Equal(c.t, "8", waiting.Reviews[0].Subject.Number)
	require.Contains(c.t, c.run("query", "access", "conducts"), `emergencies: "2"`)

	// Over REST a question must be signed too.
	status, raw := c.fetch(http.MethodPost, "/dmdl/access/v1/check")
	require.NotEqual(c.t, http.StatusOK, status)
	require.Contains(c.t, string(raw), "asker")
}
