package ante

import (
	"slices"

	mldsa "github.com/cometbft/cometbft/crypto/mldsa65"

	"cosmossdk.io/errors"

	"github.com/cosmos/cosmos-sdk/codec/types"
	"github.com/cosmos/cosmos-sdk/codec/unknownproto"
	"github.com/cosmos/cosmos-sdk/crypto/keys/ed25519"
	"github.com/cosmos/cosmos-sdk/crypto/keys/mldsa65"
	"github.com/cosmos/cosmos-sdk/crypto/keys/secp256k1"
	cryptotypes "github.com/cosmos/cosmos-sdk/crypto/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	"github.com/cosmos/cosmos-sdk/types/tx"
	"github.com/cosmos/cosmos-sdk/types/tx/signing"
	authsigning "github.com/cosmos/cosmos-sdk/x/auth/signing"
)

const (
	// MaxTxBytes is the size of the largest transaction.
	MaxTxBytes = 256 << 10
	// MaxMessages bounds the messages of a transaction.
	MaxMessages = 10
)

// protoTx is what the SDK's decoder returns: it shows the transaction as it was
// sent, where the SDK's own getters panic or guess what is missing.
type protoTx interface {
	authsigning.SigVerifiableTx
	GetProtoTx() *tx.Tx
}

// StrictDecoder returns a decoder that also refuses what the SDK's decoder lets
// pass: transactions above MaxTxBytes, unknown fields anywhere in the body, even
// such as call themselves not critical, no message or too many, and no fee,
// which holds the gas. What nobody understands nobody should sign. It never
// panics: a block is decoded where nothing would catch that.
func StrictDecoder(decode sdk.TxDecoder, registry types.InterfaceRegistry) sdk.TxDecoder {
	return func(raw []byte) (decoded sdk.Tx, err error) {
		defer func() {
			if cause := recover(); cause != nil {
				decoded, err = nil, errors.Wrapf(sdkerrors.ErrTxDecode, "%v", cause)
			}
		}()
		if len(raw) > MaxTxBytes {
			return nil, errors.Wrapf(ErrTooLarge, "%d bytes, at most %d", len(raw), MaxTxBytes)
		}
		decoded, err = decode(raw)
		if err != nil {
			return nil, errors.Wrapf(sdkerrors.ErrTxDecode, "%s", err)
		}
		var envelope tx.TxRaw
		if err := envelope.Unmarshal(raw); err != nil {
			return nil, errors.Wrapf(sdkerrors.ErrTxDecode, "%s", err)
		}
		if err := unknownproto.RejectUnknownFieldsStrict(envelope.BodyBytes, &tx.TxBody{}, registry); err != nil {
			return nil, errors.Wrapf(ErrUnknownField, "%s", err)
		}
		return decoded, checkComplete(decoded)
	}
}

// checkComplete refuses a transaction that lacks what everything after the
// decoder takes for granted.
func checkComplete(t sdk.Tx) error {
	shown, ok := t.(protoTx)
	if !ok {
		return errors.Wrapf(sdkerrors.ErrTxDecode, "%T does not show what was sent", t)
	}
	if shown.GetProtoTx().AuthInfo.Fee == nil {
		return errors.Wrap(sdkerrors.ErrTxDecode, "auth_info.fee, which holds gas_limit, is missing")
	}
	if n := len(t.GetMsgs()); n == 0 || n > MaxMessages {
		return errors.Wrapf(ErrMessages, "%d, want 1 to %d", n, MaxMessages)
	}
	return nil
}

// envelope refuses whatever a transaction of this network has no use for: a fee
// in any form, a memo, which could name a patient, extensions, several signers,
// multi-signature keys and sign modes that do not cover every byte.
type envelope struct{}

// AnteHandle implements sdk.AnteDecorator.
func (envelope) AnteHandle(ctx sdk.Context, t sdk.Tx, simulate bool, next sdk.AnteHandler) (sdk.Context, error) {
	shown, ok := t.(protoTx)
	if !ok {
		return ctx, errors.Wrapf(sdkerrors.ErrTxDecode, "%T does not show what was sent", t)
	}
	sent := shown.GetProtoTx()
	if err := checkFee(sent.AuthInfo.Fee); err != nil {
		return ctx, err
	}
	if err := checkBody(sent.Body); err != nil {
		return ctx, err
	}
	if err := checkSigner(shown, simulate); err != nil {
		return ctx, err
	}
	return next(ctx, t, simulate)
}

func checkFee(fee *tx.Fee) error {
	switch {
	case len(fee.Amount) != 0:
		return errors.Wrapf(ErrFee, "leave out the amount %s", fee.Amount)
	case fee.Granter != "":
		return errors.Wrapf(ErrFee, "leave out the granter %q", fee.Granter)
	case fee.Payer != "":
		return errors.Wrapf(ErrFee, "leave out the payer %q", fee.Payer)
	}
	return nil
}

func checkBody(body *tx.TxBody) error {
	if body.Memo != "" {
		return errors.Wrap(ErrMemo, "leave it out: what the ledger holds cannot be erased")
	}
	for _, extension := range slices.Concat(body.ExtensionOptions, body.NonCriticalExtensionOptions) {
		return errors.Wrapf(ErrExtension, "leave out %q", extension.TypeUrl)
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
