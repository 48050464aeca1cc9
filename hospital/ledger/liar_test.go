package ledger

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	cmttypes "github.com/cometbft/cometbft/types"
	ics23 "github.com/cosmos/ics23/go"
	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/hospital/ledger/ledgertest"
	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/records"
)

// requireFault checks that the error has that kind and names exactly the nodes.
func requireFault(t *testing.T, err, kind error, nodes ...*ledgertest.Node) {
	t.Helper()
	require.ErrorIs(t, err, kind)
	var fault *Fault
	require.ErrorAs(t, err, &fault)
	require.Equal(t, kind, fault.Kind, "%v", err)
	var addresses []string
	for _, node := range nodes {
		addresses = append(addresses, node.Address)
		require.ErrorContains(t, err, node.Address)
	}
	require.Equal(t, addresses, fault.Nodes, "%v", err)
}

// answer is a lie about values.
func answer(change func(n *ledgertest.Node, store string, key []byte, height int64, a *abci.ResponseQuery)) func(*world) {
	return func(w *world) {
		w.primary.Lie(ledgertest.Lies{Answer: func(store string, key []byte, height int64, a *abci.ResponseQuery) {
			change(w.primary, store, key, height, a)
		}})
	}
}

// crash is a compressed proof whose decoding panics.
func crash(t *testing.T) []byte {
	t.Helper()
	entry := &ics23.CompressedBatchEntry{Proof: &ics23.CompressedBatchEntry_Exist{
		Exist: &ics23.CompressedExistenceProof{Key: []byte("k"), Value: []byte("v"), Leaf: ics23.IavlSpec.LeafSpec, Path: []int32{7}},
	}}
	proof := &ics23.CommitmentProof{Proof: &ics23.CommitmentProof_Compressed{
		Compressed: &ics23.CompressedBatchProof{Entries: []*ics23.CompressedBatchEntry{entry}},
	}}
	require.Panics(t, func() { _, _ = proof.Calculate() })
	encoded, err := proof.Marshal()
	require.NoError(t, err)
	return encoded
}

func TestALieAboutAValueIsCaughtAndItsNodeNamed(t *testing.T) {
	type query = abci.ResponseQuery
	for name, lie := range map[string]func(*world){
		"another value": answer(func(_ *ledgertest.Node, _ string, _ []byte, _ int64, a *query) { a.Value[len(a.Value)-1] ^= 1 }),
		"the value of another key": answer(func(n *ledgertest.Node, store string, _ []byte, height int64, a *query) {
			*a = n.Query(store, records.BatchKey(secondBatch), height)
		}),
		"the same key of another store": answer(func(n *ledgertest.Node, _ string, key []byte, height int64, a *query) {
			*a = n.Query(consortium.StoreKey, key, height)
		}),
		"an older value":                      answer(func(n *ledgertest.Node, store string, key []byte, _ int64, a *query) { *a = n.Query(store, key, 5) }),
		"absence, with the proof of presence": answer(func(_ *ledgertest.Node, _ string, _ []byte, _ int64, a *query) { a.Value = nil }),
		"absence, with the proof of another absence": answer(func(n *ledgertest.Node, store string, _ []byte, height int64, a *query) {
			*a = n.Query(store, records.BatchKey(noBatch), height)
		}),
		"absence before it was there": answer(func(n *ledgertest.Node, store string, key []byte, _ int64, a *query) { *a = n.Query(store, key, 2) }),
		"no proof":                    answer(func(_ *ledgertest.Node, _ string, _ []byte, _ int64, a *query) { a.ProofOps = nil }),
		"half a proof":                answer(func(_ *ledgertest.Node, _ string, _ []byte, _ int64, a *query) { a.ProofOps.Ops = a.ProofOps.Ops[:1] }),
		"the other half":              answer(func(_ *ledgertest.Node, _ string, _ []byte, _ int64, a *query) { a.ProofOps.Ops = a.ProofOps.Ops[1:] }),
		"trees of another kind":       answer(func(_ *ledgertest.Node, _ string, _ []byte, _ int64, a *query) { a.ProofOps.Ops[0].Type = "ics23:smt" }),
		"garbage for a proof": answer(func(_ *ledgertest.Node, _ string, _ []byte, _ int64, a *query) {
			a.ProofOps.Ops[0].Data = []byte("garbage")
		}),
		"a crash for a proof":      answer(func(_ *ledgertest.Node, _ string, _ []byte, _ int64, a *query) { a.ProofOps.Ops[0].Data = crash(t) }),
		"the proof of another key": answer(func(_ *ledgertest.Node, _ string, _ []byte, _ int64, a *query) { a.ProofOps.Ops[0].Key[3] ^= 1 }),
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 1)
			lie(w)
			err := w.read(t.Context(), firstBatch)
			requireFault(t, err, ErrFalseProof, w.primary)
			require.False(t, Retryable(err))
			w.primary.Lie(ledgertest.Lies{})
			require.Equal(t, uint64(10), w.leaves(t), "nothing stays of the lie")
		})
	}
	w := newWorld(t, 1)
	answer(func(n *ledgertest.Node, store string, _ []byte, height int64, a *query) {
		*a = n.Query(store, records.BatchKey(firstBatch), height)
	})(w)
	err := w.read(t.Context(), noBatch)
	requireFault(t, err, ErrFalseProof, w.primary) // presence of what is absent
}

// resign gives a changed block a commit by other validators.
func resign(block *cmttypes.LightBlock, signers ...byte) {
	commit, err := ledgertest.SignHeader(block.Header, signers)
	if err != nil {
		panic(err) // the keys of a test sign
	}
	block.Commit = commit
}

