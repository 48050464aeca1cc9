package access

import (
	"encoding/binary"
	"time"

	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	"github.com/cosmos/cosmos-sdk/crypto/keys/ed25519"
	"github.com/cosmos/cosmos-sdk/crypto/keys/secp256k1"
	cryptotypes "github.com/cosmos/cosmos-sdk/crypto/types"

	"github.com/dmdl-network/dmdl/lp"
)

const checkDomain = "dmdl/check/1"

// CheckWindow is how far the time of a signature may be from the block's.
const CheckWindow = 5 * time.Minute

// CheckBytes returns what somebody signs who wants to know how a request would be
// decided:
//
//	LP("dmdl/check/1", chain id, requester, the encoded Request, Unix seconds in 8 bytes, big endian)
func CheckBytes(chainID, requester string, r Request, at time.Time) ([]byte, error) {
	encoded, err := r.Marshal()
	if err != nil {
		return nil, err
	}
	return lp.Concat([]byte(checkDomain), []byte(chainID), []byte(requester), encoded,
		binary.BigEndian.AppendUint64(nil, uint64(at.Unix()))), nil
}

// UnpackInterfaces decodes the asker's key.
func (q QueryCheckAccessRequest) UnpackInterfaces(unpacker codectypes.AnyUnpacker) error {
	var key cryptotypes.PubKey
	return unpacker.UnpackAny(q.PublicKey, &key)
}

// Key returns the asker's key, or nil if there is none that signers have: ed25519
// or secp256k1, of the right length. Others panic when their address is asked for.
func (q QueryCheckAccessRequest) Key() cryptotypes.PubKey {
	if q.PublicKey == nil {
		return nil
	}
	switch key := q.PublicKey.GetCachedValue().(type) {
	case *ed25519.PubKey:
		if len(key.Key) == ed25519.PubKeySize {
			return key
		}
	case *secp256k1.PubKey:
		if len(key.Key) == secp256k1.PubKeySize {
			return key
		}
	}
	return nil
}
