package consortium

import (
	"bytes"
	"fmt"
	"slices"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/cometbft/cometbft/crypto"
	"github.com/cometbft/cometbft/crypto/ed25519"
	cryptoenc "github.com/cometbft/cometbft/crypto/encoding"
	"github.com/cometbft/cometbft/crypto/mldsa65"
	cmtcrypto "github.com/cometbft/cometbft/proto/tendermint/crypto"

	"cosmossdk.io/errors"

	"github.com/dmdl-network/dmdl/lp"
)

// keyProofDomain separates proofs of possession from all other signatures of a
// consensus key. A vote of CometBFT never begins with these bytes.
const keyProofDomain = "dmdl/consensus-key/1"

// NewKey returns the consensus key of a public key.
func NewKey(key crypto.PubKey) ConsensusKey {
	return ConsensusKey{Type: key.Type(), Value: key.Bytes()}
}

// DecodeKey returns the public key of a consensus key. It fails if the type is
// not one that validators of this software may have, or the size is wrong.
func DecodeKey(key *ConsensusKey) (crypto.PubKey, error) {
	if key == nil {
		return nil, errors.Wrap(ErrInvalid, "consensus key is missing")
	}
	proto, err := key.cometProto()
	if err != nil {
		return nil, err
	}
	decoded, err := cryptoenc.PubKeyFromProto(proto)
	if err != nil {
		return nil, errors.Wrapf(ErrInvalid, "consensus key: %s", err)
	}
	return decoded, nil
}

// cometProto returns the key in CometBFT's own message.
func (k ConsensusKey) cometProto() (cmtcrypto.PublicKey, error) {
	switch k.Type {
	case ed25519.KeyType:
		return cmtcrypto.PublicKey{Sum: &cmtcrypto.PublicKey_Ed25519{Ed25519: k.Value}}, nil
	case mldsa65.KeyType:
		return cmtcrypto.PublicKey{Sum: &cmtcrypto.PublicKey_Mldsa65{Mldsa65: k.Value}}, nil
	}
	return cmtcrypto.PublicKey{}, errors.Wrapf(ErrInvalid, "consensus key type %q is neither %s nor %s", k.Type, ed25519.KeyType, mldsa65.KeyType)
}

// ValidatorUpdate tells CometBFT the power of a key.
func (k ConsensusKey) ValidatorUpdate(power int64) (abci.ValidatorUpdate, error) {
	proto, err := k.cometProto()
	return abci.ValidatorUpdate{PubKey: proto, Power: power}, err
}

// KeyProofBytes is what a consensus key signs to prove possession: the chain
// and the institution that will validate with the key. The institution's
// consensus key must be set.
func KeyProofBytes(chainID string, i Institution) ([]byte, error) {
	key, err := DecodeKey(i.ConsensusKey)
	if err != nil {
		return nil, err
	}
	return lp.Concat(
		[]byte(keyProofDomain), []byte(chainID),
		[]byte(i.Name), []byte(i.Kind.String()), []byte(i.LegalGroup), []byte(i.Operator),
		[]byte(key.Type()), key.Bytes(),
	), nil
}

// VerifyKeyProof checks a proof of possession of the institution's key.
func VerifyKeyProof(chainID string, i Institution, proof []byte) error {
	message, err := KeyProofBytes(chainID, i)
	if err != nil {
		return err
	}
	key, err := DecodeKey(i.ConsensusKey)
	if err != nil {
		return err
	}
	if len(proof) > MaxProofBytes || !key.VerifySignature(message, proof) {
		return errors.Wrapf(ErrKeyProof, "key %s of %q on chain %q", key.Address(), i.Name, chainID)
	}
	return nil
}

// CheckKeyType checks that the consensus parameters know the type of a key.
func CheckKeyType(key crypto.PubKey, allowed []string) error {
	if !slices.Contains(allowed, key.Type()) {
		return errors.Wrapf(ErrKeyType, "%s is not among %v", key.Type(), allowed)
	}
	return nil
}

// HasKey says whether the institution's key is the given one. Either may be
// absent.
func (i Institution) HasKey(key *ConsensusKey) bool {
	if i.ConsensusKey == nil || key == nil {
		return i.ConsensusKey == key
	}
	return i.ConsensusKey.Type == key.Type && bytes.Equal(i.ConsensusKey.Value, key.Value)
}

// ConsensusAddress is the address of the institution's key, or nil without one.
func (i Institution) ConsensusAddress() (crypto.Address, error) {
	if i.ConsensusKey == nil {
		return nil, nil
	}
	key, err := DecodeKey(i.ConsensusKey)
	if err != nil {
		return nil, fmt.Errorf("institution %d: %w", i.Number, err)
	}
	return key.Address(), nil
}
