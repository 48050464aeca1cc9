package consortium

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/cometbft/cometbft/crypto"
	cryptoenc "github.com/cometbft/cometbft/crypto/encoding"
	cmtcrypto "github.com/cometbft/cometbft/proto/tendermint/crypto"

	"cosmossdk.io/errors"

	"github.com/dmdl-network/dmdl/lp"
)

// keyProofDomain separates proofs of possession from all other signatures of a
// consensus key. A vote of CometBFT never begins with these bytes.
const keyProofDomain = "dmdl/consensus-key/1"

// DecodeKey returns the key that a proto key holds.
func DecodeKey(key *cmtcrypto.PublicKey) (crypto.PubKey, error) {
	if key == nil || key.Sum == nil {
		return nil, errors.Wrap(ErrInvalid, "consensus key is missing")
	}
	decoded, err := cryptoenc.PubKeyFromProto(*key)
	if err != nil {
		return nil, errors.Wrapf(ErrInvalid, "consensus key: %s", err)
	}
	return decoded, nil
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

// sameKey says whether two optional keys are equal.
func sameKey(a, b *cmtcrypto.PublicKey) bool {
	if a == nil || b == nil {
		return a == b
	}
	x, errX := a.Marshal()
	y, errY := b.Marshal()
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

// HasKey says whether the institution's key is the given one.
func (i Institution) HasKey(key *cmtcrypto.PublicKey) bool { return sameKey(i.ConsensusKey, key) }

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
