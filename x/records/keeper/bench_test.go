package keeper_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	dbm "github.com/cosmos/cosmos-db"
	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/dmdl-network/dmdl/x/records"
)

// messagesPerBlock makes blocks of 10,000 records.
const messagesPerBlock = 100

// BenchmarkAnchorRecords anchors 100 records a message, of one subject or of a
// hundred, into IAVL stores on disk. An operation is a block of 100 messages.
// "deliver" is what the module costs; "deliver and commit" adds what the stores
// cost.
func BenchmarkAnchorRecords(b *testing.B) {
	for _, subjects := range []uint64{1, 100} {
		b.Run(fmt.Sprintf("deliver/subjects=%d", subjects), func(b *testing.B) { benchmarkAnchorRecords(b, subjects, false) })
		b.Run(fmt.Sprintf("deliver and commit/subjects=%d", subjects), func(b *testing.B) { benchmarkAnchorRecords(b, subjects, true) })
	}
}

func benchmarkAnchorRecords(b *testing.B, subjects uint64, commit bool) {
	db, err := dbm.NewGoLevelDB("bench", b.TempDir(), nil)
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, db.Close()) })
	f := newFixtureOver(b, db)
	f.stores.Commit()

	msg := f.listed(0, leaves(slices.Repeat([]uint64{7}, records.MaxListedLeaves)...)...)
	var anchored uint64
	b.ReportAllocs()
	for b.Loop() {
		block := f.stores.CacheMultiStore()
		for range messagesPerBlock {
			msg.Number++
			for i := range msg.Records {
				msg.Records[i].Descriptor_.Subject.Number = 1 + (msg.Number*31+uint64(i)%subjects)%100_000
			}
			anchored += uint64(len(msg.Records))
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
	b.ReportMetric(float64(anchored)/b.Elapsed().Seconds(), "records/s")
}
