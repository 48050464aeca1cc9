package keeper_test

import (
	"slices"
	"testing"

	"github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/require"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/copyright"
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

// damaged is a fixture's first key of a kind in the proven store, without its value.
func damaged(prefix []byte) func(*fixture) {
	return func(f *fixture) {
		store := f.ctx.KVStore(f.key)
		store.Delete(first(store, prefix))
	}
}

var (
	datasetKey = copyright.WorkKey(copyright.WorkId{Institution: 1, Number: 1})
	childKey   = copyright.WorkKey(copyright.WorkId{Institution: 2, Number: 1})
	licenceKey = copyright.LicenceKey(access.LicenceId{Institution: 1, Number: 1})
)

// damages break an invariant of what everything holds.
var damages = map[string]func(*fixture){
	"a root lost": loses(copyright.RootsPrefix), "a root too many": gains(copyright.RootsPrefix),
	"a child lost": loses(copyright.ChildrenPrefix), "a child too many": gains(copyright.ChildrenPrefix),
	"a licensee lost": loses(copyright.HeldPrefix), "a licensee too many": gains(copyright.HeldPrefix),
	"a pending notice lost": loses(copyright.PendingPrefix), "a pending notice too many": gains(copyright.PendingPrefix),
	"an open licence lost": loses(copyright.OpenLicencesPrefix), "an open licence too many": gains(copyright.OpenLicencesPrefix),
	"a reserved root lost": loses(copyright.ReservedPrefix), "a reserved root too many": gains(copyright.ReservedPrefix),
	"an open contest lost": loses(copyright.OpenContestsPrefix), "an open contest too many": gains(copyright.OpenContestsPrefix),
	"a told work lost": loses(copyright.ToldPrefix), "a told work too many": gains(copyright.ToldPrefix),
	"a work lost": damaged(copyright.WorksPrefix), "a contest lost": damaged(copyright.ContestsPrefix), "an offer lost": damaged(copyright.OffersPrefix),
	"a licence lost": damaged(copyright.LicencesPrefix), "a notice lost": damaged(copyright.NoticesPrefix), "counts lost": damaged(copyright.StrikesPrefix),
	"a root of another": func(f *fixture) {
		index := f.ctx.KVStore(f.indexKey)
		encoded, err := (&copyright.WorkId{Institution: 3, Number: 1}).Marshal()
		if err != nil {
			panic(err) // two numbers are encoded
		}
		index.Set(first(index, copyright.ReservedPrefix), encoded)
	},
	"a work under another key": func(f *fixture) {
		store := f.ctx.KVStore(f.key)
		store.Set(copyright.WorkKey(copyright.WorkId{Institution: 4, Number: 1}), store.Get(datasetKey))
	},
	"shares changed": func(f *fixture) { change(f, datasetKey, func(w *copyright.Work) { w.Contributors[0].Share++ }) },
	"a weaker floor": func(f *fixture) {
		change(f, childKey, func(w *copyright.Work) { w.Floor.Withdrawal = copyright.WITHDRAWAL_STOP })
	},
	"another depth":         func(f *fixture) { change(f, childKey, func(w *copyright.Work) { w.Depth = 2 }) },
	"a parent unlicensed":   func(f *fixture) { change(f, childKey, func(w *copyright.Work) { w.Parents[0].Licence = 4 }) },
	"made before its grant": func(f *fixture) { change(f, licenceKey, func(l *copyright.Licence) { *l.GrantedAt = f.now() }) },
	"an approval lost":      func(f *fixture) { change(f, licenceKey, func(l *copyright.Licence) { l.Approved = nil }) },
	"terms of no offer":     func(f *fixture) { change(f, licenceKey, func(l *copyright.Licence) { l.Terms.Commercial = false }) },
	"an account in upper case": func(f *fixture) {
		change(f, licenceKey, func(l *copyright.Licence) { l.Requester = "me" })
	},
}

func TestABrokenInvariantIsFound(t *testing.T) {
	for name, damage := range damages {
		t.Run(name, func(t *testing.T) {
			f := everything(t)
			require.NoError(t, f.keeper.CheckInvariants(f.ctx))
			damage(f)
			require.Error(t, f.keeper.CheckInvariants(f.ctx))
		})
	}
}
