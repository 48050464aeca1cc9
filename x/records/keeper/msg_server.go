package keeper

import (
	"context"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/dmdl-network/dmdl/x/records"
)

type msgServer struct{ k Keeper }

// NewMsgServer returns the transaction service of the module.
func NewMsgServer(k Keeper) records.MsgServer { return msgServer{k} }

// AnchorRecords implements records.MsgServer.
func (s msgServer) AnchorRecords(ctx context.Context, msg *records.MsgAnchorRecords) (*records.MsgAnchorRecordsResponse, error) {
	institution, err := s.institution(ctx, msg.Vault)
	if err != nil {
		return nil, err
	}
	batch, page, err := records.ListedBatch(records.BatchId{Institution: institution, Number: msg.Number}, msg.Records)
	if err != nil {
		return nil, err
	}
	stamp(ctx, &batch)
	if err := s.k.anchorListed(ctx, batch, msg.Records, page); err != nil {
		return nil, err
	}
	return &records.MsgAnchorRecordsResponse{}, emitAnchored(ctx, batch)
}

// AnchorBatch implements records.MsgServer.
func (s msgServer) AnchorBatch(ctx context.Context, msg *records.MsgAnchorBatch) (*records.MsgAnchorBatchResponse, error) {
	institution, err := s.institution(ctx, msg.Vault)
	if err != nil {
		return nil, err
	}
	batch := records.Batch{
		Id:      records.BatchId{Institution: institution, Number: msg.Number},
		Root:    msg.Root,
		Leaves:  msg.Leaves,
		Channel: msg.Channel,
	}
	stamp(ctx, &batch)
	if err := s.k.anchorRoot(ctx, batch); err != nil {
		return nil, err
	}
	return &records.MsgAnchorBatchResponse{}, emitAnchored(ctx, batch)
}

// stamp notes the block that anchors a batch.
func stamp(ctx context.Context, b *records.Batch) {
	sdkCtx := sdk.UnwrapSDKContext(ctx)
	b.AnchoredHeight, b.AnchoredAt = uint64(sdkCtx.BlockHeight()), sdkCtx.BlockTime()
}

func emitAnchored(ctx context.Context, b records.Batch) error {
	return sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(&records.EventBatchAnchored{
		Institution: b.Id.Institution,
		Number:      b.Id.Number,
		Leaves:      b.Leaves,
		Listed:      b.Listed,
	})
}

// institution returns the number of the institution whose vault signed.
func (s msgServer) institution(ctx context.Context, vault string) (uint64, error) {
	account, err := s.k.addresses.StringToBytes(vault)
	if err != nil {
		return 0, errorsmod.Wrapf(err, "vault %q is not an account address", vault)
	}
	return s.k.consortium.VaultInstitution(ctx, account)
}
