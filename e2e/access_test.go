package e2e_test

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/hospital/fetch"
	"github.com/dmdl-network/dmdl/hospital/ledger"
	"github.com/dmdl-network/dmdl/hospital/signed"
	"github.com/dmdl-network/dmdl/localnet"
	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/records"
)

// ward is a hospital whose vault hands out releases, with a clinician of another.
type ward struct {
	*keeper
	client           *ledger.Client
	registrar        ledger.Key
	clinician, other fetch.Identity
	folder           string // of the clinician's identity
	address          string
	subject          records.SubjectId
	record           string
	sealed           []byte // the commitment to a part that restricts nothing
}

// enrol makes an account a participant.
func (w *ward) enrol(node *localnet.Node, address string, role consortium.Role) {
	w.t.Helper()
	person := sha256.Sum256([]byte(address))
	_, err := w.client.Submit(w.ctx, node.Operator, &consortium.MsgEnrolParticipants{
		Operator: node.Operator.Address(),
		Enrolments: []consortium.Enrolment{{
			Address: address, Person: person[:], Roles: []consortium.RoleGrant{{Role: role, ExpiresAt: time.Now().Add(time.Hour)}},
		}},
	})
	require.NoError(w.t, err)
}

// opens takes a large record in, has everybody enrolled, and begins to serve.
func (w *ward) opens() {
	w.t.Helper()
	w.opensAVault(w.client)
	data := filepath.Join(w.home, "data")
	require.NoError(w.t, os.Mkdir(data, 0o700))
	text, err := os.Create(filepath.Join(data, "scan.bin"))
	require.NoError(w.t, err)
	_, err = io.CopyN(text, rand.Reader, scan)
	require.NoError(w.t, err)
	require.NoError(w.t, text.Close())
	w.run("vault", "ingest", data, "--patient", "somebody", "--anchor")
	require.NoError(w.t, os.RemoveAll(data))
	var sealed struct{ Sealed string }
	w.read(&sealed, "vault", "consent", "seal", "1")
	w.sealed, err = hex.DecodeString(sealed.Sealed)
	require.NoError(w.t, err)
	w.subject, w.record = records.SubjectId{Institution: 1, Number: 1}, "1-1-0"

	w.folder = filepath.Join(w.home, "clinician")
	w.clinician, w.other = w.hires(w.folder), w.hires(filepath.Join(w.home, "other"))
	w.registers(1)
}

// hires enrols a clinician of the second hospital, whose identity is in a new folder.
func (w *ward) hires(folder string) fetch.Identity {
	w.t.Helper()
	clinician, err := fetch.NewIdentity(folder)
	require.NoError(w.t, err)
	w.enrol(w.net.Nodes[1], clinician.Account.Address(), consortium.ROLE_CLINICIAN)
	return clinician
}

// registers enrols a registrar, who says of the first patients who they are.
func (w *ward) registers(patients uint64) {
	w.t.Helper()
	var err error
	w.registrar, err = ledger.NewKey()
	require.NoError(w.t, err)
	w.enrol(w.net.Nodes[0], w.registrar.Address(), consortium.ROLE_REGISTRAR)
	msg := &access.MsgEnrolSubjects{Registrar: w.registrar.Address()}
	identity := sha256.Sum256([]byte("statement"))
	for number := range patients {
		msg.Enrolments = append(msg.Enrolments, access.SubjectEnrolment{Number: number + 1, Identity: identity[:]})
	}
	_, err = w.client.Submit(w.ctx, w.registrar, msg)
	require.NoError(w.t, err)
}

// classes are those that patients consent to and clinicians ask for.
var classes = []records.RecordClass{
	records.RECORD_CLASS_DOCUMENT, records.RECORD_CLASS_RESULT, records.RECORD_CLASS_IMAGING, records.RECORD_CLASS_ADMINISTRATIVE,
}

// consent is a patient's consent to treatment by the second hospital.
func (w *ward) consent(subject records.SubjectId, sealed []byte) *access.MsgGrantConsent {
	paper := sha256.Sum256([]byte("paper"))
	return &access.MsgGrantConsent{
		Actor: w.registrar.Address(), Subject: subject, Sealed: sealed, Evidence: paper[:],
		Permits: []access.Permit{{
			Grantee: access.Grantee{Institution: 2}, Purposes: []access.Purpose{access.PURPOSE_TREAT},
			Classes: classes, Actions: []access.Action{access.ACTION_ACCESS},
		}},
	}
}

