package app_test

import (
	"crypto/sha256"
	"encoding/binary"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/dmdl-network/dmdl/app/ante"
	"github.com/dmdl-network/dmdl/hospital/ledger"
	"github.com/dmdl-network/dmdl/x/records"
)

// load is what the transactions of a block are.
type load struct {
	name          string
	txs           int // a block
	records       int // a transaction
	otherSubjects bool
}

var loads = []load{
	{name: "records=1", txs: 1000, records: 1},
	{name: "records=100", txs: 100, records: records.MaxListedLeaves},
	{name: "records=100/subjects=100", txs: 100, records: records.MaxListedLeaves, otherSubjects: true},
}

// anchors returns signed transactions of all hospitals.
func (n *network) anchors(s load) [][]byte {
	txs := make([][]byte, s.txs)
	for at := range txs {
		m := n.members[at%len(n.members)]
		n.sequence++
		msg := &records.MsgAnchorRecords{Vault: m.vault.Address(), Number: n.sequence}
		for i := range uint64(s.records) {
			subject := n.sequence
			if s.otherSubjects {
				subject += i * 7
			}
			digest := sha256.Sum256(binary.BigEndian.AppendUint64(nil, n.sequence<<8+i))
			msg.Records = append(msg.Records, records.Leaf{
				Descriptor_: records.Descriptor{
					Subject: &records.SubjectId{Institution: m.number, Number: 1 + subject%9_973},
					Class:   records.RECORD_CLASS_RESULT, Size_: records.SIZE_CLASS_16_KIB,
				},
				Content: digest[:], Sealed: digest[:],
			})
		}
		gas, err := ante.Schedule([]sdk.Msg{msg}, 300+msg.Size())
		require.NoError(n.t, err)
		n.nonce++
		raw, err := ledger.SignUnordered(chainID, n.accountNumber(m.vault), m.vault.Key, gas, n.now.Add(90e9+n.nonce), msg)
		require.NoError(n.t, err)
		txs[at] = raw
	}
	return txs
}

// BenchmarkCheckTx is what each validator does for a transaction that arrives.
func BenchmarkCheckTx(b *testing.B) {
	for _, s := range loads {
		b.Run(s.name, func(b *testing.B) {
			n := newNetwork(b)
			var txs [][]byte
			for b.Loop() {
				if len(txs) == 0 {
					b.StopTimer()
					n.now = n.now.Add(2 * time.Minute) // what the lanes hold expires
					n.block()
					txs = n.anchors(s)
					b.StartTimer()
				}
				res, err := n.CheckTx(&abci.RequestCheckTx{Tx: txs[0], Type: abci.CheckTxType_New})
				if err != nil || res.Code != 0 {
					b.Fatal(err, res)
				}
				txs = txs[1:]
			}
		})
	}
}

// BenchmarkBlock is what each validator does for a block of known transactions.
func BenchmarkBlock(b *testing.B) {
	for _, s := range loads {
		b.Run(s.name, func(b *testing.B) {
			n := newNetwork(b)
			for b.Loop() {
				b.StopTimer()
				txs := n.anchors(s)
				for _, raw := range txs {
					res, err := n.CheckTx(&abci.RequestCheckTx{Tx: raw, Type: abci.CheckTxType_New})
					if err != nil || res.Code != 0 {
						b.Fatal(err, res)
					}
				}
				b.StartTimer()
				n.mustBlock(txs...)
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*s.txs), "µs/tx")
		})
	}
}
