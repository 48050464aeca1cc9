package genesis_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	genutiltypes "github.com/cosmos/cosmos-sdk/x/genutil/types"

	"github.com/dmdl-network/dmdl/genesis"
	"github.com/dmdl-network/dmdl/x/consortium"
)

const newChainID = "dmdl-test-2"

// export is what a chain of six members leaves at height 100, after a change.
func export(t *testing.T, change func(*consortium.GenesisState)) *genutiltypes.AppGenesis {
	t.Helper()
	doc := gather(t, entries(t, 6))
	doc.InitialHeight = 101
	state := members(t, doc)
	state.KeyProofs = nil // a chain does not keep them
	state.Absences = []consortium.Absence{{Institution: 2, Blocks: 7}}
	change(state)
	rewrite(t, doc, consortium.ModuleName, theCodec.Codec.MustMarshalJSON(state))
	return doc
}

func unchanged(*consortium.GenesisState) {}

// idle lists the numbers of those who are idle.
func idle(state *consortium.GenesisState) (numbers []uint64) {
	for _, i := range state.Institutions {
		if i.Idle {
			numbers = append(numbers, i.Number)
		}
	}
	return numbers
}

func TestARestartNamesTheChainBefore(t *testing.T) {
	at := begin.Add(time.Hour)
	doc, err := genesis.Restart(theCodec, export(t, unchanged), newChainID, at, nil)
	require.NoError(t, err)
	require.Equal(t, newChainID, doc.ChainID)
	require.EqualValues(t, 101, doc.InitialHeight, "heights go on, for the state names them")
	require.Equal(t, at, doc.GenesisTime)
	state := members(t, doc)
	require.Equal(t, &consortium.Predecessor{ChainId: chainID, Height: 100}, state.Predecessor)
	require.Empty(t, state.Absences)
	require.Empty(t, idle(state))
}

func TestARestartSetsIdleWhomItDoesNotKeep(t *testing.T) {
	exported := export(t, func(s *consortium.GenesisState) {
		s.Institutions[0].Idle = true // was away, and comes back with the restart
	})
	doc, err := genesis.Restart(theCodec, exported, newChainID, begin, []uint64{1, 2, 4})
	require.NoError(t, err)
	state := members(t, doc)
	require.Equal(t, []uint64{3, 5, 6}, idle(state))
	require.Len(t, consortium.Validating(state.Institutions), 3)

	doc, err = genesis.Restart(theCodec, exported, newChainID, begin, nil)
	require.NoError(t, err)
	require.Equal(t, []uint64{1}, idle(members(t, doc)), "nobody is named, so nothing changes")
}

func TestARestartOfARestartNamesTheLastChain(t *testing.T) {
	first, err := genesis.Restart(theCodec, export(t, unchanged), newChainID, begin, nil)
	require.NoError(t, err)
	first.InitialHeight = 200 // as its own export would say
	second, err := genesis.Restart(theCodec, first, "dmdl-test-3", begin, nil)
	require.NoError(t, err)
	require.Equal(t, &consortium.Predecessor{ChainId: newChainID, Height: 199}, members(t, second).Predecessor)
}

func TestAnImpossibleRestartIsRefused(t *testing.T) {
	for want, c := range map[string]struct {
		change func(*genutiltypes.AppGenesis)
		chain  string
		keep   []uint64
	}{
		"must have another id":            {chain: chainID},
		"institution 7 is not in":         {chain: newChainID, keep: []uint64{1, 7}},
		"institution 0 is not in":         {chain: newChainID, keep: []uint64{0}},
		"no consensus parameters":         {chain: newChainID, change: func(d *genutiltypes.AppGenesis) { d.Consensus = nil }},
		"app_state: unexpected end":       {chain: newChainID, change: func(d *genutiltypes.AppGenesis) { d.AppState = json.RawMessage("{") }},
		"app_state.consortium":            {chain: newChainID, change: func(d *genutiltypes.AppGenesis) { d.AppState = json.RawMessage("{}") }},
		"must include non-empty chain_id": {chain: ""},
	} {
		t.Run(want, func(t *testing.T) {
			exported := export(t, unchanged)
			if c.change != nil {
				c.change(exported)
			}
			_, err := genesis.Restart(theCodec, exported, c.chain, begin, c.keep)
			require.ErrorContains(t, err, want)
		})
	}
	nobody := export(t, func(s *consortium.GenesisState) {
		s.Institutions[4].Status, s.Institutions[4].Suspension = consortium.INSTITUTION_STATUS_SUSPENDED, consortium.SUSPENSION_CAUSE_VOTE
	})
	_, err := genesis.Restart(theCodec, nobody, newChainID, begin, []uint64{5})
	require.ErrorContains(t, err, "nobody would validate")
}
