package keeper

import "github.com/dmdl-network/dmdl/x/copyright"

type msgServer struct{ k Keeper }

// NewMsgServer returns the transaction service of the module.
func NewMsgServer(k Keeper) copyright.MsgServer { return msgServer{k} }
