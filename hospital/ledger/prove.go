package ledger

import (
	"context"
	"errors"
	"fmt"
	"strings"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/cometbft/cometbft/crypto/merkle"
	cmtcrypto "github.com/cometbft/cometbft/proto/tendermint/crypto"
	rpcclient "github.com/cometbft/cometbft/rpc/client"
	cmttypes "github.com/cometbft/cometbft/types"

	"github.com/cosmos/cosmos-sdk/store/v2/rootmulti"
	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
)

// proofs knows the proofs of the multi-store, of presence and of absence. It is
// only read.
var proofs = rootmulti.DefaultProofRuntime()

// prove asks the node for a value in the state before a verified header, and
// verifies the answer against the header. A value of nil is proven to be absent.
func (p *peer) prove(ctx context.Context, store string, key []byte, header *cmttypes.LightBlock) ([]byte, *cmtcrypto.ProofOps, error) {
	if store == "" || len(key) == 0 {
		return nil, nil, fmt.Errorf("store %q, key %X: neither may be empty", store, key)
	}
	height := header.Height - 1
	fault := func(kind, reason error) error {
		return newFault(kind, fmt.Errorf("store %s, key %X, height %d: %w", store, key, height, reason), p.node.address)
	}
	options := rpcclient.ABCIQueryOptions{Height: height, Prove: true}
	answer, err := p.node.rpc.ABCIQueryWithOptions(ctx, "/store/"+store+"/key", key, options)
	if err != nil {
		return nil, nil, fault(ErrNoAnswer, err)
	}
	r := answer.Response
	if r.Code != abci.CodeTypeOK {
		kind := ErrNoAnswer
		if strings.Contains(r.Log, "has not been pruned") {
			kind = ErrPruned
		}
		return nil, nil, fault(kind, fmt.Errorf("refused by %s, code %d: %q", r.Codespace, r.Code, r.Log))
	}
	if err := verify(r.ProofOps, header.AppHash, store, key, r.Value); err != nil {
		return nil, nil, fault(ErrFalseProof, fmt.Errorf("%q", err.Error())) // quoted, for it holds raw keys
	}
	if len(r.Value) == 0 {
		return nil, r.ProofOps, nil
	}
	return r.Value, r.ProofOps, nil
}

// verify checks a proof that a key of a store has a value, or is absent if the
// value is empty, in the state with an app hash. A proof has two steps: from the
// value to the root of its store, which is an IAVL tree, and from there to the
// app hash. Other steps are refused, for each kind of tree is verified by rules
// of its own.
func verify(proof *cmtcrypto.ProofOps, appHash []byte, store string, key, value []byte) error {
	if proof == nil {
		return errors.New("there is no proof")
	}
	if len(proof.Ops) != 2 || proof.Ops[0].Type != storetypes.ProofOpIAVLCommitment || proof.Ops[1].Type != storetypes.ProofOpSimpleMerkleCommitment {
		return errors.New("the proof does not lead from the value to its store and from there to the state")
	}
	for _, op := range proof.Ops {
		if err := checkForm(op); err != nil {
			return err
		}
	}
	path := merkle.KeyPath{}.AppendKey([]byte(store), merkle.KeyEncodingURL).AppendKey(key, merkle.KeyEncodingHex).String()
	if len(value) > 0 {
		return proofs.VerifyValue(proof, appHash, path, value)
	}
	return proofs.VerifyAbsence(proof, appHash, path)
}

// checkForm refuses the forms of ICS-23 proofs that stores never answer with,
// such as compressed ones, which end the process if they hold a wrong index.
func checkForm(op cmtcrypto.ProofOp) error {
	decoded, err := storetypes.CommitmentOpDecoder(op)
	if err != nil {
		return err
	}
	if p := decoded.(storetypes.CommitmentOp).Proof; p.GetExist() == nil && p.GetNonexist() == nil {
		return errors.New("the proof is neither of one presence nor of one absence")
	}
	return nil
}
