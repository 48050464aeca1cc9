package ante

import (
	mldsa "github.com/cometbft/cometbft/crypto/mldsa65"

	"cosmossdk.io/errors"

	"github.com/cosmos/cosmos-sdk/crypto/keys/ed25519"
	"github.com/cosmos/cosmos-sdk/crypto/keys/mldsa65"
	"github.com/cosmos/cosmos-sdk/crypto/keys/secp256k1"
	cryptotypes "github.com/cosmos/cosmos-sdk/crypto/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	"github.com/cosmos/cosmos-sdk/types/tx"
	"github.com/cosmos/cosmos-sdk/types/tx/signing"
)

// envelope refuses whatever a transaction of this network has no use for: a fee
// in any form, a memo, which could name a patient, several signers,
// multi-signature keys and sign modes that do not cover every byte.
type envelope struct{}

// AnteHandle implements sdk.AnteDecorator.
func (envelope) AnteHandle(ctx sdk.Context, t sdk.Tx, simulate bool, next sdk.AnteHandler) (sdk.Context, error) {
	shown, ok := t.(protoTx)
	if !ok {
		return ctx, errors.Wrapf(sdkerrors.ErrTxDecode, "%T does not show what was sent", t)
	}
	sent := shown.GetProtoTx()
	if err := checkFee(sent.AuthInfo); err != nil {
		return ctx, err
	}
	if sent.Body.Memo != "" {
		return ctx, errors.Wrap(ErrMemo, "leave it out: what the ledger holds cannot be erased")
	}
	if err := checkSigner(shown, simulate); err != nil {
		return ctx, err
	}
	return next(ctx, t, simulate)
}

func checkFee(auth *tx.AuthInfo) error {
	switch fee := auth.Fee; {
	case len(fee.Amount) != 0:
		return errors.Wrapf(ErrFee, "leave out the amount %s", fee.Amount)
	case fee.Granter != "":
		return errors.Wrapf(ErrFee, "leave out the granter %q", fee.Granter)
	case fee.Payer != "":
		return errors.Wrapf(ErrFee, "leave out the payer %q", fee.Payer)
	case auth.Tip != nil: // deprecated, but whoever sends it may write into it what they like
		return errors.Wrap(ErrFee, "leave out the tip")
	}
	return nil
}

func checkSigner(t protoTx, simulate bool) error {
	signers, err := t.GetSigners()
	if err != nil {
		return errors.Wrapf(sdkerrors.ErrInvalidAddress, "signer: %s", err)
	}
	if len(signers) != 1 {
		return errors.Wrapf(ErrSigners, "the messages name %d", len(signers))
	}
	infos := t.GetProtoTx().AuthInfo.SignerInfos
	if len(infos) != 1 {
		return errors.Wrapf(ErrSigners, "auth_info.signer_infos has %d", len(infos))
	}
	keys, err := t.GetPubKeys()
	if err != nil {
		return err
	}
	if err := checkKey(keys[0]); err != nil {
		return err
	}
	single := infos[0].GetModeInfo().GetSingle()
	if single == nil {
		return errors.Wrap(ErrSignMode, "mode_info is not of a single signature; use SIGN_MODE_DIRECT")
	}
	if !simulate && single.Mode != signing.SignMode_SIGN_MODE_DIRECT {
		return errors.Wrapf(ErrSignMode, "%s; use SIGN_MODE_DIRECT", single.Mode)
	}
	return nil
}

// checkKey checks type and size of a key. It may be absent, for the account may
// know it. The SDK panics over the address of a key of another size.
func checkKey(key cryptotypes.PubKey) error {
	want := 0
	switch key.(type) {
	case nil:
		return nil
	case *ed25519.PubKey:
		want = ed25519.PubKeySize
	case *secp256k1.PubKey:
		want = secp256k1.PubKeySize
	case *mldsa65.PubKey:
		want = mldsa.PubKeySize
	default:
		return errors.Wrapf(ErrKeyType, "%s; use ed25519, secp256k1 or ml_dsa_65", key.Type())
	}
	if n := len(key.Bytes()); n != want {
		return errors.Wrapf(sdkerrors.ErrInvalidPubKey, "%s key has %d bytes, want %d", key.Type(), n, want)
	}
	return nil
}
