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
	if n := len(msg.Records); n == 0 || n > records.MaxRecordsPerMessage {
		return nil, errorsmod.Wrapf(records.ErrRecordCount, "%d, want 1 to %d in a message", n, records.MaxRecordsPerMessage)
	}

	sdkCtx := sdk.UnwrapSDKContext(ctx)
	record := records.Record{
		Id:             records.RecordId{Institution: institution},
		AnchoredHeight: uint64(sdkCtx.BlockHeight()),
		AnchoredAt:     sdkCtx.BlockTime(),
	}
	for i, r := range msg.Records {
		record.Id.Sequence, record.Leaf = r.Sequence, r.Leaf
		if err := s.k.anchorRecord(ctx, record); err != nil {
			return nil, errorsmod.Wrapf(err, "records[%d]", i)
		}
	}
	return &records.MsgAnchorRecordsResponse{}, sdkCtx.EventManager().EmitTypedEvent(&records.EventRecordsAnchored{
		Institution: institution,
		Count:       uint64(len(msg.Records)),
	})
}

// AnchorBatch implements records.MsgServer.
func (s msgServer) AnchorBatch(ctx context.Context, msg *records.MsgAnchorBatch) (*records.MsgAnchorBatchResponse, error) {
	institution, err := s.institution(ctx, msg.Vault)
	if err != nil {
		return nil, err
	}
	sdkCtx := sdk.UnwrapSDKContext(ctx)
	err = s.k.anchorBatch(ctx, records.Batch{
		Id:             records.BatchId{Institution: institution, Number: msg.Number},
		Root:           msg.Root,
		Leaves:         msg.Leaves,
		Channel:        msg.Channel,
		AnchoredHeight: uint64(sdkCtx.BlockHeight()),
		AnchoredAt:     sdkCtx.BlockTime(),
	})
	if err != nil {
		return nil, err
	}
	return &records.MsgAnchorBatchResponse{}, sdkCtx.EventManager().EmitTypedEvent(&records.EventBatchAnchored{
		Institution: institution,
		Number:      msg.Number,
		Leaves:      msg.Leaves,
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
