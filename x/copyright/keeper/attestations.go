package keeper

import (
	"bytes"
	"cmp"
	"context"
	"slices"

	errorsmod "cosmossdk.io/errors"

	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/copyright"
)

// AttestWork implements copyright.MsgServer.
func (m msgServer) AttestWork(ctx context.Context, msg *copyright.MsgAttestWork) (*copyright.MsgAttestWorkResponse, error) {
	institution, vault, err := m.k.holds(ctx, "vault", msg.Vault, consortium.ROLE_VAULT)
	if err != nil {
		return nil, err
	}
	w, err := m.k.work(ctx, msg.Work)
	if err != nil {
		return nil, err
	}
	if err := m.k.checkAttestation(ctx, w, institution, msg); err != nil {
		return nil, err
	}
	place, attested := slices.BinarySearchFunc(w.Attestations, institution, func(a copyright.Attestation, institution uint64) int {
		return cmp.Compare(a.Custodian, institution)
	})
	if attested {
		return nil, errorsmod.Wrapf(copyright.ErrAttestation, "institution %d attested it before", institution)
	}
	w.Attestations = slices.Insert(w.Attestations, place, copyright.Attestation{Custodian: institution, Vault: vault, Height: height(ctx), Seed: msg.Seed})
	if len(w.Attestations) < len(w.Custodians) {
		return &copyright.MsgAttestWorkResponse{}, m.k.putWork(ctx, w)
	}
	if err := m.k.openWindow(ctx, &w); err != nil {
		return nil, err
	}
	w.Status = w.Undecided()
	return &copyright.MsgAttestWorkResponse{}, m.k.changeWork(ctx, w)
}

// checkAttestation fails unless an institution attests the work as it is claimed, and no
// other work reserves its records.
func (k Keeper) checkAttestation(ctx context.Context, w copyright.Work, institution uint64, msg *copyright.MsgAttestWork) error {
	if !slices.Contains(w.Custodians, institution) {
		return errorsmod.Wrapf(copyright.ErrNotParty, "the custodians are %v, not %d", w.Custodians, institution)
	}
	if !w.Stands() {
		return wrongWork(w, "nobody attests it any more")
	}
	_, claimant, err := k.decode("claimant", msg.Claimant)
	if err != nil {
		return err
	}
	switch {
	case !bytes.Equal(msg.Root, w.Root):
		return errorsmod.Wrapf(copyright.ErrAttestation, "the root is %x, not %x", w.Root, msg.Root)
	case claimant != w.Claimant:
		return errorsmod.Wrapf(copyright.ErrAttestation, "%s claims it, not %s", w.Claimant, claimant)
	}
	if err := copyright.CheckDigest("seed", msg.Seed); err != nil {
		return err
	}
	return k.checkFree(ctx, w.Root, w.Id)
}
