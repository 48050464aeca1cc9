package keeper_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"slices"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/cometbft/cometbft/crypto"
	"github.com/cometbft/cometbft/crypto/ed25519"
	cryptoenc "github.com/cometbft/cometbft/crypto/encoding"
	"github.com/cometbft/cometbft/crypto/mldsa65"
	cmtcrypto "github.com/cometbft/cometbft/proto/tendermint/crypto"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dmdl-network/dmdl/x/consortium"
)

func text(account []byte) string {
	s, err := addresses.BytesToString(account)
	if err != nil {
		panic(err)
	}
	return s
}

// account is the account of somebody by name, as bytes.
func account(name string) []byte {
	digest := sha256.Sum256([]byte(name))
	return digest[:20]
}

// of is the account of somebody by name, as text.
func of(name string) string { return text(account(name)) }

// operator is the first operator of an institution.
func operator(number uint64) string { return of(fmt.Sprintf("operator %d", number)) }

// privateKey is the consensus key of some name.
func privateKey(name string) crypto.PrivKey { return ed25519.GenPrivKeyFromSecret([]byte(name)) }

func publicKey(key crypto.PrivKey) *consortium.ConsensusKey {
	public := consortium.NewKey(key.PubKey())
	return &public
}

// cometKey is the public key in CometBFT's own message.
func cometKey(key crypto.PrivKey) cmtcrypto.PublicKey {
	pub, err := cryptoenc.PubKeyToProto(key.PubKey())
	if err != nil {
		panic(err)
	}
	return pub
}

// postQuantumKey is a key of a type that the chain of the fixture lacks.
func postQuantumKey(t rapid.TB) crypto.PrivKey {
	t.Helper()
	key, err := mldsa65.GenPrivKeyFromSeed(make([]byte, mldsa65.SeedSize))
	require.NoError(t, err)
	return key
}

// firstKey is the first consensus key of an institution.
func firstKey(number uint64) crypto.PrivKey { return privateKey(fmt.Sprintf("key %d", number)) }

// keyAddress is the address of the first consensus key of an institution.
func keyAddress(number uint64) crypto.Address { return firstKey(number).PubKey().Address() }

// member is a valid institution that validates with its first key.
func member(number uint64) consortium.Institution {
	return consortium.Institution{
		Number: number, Name: fmt.Sprintf("Hospital %d", number), Kind: consortium.INSTITUTION_KIND_HOSPITAL,
		LegalGroup: fmt.Sprintf("Group %d", number), Operator: operator(number),
		ConsensusKey: publicKey(firstKey(number)), Status: consortium.INSTITUTION_STATUS_ACTIVE,
	}
}

// prove signs the proof of possession of an institution's key.
func prove(t rapid.TB, i consortium.Institution, key crypto.PrivKey) []byte {
	t.Helper()
	i.ConsensusKey = publicKey(key)
	message, err := consortium.KeyProofBytes(chainID, i)
	require.NoError(t, err)
	proof, err := key.Sign(message)
	require.NoError(t, err)
	return proof
}

// genesis is a valid state of a new chain, on which institutions validate with
// their first keys.
func genesis(t rapid.TB, members ...consortium.Institution) *consortium.GenesisState {
	t.Helper()
	gs := consortium.DefaultGenesis()
	gs.Params = consortium.Params{VotingPeriod: votingPeriod, IdleAfterBlocks: idleAfter}
	gs.Institutions = members
	for _, i := range members {
		if i.ConsensusKey == nil {
			continue
		}
		gs.KeyOwners = append(gs.KeyOwners, consortium.KeyOwner{ConsensusKey: *i.ConsensusKey, Institution: i.Number})
		gs.KeyProofs = append(gs.KeyProofs, consortium.KeyProof{Institution: i.Number, Signature: prove(t, i, firstKey(i.Number))})
	}
	slices.SortFunc(gs.KeyOwners, func(a, b consortium.KeyOwner) int {
		return bytes.Compare(keyAddress(a.Institution), keyAddress(b.Institution))
	})
	return gs
}

// double is evidence that a key signed twice at a height.
func double(key crypto.Address, height int64) abci.Misbehavior {
	return abci.Misbehavior{Type: abci.MisbehaviorType_DUPLICATE_VOTE, Validator: abci.Validator{Address: key, Power: 1}, Height: height}
}
