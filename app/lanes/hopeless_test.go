package lanes

import (
	"crypto/sha256"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/stretchr/testify/require"

	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	"github.com/cosmos/cosmos-sdk/crypto/keys/ed25519"
	cryptotypes "github.com/cosmos/cosmos-sdk/crypto/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/tx"
)

// letter is a transaction that is little but an envelope.
type letter struct {
	gas     uint64
	keys    []string
	url     string // of its one message
	padding int
}

func (l letter) raw(t *testing.T) []byte {
	t.Helper()
	auth := tx.AuthInfo{Fee: &tx.Fee{GasLimit: l.gas}}
	for _, key := range l.keys {
		auth.SignerInfos = append(auth.SignerInfos, &tx.SignerInfo{PublicKey: &codectypes.Any{TypeUrl: "/key", Value: []byte(key)}})
	}
	body := tx.TxBody{Unordered: true, Messages: []*codectypes.Any{{TypeUrl: l.url, Value: make([]byte, l.padding)}}}
	encodedAuth, err := auth.Marshal()
	require.NoError(t, err)
	encodedBody, err := body.Marshal()
	require.NoError(t, err)
	raw, err := (&tx.TxRaw{AuthInfoBytes: encodedAuth, BodyBytes: encodedBody}).Marshal()
	require.NoError(t, err)
	return raw
}

// keyed is a transaction with the key of one account in the name of another.
type keyed struct {
	fakeTx
	key, signer string
}

func keyOf(name string) *ed25519.PubKey {
	digest := sha256.Sum256([]byte(name))
	return &ed25519.PubKey{Key: digest[:]}
}

func (k keyed) GetSigners() ([][]byte, error) { return [][]byte{keyOf(k.signer).Address()}, nil }
func (k keyed) GetPubKeys() ([]cryptotypes.PubKey, error) {
	return []cryptotypes.PubKey{keyOf(k.key)}, nil
}

// counter is the CheckTx of a pool and counts what reaches the ante chain.
type counter struct {
	pool  *Pool
	calls int
}

// newCounter returns one whose transactions carry the key "a" in the name of a signer.
func newCounter(signer string) *counter {
	return &counter{pool: New(nil, func([]byte) (sdk.Tx, error) { return keyed{simple(1), "a", signer}, nil })}
}

// asked offers a transaction, about which the ante chain would say err, and says
// whether it was asked.
func (c *counter) asked(t *testing.T, l letter, err error) bool {
	t.Helper()
	before := c.calls
	res, failure := CheckTx(c.pool)(answer(&c.calls, err), &abci.RequestCheckTx{Tx: l.raw(t), Type: abci.CheckTxType_New})
	require.NoError(t, failure)
	if c.calls == before {
		require.Equal(t, Codespace, res.Codespace)
		require.Equal(t, ErrLaneFull.ABCICode(), res.Code)
		require.Contains(t, res.Log, "send again after the next")
	}
	return c.calls > before
}

func TestALaneThatIsFullIsNotAskedAgainBeforeTheNextBlock(t *testing.T) {
	c := newCounter("a")
	by := func(gas uint64, padding int, keys ...string) letter { return letter{gas, keys, "/m", padding} }
	require.True(t, c.asked(t, by(100, 50, "a"), nil), "nobody was refused yet")
	require.True(t, c.asked(t, by(100, 50, "a"), ErrLaneFull))
	require.False(t, c.asked(t, by(100, 50, "a"), nil))
	require.False(t, c.asked(t, by(200, 90, "a"), nil))
	require.True(t, c.asked(t, by(99, 50, "a"), nil), "less gas may find room")
	require.True(t, c.asked(t, by(100, 10, "a"), nil), "fewer bytes may find room")
	require.True(t, c.asked(t, by(100, 50, "b"), nil), "somebody else has a lane of their own")
	require.True(t, c.asked(t, by(100, 50, "a", "a"), nil), "what is not simple goes the usual way")
	require.True(t, c.asked(t, by(100, 50), nil))

	require.True(t, c.asked(t, by(40, 50, "a"), ErrLaneFull))
	require.False(t, c.asked(t, by(40, 50, "a"), nil))
	c.pool.Committed(time.Time{}, nil)
	require.True(t, c.asked(t, by(200, 90, "a"), nil), "a block makes room")
}

func TestWhoseOrdinaryLaneIsFullStillBreaksTheGlassAndReleases(t *testing.T) {
	c := newCounter("a")
	for _, url := range []string{"/m", breakGlass, release} {
		l := letter{100, []string{"a"}, url, 100}
		require.True(t, c.asked(t, l, ErrLaneFull), url)
		require.False(t, c.asked(t, l, nil), url)
	}
}

// Lanes refuse before keys are checked against their accounts.
func TestAFullLaneShutsNobodyOutWhoseKeyItsMemberNames(t *testing.T) {
	c := newCounter("b")
	l := letter{100, []string{"a"}, "/m", 50}
	require.True(t, c.asked(t, l, ErrLaneFull))
	require.True(t, c.asked(t, l, nil))
	require.True(t, c.asked(t, letter{}, nil), "nor whoever names none")
}

func TestNoiseIsNotPeekedAt(t *testing.T) {
	from, size := peek([]byte("noise"))
	require.Zero(t, from)
	require.Zero(t, size)
}
