package keeper

import "github.com/dmdl-network/dmdl/x/access"

type msgServer struct{ k Keeper }

// NewMsgServer returns the transaction service of the module.
func NewMsgServer(k Keeper) access.MsgServer { return msgServer{k} }
