package lanes

import (
	"encoding/binary"
	"errors"
	"testing"
	"time"

	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"cosmossdk.io/log/v2"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/mempool"

	"github.com/dmdl-network/dmdl/x/access"
)

// now is the time of the last committed block in the tests.
var now = time.Unix(1_700_000_000, 0).UTC()

const fakeHeader = 25

// fakeTx is a transaction of any size, gas, timeout and class. Its bytes are gas, timeout
// in nanoseconds, number, class and flag of an unordered one, and padding up to the size.
type fakeTx struct {
	gas       uint64
	timeout   time.Time
	number    uint64
	unordered bool
	size      int
	class     Class // Release or Ordinary
}

func (fakeTx) GetMsgsV2() ([]proto.Message, error) { return nil, nil }
func (tx fakeTx) GetGas() uint64                   { return tx.gas }
func (tx fakeTx) GetTimeoutTimeStamp() time.Time   { return tx.timeout }
func (tx fakeTx) GetUnordered() bool               { return tx.unordered }
func fakeEncode(tx sdk.Tx) ([]byte, error)         { return tx.(fakeTx).raw(), nil }
func emptyPool() *Pool                             { return New(fakeEncode, fakeDecode) }
func lane7(class Class, members uint64) Admission  { return Admission{7, class, members} }
func ordinary(institution uint64) Admission        { return Admission{Institution: institution} }
func of(class Class, institution uint64) Admission {
	return Admission{Institution: institution, Class: class}
}
func simple(number uint64) fakeTx                 { return fakeTx{gas: 1, number: number, size: 100} }
func unordered(number uint64, t time.Time) fakeTx { return fakeTx{1, t, number, true, 100, Ordinary} }
func releasing(number uint64) fakeTx {
	return fakeTx{gas: 1, number: number, size: 100, class: Release}
}

func params(bytes, gas int64) *cmtproto.BlockParams {
	return &cmtproto.BlockParams{MaxBytes: bytes, MaxGas: gas}
}

func (tx fakeTx) GetMsgs() []sdk.Msg {
	if tx.class == Release {
		return []sdk.Msg{&access.MsgRelease{}}
	}
	return nil
}

func checkCtx(block *cmtproto.BlockParams) sdk.Context {
	return sdk.NewContext(nil, cmtproto.Header{}, true, log.NewNopLogger()).
		WithConsensusParams(cmtproto.ConsensusParams{Block: block})
}

func (tx fakeTx) raw() []byte {
	raw := make([]byte, max(tx.size, fakeHeader))
	binary.BigEndian.PutUint64(raw, tx.gas)
	if !tx.timeout.IsZero() {
		binary.BigEndian.PutUint64(raw[8:], uint64(tx.timeout.UnixNano()))
	}
	binary.BigEndian.PutUint64(raw[16:], tx.number)
	raw[24] = byte(tx.class) << 1
	if tx.unordered {
		raw[24] |= 1
	}
	return raw
}

func fakeDecode(raw []byte) (sdk.Tx, error) {
	if len(raw) < fakeHeader {
		return nil, errors.New("too short")
	}
	tx := fakeTx{
		gas:       binary.BigEndian.Uint64(raw),
		number:    binary.BigEndian.Uint64(raw[16:]),
		unordered: raw[24]&1 == 1,
		size:      len(raw),
		class:     Class(raw[24] >> 1),
	}
	if nanos := binary.BigEndian.Uint64(raw[8:]); nanos != 0 {
		tx.timeout = time.Unix(0, int64(nanos)).UTC()
	}
	return tx, nil
}

// insert puts the transaction into the pool as CheckTx would.
func insert(p *Pool, block *cmtproto.BlockParams, a Admission, tx fakeTx) error {
	ctx := WithAdmission(checkCtx(block), a).WithTxBytes(tx.raw())
	return p.Insert(ctx, tx, mempool.InsertOption{GasWanted: tx.gas})
}

// fill inserts count transactions numbered from institution*1000, in 4 MiB blocks.
// Those of release lanes are releases.
func fill(t testing.TB, p *Pool, a Admission, count int) {
	t.Helper()
	for i := range count {
		tx := simple(a.Institution*1000 + uint64(i))
		if a.Class == Release {
			tx = releasing(tx.number)
		}
		require.NoError(t, insert(p, params(4<<20, 100_000_000), a, tx))
	}
}

// numbers decodes the block and returns its transactions' numbers.
func numbers(t testing.TB, txs [][]byte) []uint64 {
	t.Helper()
	all := []uint64{}
	for _, raw := range txs {
		tx, err := fakeDecode(raw)
		require.NoError(t, err)
		all = append(all, tx.(fakeTx).number)
	}
	return all
}
