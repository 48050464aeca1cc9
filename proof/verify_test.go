package proof_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/commitment"
	"github.com/dmdl-network/dmdl/proof"
)

func TestAnExistenceBundleSaysWhatIsProvenAndWhatIsNot(t *testing.T) {
	f := newFixture(t)
	bundle := f.make(t, f.listed.request(t, 1, early), nil)
	report, err := proof.Verify(bundle, f.root, proof.Options{})
	require.NoError(t, err)

	require.Equal(t, proof.RecordID{Institution: 1, Batch: 1, Leaf: 1}, report.Record)
	require.Equal(t, "1/7", report.Public.Subject)
	require.EqualValues(t, early, report.StateHeight)
	require.Equal(t, proof.CheckpointOf(f.blocks[early+1].Header), report.Checkpoint)
	require.EqualValues(t, anchored, report.Batch.Height)
	require.Equal(t, &proof.StandingReport{Status: "in force", Custodian: 1}, report.Standing)
	require.Nil(t, report.Content)
	text := report.String()
	require.Contains(t, text, "Validators holding more than two thirds of the power at height 7 (4 of 4) signed a state, that of height 6 of chain dmdl-test-1, that holds this commitment.")
	require.Contains(t, text, "Nothing had happened to the record as of height 6.")
	require.Contains(t, text, "existence bundle and opens nothing")
	require.Contains(t, text, "genesis document")
	for _, hidden := range []string{"Observation", "loinc", "fhir"} {
		require.NotContains(t, text, hidden)
		require.NotContains(t, string(bundle), hidden)
	}
}

func TestAContentBundleNamesItsHolderAndOpensTheCommitments(t *testing.T) {
	f := newFixture(t)
	report, err := proof.Verify(f.standard(t), f.root, proof.Options{})
	require.NoError(t, err)
	require.Equal(t, "Observation", report.Content.Kind)
	require.Equal(t, []string{"loinc|first"}, report.Content.Descriptor.Codes)
	require.Equal(t, "retracted", report.Standing.Status)
	require.Equal(t, "entered in error", report.Standing.Reason)
	require.EqualValues(t, retracted, report.Standing.Height)
	text := report.String()
	require.Contains(t, text, "As of height 14 the record was retracted")
	require.Contains(t, text, "That dmdl1holder holds this bundle: its maker says so")
}

func TestABundleWithoutStandingSaysSo(t *testing.T) {
	f := newFixture(t)
	q := f.listed.request(t, 1, middle)
	q.Standing = false
	report, err := proof.Verify(f.make(t, q, nil), f.root, proof.Options{})
	require.NoError(t, err)
	require.Nil(t, report.Standing)
	require.Contains(t, strings.Join(report.NotProven, "\n"), "the bundle does not show its standing")
}

func TestABundleSurvivesItsRecord(t *testing.T) {
	f := newFixture(t)
	before := f.make(t, f.listed.request(t, 1, early), nil)
	require.NotContains(t, string(before), "content\":")
	report, err := proof.Verify(before, f.root, proof.Options{})
	require.NoError(t, err, "made before the record was retracted, it verifies for ever")
	require.False(t, report.Standing.Changed)
}

// document is an original with the bytes and the canonical form that it says.
type document struct {
	raw, canonical, weak string
	fails                error
}

func (d document) Raw() ([commitment.Size]byte, error) {
	return sha256.Sum256([]byte(d.raw)), d.fails
}

func (d document) Canonical(profile string) ([commitment.Size]byte, error) {
	switch {
	case profile == "fhir-json/1" && d.canonical != "":
		return sha256.Sum256([]byte(d.canonical)), nil
	case profile == "weak/1":
		return sha256.Sum256([]byte(d.weak)), nil
	}
	return [commitment.Size]byte{}, proof.ErrNoForm
}

func TestAnOriginalIsExactOrSameContentOrDifferent(t *testing.T) {
	f := newFixture(t)
	bundle := f.standard(t)
	raw, canonical := string(f.first.raw), string(f.first.canonical)
	for name, row := range map[string]struct {
		original document
		want     proof.Comparison
	}{
		"the same bytes":            {document{raw: raw}, proof.Comparison{Result: proof.Exact, Profile: "fhir-json/1"}},
		"written in another way":    {document{raw: "x", canonical: canonical}, proof.Comparison{Result: proof.SameContent, Profile: "fhir-json/1"}},
		"another document":          {document{raw: "x", canonical: "y"}, proof.Comparison{Result: proof.Different, Profile: "fhir-json/1"}},
		"not even of the form":      {document{raw: "x"}, proof.Comparison{Result: proof.Different, Profile: "fhir-json/1"}},
		"the same in a weaker form": {document{raw: "x", canonical: "y", weak: "weak"}, proof.Comparison{Result: proof.Different, Profile: "fhir-json/1", Also: []string{"weak/1"}}},
	} {
		t.Run(name, func(t *testing.T) {
			report, err := proof.Verify(bundle, f.root, proof.Options{Original: row.original})
			require.NoError(t, err)
			require.Equal(t, &row.want, report.Original)
			require.Contains(t, report.String(), "The original is "+string(row.want.Result))
		})
	}

	unread := errors.New("unreadable")
	_, err := proof.Verify(bundle, f.root, proof.Options{Original: document{fails: unread}})
	failsIn(t, proof.PartOriginal, err)
	require.ErrorIs(t, err, unread)
	_, err = proof.Verify(f.make(t, f.listed.request(t, 1, early), nil), f.root, proof.Options{Original: document{raw: raw}})
	failsIn(t, proof.PartOriginal, err)
}

func TestARecordOfAnEarlierChainOpensIfThatChainIsNamed(t *testing.T) {
	f := newFixture(t)
	old := newSecret(t, "dmdl-old-1", 1, "old")
	b := newBatch(t, chainID, listedID, 1, map[int]secret{0: old})
	continued := newChain(t, chainID, f.sets)
	b.anchor(t, continued)
	continued.seal(t, 3)
	content := old.open()
	content.ChainID = "dmdl-old-1"
	q := b.request(t, 0, 1)
	q.Content = content
	q.Standing = false
	bundle, report, err := proof.Make(context.Background(), continued, f.root, q)
	require.NoError(t, err)
	require.Equal(t, "dmdl-old-1", report.Content.ChainID)
	require.Contains(t, report.String(), "made for chain \"dmdl-old-1\"")

	_, err = proof.Verify(bundle, f.root, proof.Options{})
	failsIn(t, proof.PartOpening, err)
	_, err = proof.Verify(bundle, f.root, proof.Options{Predecessors: []string{"dmdl-old-1"}})
	require.NoError(t, err)
}
