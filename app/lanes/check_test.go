package lanes

import (
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
)

// answer is a runTx that counts its calls.
func answer(calls *int, err error) sdk.RunTx {
	return func([]byte, sdk.Tx) (sdk.GasInfo, *sdk.Result, []abci.Event, error) {
		*calls++
		events := []abci.Event{{Type: "tx", Attributes: []abci.EventAttribute{{Key: "k", Value: "v"}}}}
		if err != nil {
			return sdk.GasInfo{GasWanted: 9, GasUsed: 8}, nil, events, err
		}
		return sdk.GasInfo{GasWanted: 9, GasUsed: 8}, &sdk.Result{Log: "log", Data: []byte("data"), Events: events}, nil, nil
	}
}

func TestRecheckRunsOnlyOrderedTransactions(t *testing.T) {
	p := emptyPool()
	ordered, free := simple(1), unordered(2, now.Add(time.Minute))
	require.NoError(t, insert(p, nil, ordinary(7), ordered))
	require.NoError(t, insert(p, nil, ordinary(7), free))
	for name, c := range map[string]struct {
		tx    fakeTx
		kind  abci.CheckTxType
		calls int
		code  uint32
	}{
		"new and ordered":     {ordered, abci.CheckTxType_New, 1, 0},
		"new and unordered":   {free, abci.CheckTxType_New, 1, 0},
		"ordered again":       {ordered, abci.CheckTxType_Recheck, 1, 0},
		"unordered again":     {free, abci.CheckTxType_Recheck, 0, 0},
		"unknown to the pool": {simple(3), abci.CheckTxType_Recheck, 0, ErrNotPooled.ABCICode()},
	} {
		t.Run(name, func(t *testing.T) {
			calls := 0
			res, err := CheckTx(p)(answer(&calls, nil), &abci.RequestCheckTx{Tx: c.tx.raw(), Type: c.kind})
			require.NoError(t, err)
			require.Equal(t, c.calls, calls)
			require.Equal(t, c.code, res.Code, res.Log)
			if c.code != 0 {
				require.Equal(t, Codespace, res.Codespace)
			}
		})
	}
}

func TestAnExpiredTransactionLeavesOnRecheck(t *testing.T) {
	p := emptyPool()
	tx := unordered(1, now.Add(time.Second))
	require.NoError(t, insert(p, nil, ordinary(7), tx))
	recheck := &abci.RequestCheckTx{Tx: tx.raw(), Type: abci.CheckTxType_Recheck}
	calls := 0

	p.Committed(now, nil)
	res, err := CheckTx(p)(answer(&calls, nil), recheck)
	require.NoError(t, err)
	require.Zero(t, res.Code)
	require.EqualValues(t, 1, res.GasWanted)

	p.Committed(now.Add(time.Second+1), nil)
	res, err = CheckTx(p)(answer(&calls, nil), recheck)
	require.NoError(t, err)
	require.Equal(t, ErrNotPooled.ABCICode(), res.Code)
	require.Zero(t, p.CountTx())
	require.Zero(t, calls)
}

func TestCheckTxAnswersAsBaseAppDoes(t *testing.T) {
	calls := 0
	req := &abci.RequestCheckTx{Tx: simple(1).raw(), Type: abci.CheckTxType_New}
	res, err := CheckTx(emptyPool())(answer(&calls, sdkerrors.ErrUnauthorized), req)
	require.NoError(t, err)
	_, _, events, refused := answer(&calls, sdkerrors.ErrUnauthorized)(nil, nil)
	require.Equal(t, sdkerrors.ResponseCheckTxWithEvents(refused, 9, 8, events, false), res)

	res, err = CheckTx(emptyPool())(answer(&calls, nil), req)
	require.NoError(t, err)
	require.Equal(t, &abci.ResponseCheckTx{
		GasWanted: 9, GasUsed: 8, Log: "log", Data: []byte("data"),
		Events: []abci.Event{{Type: "tx", Attributes: []abci.EventAttribute{{Key: "k", Value: "v", Index: true}}}},
	}, res)
}
