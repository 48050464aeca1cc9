package app_test

import (
	"bytes"
	"fmt"
	"math/bits"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/cryptotest"

	"filippo.io/age"
	dbm "github.com/cosmos/cosmos-db"
	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/hospital/clerk"
	"github.com/dmdl-network/dmdl/hospital/ingest"
	"github.com/dmdl-network/dmdl/hospital/vault"
	"github.com/dmdl-network/dmdl/x/records"
)

// input is a file that a hospital takes in: a FHIR resource. All but the patient,
// and what class and size it gives the record, is sealed.
type input struct{ file, kind, patient, code, label, date, note string }

func (i input) write(t *testing.T, folder string) string {
	t.Helper()
	path := filepath.Join(folder, i.file)
	require.NoError(t, os.WriteFile(path, fmt.Appendf(nil, `{"resourceType":%q,"meta":{"security":[{"system":"v3","code":%q}]},`+
		`"subject":{"reference":"Patient/%s"},"code":{"coding":[{"system":"icd-10","code":"%s"}]},"recordedDate":%q,"note":[{"text":%q}]}`,
		i.kind, i.label, i.patient, i.code, i.date, i.note), 0o600))
	return path
}

// ordinary is the record that the twins differ in.
var ordinary = input{file: "a.json", kind: "Condition", patient: "1", code: "J06.9", label: "N", date: "2026-03-01", note: "a cold"}

// unlike is the ordinary record after a change.
func unlike(change func(*input)) input {
	i := ordinary
	change(&i)
	return i
}

// openVault makes a vault for the first institution of the test chain.
func openVault(t *testing.T) *vault.Vault {
	t.Helper()
	recovery, err := age.GenerateHybridIdentity()
	require.NoError(t, err)
	home := filepath.Join(t.TempDir(), "vault")
	require.NoError(t, vault.Create(t.Context(), home, vault.Settings{Name: "twin", ChainID: chainID, Institution: 1}, recovery.Recipient().String()))
	v, err := vault.Open(t.Context(), home, vault.Options{})
	require.NoError(t, err)
	return v
}

// differing is the number in the vault of the record that the twins differ in,
// and its leaf in the first batch is one less. So is common that of another.
const differing, common = 3, 1

// live runs a chain whose first hospital takes the input in between others,
// anchors them all, and then does with it whatever a hospital does with records.
func live(t *testing.T, twin input) *transcript {
	t.Helper()
	cryptotest.SetGlobalRandom(t, 7)
	n := newNetworkOver(t, dbm.NewMemDB(), options{}, 1)
	d := &desk{network: n, vault: n.members[0].vault, transcript: &transcript{commitments: make(map[string][]byte)}}
	d.note(n)
	v := openVault(t)
	defer func() { require.NoError(t, v.Close()) }()
	ctx, office := t.Context(), clerk.New(v, d, d.newest, d.vault.Key)

	takeIn(t, v, other(1), other(2), twin, other(4), other(5))
	_, _, err := v.Seal(ctx, 10)
	require.NoError(t, err)
	d.commits(v)
	_, err = office.Anchor(ctx, nil)
	require.NoError(t, err)
	require.NoError(t, office.Beat(ctx)) // of padding alone

	d.lists(v, 100, 1, 2, differing, 4, 5)
	_, err = d.Submit(ctx, d.vault.Key, &records.MsgRetractRecord{Vault: d.vault.Address(), Record: d.shows(v, differing), Reason: records.RECORD_REASON_ENTERED_IN_ERROR})
	require.NoError(t, err)
	for _, id := range []uint64{differing, common} {
		_, err := office.Erase(ctx, id, records.ERASURE_BASIS_OBJECTION)
		require.NoError(t, err)
	}
	takeIn(t, v, other(6))
	require.NoError(t, office.Beat(ctx))
	return d.transcript
}

// other is an input that the twins share, about one of two patients.
func other(number int) input {
	return unlike(func(i *input) {
		i.file, i.patient, i.code = fmt.Sprintf("%d.json", number), fmt.Sprint(number%2), fmt.Sprintf("A0%d", number)
	})
}

// takeIn takes inputs into the vault, one at a time, so that their random bytes
// are dealt in one order.
func takeIn(t *testing.T, v *vault.Vault, inputs ...input) {
	t.Helper()
	folder := t.TempDir()
	for _, i := range inputs {
		s, err := ingest.Path(t.Context(), v, i.write(t, folder), ingest.Options{}, nil)
		require.NoError(t, err)
		require.Empty(t, s.Failures)
		require.Equal(t, 1, s.Records-s.Known)
	}
}

// commits takes down what the first batch commits by, as far as the record that
// the twins differ in goes into it: its own commitments, the root, and the one
// step in the path of another record that leads past it.
func (d *desk) commits(v *vault.Vault) {
	d.t.Helper()
	own, err := v.Proof(d.t.Context(), differing)
	require.NoError(d.t, err)
	another, err := v.Proof(d.t.Context(), common)
	require.NoError(d.t, err)
	d.commitments["content"], d.commitments["sealed"], d.commitments["root"] = own.Leaf.Content, own.Leaf.Sealed, own.Root[:]
	d.commitments["step"] = another.Path[bits.Len64(own.Index^another.Index)-1]
}

