package genesis

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	genutiltypes "github.com/cosmos/cosmos-sdk/x/genutil/types"

	"github.com/dmdl-network/dmdl/x/consortium"
)

// Restart makes the genesis document of a new chain out of the export of an
// old one, for when more than a third of the validators are lost for good. If
// keep names institutions, the other ones that validate are set idle: they stay
// members and return by themselves. All members must agree to this file as they
// did to the first: the chain cannot decide it.
func Restart(c Codec, export *genutiltypes.AppGenesis, chainID string, at time.Time, keep []uint64) (*genutiltypes.AppGenesis, error) {
	if chainID == export.ChainID {
		return nil, fmt.Errorf("the new chain must have another id than %q: signatures of the old one would count on it", chainID)
	}
	var modules map[string]json.RawMessage
	if err := json.Unmarshal(export.AppState, &modules); err != nil {
		return nil, fmt.Errorf("app_state: %w", err)
	}
	var state consortium.GenesisState
	if err := c.Codec.UnmarshalJSON(modules[consortium.ModuleName], &state); err != nil {
		return nil, fmt.Errorf("app_state.consortium: %w", err)
	}
	for _, number := range keep {
		if number == 0 || number > uint64(len(state.Institutions)) {
			return nil, fmt.Errorf("institution %d is not in the export, which has %d", number, len(state.Institutions))
		}
		state.Institutions[number-1].Idle = false
	}
	for n := range state.Institutions {
		i := &state.Institutions[n]
		if len(keep) > 0 && i.ConsensusKey != nil && !slices.Contains(keep, i.Number) {
			i.Idle = true
		}
	}
	state.Absences, state.KeyProofs = nil, nil
	state.Predecessor = &consortium.Predecessor{ChainId: export.ChainID, Height: uint64(export.InitialHeight - 1)}
	if len(consortium.Validating(state.Institutions)) == 0 {
		return nil, errors.New("nobody would validate: name institutions with a key in --keep")
	}
	modules[consortium.ModuleName] = c.Codec.MustMarshalJSON(&state)
	if export.Consensus == nil || export.Consensus.Params == nil {
		return nil, errors.New("the export has no consensus parameters")
	}
	return document(chainID, at, export.InitialHeight, modules, export.Consensus.Params)
}
