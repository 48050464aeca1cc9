package app

import (
	"context"
	"time"

	"cosmossdk.io/collections"
	"cosmossdk.io/core/appmodule"

	"github.com/cosmos/cosmos-sdk/codec"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/x/auth"
	authkeeper "github.com/cosmos/cosmos-sdk/x/auth/keeper"
)

// maxNoncesPurged bounds how many expired nonces of unordered transactions one
// block deletes. Blocks come every second and hold fewer transactions than
// this, so the rest of a burst goes with the next blocks.
const maxNoncesPurged = 5000

// authModule is x/auth with a bounded purge.
type authModule struct {
	auth.AppModule
	nonces collections.KeySet[collections.Pair[int64, []byte]]
}

var _ appmodule.HasPreBlocker = authModule{}

func newAuthModule(cdc codec.Codec, accounts authkeeper.AccountKeeper) authModule {
	return authModule{AppModule: auth.NewAppModule(cdc, accounts, nil), nonces: accounts.UnorderedNonces}
}

// PreBlock deletes the oldest expired nonces, at most maxNoncesPurged.
func (m authModule) PreBlock(ctx context.Context) (appmodule.ResponsePreBlock, error) {
	expired, err := oldestNonces(ctx, m.nonces, sdk.UnwrapSDKContext(ctx).BlockTime())
	if err != nil {
		return nil, err
	}
	for _, nonce := range expired {
		if err := m.nonces.Remove(ctx, nonce); err != nil {
			return nil, err
		}
	}
	return &sdk.ResponsePreBlock{}, nil
}

// oldestNonces lists nonces that expired before a time. The ante chain refuses
// their transactions by the same comparison, so none can come back.
func oldestNonces(ctx context.Context, nonces collections.KeySet[collections.Pair[int64, []byte]], now time.Time) ([]collections.Pair[int64, []byte], error) {
	var expired []collections.Pair[int64, []byte]
	err := nonces.Walk(ctx, nil, func(nonce collections.Pair[int64, []byte]) (bool, error) {
		if nonce.K1() >= now.UnixNano() || len(expired) == maxNoncesPurged {
			return true, nil
		}
		expired = append(expired, nonce)
		return false, nil
	})
	return expired, err
}
