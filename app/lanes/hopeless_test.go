package lanes

import (
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/stretchr/testify/require"

	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/tx"
)

// enveloped returns a transaction that is nothing but an envelope.
func enveloped(t *testing.T, gas uint64, body int, signers ...string) []byte {
	t.Helper()
	auth := tx.AuthInfo{Fee: &tx.Fee{GasLimit: gas}}
	for _, signer := range signers {
		auth.SignerInfos = append(auth.SignerInfos, &tx.SignerInfo{PublicKey: &codectypes.Any{TypeUrl: "/key", Value: []byte(signer)}})
	}
	encoded, err := auth.Marshal()
	require.NoError(t, err)
	raw, err := (&tx.TxRaw{AuthInfoBytes: encoded, BodyBytes: make([]byte, body)}).Marshal()
	require.NoError(t, err)
	return raw
}

func TestALaneThatIsFullIsNotAskedAgainBeforeTheNextBlock(t *testing.T) {
	p := New(nil, func([]byte) (sdk.Tx, error) { return simple(1), nil })
	calls := 0
	check := func(raw []byte, err error) *abci.ResponseCheckTx {
		t.Helper()
		res, failure := CheckTx(p)(answer(&calls, err), &abci.RequestCheckTx{Tx: raw, Type: abci.CheckTxType_New})
		require.NoError(t, failure)
		return res
	}
	asked := func(raw []byte, err error) bool {
		before := calls
		res := check(raw, err)
		if calls == before {
			require.Equal(t, Codespace, res.Codespace)
			require.Equal(t, ErrLaneFull.ABCICode(), res.Code)
			require.Contains(t, res.Log, "send again after the next")
		}
		return calls > before
	}
	require.True(t, asked(enveloped(t, 100, 50, "a"), nil), "nobody was refused yet")
	require.True(t, asked(enveloped(t, 100, 50, "a"), ErrLaneFull))
	require.False(t, asked(enveloped(t, 100, 50, "a"), nil))
	require.False(t, asked(enveloped(t, 200, 90, "a"), nil))
	require.True(t, asked(enveloped(t, 99, 50, "a"), nil), "less gas may find room")
	require.True(t, asked(enveloped(t, 100, 10, "a"), nil), "fewer bytes may find room")
	require.True(t, asked(enveloped(t, 100, 50, "b"), nil), "somebody else has a lane of their own")
	require.True(t, asked(enveloped(t, 100, 50, "a", "a"), nil), "what is not simple goes the usual way")
	require.True(t, asked(enveloped(t, 100, 50), nil))
	require.True(t, asked([]byte("noise"), nil))

	require.True(t, asked(enveloped(t, 40, 50, "a"), ErrLaneFull))
	require.False(t, asked(enveloped(t, 40, 50, "a"), nil))
	p.Committed(time.Time{}, nil)
	require.True(t, asked(enveloped(t, 200, 90, "a"), nil), "a block makes room")
}