// consents has the patient consent and returns the consent's index.
func (w *ward) consents() uint64 {
	w.t.Helper()
	result, err := w.client.Submit(w.ctx, w.registrar, w.consent(w.subject, w.sealed))
	require.NoError(w.t, err)
	var answer access.MsgGrantConsentResponse
	require.NoError(w.t, result.Answer(&answer))
	return answer.Index
}

// withdraws ends a consent of a patient and returns the height of the block.
func (w *ward) withdraws(ctx context.Context, subject records.SubjectId, consent uint64) (int64, error) {
	result, err := w.client.Submit(ctx, w.registrar, &access.MsgWithdrawConsents{
		Actor: w.registrar.Address(), Subject: subject, Consents: []uint64{consent},
	})
	return result.Height, err
}

// serves starts the vault's service until the story ends.
func (w *ward) serves() {
	w.t.Helper()
	cmd := exec.CommandContext(w.ctx, binary, "vault", "serve", "--listen", "", "--release-listen", "127.0.0.1:0", "--cadence", "1h")
	cmd.Env = append(os.Environ(), "DMDLD_VAULT="+filepath.Join(w.home, "vault"))
	log, err := cmd.StderrPipe()
	require.NoError(w.t, err)
	require.NoError(w.t, cmd.Start())
	w.t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait() // it was interrupted
	})
	lines := bufio.NewScanner(log)
	for w.address == "" && lines.Scan() {
		if _, found, ok := strings.Cut(lines.Text(), `msg="serving releases" address=`); ok {
			w.address = "http://" + found
		}
	}
	require.NotEmpty(w.t, w.address)
	go func() { _, _ = io.Copy(io.Discard, log) }() // so that it never waits for a reader
}

// onLedger are the flags of a requester at the second hospital's node.
func (w *ward) onLedger(args ...string) []string {
	node := w.net.Nodes[1]
	return append(args, "--identity", w.folder, "--chain-id", w.net.ChainID, "--node", node.RPC(), "--grpc", node.GRPC())
}

// asks gets the clinician a ticket, once their node has what the ward's node has.
func (w *ward) asks() access.TicketId {
	w.t.Helper()
	height, err := w.client.Height(w.ctx)
	require.NoError(w.t, err)
	require.NoError(w.t, w.net.Nodes[1].WaitHeight(w.ctx, height))
	var answer struct{ Ticket string }
	w.read(&answer, w.onLedger("requester", "request", "--subject", "1/1", "--custodian", "1", "--purpose", "treat", "--role", "clinician",
		"--classes", "document,result,imaging,administrative", "--accept", "noredisclose")...)
	var id access.TicketId
	_, err = fmt.Sscanf(answer.Ticket, "%d/%d", &id.Institution, &id.Number)
	require.NoError(w.t, err)
	return id
}

// vaultFor is the vault as an account reaches it, with small buffers on the way.
func (w *ward) vaultFor(key ledger.Key) (*fetch.Vault, *http.Client) {
	w.t.Helper()
	client := &http.Client{Transport: &http.Transport{DialContext: narrow.DialContext}}
	v, err := fetch.NewVault(w.address, client, key)
	require.NoError(w.t, err)
	return v, client
}

// bodyFrom begins to take the body of a release from an offset on.
func (w *ward) bodyFrom(client *http.Client, key ledger.Key, disclosure uint64, offset int64) *http.Response {
	w.t.Helper()
	address := fmt.Sprintf("%s/v1/releases/1/1/%d/bodies/%s", w.address, disclosure, w.record)
	r, err := http.NewRequestWithContext(w.ctx, http.MethodGet, address, nil)
	require.NoError(w.t, err)
	r.Header.Set("Range", fmt.Sprintf("bytes=%d-", offset))
	require.NoError(w.t, signed.Sign(r, key, time.Now()))
	answer, err := client.Do(r)
	require.NoError(w.t, err)
	w.t.Cleanup(func() { _ = answer.Body.Close() })
	return answer
}

