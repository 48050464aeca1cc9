package keeper

import (
	"bytes"
	"context"

	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/dmdl-network/dmdl/x/access"
)

// CheckAccess implements access.QueryServer.
func (s queryServer) CheckAccess(ctx context.Context, req *access.QueryCheckAccessRequest) (*access.QueryCheckAccessResponse, error) {
	account, asker, err := s.k.decode("asker", req.Asker)
	if err != nil {
		return nil, err
	}
	if err := checkAsker(ctx, req, account); err != nil {
		return nil, err
	}
	p, err := s.k.params.Get(ctx)
	if err != nil {
		return nil, err
	}
	full, err := s.concerns(ctx, account, asker, req)
	if err != nil {
		return nil, err
	}
	a, err := s.k.ask(ctx, req.Requester, req.Request, p)
	if err != nil {
		return nil, err
	}
	decisions, err := s.k.decideClasses(ctx, a, p)
	if err != nil {
		return nil, err
	}
	if !full {
		for i := range decisions {
			if !decisions[i].Permitted {
				decisions[i].Reason = access.REASON_NO_APPLICABLE_PERMIT
			}
		}
	}
	return &access.QueryCheckAccessResponse{Decisions: decisions}, nil
}

// checkAsker verifies that the asker signed the question, just now.
func checkAsker(ctx context.Context, req *access.QueryCheckAccessRequest, account []byte) error {
	key := req.Key()
	if key == nil || !bytes.Equal(key.Address(), account) {
		return errorsmod.Wrapf(access.ErrNotConcerned, "the public key is not that of %s", req.Asker)
	}
	if off := now(ctx).Sub(req.SignedAt).Abs(); off > access.CheckWindow {
		return errorsmod.Wrapf(access.ErrNotConcerned, "signed %s from the block's time, at most %s", off, access.CheckWindow)
	}
	signed, err := access.CheckBytes(sdk.UnwrapSDKContext(ctx).ChainID(), req.Requester, req.Request, req.SignedAt)
	if err != nil {
		return err
	}
	if !key.VerifySignature(signed, req.Signature) {
		return errorsmod.Wrapf(access.ErrNotConcerned, "the signature is not %s's over this question", req.Asker)
	}
	return nil
}

// concerns says whether the asker may know the reasons, as who acts for the subject
// and the custodian may. It fails for whom it does not concern at all.
func (s queryServer) concerns(ctx context.Context, account []byte, asker string, req *access.QueryCheckAccessRequest) (full bool, err error) {
	subject, err := s.k.subjectOrNew(ctx, req.Request.Subject)
	if err != nil {
		return false, err
	}
	if _, acts := s.k.as(ctx, subject, account, asker); acts || s.k.isOfCustodian(ctx, account, req.Request.Custodian) == nil {
		return true, nil
	}
	_, requester, err := s.k.decode("requester", req.Requester)
	if err == nil && requester != asker {
		err = errorsmod.Wrapf(access.ErrNotConcerned, "%s is neither the requester nor acts for subject or custodian", asker)
	}
	return false, err
}