// lists anchors records a second time, now as a listed batch.
func (d *desk) lists(v *vault.Vault, number uint64, ids ...uint64) {
	d.t.Helper()
	var leaves []records.Leaf
	var encoded [][]byte
	for _, id := range ids {
		leaf := *d.shows(v, id).Leaf
		leaves, encoded = append(leaves, leaf), append(encoded, records.LeafBytes(leaf))
	}
	root, err := records.Root(encoded)
	require.NoError(d.t, err)
	d.commitments["listed root"] = root
	_, err = d.Submit(d.t.Context(), d.vault.Key, listed(d.vault, number, leaves...))
	require.NoError(d.t, err)
}

// shows refers to a record with its leaf and path.
func (d *desk) shows(v *vault.Vault, id uint64) records.RecordRef {
	d.t.Helper()
	p, err := v.Proof(d.t.Context(), id)
	require.NoError(d.t, err)
	return records.RecordRef{Id: records.RecordId{Institution: 1, Batch: p.Batch, Leaf: p.Index}, Leaf: &p.Leaf, Path: p.Path}
}

// TestTwinsDifferOnTheLedgerInTheirCommitmentsOnly runs a chain again and again,
// with the same keys, block times and random bytes, on inputs that differ from
// the ordinary one in what is sealed. Every byte of every transaction, outcome
// and store is the same but for the commitments to that one record, the roots
// and the step over it, and the signatures of transactions that hold these. The
// clocks of the vaults run on meanwhile: nothing of them may show either.
func TestTwinsDifferOnTheLedgerInTheirCommitmentsOnly(t *testing.T) {
	first := live(t, ordinary)
	require.Equal(t, first, live(t, ordinary), "the same input gives the same bytes")
	lines := first.lines()
	for name, twin := range map[string]input{
		"the diagnosis":        unlike(func(i *input) { i.code = "B20.1" }),
		"the label":            unlike(func(i *input) { i.label = "V" }),
		"the date":             unlike(func(i *input) { i.date = "1999-12-31" }),
		"the kind":             unlike(func(i *input) { i.kind = "AllergyIntolerance" }),
		"the original":         unlike(func(i *input) { i.note = strings.Repeat("no cold after all ", 800) }),
		"the diagnoses' count": unlike(func(i *input) { i.code = `J06.9"},{"system":"icd-10","code":"B20.1` }),
	} {
		t.Run(name, func(t *testing.T) {
			second := live(t, twin)
			require.Equal(t, lines, second.lines())
			requireOtherCommitments(t, first, second)
			requireOtherHashes(t, first, second)
		})
	}
}

// requireOtherCommitments checks that the twins share no commitment, and that
// there are those that there must be.
func requireOtherCommitments(t *testing.T, first, second *transcript) {
	t.Helper()
	signatures := 0
	for what, value := range first.commitments {
		require.NotEqual(t, value, second.commitments[what], what)
		if strings.HasPrefix(what, "signature") {
			signatures++
		}
		require.Contains(t, strings.Join(first.lines(), "\n"), "<"+what, "it is on the ledger")
	}
	require.Equal(t, 5, signatures, "of batch, listed batch, retraction and two erasures")
	require.Len(t, first.commitments, 5+signatures)
}

// requireOtherHashes checks that the state of the twins has the same hash until
// the first batch, and from then on differs in the stores of records alone.
func requireOtherHashes(t *testing.T, first, second *transcript) {
	t.Helper()
	require.Len(t, first.pages, 8)
	for at, page := range first.pages {
		require.Equal(t, at == 0, bytes.Equal(page.appHash, second.pages[at].appHash), "block %d", at)
		for store, hash := range page.hashes {
			same := at == 0 || store != records.StoreKey && store != records.IndexStoreKey
			require.Equal(t, same, bytes.Equal(hash, second.pages[at].hashes[store]), "block %d, %s", at, store)
		}
	}
}

// TestTwinsThatDifferInWhatIsPublicAreToldApart shows that the comparison looks:
// each of these is on the ledger for everyone to see.
func TestTwinsThatDifferInWhatIsPublicAreToldApart(t *testing.T) {
	lines := live(t, ordinary).lines()
	for name, twin := range map[string]input{
		"the subject": unlike(func(i *input) { i.patient = "0" }),
		"the class":   unlike(func(i *input) { i.kind = "Observation" }),
		"the size":    unlike(func(i *input) { i.note = strings.Repeat("no cold after all ", 1000) }),
	} {
		t.Run(name, func(t *testing.T) {
			second := live(t, twin)
			require.NotEqual(t, lines, second.lines())
		})
	}
}
