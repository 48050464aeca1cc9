package genesis_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/cometbft/cometbft/crypto/mldsa65"
	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/app"
	"github.com/dmdl-network/dmdl/genesis"
	"github.com/dmdl-network/dmdl/x/consortium"
)

func TestASignedEntryVerifiesForItsChainAlone(t *testing.T) {
	e := signed(t, 1)
	require.NoError(t, e.Verify(chainID))
	require.ErrorContains(t, e.Verify("dmdl-other-1"), `"dmdl-other-1"`)
}

func TestAnEntrySurvivesItsFile(t *testing.T) {
	file, err := json.MarshalIndent(signed(t, 1), "", "\t")
	require.NoError(t, err)
	var e genesis.Entry
	require.NoError(t, json.Unmarshal(file, &e))
	require.NoError(t, e.Verify(chainID))
}

func TestAnEntryMayBringAPostQuantumKey(t *testing.T) {
	key, err := mldsa65.GenPrivKeyFromSeed(make([]byte, 32))
	require.NoError(t, err)
	e := unsigned(1)
	require.NoError(t, e.Sign(key))
	require.NoError(t, e.Verify(chainID))
	require.Equal(t, mldsa65.KeyType, e.ConsensusKey.Type)
	gather(t, []genesis.Entry{e})
}

func TestAChangedEntryIsRefused(t *testing.T) {
	other := signed(t, 2)
	for field, change := range map[string]func(*genesis.Entry){
		"chain_id":      func(e *genesis.Entry) { e.ChainID = "dmdl-other-1" },
		"name":          func(e *genesis.Entry) { e.Name += "x" },
		"kind":          func(e *genesis.Entry) { e.Kind = "INSTITUTION_KIND_LABORATORY" },
		"legal_group":   func(e *genesis.Entry) { e.LegalGroup = "Another" },
		"operator":      func(e *genesis.Entry) { e.Operator = other.Operator },
		"consensus_key": func(e *genesis.Entry) { e.ConsensusKey = other.ConsensusKey },
		"key type":      func(e *genesis.Entry) { e.ConsensusKey.Type = "secp256k1" },
		"key and proof": func(e *genesis.Entry) { e.ConsensusKey, e.KeyProof = other.ConsensusKey, other.KeyProof },
		"node":          func(e *genesis.Entry) { e.Node = strings.Replace(e.Node, "node1", "node2", 1) },
		"key_proof":     func(e *genesis.Entry) { e.KeyProof[0] ^= 1 },
		"signature":     func(e *genesis.Entry) { e.Signature[0] ^= 1 },
		"no key":        func(e *genesis.Entry) { e.ConsensusKey = nil },
		"no proof":      func(e *genesis.Entry) { e.KeyProof = nil },
		"no signature":  func(e *genesis.Entry) { e.Signature = nil },
		"proof for it":  func(e *genesis.Entry) { e.Signature = slices.Clone(e.KeyProof) },
	} {
		t.Run(field, func(t *testing.T) {
			e := signed(t, 1)
			change(&e)
			require.Error(t, e.Verify(chainID))
			_, err := genesis.Gather(theCodec, chainID, begin, []genesis.Entry{e})
			require.Error(t, err)
			_, err = e.Admission(app.Authority())
			if field != "chain_id" { // it is for that chain then, and signed for this
				require.Error(t, err)
			}
		})
	}
}

// What is signed well may still be nonsense.
func TestANonsensicalEntryIsRefused(t *testing.T) {
	for want, change := range map[string]func(*genesis.Entry){
		"name has 0 bytes":      func(e *genesis.Entry) { e.Name = "" },
		"unprintable":           func(e *genesis.Entry) { e.Name = "Hospital\n" },
		"legal group has 200":   func(e *genesis.Entry) { e.LegalGroup = strings.Repeat("g", 200) },
		"40 lower-case":         func(e *genesis.Entry) { e.Node = "abc@localhost:1" },
		"between 1 and 65535":   func(e *genesis.Entry) { e.Node = strings.Repeat("a", 40) + "@localhost:0" },
		"ends with a space":     func(e *genesis.Entry) { e.LegalGroup = "group " },
		"holds the character '": func(e *genesis.Entry) { e.Node = strings.Repeat("a", 40) + "@local_host:1" },
	} {
		e := signed(t, 1, change)
		require.ErrorContains(t, e.Verify(chainID), want)
	}
	for want, change := range map[string]func(*genesis.Entry){
		`"CLINIC" is unknown, want one of INSTITUTION_KIND_HOSPITAL`: func(e *genesis.Entry) { e.Kind = "CLINIC" },
		"ID@host:port": func(e *genesis.Entry) { e.Node = strings.Repeat("a", 40) },
		"missing port": func(e *genesis.Entry) { e.Node = strings.Repeat("a", 40) + "@localhost" },
	} {
		e := unsigned(1)
		change(&e)
		require.ErrorContains(t, e.Sign(secret(1)), want)
	}
	unspecified := signed(t, 1, func(e *genesis.Entry) { e.Kind = "INSTITUTION_KIND_UNSPECIFIED" })
	require.ErrorIs(t, unspecified.Verify(chainID), consortium.ErrInvalid)
	require.NotContains(t, genesis.Kinds(), "INSTITUTION_KIND_UNSPECIFIED")
}

func TestAnEntryServesToJoinLater(t *testing.T) {
	e := signed(t, 1)
	msg, err := e.Admission(app.Authority())
	require.NoError(t, err)
	i := consortium.Institution{Name: msg.Name, Kind: msg.Kind, LegalGroup: msg.LegalGroup, Operator: msg.Operator, ConsensusKey: msg.ConsensusKey}
	require.NoError(t, consortium.VerifyKeyProof(chainID, i, msg.Proof))
	require.Equal(t, []string{e.Node}, msg.Nodes)
	require.Equal(t, app.Authority(), msg.Authority)
}
