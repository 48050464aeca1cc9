package proof

import (
	"errors"

	"github.com/cometbft/cometbft/crypto/merkle"
	cmtcrypto "github.com/cometbft/cometbft/proto/tendermint/crypto"

	"github.com/cosmos/cosmos-sdk/store/v2/rootmulti"
	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
)

var runtime = rootmulti.DefaultProofRuntime()

// holds verifies that a store has the entry at a key: its value, or nothing if it
// has none. Root proves that the root of the store is in the app hash. The store's
// name and the key are the verifier's own, so that a proof from another place is
// of no use.
func holds(appHash []byte, store string, root, key []byte, entry Entry) error {
	operators := &cmtcrypto.ProofOps{Ops: []cmtcrypto.ProofOp{
		{Type: storetypes.ProofOpIAVLCommitment, Key: key, Data: entry.Proof},
		{Type: storetypes.ProofOpSimpleMerkleCommitment, Key: []byte(store), Data: root},
	}}
	for _, op := range operators.Ops {
		if err := checkOperator(op); err != nil {
			return failed(PartStore, "%s: %w", op.Type, err)
		}
	}
	path := merkle.KeyPath{}.AppendKey([]byte(store), merkle.KeyEncodingURL).AppendKey(key, merkle.KeyEncodingHex).String()
	var err error
	if len(entry.Value) == 0 {
		err = runtime.VerifyAbsence(operators, appHash, path)
	} else {
		err = runtime.VerifyValue(operators, appHash, path, entry.Value)
	}
	if err != nil {
		return failed(PartStore, "of key %X: %w", key, err)
	}
	return nil
}

// checkOperator refuses forms of ICS-23 proofs that stores never answer with:
// batches, and compressed ones, whose decoding panics on a wrong index.
func checkOperator(op cmtcrypto.ProofOp) error {
	decoded, err := storetypes.CommitmentOpDecoder(op)
	if err != nil {
		return err
	}
	p := decoded.(storetypes.CommitmentOp).Proof
	if p.GetExist() == nil && p.GetNonexist() == nil {
		return errors.New("it proves neither presence nor absence of one key")
	}
	return DecodeMessage(p, op.Data)
}