func TestARevocationStopsATransferAndDishonestyShows(t *testing.T) {
	ctx, network, client := startNetwork(t, 2)
	w := &ward{keeper: &keeper{ctx: ctx, t: t, net: network, home: t.TempDir()}, client: client}
	w.opens()
	consent := w.consents()
	w.serves()
	ticket := w.asks()
	v, slow := w.vaultFor(w.clinician.Account)
	answer, err := v.Release(ctx, ticket, []string{w.record})
	require.NoError(t, err)
	disclosure, size := answer.Releases[0].Disclosure, answer.Releases[0].Records[0].Size

	w.refusesOthers(ticket, disclosure)
	w.givesNoKeyWithoutReceipt(v, disclosure)
	w.resumes(slow, disclosure, size)
	w.isCutOff(consent, disclosure, size)
	w.getsNoKeyLate(v, disclosure)
	w.isHeldAgainst(disclosure)
}

// refusesOthers has a colleague use the ticket and the release.
func (w *ward) refusesOthers(ticket access.TicketId, disclosure uint64) {
	w.t.Helper()
	v, client := w.vaultFor(w.other.Account)
	_, err := v.Offer(w.ctx, ticket)
	require.ErrorContains(w.t, err, "nothing is released to this request")
	_, err = v.Release(w.ctx, ticket, []string{w.record})
	require.ErrorContains(w.t, err, "nothing is released to this request")
	_, err = v.Keys(w.ctx, w.subject, disclosure, disclosure, w.other.Recipient())
	require.ErrorContains(w.t, err, "nothing is released to this request")
	require.Equal(w.t, http.StatusForbidden, w.bodyFrom(client, w.other.Account, disclosure, 0).StatusCode)
}

// givesNoKeyWithoutReceipt asks for the key without having signed: by the release
// itself, and by an entry that is not there. The vault waits for no promise.
func (w *ward) givesNoKeyWithoutReceipt(v *fetch.Vault, disclosure uint64) {
	w.t.Helper()
	for _, receipt := range []uint64{disclosure, disclosure + 1} {
		short, stop := context.WithTimeout(w.ctx, 2*time.Second)
		_, err := v.Keys(short, w.subject, disclosure, receipt, w.clinician.Recipient())
		stop()
		require.Error(w.t, err)
	}
	require.NotContains(w.t, w.run("vault", "show", "1/1/0"), w.clinician.Account.Address(), "no key was given")
}

// resumes takes two ends of the body apart.
func (w *ward) resumes(client *http.Client, disclosure uint64, size int64) {
	w.t.Helper()
	answer := w.bodyFrom(client, w.clinician.Account, disclosure, size-1000)
	require.Equal(w.t, http.StatusPartialContent, answer.StatusCode)
	text, err := io.ReadAll(answer.Body)
	require.NoError(w.t, err)
	require.Len(w.t, text, 1000)
}

// isHeldAgainst has the vault claim a release that the clinician never took: no receipt
// follows, everybody sees that it is due, and the clinician disputes it.
func (w *ward) isHeldAgainst(before uint64) {
	w.t.Helper()
	query := access.NewQueryClient(w.client)
	due, err := query.Unreceipted(w.ctx, &access.QueryUnreceiptedRequest{Institution: 2})
	require.NoError(w.t, err)
	require.Empty(w.t, due.Due, "the first release was signed for")
	w.consents()
	ticket := w.asks()
	v, _ := w.vaultFor(w.clinician.Account)
	claimed, err := v.Release(w.ctx, ticket, []string{w.record})
	require.NoError(w.t, err)
	disclosure := claimed.Releases[0].Disclosure
	require.Greater(w.t, disclosure, before)
	due, err = query.Unreceipted(w.ctx, &access.QueryUnreceiptedRequest{Institution: 2})
	require.NoError(w.t, err)
	require.Len(w.t, due.Due, 1)
	require.Equal(w.t, disclosure, due.Due[0].Disclosure)
	_, err = w.client.Submit(w.ctx, w.clinician.Account, &access.MsgDispute{
		Actor: w.clinician.Account.Address(), Subject: w.subject, Disclosure: disclosure, Reason: access.DISPUTE_REASON_NOT_RECEIVED,
	})
	require.NoError(w.t, err)
	conducts, err := query.Conducts(w.ctx, &access.QueryConductsRequest{})
	require.NoError(w.t, err)
	for _, c := range conducts.Conducts {
		if c.Institution == 1 {
			require.EqualValues(w.t, 1, c.Disputes)
			require.EqualValues(w.t, 2, c.Releases)
		}
	}
}
