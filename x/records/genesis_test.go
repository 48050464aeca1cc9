package records_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/x/records"
)

func TestTheDefaultGenesisIsValid(t *testing.T) {
	require.NoError(t, records.DefaultGenesis().Validate())
}

// listed returns a listed batch of leaves about those subjects.
func listed(institution, number uint64, subjects ...uint64) records.GenesisBatch {
	leaves := make([]records.Leaf, len(subjects))
	for i, subject := range subjects {
		leaves[i] = leaf(subject)
	}
	b, _, err := records.ListedBatch(records.BatchId{Institution: institution, Number: number}, leaves)
	if err != nil {
		panic(err)
	}
	b.AnchoredHeight, b.AnchoredAt = 5, now
	return records.GenesisBatch{Batch: b, Leaves: leaves}
}

func bare(institution, number uint64, root byte) records.GenesisBatch {
	return records.GenesisBatch{Batch: batch(institution, number, root)}
}

func TestAGenesisIsOrderedByInstitutionThenNumber(t *testing.T) {
	gs := records.GenesisState{Batches: []records.GenesisBatch{
		bare(1, 2, 1), listed(1, 3, 7, 8), listed(1, 4, 7, 8), bare(1, 300, 2), bare(2, 1, 1), // another institution may have the same root
	}}
	require.NoError(t, gs.Validate())
}

func TestAnInvalidGenesisIsRefused(t *testing.T) {
	changed := func(change func(*records.GenesisBatch)) []records.GenesisBatch {
		g := listed(1, 2, 7, 8)
		change(&g)
		return []records.GenesisBatch{bare(1, 1, 1), g}
	}
	for name, tc := range map[string]struct {
		batches []records.GenesisBatch
		err     error
	}{
		"an invalid batch":              {[]records.GenesisBatch{bare(1, 1, 1), {}}, records.ErrZeroNumber},
		"a repeated batch":              {[]records.GenesisBatch{bare(1, 1, 1), listed(1, 1, 7)}, records.ErrGenesisOrder},
		"a lower number":                {[]records.GenesisBatch{bare(1, 2, 1), bare(1, 1, 2)}, records.ErrGenesisOrder},
		"a lower institution":           {[]records.GenesisBatch{bare(2, 1, 1), bare(1, 2, 1)}, records.ErrGenesisOrder},
		"a repeated root":               {[]records.GenesisBatch{bare(1, 1, 1), bare(1, 2, 1)}, records.ErrRootExists},
		"a root repeated further apart": {[]records.GenesisBatch{bare(1, 1, 1), bare(2, 1, 1), bare(2, 2, 3), bare(2, 3, 1)}, records.ErrRootExists},
		"no leaves":                     {changed(func(g *records.GenesisBatch) { g.Leaves = nil }), records.ErrLeafCount},
		"a leaf less":                   {changed(func(g *records.GenesisBatch) { g.Leaves = g.Leaves[:1] }), records.ErrLeafCount},
		"an invalid leaf":               {changed(func(g *records.GenesisBatch) { g.Leaves[1].Content = nil }), records.ErrInvalidCommitment},
		"another leaf":                  {changed(func(g *records.GenesisBatch) { g.Leaves[1].Content[0]++ }), records.ErrWrongRoot},
		"leaves of a bare batch":        {changed(func(g *records.GenesisBatch) { g.Batch.Listed = false }), records.ErrLeafCount},
	} {
		t.Run(name, func(t *testing.T) {
			require.ErrorIs(t, records.GenesisState{Batches: tc.batches}.Validate(), tc.err)
		})
	}
}
