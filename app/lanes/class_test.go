package lanes

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/codec"
	codectestutil "github.com/cosmos/cosmos-sdk/codec/testutil"
	cryptocodec "github.com/cosmos/cosmos-sdk/crypto/codec"
	"github.com/cosmos/cosmos-sdk/crypto/keys/ed25519"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/tx/signing"
	authtx "github.com/cosmos/cosmos-sdk/x/auth/tx"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/copyright"
)

func accessConfig() client.TxConfig {
	registry := codectestutil.CodecOptions{}.NewInterfaceRegistry()
	access.RegisterInterfaces(registry)
	copyright.RegisterInterfaces(registry)
	cryptocodec.RegisterInterfaces(registry)
	return authtx.NewTxConfig(codec.NewProtoCodec(registry), authtx.DefaultSignModes)
}

// encoded returns a transaction of the messages with a key and no valid signature.
func encoded(t require.TestingT, config client.TxConfig, unordered bool, msgs ...sdk.Msg) []byte {
	builder := config.NewTxBuilder()
	require.NoError(t, builder.SetMsgs(msgs...))
	builder.SetUnordered(unordered)
	builder.SetTimeoutTimestamp(now.Add(time.Minute))
	builder.SetGasLimit(1)
	require.NoError(t, builder.SetSignatures(signing.SignatureV2{
		PubKey: &ed25519.PubKey{Key: make([]byte, ed25519.PubKeySize)},
		Data:   &signing.SingleSignatureData{SignMode: signing.SignMode_SIGN_MODE_DIRECT},
	}))
	raw, err := config.TxEncoder()(builder.GetTx())
	require.NoError(t, err)
	return raw
}

func TestATransactionsClassIsByWhatItHolds(t *testing.T) {
	release, glass, other := &access.MsgRelease{}, &access.MsgBreakGlass{}, &access.MsgWithdrawConsents{}
	config := accessConfig()
	for name, c := range map[string]struct {
		unordered bool
		msgs      []sdk.Msg
		want      Class
	}{
		"a release":                            {true, []sdk.Msg{release}, Release},
		"an ordered release":                   {false, []sdk.Msg{release}, Release},
		"a release behind something else":      {true, []sdk.Msg{other, glass, release}, Release},
		"a broken glass":                       {true, []sdk.Msg{glass}, Emergency},
		"two broken glasses":                   {true, []sdk.Msg{glass, glass}, Emergency},
		"a broken glass in a sequence":         {false, []sdk.Msg{glass}, Ordinary},
		"a broken glass before something else": {true, []sdk.Msg{glass, other}, Ordinary},
		"something else":                       {true, []sdk.Msg{other}, Ordinary},
		"nothing":                              {true, nil, Ordinary},
	} {
		t.Run(name, func(t *testing.T) {
			tx, err := config.TxDecoder()(encoded(t, config, c.unordered, c.msgs...))
			require.NoError(t, err)
			require.Equal(t, c.want, ClassOf(tx), "%s", ClassOf(tx))
		})
	}
}

// If they differed, a sender whose ordinary lane is full could be refused an emergency.
func TestAPeekSeesTheClassThatTheDecoderSees(t *testing.T) {
	config := accessConfig()
	rapid.Check(t, func(t *rapid.T) {
		var msgs []sdk.Msg
		for range rapid.IntRange(0, 4).Draw(t, "messages") {
			msgs = append(msgs, rapid.SampledFrom([]sdk.Msg{
				&access.MsgRelease{}, &access.MsgBreakGlass{Custodian: 1}, &access.MsgBreakGlass{}, &access.MsgReceive{},
			}).Draw(t, "message"))
		}
		raw := encoded(t, config, rapid.Bool().Draw(t, "unordered"), msgs...)
		tx, err := config.TxDecoder()(raw)
		require.NoError(t, err)
		from, size := peek(raw)
		require.NotEmpty(t, from.key)
		require.Equal(t, ClassOf(tx), from.class)
		require.EqualValues(t, len(raw), size.bytes)
	})
}
