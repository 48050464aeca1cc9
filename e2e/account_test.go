package e2e_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/dmdl-network/dmdl/hospital/ledger"
	"github.com/dmdl-network/dmdl/hospital/vault"
	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/records"
)

// ownRecord takes a document in and returns a reference to it with its path.
func (k *keeper) ownRecord() records.RecordRef {
	k.t.Helper()
	data := filepath.Join(k.home, "letters")
	require.NoError(k.t, os.Mkdir(data, 0o700))
	const observation = `{"resourceType":"Observation","status":"final","code":{"text":"weight"}}`
	require.NoError(k.t, os.WriteFile(filepath.Join(data, "weight.json"), []byte(observation), 0o600))
	k.run("vault", "ingest", data, "--patient", "somebody", "--anchor")
	v, err := vault.Open(k.ctx, filepath.Join(k.home, "vault"), vault.Options{ReadOnly: true})
	require.NoError(k.t, err)
	r, err := v.ByLeaf(k.ctx, 1, 0)
	require.NoError(k.t, err)
	p, err := v.Proof(k.ctx, r.ID)
	require.NoError(k.t, err)
	require.NoError(k.t, v.Close())
	return records.RecordRef{Id: records.RecordId{Institution: 1, Batch: p.Batch, Leaf: p.Index}, Leaf: &p.Leaf, Path: p.Path}
}

func TestAPatientsAccountIsExportedVerifiedAndRead(t *testing.T) {
	ctx, net, client := startNetwork(t, 2)
	k := &keeper{ctx: ctx, t: t, net: net, home: t.TempDir()}
	k.opensAVault(client)
	record := k.ownRecord()
	file := func(name string) string { return filepath.Join(k.home, name) }
	genesis := []string{"--genesis", net.GenesisFile()}
	verify := func(name string, more ...string) string {
		return k.run(append(append([]string{"account", "verify", file(name)}, genesis...), more...)...)
	}

	k.run("account", "export", "1", file("before.json"))
	require.Contains(t, verify("before.json"), "Complete: 0 entries, nothing left out")

	consent := k.releases(client, record)
	k.run("account", "export", "1/1", file("after.json"), "--kept", file("before.json"))
	require.Contains(t, verify("after.json"), "Complete: 2 entries, nothing left out")
	shown := func(format string) string {
		return k.run(append([]string{"account", "print", file("after.json"), "--format", format}, genesis...)...)
	}
	text := shown("text")
	require.Contains(t, text, "The receiver confirmed receipt on")
	require.Contains(t, text, "Laboratory results and measurements.")
	require.Contains(t, shown("html"), "<h1>Who received my health records</h1>")
	require.Contains(t, shown("fhir"), "IHE.BasicAudit.PrivacyDisclosure.Recipient")

	bundle, err := os.ReadFile(file("after.json"))
	require.NoError(t, err)
	at := bytes.Index(bundle, []byte(`"entries":["`)) + 60
	bundle[at] = map[bool]byte{true: 'B', false: 'A'}[bundle[at] == 'A']
	require.NoError(t, os.WriteFile(file("forged.json"), bundle, 0o600))
	require.Contains(t, k.refused(append([]string{"account", "print", file("forged.json")}, genesis...)...), "entries:")

	receipt := k.run("account", "consent", "1/1", fmt.Sprint(consent), "--node", net.Nodes[0].RPC())
	require.Contains(t, receipt, "It has not been withdrawn or replaced.")
	require.Contains(t, receipt, "Treatment.")
}

// releases has the patient consent, a clinician ask, the vault release and the
// clinician sign for it. It returns the consent's index.
func (k *keeper) releases(client *ledger.Client, record records.RecordRef) uint64 {
	k.t.Helper()
	subject := records.SubjectId{Institution: 1, Number: 1}
	digest := sha256.Sum256([]byte("digest"))
	registrar := k.enrolled(client, 0, consortium.ROLE_REGISTRAR)
	clinician := k.enrolled(client, 1, consortium.ROLE_CLINICIAN)
	submit := func(key ledger.Key, msg sdk.Msg, answer interface{ Unmarshal([]byte) error }) {
		k.t.Helper()
		result, err := client.Submit(k.ctx, key, msg)
		require.NoError(k.t, err)
		require.NoError(k.t, result.Answer(answer))
	}
	submit(registrar, &access.MsgEnrolSubjects{
		Registrar: registrar.Address(), Enrolments: []access.SubjectEnrolment{{Number: 1, Identity: digest[:]}},
	}, &access.MsgEnrolSubjectsResponse{})
	classes := []records.RecordClass{record.Leaf.Descriptor_.Class}
	var consent access.MsgGrantConsentResponse
	submit(registrar, &access.MsgGrantConsent{
		Actor: registrar.Address(), Subject: subject, Sealed: digest[:], Evidence: digest[:],
		Permits: []access.Permit{{
			Grantee: access.Grantee{Institution: 2}, Purposes: []access.Purpose{access.PURPOSE_TREAT},
			Classes: classes, Actions: []access.Action{access.ACTION_ACCESS},
		}},
	}, &consent)
	var asked access.MsgRequestAccessResponse
	submit(clinician, &access.MsgRequestAccess{
		Requester: clinician.Address(), Recipient: digest[:], Accepts: []access.Obligation{access.OBLIGATION_NOREDISCLOSE},
		Request: access.Request{
			Subject: subject, Custodian: 1, Purpose: access.PURPOSE_TREAT, Action: access.ACTION_ACCESS,
			Role: consortium.ROLE_CLINICIAN, Classes: classes,
		},
	}, &asked)
	machine := k.net.Nodes[0].Vault
	var released access.MsgReleaseResponse
	submit(machine, &access.MsgRelease{
		Vault: machine.Address(), Ticket: asked.Ticket, Items: []access.ReleaseItem{{Record: record, Body: digest[:]}},
	}, &released)
	submit(clinician, &access.MsgReceive{Requester: clinician.Address(), Subject: subject, Disclosure: released.Disclosure}, &access.MsgReceiveResponse{})
	newest, err := client.Height(k.ctx)
	require.NoError(k.t, err)
	require.NoError(k.t, k.net.WaitHeight(k.ctx, newest+2)) // the header after it proves it
	return consent.Index
}

// enrolled returns a new account that an institution enrolled with a role.
func (k *keeper) enrolled(client *ledger.Client, node int, role consortium.Role) ledger.Key {
	k.t.Helper()
	key, err := ledger.NewKey()
	require.NoError(k.t, err)
	operator, person := k.net.Nodes[node].Operator, sha256.Sum256([]byte(key.Address()))
	_, err = client.Submit(k.ctx, operator, &consortium.MsgEnrolParticipants{
		Operator: operator.Address(),
		Enrolments: []consortium.Enrolment{{
			Address: key.Address(), Person: person[:], Roles: []consortium.RoleGrant{{Role: role, ExpiresAt: time.Now().Add(time.Hour)}},
		}},
	})
	require.NoError(k.t, err)
	return key
}
