package app_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"

	"github.com/dmdl-network/dmdl/app/ante"
	"github.com/dmdl-network/dmdl/x/consortium"
)

// nonces counts the nonces that the chain remembers.
func (n *network) nonces() int {
	n.t.Helper()
	count, err := n.Nonces(n.NewContext(true))
	require.NoError(n.t, err)
	return count
}

// expectRefused offers a transaction to the pool and to a block of a time.
func (n *network) expectRefused(raw []byte, at time.Time, codespace string, code uint32) {
	n.t.Helper()
	result := n.blockAt(at, raw).TxResults[0]
	require.Equal(n.t, codespace, result.Codespace, result.Log)
	require.Equal(n.t, code, result.Code, result.Log)
	checked := n.check(raw)
	require.Equal(n.t, codespace, checked.Codespace, checked.Log)
	require.Equal(n.t, code, checked.Code, checked.Log)
}

func TestABlockPurgesABoundedNumberOfNonces(t *testing.T) {
	const bound, rest = 5000, 300
	n := newNetwork(t)
	n.blockAt(n.now.Add(3 * time.Minute))
	require.Zero(t, n.nonces())

	// Messages that fail use up their nonces like any other.
	var txs [][]byte
	for range bound + rest {
		txs = append(txs, n.sign(n.members[0].operator, &consortium.MsgReturnToDuty{Operator: n.members[0].operator.Address()}))
	}
	res := n.block(txs...)
	require.Equal(t, consortium.ErrNotIdle.ABCICode(), res.TxResults[0].Code, res.TxResults[0].Log)
	require.Equal(t, bound+rest, n.nonces())

	expired := n.now.Add(3 * time.Minute)
	n.blockAt(expired)
	require.Equal(t, rest, n.nonces())
	for _, raw := range [][]byte{txs[0], txs[bound+rest-1]} { // purged, and not yet
		n.expectRefused(raw, n.now, sdkerrors.ErrTxTimeout.Codespace(), sdkerrors.ErrTxTimeout.ABCICode())
	}
	require.Zero(t, n.nonces())
}

// The last moment at which a transaction may run is its timeout, and its nonce
// is remembered until then.
func TestANonceIsRememberedForAsLongAsItCouldBeUsed(t *testing.T) {
	n := newNetwork(t)
	d := n.draft(n.members[0].operator, declareNodes(n.members[0].operator))
	raw := d.sign(t)
	n.mustBlock(raw)
	timeout := *d.body.TimeoutTimestamp
	n.expectRefused(raw, timeout.Add(-1), ante.Codespace, ante.ErrNonceUsed.ABCICode())
	n.expectRefused(raw, timeout, ante.Codespace, ante.ErrNonceUsed.ABCICode())
	n.expectRefused(raw, timeout.Add(1), sdkerrors.ErrTxTimeout.Codespace(), sdkerrors.ErrTxTimeout.ABCICode())
}

// Two accounts may pick the same timeout, and one account two that differ by a
// nanosecond.
func TestANonceIsOfOneAccountAndOneNanosecond(t *testing.T) {
	n := newNetwork(t)
	first := n.draft(n.members[0].operator, declareNodes(n.members[0].operator))
	other := n.draft(n.members[1].operator, declareNodes(n.members[1].operator))
	later := n.draft(n.members[0].operator, declareNodes(n.members[0].operator))
	other.body.TimeoutTimestamp = first.body.TimeoutTimestamp
	later.body.TimeoutTimestamp = at(first.body.TimeoutTimestamp.Add(time.Nanosecond))
	n.mustBlock(first.sign(t), other.sign(t), later.sign(t))
}

func TestAnUnorderedTransactionMayLiveTwoMinutes(t *testing.T) {
	n := newNetwork(t)
	d := n.draft(n.members[0].operator, declareNodes(n.members[0].operator))
	d.body.TimeoutTimestamp = at(n.now.Add(ante.MaxUnorderedTimeout))
	require.Zero(t, n.check(d.sign(t)).Code)
	n.mustBlock(d.sign(t))
}
