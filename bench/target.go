package bench

import (
	"context"
	"errors"
	"fmt"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/dmdl-network/dmdl/hospital/ledger"
)

// Target is the network under load. It is used by one run at a time, and the
// next run goes on with the numbers that the last one left.
type Target struct {
	// ChainID is signed into every transaction.
	ChainID string
	// RPC are the CometBFT addresses of the nodes to load, in turn. Blocks are
	// read from the first.
	RPC []string
	// Chain answers what signing needs, once before each run; *ledger.Client does.
	Chain Chain
	// Institutions send in turn, each through its vaults in turn.
	Institutions []*Institution
}

// Chain is what a load asks of the chain before it signs.
type Chain interface {
	AccountNumber(ctx context.Context, address string) (uint64, error)
	Gas(ctx context.Context, key ledger.Key, msgs ...sdk.Msg) (uint64, error)
}

// Institution is a sender of load.
type Institution struct {
	// Number is the institution's number on the ledger.
	Number uint64
	// Vaults are keys of enrolled accounts with the role vault, at least one.
	Vaults []ledger.Key
	// NextBatch is the lowest batch number that the institution has not used,
	// from 1. Runs raise it.
	NextBatch uint64
}

// batch takes the next batch number.
func (i *Institution) batch() uint64 {
	number := max(i.NextBatch, 1)
	i.NextBatch = number + 1
	return number
}

// vault is one account that sends, with what its signatures need.
type vault struct {
	institution *Institution
	key         ledger.Key
	number      uint64 // of the account
}

// vaults returns all accounts such that neighbours belong to different
// institutions.
func (t *Target) vaults(ctx context.Context) ([]vault, error) {
	var list []vault
	for turn, more := 0, true; more; turn++ {
		more = false
		for _, institution := range t.Institutions {
			if turn >= len(institution.Vaults) {
				continue
			}
			key := institution.Vaults[turn]
			number, err := t.Chain.AccountNumber(ctx, key.Address())
			if err != nil {
				return nil, fmt.Errorf("vault %d of institution %d: %w", turn, institution.Number, err)
			}
			list = append(list, vault{institution: institution, key: key, number: number})
			more = true
		}
	}
	if len(list) == 0 {
		return nil, errors.New("the target has no vault: give an institution at least one key")
	}
	return list, nil
}

// nodes prepares the connections to the nodes under load.
func (t *Target) nodes() ([]*ledger.Node, error) {
	if len(t.RPC) == 0 {
		return nil, errors.New("the target has no RPC address: give at least one")
	}
	nodes := make([]*ledger.Node, len(t.RPC))
	for i, address := range t.RPC {
		node, err := ledger.NewNode(address)
		if err != nil {
			return nil, err
		}
		nodes[i] = node
	}
	return nodes, nil
}

func closeAll(nodes []*ledger.Node) {
	for _, node := range nodes {
		node.Close()
	}
}
