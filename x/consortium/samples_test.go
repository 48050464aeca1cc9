package consortium_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"slices"
	"time"

	"github.com/cometbft/cometbft/crypto"
	"github.com/cometbft/cometbft/crypto/ed25519"
	"github.com/cometbft/cometbft/crypto/mldsa65"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/cosmos/cosmos-sdk/codec/address"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"

	"github.com/dmdl-network/dmdl/x/consortium"
)

const chainID = "dmdl-test-1"

var (
	start     = time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)
	addresses = address.NewBech32Codec("dmdl")
)

// of is the account of somebody by name.
func of(name string) string {
	digest := sha256.Sum256([]byte(name))
	return text(digest[:20])
}

func text(account []byte) string {
	s, err := addresses.BytesToString(account)
	if err != nil {
		panic(err)
	}
	return s
}

// key is the consensus key of an institution.
func key(number uint64) crypto.PrivKey {
	return ed25519.GenPrivKeyFromSecret(fmt.Appendf(nil, "key %d", number))
}

// postQuantumKey is an ML-DSA-65 key.
func postQuantumKey(t rapid.TB) crypto.PrivKey {
	t.Helper()
	k, err := mldsa65.GenPrivKeyFromSeed(make([]byte, mldsa65.SeedSize))
	require.NoError(t, err)
	return k
}

func public(k crypto.PrivKey) *consortium.ConsensusKey {
	p := consortium.NewKey(k.PubKey())
	return &p
}

// member is a valid institution that validates.
func member(number uint64) consortium.Institution {
	return consortium.Institution{
		Number: number, Name: fmt.Sprintf("Hospital %d", number), Kind: consortium.INSTITUTION_KIND_HOSPITAL,
		LegalGroup: fmt.Sprintf("Group %d", number), Operator: of(fmt.Sprintf("operator %d", number)),
		ConsensusKey: public(key(number)), Status: consortium.INSTITUTION_STATUS_ACTIVE,
	}
}

// prove signs the proof of possession of an institution's key.
func prove(t rapid.TB, chain string, i consortium.Institution, k crypto.PrivKey) []byte {
	t.Helper()
	message, err := consortium.KeyProofBytes(chain, i)
	require.NoError(t, err)
	proof, err := k.Sign(message)
	require.NoError(t, err)
	return proof
}

func participant(name string, institution uint64) consortium.Participant {
	return consortium.Participant{
		Address: of(name), Institution: institution, Person: make([]byte, consortium.PersonSize),
		Roles: []consortium.RoleGrant{{Role: consortium.ROLE_CLINICIAN, ExpiresAt: start}, {Role: consortium.ROLE_VAULT, ExpiresAt: start}},
	}
}

func proposal(t rapid.TB, id uint64) consortium.Proposal {
	t.Helper()
	message, err := codectypes.NewAnyWithValue(&consortium.MsgSuspendInstitution{Institution: 1})
	require.NoError(t, err)
	return consortium.Proposal{
		Id: id, Proposer: 1, Messages: []*codectypes.Any{message}, Status: consortium.PROPOSAL_STATUS_OPEN,
		SubmittedAt: start, Deadline: start.Add(time.Minute),
	}
}

// genesis is a valid state of a new chain that holds something of everything:
// four validators, institution 5 without a key, and a key that 1 gave up.
func genesis(t rapid.TB) *consortium.GenesisState {
	t.Helper()
	gs := consortium.DefaultGenesis()
	for number := uint64(1); number <= 5; number++ {
		i := member(number)
		gs.KeyOwners = append(gs.KeyOwners, consortium.KeyOwner{ConsensusKey: *i.ConsensusKey, Institution: number})
		if number == 5 {
			i.ConsensusKey = nil
			gs.KeyOwners[4].Institution, gs.KeyOwners[4].RetiredHeight, gs.KeyOwners[4].RetiredAt = 1, 7, start
		} else {
			gs.KeyProofs = append(gs.KeyProofs, consortium.KeyProof{Institution: number, Signature: prove(t, chainID, i, key(number))})
		}
		gs.Institutions = append(gs.Institutions, i)
	}
	slices.SortFunc(gs.KeyOwners, func(a, b consortium.KeyOwner) int {
		return bytes.Compare(owned(t, a), owned(t, b))
	})
	names := []string{"ada", "ben", "cyd", "dan"}
	slices.SortFunc(names, func(a, b string) int { return bytes.Compare(bytesOf(t, a), bytesOf(t, b)) })
	gs.Participants = []consortium.Participant{participant(names[0], 1), participant(names[1], 1), participant("eva", 2)}
	gs.FormerOperators = []consortium.FormerOperator{{Address: of(names[2]), Institution: 2}, {Address: of(names[3]), Institution: 1}}
	gs.Proposals = []consortium.Proposal{proposal(t, 1), proposal(t, 2)}
	gs.Votes = []consortium.Vote{
		{Proposal: 1, Institution: 1, Option: consortium.VOTE_OPTION_YES},
		{Proposal: 1, Institution: 2, Option: consortium.VOTE_OPTION_NO},
		{Proposal: 2, Institution: 1, Option: consortium.VOTE_OPTION_NO},
	}
	gs.Absences = []consortium.Absence{{Institution: 1, Blocks: 2}, {Institution: 3, Blocks: 1}}
	return gs
}

func owned(t rapid.TB, owner consortium.KeyOwner) crypto.Address {
	t.Helper()
	k, err := consortium.DecodeKey(&owner.ConsensusKey)
	require.NoError(t, err)
	return k.Address()
}

func bytesOf(t rapid.TB, name string) []byte {
	t.Helper()
	bz, err := addresses.StringToBytes(of(name))
	require.NoError(t, err)
	return bz
}
