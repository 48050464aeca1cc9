package keeper

import (
	"context"

	errorsmod "cosmossdk.io/errors"

	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/copyright"
)

// UpdateParams implements copyright.MsgServer.
func (m msgServer) UpdateParams(ctx context.Context, msg *copyright.MsgUpdateParams) (*copyright.MsgUpdateParamsResponse, error) {
	if err := m.k.checkAuthority(msg.Authority); err != nil {
		return nil, err
	}
	if err := msg.Params.Validate(); err != nil {
		return nil, err
	}
	return &copyright.MsgUpdateParamsResponse{}, m.k.params.Set(ctx, msg.Params)
}

// checkAuthority fails with ErrNotAuthority unless a passed proposal signs.
func (k Keeper) checkAuthority(signer string) error {
	authority, err := k.addresses.BytesToString(consortium.Authority)
	if err == nil && signer != authority {
		err = errorsmod.Wrapf(copyright.ErrNotAuthority, "signer is %s, want %s", signer, authority)
	}
	return err
}
