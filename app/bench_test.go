package app_test

import (
	"crypto/sha256"
	"encoding/binary"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/hospital/ledger"
	"github.com/dmdl-network/dmdl/x/records"
)

// anchors returns signed transactions of one record each, of all hospitals.
func (n *network) anchors(count int) [][]byte {
	txs := make([][]byte, count)
	for at := range txs {
		m := n.members[at%len(n.members)]
		n.sequence++
		digest := sha256.Sum256(binary.BigEndian.AppendUint64(nil, n.sequence))
		n.nonce++
		raw, err := ledger.SignUnordered(chainID, n.accountNumber(m.vault), m.vault.Key, 26_000, n.now.Add(90e9+n.nonce),
			&records.MsgAnchorRecords{Vault: m.vault.Address(), Records: []records.NewRecord{{
				Sequence: n.sequence,
				Leaf: records.Leaf{
					Descriptor_: records.Descriptor{
						Subject: &records.SubjectId{Institution: m.number, Number: 1 + n.sequence%977},
						Class:   records.RECORD_CLASS_RESULT, Size_: records.SIZE_CLASS_16_KIB,
					},
					Content: digest[:], Sealed: digest[:],
				},
			}}})
		require.NoError(n.t, err)
		txs[at] = raw
	}
	return txs
}

// BenchmarkCheckTx is what each validator does for a transaction that arrives.
func BenchmarkCheckTx(b *testing.B) {
	n := newNetwork(b)
	var txs [][]byte
	for b.Loop() {
		if len(txs) == 0 {
			b.StopTimer()
			n.now = n.now.Add(2 * time.Minute) // what the lanes hold expires
			n.block()
			txs = n.anchors(1000)
			b.StartTimer()
		}
		res, err := n.CheckTx(&abci.RequestCheckTx{Tx: txs[0], Type: abci.CheckTxType_New})
		if err != nil || res.Code != 0 {
			b.Fatal(err, res)
		}
		txs = txs[1:]
	}
}

// BenchmarkBlock is what each validator does for a block of 1,000 transactions
// of one record.
func BenchmarkBlock(b *testing.B) {
	n := newNetwork(b)
	for b.Loop() {
		b.StopTimer()
		txs := n.anchors(1000)
		for _, raw := range txs {
			res, err := n.CheckTx(&abci.RequestCheckTx{Tx: raw, Type: abci.CheckTxType_New})
			if err != nil || res.Code != 0 {
				b.Fatal(err, res)
			}
		}
		b.StartTimer()
		n.mustBlock(txs...)
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/1000, "µs/tx")
}
