package ante

import (
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
	authante "github.com/cosmos/cosmos-sdk/x/auth/ante"
	authsigning "github.com/cosmos/cosmos-sdk/x/auth/signing"
)

const (
	// MaxTxBytes is the size of the largest transaction.
	MaxTxBytes = 256 << 10
	// MaxMessages bounds the messages of a transaction.
	MaxMessages = 10
)

// StrictDecoder returns a decoder that also refuses what the SDK's decoder lets
// pass: transactions above MaxTxBytes and unknown fields anywhere in the body,
// even such as call themselves not critical. What nobody understands nobody
// should sign.
func StrictDecoder(decode sdk.TxDecoder, registry types.InterfaceRegistry) sdk.TxDecoder {
	return func(raw []byte) (sdk.Tx, error) {
		if len(raw) > MaxTxBytes {
			return nil, errors.Wrapf(ErrTooLarge, "%d bytes, at most %d", len(raw), MaxTxBytes)
		}
		decoded, err := decode(raw)
		if err != nil {
			return nil, err
		}
		var envelope tx.TxRaw
		if err := envelope.Unmarshal(raw); err != nil {
			return nil, errors.Wrapf(sdkerrors.ErrTxDecode, "%s", err)
		}
		if err := unknownproto.RejectUnknownFieldsStrict(envelope.BodyBytes, &tx.TxBody{}, registry); err != nil {
			return nil, errors.Wrapf(ErrUnknownField, "%s", err)
		}
		return decoded, nil
	}
}

// envelope refuses whatever a transaction of this network has no use for: a fee
// in any form, a memo, which could name a patient, extensions, several signers
// and multi-signature keys.
type envelope struct{}

// AnteHandle implements sdk.AnteDecorator.
func (envelope) AnteHandle(ctx sdk.Context, t sdk.Tx, simulate bool, next sdk.AnteHandler) (sdk.Context, error) {
	for _, check := range []func(sdk.Tx, bool) error{checkFee, checkBody, checkSigner} {
		if err := check(t, simulate); err != nil {
			return ctx, err
		}
	}
	return next(ctx, t, simulate)
}

func checkFee(t sdk.Tx, _ bool) error {
	fee, ok := t.(sdk.FeeTx)
	if !ok {
		return errors.Wrapf(sdkerrors.ErrTxDecode, "%T has no fee", t)
	}
	if coins := fee.GetFee(); len(coins) != 0 {
		return errors.Wrapf(ErrFee, "leave out the amount %s", coins)
	}
	if granter := fee.FeeGranter(); len(granter) != 0 {
		return errors.Wrap(ErrFee, "leave out the granter")
	}
	return nil
}

func checkBody(t sdk.Tx, _ bool) error {
	if memo, ok := t.(sdk.TxWithMemo); !ok || memo.GetMemo() != "" {
		return errors.Wrap(ErrMemo, "leave it out: what the ledger holds cannot be erased")
	}
	extended, ok := t.(authante.HasExtensionOptionsTx)
	if !ok {
		return errors.Wrapf(sdkerrors.ErrTxDecode, "%T cannot be checked for extensions", t)
	}
	if n := len(extended.GetExtensionOptions()) + len(extended.GetNonCriticalExtensionOptions()); n != 0 {
		return errors.Wrapf(ErrExtension, "%d given", n)
	}
	if n := len(t.GetMsgs()); n == 0 || n > MaxMessages {
		return errors.Wrapf(ErrMessages, "%d, want 1 to %d", n, MaxMessages)
	}
	return nil
}

func checkSigner(t sdk.Tx, simulate bool) error {
	signed, ok := t.(authsigning.SigVerifiableTx)
	if !ok {
		return errors.Wrapf(sdkerrors.ErrTxDecode, "%T has no signatures", t)
	}
	signers, err := signed.GetSigners()
	if err != nil {
		return err
	}
	if len(signers) != 1 {
		return errors.Wrapf(ErrSigners, "%d given", len(signers))
	}
	keys, err := signed.GetPubKeys()
	if err != nil {
		return err
	}
	if len(keys) > 0 && keys[0] != nil && !acceptedKey(keys[0]) {
		return errors.Wrapf(ErrKeyType, "%s; use ed25519, secp256k1 or ml_dsa_65", keys[0].Type())
	}
	if payer := t.(sdk.FeeTx).FeePayer(); !simulate && string(payer) != string(signers[0]) {
		return errors.Wrap(ErrFee, "leave out the payer")
	}
	return nil
}

func acceptedKey(key cryptotypes.PubKey) bool {
	switch key.(type) {
	case *ed25519.PubKey, *secp256k1.PubKey, *mldsa65.PubKey:
		return true
	}
	return false
}
