package keeper_test

import (
	"slices"
	"testing"

	"github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/require"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"

	"github.com/dmdl-network/dmdl/x/access"
)

// change rewrites a stored value.
func change[T any, P interface {
	*T
	proto.Message
}](f *fixture, key []byte, edit func(P),
) {
	store, v := f.ctx.KVStore(f.key), P(new(T))
	if err := proto.Unmarshal(store.Get(key), v); err != nil {
		panic(err) // the fixture wrote it
	}
	edit(v)
	encoded, err := proto.Marshal(v)
	if err != nil {
		panic(err) // it was decoded above
	}
	store.Set(key, encoded)
}

// first is the first key under a prefix.
func first(store storetypes.KVStore, prefix []byte) []byte {
	it := storetypes.KVStorePrefixIterator(store, prefix)
	defer it.Close()
	return slices.Clone(it.Key())
}

// loses takes a key from the index store.
func loses(prefix []byte) func(*fixture) {
	return func(f *fixture) {
		index := f.ctx.KVStore(f.indexKey)
		index.Delete(first(index, prefix))
	}
}

// gains adds a key like another to the index store.
func gains(prefix []byte) func(*fixture) {
	return func(f *fixture) {
		index := f.ctx.KVStore(f.indexKey)
		key := first(index, prefix)
		value := index.Get(key)
		key[len(key)-1] ^= 0x40
		index.Set(key, value)
	}
}

func TestABrokenInvariantIsFound(t *testing.T) {
	for name, damage := range map[string]func(*fixture){
		"a due review lost": loses(access.DueReviewsPrefix), "a due review too many": gains(access.DueReviewsPrefix),
		"a due receipt lost": loses(access.DueReceiptsPrefix), "a due receipt too many": gains(access.DueReceiptsPrefix),
		"a receipt's time lost": loses(access.ReceiptsPrefix), "a receipt's time too many": gains(access.ReceiptsPrefix),
		"a dispute lost": loses(access.DisputesPrefix), "a dispute too many": gains(access.DisputesPrefix),
		"an old thing lost": loses(access.OldPrefix), "an old thing too many": gains(access.OldPrefix),
		"a subject under another key": func(f *fixture) {
			f.ctx.KVStore(f.key).Set(access.SubjectKey(subjectOf(99)), f.ctx.KVStore(f.key).Get(access.SubjectKey(subjectOf(8))))
		},
		"a consent not listed": func(f *fixture) { change(f, access.SubjectKey(anna), func(s *access.Subject) { s.Consents = nil }) },
		"a consent lost":       func(f *fixture) { f.ctx.KVStore(f.key).Delete(access.ConsentKey(anna, 2)) },
		"an ended consent revived": func(f *fixture) {
			change(f, access.ConsentKey(anna, 1), func(c *access.Consent) { c.EndedHeight, c.EndedAt = 0, nil })
		},
		"another head": func(f *fixture) {
			change(f, access.SubjectKey(anna), func(s *access.Subject) { s.Disclosures = commitment(1) })
		},
		"an entry changed":  func(f *fixture) { change(f, access.DisclosureKey(anna, 1), func(d *access.Disclosure) { d.Height++ }) },
		"an entry lost":     func(f *fixture) { f.ctx.KVStore(f.key).Delete(access.DisclosureKey(anna, 4)) },
		"a ticket too many": func(f *fixture) { f.ctx.KVStore(f.key).Delete(first(f.ctx.KVStore(f.key), access.LastTicketsPrefix)) },
		"a review lost":     func(f *fixture) { f.ctx.KVStore(f.key).Delete(first(f.ctx.KVStore(f.key), access.ReviewsPrefix)) },
		"counts lost":       func(f *fixture) { f.ctx.KVStore(f.key).Delete(first(f.ctx.KVStore(f.key), access.ConductsPrefix)) },
		"counts too high": func(f *fixture) {
			change(f, first(f.ctx.KVStore(f.key), access.ConductsPrefix), func(c *access.Conduct) { c.Disputes++ })
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := everything(t)
			require.NoError(t, f.keeper.CheckInvariants(f.ctx))
			damage(f)
			require.Error(t, f.keeper.CheckInvariants(f.ctx))
		})
	}
}

func TestCountsTooLowAreFoundWhenEntriesHaveLeft(t *testing.T) {
	f := released(t)
	f.retainDay(t)
	f.after(2 * day)
	f.endBlock(t)
	f.do(t, release(f.ticket(t, ask()), f.result()))
	counts := first(f.ctx.KVStore(f.key), access.ConductsPrefix)
	change(f, counts, func(c *access.Conduct) { c.Releases-- })
	require.NoError(t, f.keeper.CheckInvariants(f.ctx), "one release cannot be recounted any more")
	change(f, counts, func(c *access.Conduct) { c.Releases-- })
	require.ErrorContains(t, f.keeper.CheckInvariants(f.ctx), "institution 1 has the counts")
}
