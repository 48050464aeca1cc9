package app_test

import (
	"github.com/cosmos/cosmos-sdk/crypto/keys/ed25519"
	"github.com/cosmos/cosmos-sdk/crypto/keys/mldsa65"
	"github.com/cosmos/cosmos-sdk/crypto/keys/multisig"
	"github.com/cosmos/cosmos-sdk/crypto/keys/secp256k1"
	"github.com/cosmos/cosmos-sdk/crypto/keys/secp256r1"
	cryptotypes "github.com/cosmos/cosmos-sdk/crypto/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"
	txtypes "github.com/cosmos/cosmos-sdk/types/tx"
	"github.com/cosmos/cosmos-sdk/types/tx/signing"

	"github.com/dmdl-network/dmdl/app/ante"
	"github.com/dmdl-network/dmdl/x/consortium"
)

// signedBy returns a transaction of an account that declares nodes.
func signedBy(who func(*scene) account) func(*scene) []byte {
	return func(s *scene) []byte { return s.sign(who(s), declareNodes(who(s))) }
}

// withKey returns a transaction whose signer info shows another key.
func withKey(key func(*scene) cryptotypes.PubKey) func(*scene) []byte {
	return changed(func(s *scene, d *draft) { d.auth.SignerInfos[0].PublicKey = pack(s.t, key(s)) })
}

func withMode(info *txtypes.ModeInfo) func(*scene) []byte {
	return changed(func(_ *scene, d *draft) { d.auth.SignerInfos[0].ModeInfo = info })
}

// signerRefusals are about who signs, and how.
var signerRefusals = []refusal{
	{name: "stranger", want: consortium.ErrStranger, log: "must enrol it", make: signedBy(func(s *scene) account { return newAccount(s.t, 9) })},
	{name: "operator of a suspended institution", want: consortium.ErrSuspended, log: "SUSPENSION_CAUSE_VOTE", make: signedBy(func(s *scene) account { return s.suspended.operator })},
	{name: "vault of a suspended institution", want: consortium.ErrSuspended, log: "5", make: signedBy(func(s *scene) account { return s.suspended.vault })},
	{name: "operator of a removed institution", want: consortium.ErrRemoved, log: "6", make: signedBy(func(s *scene) account { return s.removed.operator })},
	{name: "participant whose roles expired", want: consortium.ErrNoRole, log: "institution 1", make: signedBy(func(s *scene) account { return s.retired })},
	{name: "former operator", want: consortium.ErrNoRole, log: "was the operator", make: signedBy(func(s *scene) account { return s.former })},
	{name: "two signers", want: ante.ErrSigners, log: "name 2", make: carryingOf(func(s *scene) []account {
		return []account{s.active.operator, s.members[2].operator}
	})},
	{name: "two signer infos", want: ante.ErrSigners, log: "signer_infos has 2", make: changed(func(_ *scene, d *draft) {
		d.auth.SignerInfos = append(d.auth.SignerInfos, d.auth.SignerInfos[0])
	})},
	{name: "no signer info", want: ante.ErrSigners, log: "signer_infos has 0", make: changed(func(_ *scene, d *draft) {
		d.auth.SignerInfos = nil
	})},
	{name: "signer that is no address", want: sdkerrors.ErrInvalidAddress, log: "nobody", make: changed(func(s *scene, d *draft) {
		d.body.Messages[0] = pack(s.t, &consortium.MsgDeclareNodes{Operator: "nobody"})
	})},
	{name: "multi-signature key", want: ante.ErrKeyType, log: "PubKeyMultisigThreshold; use ed25519", make: withKey(func(s *scene) cryptotypes.PubKey {
		return multisig.NewLegacyAminoPubKey(1, []cryptotypes.PubKey{s.active.operator.private.PubKey()})
	})},
	{name: "secp256r1 key", want: ante.ErrKeyType, log: "secp256r1; use ed25519", make: withKey(func(s *scene) cryptotypes.PubKey {
		key, err := secp256r1.GenPrivKey()
		if err != nil {
			s.t.Fatal(err)
		}
		return key.PubKey()
	})},
	{name: "short ed25519 key", want: sdkerrors.ErrInvalidPubKey, log: "31 bytes, want 32", make: withKey(func(*scene) cryptotypes.PubKey {
		return &ed25519.PubKey{Key: make([]byte, 31)}
	})},
	{name: "long secp256k1 key", want: sdkerrors.ErrInvalidPubKey, log: "34 bytes, want 33", make: withKey(func(*scene) cryptotypes.PubKey {
		return &secp256k1.PubKey{Key: make([]byte, 34)}
	})},
	{name: "empty ml_dsa_65 key", want: sdkerrors.ErrInvalidPubKey, log: "0 bytes, want 1952", make: withKey(func(*scene) cryptotypes.PubKey {
		return &mldsa65.PubKey{}
	})},
	{name: "key of another account", want: sdkerrors.ErrInvalidPubKey, log: "dmdl1", make: withKey(func(s *scene) cryptotypes.PubKey {
		return s.members[2].operator.private.PubKey()
	})},
	{name: "no sign mode", want: ante.ErrSignMode, log: "SIGN_MODE_DIRECT", make: withMode(nil)},
	{name: "empty sign mode", want: ante.ErrSignMode, log: "SIGN_MODE_DIRECT", make: withMode(&txtypes.ModeInfo{})},
	{name: "sign mode of several", want: ante.ErrSignMode, log: "SIGN_MODE_DIRECT", make: withMode(&txtypes.ModeInfo{
		Sum: &txtypes.ModeInfo_Multi_{Multi: &txtypes.ModeInfo_Multi{}},
	})},
	{name: "amino JSON", want: ante.ErrSignMode, log: "LEGACY_AMINO_JSON; use", make: withMode(single(signing.SignMode_SIGN_MODE_LEGACY_AMINO_JSON))},
	{name: "sign mode that does not cover the fee", want: ante.ErrSignMode, log: "DIRECT_AUX; use", make: withMode(single(signing.SignMode_SIGN_MODE_DIRECT_AUX))},
	{name: "unknown sign mode", want: ante.ErrSignMode, log: "4711", make: withMode(single(4711))},
	{name: "no signature", want: sdkerrors.ErrNoSignatures, make: changed(func(_ *scene, d *draft) { d.signatures = [][]byte{} })},
	{name: "empty signature", want: sdkerrors.ErrUnauthorized, log: "signature", make: changed(func(_ *scene, d *draft) { d.signatures = [][]byte{{}} })},
	{name: "two signatures", want: sdkerrors.ErrUnauthorized, log: "expected 1, got 2", make: changed(func(_ *scene, d *draft) {
		d.signatures = [][]byte{make([]byte, 64), make([]byte, 64)}
	})},
	{name: "signature of another", want: sdkerrors.ErrUnauthorized, log: "signature", make: changed(func(s *scene, d *draft) {
		d.private = s.members[2].operator.private
	})},
}

// carryingOf returns a transaction in which each of several declares nodes.
func carryingOf(who func(*scene) []account) func(*scene) []byte {
	return func(s *scene) []byte {
		d := s.draft(s.active.operator, s.declare(), s.declare())
		for at, a := range who(s) {
			d.body.Messages[at] = pack(s.t, declareNodes(a))
		}
		return d.sign(s.t)
	}
}
