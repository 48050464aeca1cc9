package records_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/x/records"
)

func TestTheDefaultGenesisIsValid(t *testing.T) {
	require.NoError(t, records.DefaultGenesis().Validate())
}

func TestAGenesisIsOrderedByInstitutionThenNumber(t *testing.T) {
	gs := records.GenesisState{
		Records: []records.Record{record(1, 2), record(1, 300), record(2, 1)},
		Batches: []records.Batch{batch(1, 2, 1), batch(1, 300, 2), batch(2, 1, 1)}, // another institution may have the same root
	}
	require.NoError(t, gs.Validate())
}

func TestAnInvalidGenesisIsRefused(t *testing.T) {
	for name, tc := range map[string]struct {
		records []records.Record
		batches []records.Batch
		err     error
	}{
		"an invalid record":             {[]records.Record{record(1, 1), {}}, nil, records.ErrZeroNumber},
		"a repeated record":             {[]records.Record{record(1, 1), record(1, 1)}, nil, records.ErrGenesisOrder},
		"a lower sequence":              {[]records.Record{record(1, 2), record(1, 1)}, nil, records.ErrGenesisOrder},
		"a record's lower institution":  {[]records.Record{record(2, 1), record(1, 2)}, nil, records.ErrGenesisOrder},
		"an invalid batch":              {nil, []records.Batch{batch(1, 1, 1), {}}, records.ErrZeroNumber},
		"a repeated batch":              {nil, []records.Batch{batch(1, 1, 1), batch(1, 1, 2)}, records.ErrGenesisOrder},
		"a lower number":                {nil, []records.Batch{batch(1, 2, 1), batch(1, 1, 2)}, records.ErrGenesisOrder},
		"a batch's lower institution":   {nil, []records.Batch{batch(2, 1, 1), batch(1, 2, 1)}, records.ErrGenesisOrder},
		"a repeated root":               {nil, []records.Batch{batch(1, 1, 1), batch(1, 2, 1)}, records.ErrRootExists},
		"a root repeated further apart": {nil, []records.Batch{batch(1, 1, 1), batch(2, 1, 1), batch(2, 2, 3), batch(2, 3, 1)}, records.ErrRootExists},
	} {
		t.Run(name, func(t *testing.T) {
			gs := records.GenesisState{Records: tc.records, Batches: tc.batches}
			require.ErrorIs(t, gs.Validate(), tc.err)
		})
	}
}
