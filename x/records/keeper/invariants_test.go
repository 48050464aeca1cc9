package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/dmdl-network/dmdl/x/records"
)

// draw returns a random message from few values, so that many repeat a
// sequence, number or root, and some are invalid.
func (f *fixture) draw(t *rapid.T) sdk.Msg {
	vault := rapid.SampledFrom([]string{f.vault1, f.vault2, f.vault1, f.vault2, f.stranger}).Draw(t, "vault")
	number := rapid.Uint64Range(0, 12)
	if rapid.Bool().Draw(t, "batch") {
		return &records.MsgAnchorBatch{
			Vault: vault, Number: number.Draw(t, "number"), Root: commitment(rapid.ByteRange(0, 9).Draw(t, "root")),
			Leaves: rapid.Uint64Range(0, 3).Draw(t, "leaves"),
		}
	}
	msg := &records.MsgAnchorRecords{Vault: vault}
	for range rapid.IntRange(0, 4).Draw(t, "records") {
		l := leaf(rapid.Uint64Range(0, 4).Draw(t, "subject"))
		l.Descriptor_.Class = records.RecordClass(rapid.Int32Range(1, 7).Draw(t, "class"))
		l.Content = commitment(rapid.Byte().Draw(t, "content"))
		if rapid.Bool().Draw(t, "no subject") == (l.Descriptor_.Class == records.RECORD_CLASS_DATASET) {
			l.Descriptor_.Subject = nil
		}
		msg.Records = append(msg.Records, records.NewRecord{Sequence: number.Draw(t, "sequence"), Leaf: l})
	}
	return msg
}

// TestNothingAnchoredEverChanges sends random messages. No sequence of them may
// break an invariant, change or remove what is stored, or add anything but what
// an accepted message holds.
func TestNothingAnchoredEverChanges(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		f := newFixture(t)
		storedRecords, storedBatches := map[records.RecordId]records.Record{}, map[records.BatchId]records.Batch{}
		for range rapid.IntRange(1, 30).Draw(rt, "messages") {
			msg := f.draw(rt)
			f.ctx = f.ctx.WithBlockHeight(f.ctx.BlockHeight() + 1)
			wantRecords, wantBatches := len(storedRecords), len(storedBatches)
			if _, err := f.deliver(msg); err == nil {
				switch msg := msg.(type) {
				case *records.MsgAnchorRecords:
					wantRecords += len(msg.Records)
				case *records.MsgAnchorBatch:
					wantBatches++
				}
			}
			require.NoError(rt, f.keeper.CheckInvariants(f.ctx))

			gs := f.export(t)
			require.Len(rt, gs.Records, wantRecords)
			require.Len(rt, gs.Batches, wantBatches)
			for _, r := range gs.Records {
				if old, known := storedRecords[r.Id]; known {
					require.Equal(rt, old, r)
				}
				storedRecords[r.Id] = r
			}
			for _, b := range gs.Batches {
				if old, known := storedBatches[b.Id]; known {
					require.Equal(rt, old, b)
				}
				storedBatches[b.Id] = b
			}
		}
	})
}

func TestABrokenInvariantIsFound(t *testing.T) {
	id := records.RecordId{Institution: 1, Sequence: 1}
	first := func(store storetypes.KVStore, prefix []byte) []byte {
		it := storetypes.KVStorePrefixIterator(store, prefix)
		defer it.Close()
		return it.Key()
	}
	for name, damage := range map[string]func(proven, index storetypes.KVStore){
		"a record under another key": func(proven, _ storetypes.KVStore) {
			proven.Set(records.RecordKey(records.RecordId{Institution: 1, Sequence: 2}), proven.Get(records.RecordKey(id)))
		},
		"an invalid record":             func(proven, _ storetypes.KVStore) { proven.Set(records.RecordKey(id), []byte{}) },
		"a record missing in the index": func(_, index storetypes.KVStore) { index.Delete(first(index, records.BySubjectPrefix)) },
		"an index entry without record": func(proven, _ storetypes.KVStore) { proven.Delete(records.RecordKey(id)) },
		"a batch under another key": func(proven, _ storetypes.KVStore) {
			proven.Set(records.BatchKey(records.BatchId{Institution: 1, Number: 2}), proven.Get(first(proven, records.BatchesPrefix)))
		},
		"an invalid batch":               func(proven, _ storetypes.KVStore) { proven.Set(first(proven, records.BatchesPrefix), []byte{}) },
		"a batch whose root is not held": func(_, index storetypes.KVStore) { index.Delete(first(index, records.BatchRootsPrefix)) },
		"a root without a batch":         func(proven, _ storetypes.KVStore) { proven.Delete(first(proven, records.BatchesPrefix)) },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			f.anchor(t, 1)
			_, err := f.deliver(f.batchOf(1, 1))
			require.NoError(t, err)
			require.NoError(t, f.keeper.CheckInvariants(f.ctx))

			damage(f.ctx.KVStore(f.key), f.ctx.KVStore(f.indexKey))
			require.Error(t, f.keeper.CheckInvariants(f.ctx))
		})
	}
}