// above is a lie about the blocks above a height.
func above(height int64, change func(*cmttypes.LightBlock)) ledgertest.Lies {
	return ledgertest.Lies{Block: func(b *cmttypes.LightBlock) {
		if b.Height > height {
			change(b)
		}
	}}
}

// blockLies are blocks that cannot follow from what is trusted.
var blockLies = map[string]func(*cmttypes.LightBlock){
	"another app hash": func(b *cmttypes.LightBlock) { b.AppHash = make([]byte, 32) },
	"another app hash under old signatures": func(b *cmttypes.LightBlock) {
		b.AppHash = make([]byte, 32)
		b.Commit.BlockID.Hash = b.Hash()
	},
	"signed by half of the power": func(b *cmttypes.LightBlock) {
		b.Commit.Signatures[0], b.Commit.Signatures[1] = cmttypes.NewCommitSigAbsent(), cmttypes.NewCommitSigAbsent()
	},
	"signed by one in the place of four": func(b *cmttypes.LightBlock) { b.AppHash = make([]byte, 32); resign(b, 1) },
	"signed by strangers": func(b *cmttypes.LightBlock) {
		strangers := cmttypes.NewValidatorSet([]*cmttypes.Validator{cmttypes.NewValidator(ledgertest.Validator(66).PubKey(), 1)})
		b.ValidatorSet, b.ValidatorsHash, b.NextValidatorsHash = strangers, strangers.Hash(), strangers.Hash()
		resign(b, 66)
	},
	"of another chain":            func(b *cmttypes.LightBlock) { b.ChainID = "dmdl-test-2"; resign(b, 1, 2, 3, 4) },
	"from the future":             func(b *cmttypes.LightBlock) { b.Time = b.Time.Add(time.Hour); resign(b, 1, 2, 3, 4) },
	"from before the trusted one": func(b *cmttypes.LightBlock) { b.Time = noon.Add(-time.Hour); resign(b, 1, 2, 3, 4) },
	"with another set":            func(b *cmttypes.LightBlock) { b.ValidatorSet.Validators = b.ValidatorSet.Validators[:3] },
	"with an impossible power":    func(b *cmttypes.LightBlock) { b.ValidatorSet.Validators[0].VotingPower = cmttypes.MaxTotalVotingPower },
}

func TestALieAboutABlockIsCaughtAndItsNodeNamed(t *testing.T) {
	for name, lie := range blockLies {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 1)
			w.primary.Lie(above(0, lie))
			err := w.read(t.Context(), firstBatch)
			requireFault(t, err, ErrFalseHeader, w.primary)

			w.primary.Lie(ledgertest.Lies{})
			require.Equal(t, uint64(10), w.leaves(t), "nothing stays of the lie")
			for range 2 { // the next block, and a later one
				w.primary.Lie(above(10, lie))
				w.chain.Grow(t, 1)
				err = w.read(t.Context(), firstBatch)
				requireFault(t, err, ErrFalseHeader, w.primary)
				require.False(t, Retryable(err))
			}
			w.primary.Lie(ledgertest.Lies{})
			require.Equal(t, uint64(10), w.leaves(t), "nothing stays of the lie")
		})
	}
}

func TestALieOnTheWayToTheNewestBlockIsCaught(t *testing.T) {
	for _, witnesses := range []int{1, 3} {
		w := newWorld(t, witnesses)
		require.Equal(t, uint64(10), w.leaves(t))
		w.chain.Appoint(5, 6, 7, 8)
		newest := w.chain.Grow(t, 20)
		w.primary.Lie(ledgertest.Lies{Block: func(b *cmttypes.LightBlock) {
			if b.Height > 10 && b.Height < newest {
				b.Commit.Signatures[0].Signature = make([]byte, 64)
			}
		}})
		err := w.read(t.Context(), firstBatch)
		requireFault(t, err, ErrFalseHeader, w.primary)
		w.primary.Lie(ledgertest.Lies{})
		w.chain.Grow(t, 1)
		require.Equal(t, uint64(10), w.leaves(t))
	}
}

func TestGarbageIsAnAnswerOfNobody(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		kind error
	}{
		"a web page":             {"<html>502 Bad Gateway</html>", ErrNoAnswer},
		"nothing":                {"", ErrNoAnswer},
		"half a document":        {`{"jsonrpc":"2.0","id":0,"result":{"signed_hea`, ErrNoAnswer},
		"another call's id":      {`{"jsonrpc":"2.0","id":-77,"result":{}}`, ErrNoAnswer},
		"an error":               {`{"jsonrpc":"2.0","id":0,"error":{"code":-32603,"message":"Internal error"}}`, ErrNoAnswer},
		"no block":               {`{"jsonrpc":"2.0","id":0,"result":{}}`, ErrWithheld},
		"a commit of nothing":    {`{"jsonrpc":"2.0","id":0,"result":{"signed_header":{"commit":{"height":"1"}}}}`, ErrFalseHeader},
		"a header nobody signed": {`{"jsonrpc":"2.0","id":0,"result":{"signed_header":{"header":{"height":"1"}}}}`, ErrFalseHeader},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 1)
			w.primary.Lie(ledgertest.Lies{Raw: func(rw http.ResponseWriter, r *http.Request) {
				var call struct{ ID int }
				require.NoError(t, json.NewDecoder(r.Body).Decode(&call))
				_, _ = rw.Write([]byte(strings.Replace(c.text, `"id":0`, fmt.Sprintf(`"id":%d`, call.ID), 1)))
			}})
			err := w.read(t.Context(), firstBatch)
			requireFault(t, err, c.kind, w.primary)
			require.NotEqual(t, errors.Is(c.kind, ErrFalseHeader), Retryable(err))
		})
	}
}
