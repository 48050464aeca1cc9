package ledger

import (
	"bytes"
	"context"
	"sync"
	"testing"
	"time"

	"github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/anypb"

	"github.com/cosmos/cosmos-sdk/codec"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	cryptocodec "github.com/cosmos/cosmos-sdk/crypto/codec"
	"github.com/cosmos/cosmos-sdk/crypto/keys/secp256k1"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/msgservice"
	authsigning "github.com/cosmos/cosmos-sdk/x/auth/signing"
	authtx "github.com/cosmos/cosmos-sdk/x/auth/tx"
	txsigning "github.com/cosmos/cosmos-sdk/x/tx/signing"

	"github.com/dmdl-network/dmdl/x/records"
)

var noon = time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)

// oneRecord is a message as a vault sends it.
func oneRecord(key Key) *records.MsgAnchorRecords {
	return &records.MsgAnchorRecords{Vault: key.Address(), Number: 7, Records: []records.Leaf{{
		Descriptor_: records.Descriptor{
			Subject: &records.SubjectId{Institution: 1, Number: 9},
			Class:   records.RECORD_CLASS_DOCUMENT, Size_: records.SIZE_CLASS_16_KIB,
		},
		Content: bytes.Repeat([]byte{1}, 32),
		Sealed:  bytes.Repeat([]byte{2}, 32),
	}}}
}

func keyOf(t *testing.T, seed byte) Key {
	t.Helper()
	key, err := KeyFromSeed(bytes.Repeat([]byte{seed}, 32))
	require.NoError(t, err)
	return key
}

// decodeAndVerify runs the SDK's own decoder and signature verification.
func decodeAndVerify(t *testing.T, raw []byte, key Key, number uint64) (sdk.Tx, error) {
	t.Helper()
	r, err := codectypes.NewInterfaceRegistryWithOptions(codectypes.InterfaceRegistryOptions{
		ProtoFiles:     proto.HybridResolver,
		SigningOptions: txsigning.Options{AddressCodec: addresses, ValidatorAddressCodec: addresses},
	})
	require.NoError(t, err)
	cryptocodec.RegisterInterfaces(r)
	msgservice.RegisterMsgServiceDesc(r, &records.Msg_serviceDesc)
	config := authtx.NewTxConfig(codec.NewProtoCodec(r), authtx.DefaultSignModes)
	tx, err := config.TxDecoder()(raw)
	require.NoError(t, err)
	again, err := config.TxEncoder()(tx)
	require.NoError(t, err)
	require.Equal(t, raw, again)

	signed := tx.(authsigning.SigVerifiableTx)
	signatures, err := signed.GetSignaturesV2()
	require.NoError(t, err)
	require.Len(t, signatures, 1)
	require.Zero(t, signatures[0].Sequence)
	signers, err := signed.GetSigners()
	require.NoError(t, err)
	require.Equal(t, [][]byte{key.PubKey().Address()}, signers)

	public, err := codectypes.NewAnyWithValue(key.PubKey())
	require.NoError(t, err)
	return tx, authsigning.VerifySignature(context.Background(), key.PubKey(), txsigning.SignerData{
		Address: key.Address(), ChainID: "dmdl-test-1", AccountNumber: number,
		PubKey: &anypb.Any{TypeUrl: public.TypeUrl, Value: public.Value},
	}, signatures[0].Data, config.SignModeHandler(), tx.(authsigning.V2AdaptableTx).GetSigningTxData())
}

func TestTheChainAcceptsAnUnorderedTransaction(t *testing.T) {
	key := keyOf(t, 1)
	msg := oneRecord(key)
	raw, err := SignUnordered("dmdl-test-1", 1<<60, key, 12_345, noon, msg)
	require.NoError(t, err)

	tx, err := decodeAndVerify(t, raw, key, 1<<60)
	require.NoError(t, err)
	require.Equal(t, []sdk.Msg{msg}, tx.GetMsgs())
	unordered := tx.(sdk.TxWithUnordered)
	require.True(t, unordered.GetUnordered())
	require.True(t, unordered.GetTimeoutTimeStamp().Before(noon))
	require.True(t, unordered.GetTimeoutTimeStamp().After(noon.Add(-2*time.Second)))
	fee := tx.(sdk.FeeTx)
	require.EqualValues(t, 12_345, fee.GetGas())
	require.True(t, fee.GetFee().Empty())
	require.Empty(t, tx.(sdk.TxWithMemo).GetMemo())

	_, err = decodeAndVerify(t, raw, key, 1<<60+1)
	require.Error(t, err, "the signature binds the account number")
}

func TestTheChainAcceptsATransactionOfAnOperator(t *testing.T) {
	key, err := KeyFromPrivate(secp256k1.GenPrivKeyFromSecret([]byte("operator")))
	require.NoError(t, err)
	raw, err := SignUnordered("dmdl-test-1", 5, key, 1_000, noon, oneRecord(key))
	require.NoError(t, err)
	_, err = decodeAndVerify(t, raw, key, 5)
	require.NoError(t, err)
}

func TestWhatCannotBeSignedIsRefused(t *testing.T) {
	_, err := SignUnordered("dmdl-test-1", 1, Key{}, 1, noon, oneRecord(keyOf(t, 1)))
	require.ErrorContains(t, err, "the key is empty")
	_, err = SignUnordered("dmdl-test-1", 1, keyOf(t, 1), 1, noon)
	require.ErrorContains(t, err, "at least one message")
	_, err = KeyFromSeed(make([]byte, 31))
	require.ErrorContains(t, err, "seed has 31 bytes")
}

func TestAddressesCarryThePrefixAndKeysDoNotPrintThemselves(t *testing.T) {
	key, err := NewKey()
	require.NoError(t, err)
	decoded, err := addresses.StringToBytes(key.Address())
	require.NoError(t, err)
	require.Equal(t, []byte(key.PubKey().Address()), decoded)
	require.Regexp(t, "^dmdl1", key.Address())
	require.Equal(t, key.Address(), key.String())
}

func TestNoncesNeverRepeatUnderConcurrency(t *testing.T) {
	const workers, each = 8, 20_000
	stamps := make([][]time.Time, workers)
	var wait sync.WaitGroup
	for w := range workers {
		wait.Go(func() {
			for range each {
				stamps[w] = append(stamps[w], nonces.stamp(noon))
			}
		})
	}
	wait.Wait()
	seen := make(map[int]bool, workers*each)
	for _, list := range stamps {
		for _, stamp := range list {
			require.False(t, seen[stamp.Nanosecond()], "%s repeats", stamp)
			seen[stamp.Nanosecond()] = true
		}
	}
	require.Len(t, seen, workers*each)
}

func TestTheWholeRangeOfNoncesIsDealtOnce(t *testing.T) {
	s := nonceSource{start: 987_654_321, step: 0x9E3779B97F4A7C15}
	first := s.stamp(noon)
	s.dealt.Add(nonceRange - 1)
	require.Equal(t, first, s.stamp(noon), "it begins again after the whole range")
	require.NotEqual(t, first, s.stamp(noon))
}
