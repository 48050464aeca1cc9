package keeper_test

import (
	"context"
	"testing"

	dbm "github.com/cosmos/cosmos-db"
	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/dmdl-network/dmdl/x/records"
)

// messagesPerBlock makes blocks of 10,000 records.
const messagesPerBlock = 100

// BenchmarkAnchorRecords anchors 100 records a message, about 1,000 subjects,
// into IAVL stores on disk. An operation is a block of 100 messages. "deliver"
// is what the module costs; "deliver and commit" adds what the stores cost.
func BenchmarkAnchorRecords(b *testing.B) {
	b.Run("deliver", func(b *testing.B) { benchmarkAnchorRecords(b, false) })
	b.Run("deliver and commit", func(b *testing.B) { benchmarkAnchorRecords(b, true) })
}

func benchmarkAnchorRecords(b *testing.B, commit bool) {
	db, err := dbm.NewGoLevelDB("bench", b.TempDir(), nil)
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, db.Close()) })
	f := newFixtureOver(b, db)
	f.stores.Commit()

	msg := &records.MsgAnchorRecords{Vault: f.vault1, Records: newRecords(make([]uint64, records.MaxRecordsPerMessage)...)}
	var sequence uint64
	b.ReportAllocs()
	for b.Loop() {
		block := f.stores.CacheMultiStore()
		for range messagesPerBlock {
			for i := range msg.Records {
				sequence++
				msg.Records[i].Sequence = sequence
				msg.Records[i].Leaf.Descriptor_.Subject.Number = 1 + sequence%1000
			}
			tx := block.CacheMultiStore()
			ctx := f.ctx.WithMultiStore(tx).WithEventManager(sdk.NewEventManager())
			if _, err := f.msgs.AnchorRecords(context.WithValue(b.Context(), sdk.SdkContextKey, ctx), msg); err != nil {
				b.Fatal(err)
			}
			tx.Write()
		}
		if commit {
			block.Write()
			f.stores.Commit()
		}
	}
	b.ReportMetric(float64(sequence)/b.Elapsed().Seconds(), "records/s")
}
