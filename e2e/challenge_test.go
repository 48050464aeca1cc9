package e2e_test

import (
	"crypto/sha256"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/copyright"
)

// Whoever doubts a claim looks at its records as anybody else does: by a ticket, on a
// basis that the custodian published, written down in the patient's account. What comes
// is verified by openings, which are in no message to the ledger.
func TestAChallengerSeesOpeningsThroughATicket(t *testing.T) {
	ctx, network, client := startNetwork(t, 2)
	r := &registry{ward: &ward{keeper: &keeper{ctx: ctx, t: t, net: network, home: t.TempDir()}, client: client}}
	r.opens()
	r.registers(1)
	claim, err := r.claims(r.honest, r.ids, []uint64{1})
	require.NoError(t, err)
	challenger := r.squats // with the identity in r.folder

	question := r.onLedger("requester", "request", "--subject", "1/1", "--custodian", "1", "--purpose", "hlegal", "--role", "rights-officer",
		"--classes", "document,result,imaging,administrative", "--accept", "noredisclose")
	require.Contains(t, r.refused(question...), access.ErrNoApplicablePermit.Error(), "a claim gives nobody a right to look")

	officer, document := r.enrolled(client, 0, consortium.ROLE_PRIVACY_OFFICER), sha256.Sum256([]byte("who may look at what is claimed"))
	_, err = client.Submit(ctx, officer, &access.MsgSetPolicy{
		Officer: officer.Address(), Document: document[:],
		Permits: []access.PolicyPermit{{Basis: access.BASIS_POLICY, Permit: access.Permit{
			Grantee: access.Grantee{Institution: 2, Role: consortium.ROLE_RIGHTS_OFFICER}, Purposes: []access.Purpose{access.PURPOSE_HLEGAL},
			Classes: classes, Actions: []access.Action{access.ACTION_ACCESS},
		}}},
	})
	require.NoError(t, err)
	r.serves()
	var answer struct{ Ticket string }
	r.read(&answer, question...)
	out := filepath.Join(r.home, "case")
	r.run(r.onLedger("fetch", answer.Ticket, "--from-vault", r.address, "--out", out)...)
	seen, err := os.ReadFile(filepath.Join(out, "1-1-0"))
	require.NoError(t, err)
	require.Regexp(t, `^record \d$`, string(seen))

	evidence := sha256.Sum256(seen)
	_, err = client.Submit(ctx, challenger, &copyright.MsgContestWork{
		Officer: challenger.Address(), Work: claim, Ground: copyright.GROUND_NO_RIGHT, Evidence: evidence[:],
	})
	require.NoError(t, err)
	require.Equal(t, copyright.WORK_STATUS_CONTESTED, r.status(claim))
	account, err := access.NewQueryClient(client).Disclosure(ctx, &access.QueryDisclosureRequest{Institution: 1, Number: 1, Index: 1})
	require.NoError(t, err)
	require.Equal(t, access.BASIS_POLICY, account.Disclosure.Basis)
	require.Equal(t, challenger.Address(), account.Disclosure.Requester, "the patient sees who looked")
}
