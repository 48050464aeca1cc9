package consortium_test

import (
	"testing"
	"time"

	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	cmttypes "github.com/cometbft/cometbft/types"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dmdl-network/dmdl/x/consortium"
)

func limits() *consortium.MsgUpdateConsensusParams {
	now := cmttypes.DefaultConsensusParams().Evidence
	return &consortium.MsgUpdateConsensusParams{
		BlockMaxBytes: 4 << 20, BlockMaxGas: 100_000_000, EvidenceMaxAgeBlocks: now.MaxAgeNumBlocks,
		EvidenceMaxAgeDuration: now.MaxAgeDuration, EvidenceMaxBytes: 1 << 20,
		PubKeyTypes: []string{cmttypes.ABCIPubKeyTypeEd25519, cmttypes.ABCIPubKeyTypeMlDsa65},
	}
}

func TestCheckLimitsRefuses(t *testing.T) {
	now := cmttypes.DefaultConsensusParams().ToProto()
	require.NoError(t, consortium.CheckLimits(now, limits()))
	require.NoError(t, consortium.CheckLimits(cmtproto.ConsensusParams{}, limits()), "a chain may begin without")
	for name, edit := range map[string]func(*consortium.MsgUpdateConsensusParams){
		"a small block":          func(m *consortium.MsgUpdateConsensusParams) { m.BlockMaxBytes = 2<<20 - 1 },
		"a large block":          func(m *consortium.MsgUpdateConsensusParams) { m.BlockMaxBytes = 16<<20 + 1 },
		"an unbounded block":     func(m *consortium.MsgUpdateConsensusParams) { m.BlockMaxBytes = -1 },
		"little gas":             func(m *consortium.MsgUpdateConsensusParams) { m.BlockMaxGas = 9_999_999 },
		"much gas":               func(m *consortium.MsgUpdateConsensusParams) { m.BlockMaxGas = 10_000_000_001 },
		"unbounded gas":          func(m *consortium.MsgUpdateConsensusParams) { m.BlockMaxGas = -1 },
		"fewer blocks":           func(m *consortium.MsgUpdateConsensusParams) { m.EvidenceMaxAgeBlocks-- },
		"a shorter time":         func(m *consortium.MsgUpdateConsensusParams) { m.EvidenceMaxAgeDuration -= time.Nanosecond },
		"no room for evidence":   func(m *consortium.MsgUpdateConsensusParams) { m.EvidenceMaxBytes = 1<<10 - 1 },
		"only room for evidence": func(m *consortium.MsgUpdateConsensusParams) { m.EvidenceMaxBytes = m.BlockMaxBytes/4 + 1 },
		"no key type":            func(m *consortium.MsgUpdateConsensusParams) { m.PubKeyTypes = nil },
		"an unknown key type":    func(m *consortium.MsgUpdateConsensusParams) { m.PubKeyTypes[0] = "rsa" },
		"a key type twice":       func(m *consortium.MsgUpdateConsensusParams) { m.PubKeyTypes[1] = m.PubKeyTypes[0] },
	} {
		msg := limits()
		edit(msg)
		require.ErrorIs(t, consortium.CheckLimits(now, msg), consortium.ErrConsensusParams, name)
	}
}

func TestAParticipantMayHaveEveryRole(t *testing.T) {
	require.Len(t, consortium.Role_name, consortium.MaxRoles+1, "count a new role in MaxRoles")
}

// TestCometBFTAcceptsWhatALimitAllows is why a vote cannot stop the chain.
func TestCometBFTAcceptsWhatALimitAllows(t *testing.T) {
	now := cmttypes.DefaultConsensusParams()
	rapid.Check(t, func(rt *rapid.T) {
		msg := limits()
		msg.BlockMaxBytes = rapid.Int64Range(consortium.MinBlockBytes, consortium.MaxBlockBytes+2).Draw(rt, "bytes")
		msg.BlockMaxGas = rapid.Int64Range(consortium.MinBlockGas, consortium.MaxBlockGas+2).Draw(rt, "gas")
		msg.EvidenceMaxBytes = rapid.Int64Range(1<<10, 5<<20).Draw(rt, "evidence")
		msg.EvidenceMaxAgeBlocks += rapid.Int64Range(0, 1<<40).Draw(rt, "age")
		if consortium.CheckLimits(now.ToProto(), msg) != nil {
			return
		}
		change := cmtproto.ConsensusParams{
			Block: &cmtproto.BlockParams{MaxBytes: msg.BlockMaxBytes, MaxGas: msg.BlockMaxGas},
			Evidence: &cmtproto.EvidenceParams{
				MaxAgeNumBlocks: msg.EvidenceMaxAgeBlocks, MaxAgeDuration: msg.EvidenceMaxAgeDuration, MaxBytes: msg.EvidenceMaxBytes,
			},
			Validator: &cmtproto.ValidatorParams{PubKeyTypes: msg.PubKeyTypes},
		}
		require.NoError(rt, now.ValidateUpdate(&change, 1))
		require.NoError(rt, now.Update(&change).ValidateBasic())
	})
}
