package app

import (
	"fmt"
	"sync/atomic"

	"github.com/cosmos/cosmos-sdk/store/v2/cachemulti"
	"github.com/cosmos/cosmos-sdk/store/v2/iavl"
	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
)

// views is the store that questions are answered from. The framework's opens every
// store anew for each question, and hashes the roots of all of them to know its own
// height. This one opens the newest block's state once, for all who ask; what else it
// is asked, the framework's answers.
type views struct {
	storetypes.CommitMultiStore
	keys   map[string]*storetypes.KVStoreKey
	newest atomic.Pointer[view] // nil from the start to the first commit
}

// view is the state of one block. Nothing changes it.
type view struct {
	height int64
	stores map[storetypes.StoreKey]*iavl.Store
}

// LatestVersion is the height of the newest block.
func (v *views) LatestVersion() int64 {
	if newest := v.newest.Load(); newest != nil {
		return newest.height
	}
	return v.CommitMultiStore.LatestVersion()
}

// CacheMultiStoreWithVersion branches the state of a block.
func (v *views) CacheMultiStoreWithVersion(height int64) (storetypes.CacheMultiStore, error) {
	newest := v.newest.Load()
	if newest == nil || newest.height != height {
		return v.CommitMultiStore.CacheMultiStoreWithVersion(height)
	}
	return cachemulti.NewFromParent(func(key storetypes.StoreKey) storetypes.CacheWrapper {
		return newest.stores[key]
	}), nil
}

// open opens the state of the block that was committed last.
func (v *views) open() (err error) {
	defer func() {
		if err != nil {
			v.newest.Store(nil)
		}
	}()
	opened := &view{height: v.CommitMultiStore.LatestVersion(), stores: make(map[storetypes.StoreKey]*iavl.Store, len(v.keys))}
	for _, key := range v.keys {
		store, ok := v.GetStore(key).(*iavl.Store)
		if !ok {
			return fmt.Errorf("store %s keeps no versions", key.Name())
		}
		if opened.stores[key], err = store.GetImmutable(opened.height); err != nil {
			return fmt.Errorf("open store %s at height %d: %w", key.Name(), opened.height, err)
		}
	}
	v.newest.Store(opened)
	return nil
}
