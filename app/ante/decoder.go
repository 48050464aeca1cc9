package ante

import (
	"slices"

	"cosmossdk.io/errors"

	"github.com/cosmos/cosmos-sdk/codec/types"
	"github.com/cosmos/cosmos-sdk/codec/unknownproto"
	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	"github.com/cosmos/cosmos-sdk/types/tx"
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
// pass: transactions above MaxTxBytes, too many messages or none, unknown fields
// anywhere in the body, even such as call themselves not critical, and a missing
// fee, which holds the gas. What nobody understands nobody should sign. It never
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
		var envelope tx.TxRaw
		if err := envelope.Unmarshal(raw); err != nil {
			return nil, errors.Wrapf(sdkerrors.ErrTxDecode, "%s", err)
		}
		if err := checkBody(envelope.BodyBytes, registry); err != nil {
			return nil, err
		}
		if decoded, err = decode(raw); err != nil {
			return nil, errors.Wrapf(sdkerrors.ErrTxDecode, "%s", err)
		}
		if err := unknownproto.RejectUnknownFieldsStrict(envelope.BodyBytes, &tx.TxBody{}, registry); err != nil {
			return nil, errors.Wrapf(ErrUnknownField, "%s", err)
		}
		return decoded, checkComplete(decoded)
	}
}

// checkBody refuses by errors of their own what the SDK's decoder would refuse
// as undecodable: extensions, none of which this network knows, and unknown
// messages. It looks at no more than the outermost layer.
func checkBody(raw []byte, registry types.InterfaceRegistry) error {
	var body tx.TxBody
	if err := body.Unmarshal(raw); err != nil {
		return errors.Wrapf(sdkerrors.ErrTxDecode, "body: %s", err)
	}
	if extensions := slices.Concat(body.ExtensionOptions, body.NonCriticalExtensionOptions); len(extensions) > 0 {
		return errors.Wrapf(ErrExtension, "leave out %q", extensions[0].TypeUrl)
	}
	if n := len(body.Messages); n == 0 || n > MaxMessages {
		return errors.Wrapf(ErrMessages, "%d, want 1 to %d", n, MaxMessages)
	}
	for _, message := range body.Messages {
		if _, err := registry.Resolve(message.TypeUrl); err != nil {
			return errors.Wrapf(ErrMessageType, "%q is unknown", message.TypeUrl)
		}
	}
	return nil
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
	return nil
}
