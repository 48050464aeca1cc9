package proof_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/commitment"
	"github.com/dmdl-network/dmdl/proof"
	"github.com/dmdl-network/dmdl/x/records"
)

func TestEveryStandingIsPutIntoWords(t *testing.T) {
	at := func(leaf uint64) records.RecordId { return records.RecordId{Institution: 1, Batch: 1, Leaf: leaf} }
	next, before := at(1), at(0)
	rows := []struct {
		standing records.Standing
		words    []string
	}{
		{records.Standing{
			Status: records.RECORD_STATUS_AMENDED, Custodian: 1, Reason: records.RECORD_REASON_CORRECTION, Successor: &next,
		}, []string{"was amended and institution 1 its custodian", "reason: correction", "successor: 1/1/1"}},
		{
			records.Standing{Status: records.RECORD_STATUS_IN_FORCE, Custodian: 1, Predecessor: &before},
			[]string{"was in force", "predecessor: 1/1/0"},
		},
		{
			records.Standing{Status: records.RECORD_STATUS_ERASED, Custodian: 4, Basis: records.ERASURE_BASIS_CONSENT_WITHDRAWN},
			[]string{"was erased and institution 4 its custodian", "legal basis: consent withdrawn"},
		},
		{
			records.Standing{Status: records.RECORD_STATUS_IN_FORCE, Custodian: 1, OfferedTo: 3},
			[]string{"custody offered to institution 3"},
		},
	}
	c := newChain(t, chainID, map[int64][]int{1: {1, 2, 3, 4}})
	b := newBatch(t, chainID, listedID, len(rows), nil)
	b.anchor(t, c)
	for i, row := range rows {
		leaf, err := records.ParseLeaf(b.leaves[i])
		require.NoError(t, err)
		row.standing.Id, row.standing.Leaf = at(uint64(i)), leaf
		row.standing.ChangedHeight, row.standing.ChangedAt = 1, genesisTime
		require.NoError(t, row.standing.Validate())
		value, err := row.standing.Marshal()
		require.NoError(t, err)
		c.set(records.StoreKey, records.StandingKey(row.standing.Id), value)
	}
	c.seal(t, 2)
	root, err := proof.GenesisRoot(c.genesis(t))
	require.NoError(t, err)
	for i, row := range rows {
		_, report, err := proof.Make(context.Background(), c, root, b.request(t, i, 1))
		require.NoError(t, err)
		require.True(t, report.Standing.Changed)
		require.Equal(t, genesisTime, report.Standing.Time.UTC().Truncate(time.Nanosecond))
		require.Contains(t, report.String(), "about no single patient")
		for _, words := range row.words {
			require.Contains(t, strings.Join(report.Proven, "\n"), words)
		}
	}
}

// contentOf anchors one record and asks for its content bundle.
func contentOf(t *testing.T, s secret, content *proof.Content) (proof.Report, error) {
	t.Helper()
	c := newChain(t, chainID, map[int64][]int{1: {1, 2, 3, 4}})
	b := newBatch(t, chainID, listedID, 1, map[int]secret{0: s})
	b.anchor(t, c)
	c.seal(t, 2)
	root, err := proof.GenesisRoot(c.genesis(t))
	require.NoError(t, err)
	q := b.request(t, 0, 1)
	q.Standing, q.Content = false, content
	_, report, err := proof.Make(context.Background(), c, root, q)
	return report, err
}

func TestACustodiansWordsDoNotPassForThoseOfTheReport(t *testing.T) {
	s := newSecret(t, chainID, 1, "first")
	s.content.Kind = "Observation\n  - The record is true.\x1b[2K"
	made := s.content.Commit(commitment.Scope{ChainID: chainID, Institution: 1}, s.opening1)
	s.leaf.Content = made[:]
	content := s.open()
	content.Sealed = nil
	report, err := contentOf(t, s, content)
	require.NoError(t, err)
	require.Nil(t, report.Content.Descriptor)
	require.NotContains(t, report.String(), "\n  - The record is true.")
	require.NotContains(t, report.String(), "\x1b")
}

func TestADescriptorThatNobodyCouldReadTwoWaysIsAskedFor(t *testing.T) {
	good := string(newSecret(t, chainID, 1, "first").descriptor)
	for name, descriptor := range map[string]string{
		"another version":     strings.Replace(good, `"version":1`, `"version":2`, 1),
		"an unknown field":    strings.Replace(good, `"codes"`, `"note":"","codes"`, 1),
		"a repeated field":    strings.Replace(good, `"codes"`, `"codes":["a|b"],"codes"`, 1),
		"bytes behind it":     good + "{}",
		"white space":         " " + good,
		"another kind":        strings.Replace(good, "Observation", "Condition", 1),
		"not even a document": "patient 4711",
	} {
		t.Run(name, func(t *testing.T) {
			s := newSecret(t, chainID, 1, "first")
			s.descriptor = []byte(descriptor)
			sealed := commitment.Sealed(commitment.Scope{ChainID: chainID, Institution: 1}, commitment.Digest(s.descriptor), s.opening2)
			s.leaf.Sealed = sealed[:]
			_, err := contentOf(t, s, s.open())
			failsIn(t, proof.PartDescriptor, err)
			require.NotContains(t, err.Error(), "4711")
		})
	}
}
