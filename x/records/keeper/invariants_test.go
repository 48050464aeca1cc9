package keeper_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/dmdl-network/dmdl/x/records"
)

// draw returns a random message from few values, so that many repeat a
// number or root, and some are invalid.
func (f *fixture) draw(t *rapid.T) sdk.Msg {
	vault := rapid.SampledFrom([]string{f.vault1, f.vault2, f.vault1, f.vault2, f.stranger}).Draw(t, "vault")
	number := rapid.Uint64Range(0, 12)
	if rapid.Bool().Draw(t, "life") {
		return f.drawLife(t, vault)
	}
	if rapid.Bool().Draw(t, "batch") {
		return &records.MsgAnchorBatch{
			Vault: vault, Number: number.Draw(t, "number"), Root: commitment(rapid.ByteRange(0, 9).Draw(t, "root")),
			Leaves: rapid.Uint64Range(0, 3).Draw(t, "leaves"),
		}
	}
	msg := &records.MsgAnchorRecords{Vault: vault, Number: number.Draw(t, "number")}
	for range rapid.IntRange(0, 4).Draw(t, "records") {
		l := leaf(rapid.Uint64Range(0, 4).Draw(t, "subject"))
		l.Descriptor_.Class = records.RecordClass(rapid.Int32Range(1, 7).Draw(t, "class"))
		l.Content = commitment(rapid.Byte().Draw(t, "content"))
		if rapid.Bool().Draw(t, "no subject") == (l.Descriptor_.Class == records.RECORD_CLASS_DATASET) {
			l.Descriptor_.Subject = nil
		}
		msg.Records = append(msg.Records, l)
	}
	return msg
}

// drawLife returns a random message about the life of a record that may exist.
func (f *fixture) drawLife(t *rapid.T, vault string) sdk.Msg {
	record := func() records.RecordRef {
		return records.RecordRef{Id: records.RecordId{
			Institution: rapid.Uint64Range(1, 2).Draw(t, "institution"),
			Batch:       rapid.Uint64Range(1, 12).Draw(t, "of batch"), Leaf: rapid.Uint64Range(0, 2).Draw(t, "leaf"),
		}}
	}
	switch rapid.IntRange(0, 4).Draw(t, "change") {
	case 0:
		return &records.MsgReplaceRecord{
			Vault: vault, Record: record(), Successor: record(),
			Status: records.RECORD_STATUS_SUPERSEDED, Reason: records.RECORD_REASON_NEW_VERSION,
		}
	case 1:
		return &records.MsgRetractRecord{Vault: vault, Record: record(), Reason: records.RECORD_REASON_WITHDRAWN}
	case 2:
		return &records.MsgOfferCustody{Vault: vault, Record: record(), To: rapid.Uint64Range(0, 2).Draw(t, "to")}
	case 3:
		return &records.MsgAcceptCustody{Vault: vault, Record: record().Id}
	}
	return &records.MsgEraseRecord{Vault: vault, Record: record(), Basis: records.ERASURE_BASIS_OBJECTION}
}

// requireLater checks that a record's life went on and not back.
func requireLater(t require.TestingT, old, s records.Standing) {
	order := []records.RecordStatus{
		records.RECORD_STATUS_IN_FORCE, records.RECORD_STATUS_SUPERSEDED, records.RECORD_STATUS_RETRACTED, records.RECORD_STATUS_ERASED,
	}
	require.GreaterOrEqual(t, slices.Index(order, s.Status), slices.Index(order, old.Status))
	require.Equal(t, old.Leaf, s.Leaf)
	if old.Successor != nil {
		require.Equal(t, old.Successor, s.Successor)
	}
	if old.Predecessor != nil {
		require.Equal(t, old.Predecessor, s.Predecessor)
	}
	if old.Status == records.RECORD_STATUS_ERASED {
		require.Equal(t, old, s)
	}
}

// TestNothingAnchoredEverChanges sends random messages. No sequence of them may
// break an invariant, change or remove what is anchored, turn back a record's
// life, or add anything but what an accepted message holds.
func TestNothingAnchoredEverChanges(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		f := newFixture(t)
		stored, standings := map[records.BatchId]records.GenesisBatch{}, map[records.RecordId]records.Standing{}
		for range rapid.IntRange(1, 30).Draw(rt, "messages") {
			msg := f.draw(rt)
			f.ctx = f.ctx.WithBlockHeight(f.ctx.BlockHeight() + 1)
			want := len(stored)
			_, anchors := msg.(*records.MsgAnchorRecords)
			_, batch := msg.(*records.MsgAnchorBatch)
			if _, err := f.deliver(msg); err == nil && (anchors || batch) {
				want++
			}
			require.NoError(rt, f.keeper.CheckInvariants(f.ctx))

			gs := f.export(t)
			require.Len(rt, gs.Batches, want)
			for _, b := range gs.Batches {
				if old, known := stored[b.Batch.Id]; known {
					require.Equal(rt, old, b)
				}
				stored[b.Batch.Id] = b
			}
			require.GreaterOrEqual(rt, len(gs.Standings), len(standings))
			for _, s := range gs.Standings {
				if old, known := standings[s.Id]; known {
					requireLater(rt, old, s)
				}
				standings[s.Id] = s
			}
		}
	})
}

func TestABrokenInvariantIsFound(t *testing.T) {
	first := func(store storetypes.KVStore, prefix []byte) []byte {
		it := storetypes.KVStorePrefixIterator(store, prefix)
		defer it.Close()
		return it.Key()
	}
	listed, root := records.BatchKey(records.BatchId{Institution: 1, Number: 1}), records.BatchKey(records.BatchId{Institution: 1, Number: 2})
	for name, damage := range map[string]func(proven, index storetypes.KVStore){
		"a batch under another key": func(proven, _ storetypes.KVStore) {
			proven.Set(records.BatchKey(records.BatchId{Institution: 1, Number: 3}), proven.Get(listed))
		},
		"an invalid batch":              func(proven, _ storetypes.KVStore) { proven.Set(root, []byte{}) },
		"a listed batch without leaves": func(_, index storetypes.KVStore) { index.Delete(first(index, records.LeavesPrefix)) },
		"leaves that lead to another root": func(_, index storetypes.KVStore) {
			_, page, _ := records.ListedBatch(records.BatchId{}, leaves(7, 7))
			index.Set(first(index, records.LeavesPrefix), page)
		},
		"leaves cut short": func(_, index storetypes.KVStore) {
			key := first(index, records.LeavesPrefix)
			index.Set(key, index.Get(key)[1:])
		},
		"leaves without a batch":         func(proven, _ storetypes.KVStore) { proven.Delete(listed) },
		"a record missing in the index":  func(_, index storetypes.KVStore) { index.Delete(first(index, records.BySubjectPrefix)) },
		"a wrong place in the index":     func(_, index storetypes.KVStore) { index.Set(first(index, records.BySubjectPrefix), []byte{1}) },
		"a batch whose root is not held": func(_, index storetypes.KVStore) { index.Delete(first(index, records.BatchRootsPrefix)) },
		"a root without a batch":         func(proven, _ storetypes.KVStore) { proven.Delete(root) },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			f.anchor(t, f.listed(1, leaves(7, 8)...), f.batchOf(2, 1))
			require.NoError(t, f.keeper.CheckInvariants(f.ctx))

			damage(f.ctx.KVStore(f.key), f.ctx.KVStore(f.indexKey))
			require.Error(t, f.keeper.CheckInvariants(f.ctx))
		})
	}
}
