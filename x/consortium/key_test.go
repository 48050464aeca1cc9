package consortium_test

import (
	"encoding/hex"
	"testing"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/cometbft/cometbft/crypto"
	"github.com/cometbft/cometbft/crypto/secp256k1"
	cmttypes "github.com/cometbft/cometbft/types"
	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/lp"
	"github.com/dmdl-network/dmdl/x/consortium"
)

func TestAKeySurvivesItsProtoForm(t *testing.T) {
	for _, k := range []crypto.PrivKey{key(1), postQuantumKey(t)} {
		decoded, err := consortium.DecodeKey(public(k))
		require.NoError(t, err)
		require.True(t, decoded.Equals(k.PubKey()))

		update, err := public(k).ValidatorUpdate(consortium.Power)
		require.NoError(t, err)
		validator, err := cmttypes.PB2TM.ValidatorUpdates([]abci.ValidatorUpdate{update})
		require.NoError(t, err)
		require.Equal(t, k.PubKey().Address(), validator[0].Address)
		require.Equal(t, int64(consortium.Power), validator[0].VotingPower)

		i := member(1)
		i.ConsensusKey = public(k)
		address, err := i.ConsensusAddress()
		require.NoError(t, err)
		require.Equal(t, k.PubKey().Address(), address)
		require.True(t, i.HasKey(public(k)))
		require.False(t, i.HasKey(public(key(2))))
		require.False(t, i.HasKey(nil))
	}
}

func TestAnInstitutionWithoutAKeyHasNoAddress(t *testing.T) {
	i := member(1)
	i.ConsensusKey = nil
	address, err := i.ConsensusAddress()
	require.NoError(t, err)
	require.Nil(t, address)
	require.True(t, i.HasKey(nil))
	require.False(t, i.HasKey(public(key(1))))
	_, err = consortium.KeyProofBytes(chainID, i)
	require.ErrorIs(t, err, consortium.ErrInvalid)
}

func TestDecodeKeyRefuses(t *testing.T) {
	short := public(key(1))
	short.Value = short.Value[1:]
	long := public(postQuantumKey(t))
	long.Value = append(long.Value, 0)
	renamed := public(key(1))
	renamed.Type = postQuantumKey(t).Type()
	for name, k := range map[string]*consortium.ConsensusKey{
		"no key": nil, "an empty key": {}, "a short key": short, "a long key": long, "a key of another type": renamed,
		"a type that validators never have": public(secp256k1.GenPrivKey()),
	} {
		_, err := consortium.DecodeKey(k)
		require.ErrorIs(t, err, consortium.ErrInvalid, name)
	}
}

// TestTheProofIsOverTheseBytes fixes the encoding, which ceremony tools of
// other makers must reproduce.
func TestTheProofIsOverTheseBytes(t *testing.T) {
	i := member(1)
	got, err := consortium.KeyProofBytes(chainID, i)
	require.NoError(t, err)
	require.Equal(t, lp.Concat(
		[]byte("dmdl/consensus-key/1"), []byte("dmdl-test-1"),
		[]byte("Hospital 1"), []byte("INSTITUTION_KIND_HOSPITAL"), []byte("Group 1"), []byte(i.Operator),
		[]byte("ed25519"), i.ConsensusKey.Value,
	), got)
	require.Equal(t, "00000014646d646c2f", hex.EncodeToString(got[:9]))
}

func TestAProofIsBoundToAllThatItNames(t *testing.T) {
	for name, k := range map[string]crypto.PrivKey{"ed25519": key(1), "ML-DSA-65": postQuantumKey(t)} {
		t.Run(name, func(t *testing.T) {
			i := member(1)
			i.ConsensusKey = public(k)
			proof := prove(t, chainID, i, k)
			require.LessOrEqual(t, len(proof), consortium.MaxProofBytes)
			require.NoError(t, consortium.VerifyKeyProof(chainID, i, proof))
			i.Number, i.Status, i.Idle, i.Nodes = 9, consortium.INSTITUTION_STATUS_REMOVED, true, []string{"x"}
			require.NoError(t, consortium.VerifyKeyProof(chainID, i, proof), "what changes in the course of a membership")

			require.ErrorIs(t, consortium.VerifyKeyProof("dmdl-test-2", i, proof), consortium.ErrKeyProof)
			for name, edit := range map[string]func(*consortium.Institution){
				"name":     func(i *consortium.Institution) { i.Name += "x" },
				"kind":     func(i *consortium.Institution) { i.Kind = consortium.INSTITUTION_KIND_LABORATORY },
				"group":    func(i *consortium.Institution) { i.LegalGroup += "x" },
				"operator": func(i *consortium.Institution) { i.Operator = of("eve") },
				"key":      func(i *consortium.Institution) { i.ConsensusKey = public(key(2)) },
				"boundary": func(i *consortium.Institution) { i.Name, i.LegalGroup = i.Name+i.LegalGroup[:1], i.LegalGroup[1:] },
			} {
				other := i
				edit(&other)
				require.ErrorIs(t, consortium.VerifyKeyProof(chainID, other, proof), consortium.ErrKeyProof, name)
			}
			tampered := append([]byte{proof[0] ^ 1}, proof[1:]...)
			for _, wrong := range [][]byte{nil, {}, proof[1:], append(proof, 0), tampered, make([]byte, consortium.MaxProofBytes+1)} {
				require.ErrorIs(t, consortium.VerifyKeyProof(chainID, i, wrong), consortium.ErrKeyProof)
			}
		})
	}
}

func TestAKeyTypeMustBeAllowed(t *testing.T) {
	require.NoError(t, consortium.CheckKeyType(key(1).PubKey(), []string{"mldsa65", "ed25519"}))
	require.ErrorIs(t, consortium.CheckKeyType(postQuantumKey(t).PubKey(), []string{"ed25519"}), consortium.ErrKeyType)
	require.ErrorIs(t, consortium.CheckKeyType(key(1).PubKey(), nil), consortium.ErrKeyType)
}
