package app

import (
	"fmt"

	"cosmossdk.io/core/address"

	"github.com/cosmos/cosmos-sdk/types/bech32"
)

// addressSize is the size of every account address: the keys that accounts may
// have all give 20 bytes.
const addressSize = 20

// addressCodec reads and writes account addresses. It does what the SDK's codec
// does but for one look-up of the executable's path for each address, which the
// SDK makes to find its global configuration.
type addressCodec struct{ prefix string }

var _ address.Codec = addressCodec{}

// StringToBytes implements address.Codec.
func (c addressCodec) StringToBytes(text string) ([]byte, error) {
	prefix, bz, err := bech32.DecodeAndConvert(text)
	if err != nil {
		return nil, fmt.Errorf("address %q: %w", text, err)
	}
	if prefix != c.prefix {
		return nil, fmt.Errorf("address %q begins with %q, want %q", text, prefix, c.prefix)
	}
	if len(bz) != addressSize {
		return nil, fmt.Errorf("address %q has %d bytes, want %d", text, len(bz), addressSize)
	}
	return bz, nil
}

// BytesToString implements address.Codec.
func (c addressCodec) BytesToString(bz []byte) (string, error) {
	return bech32.ConvertAndEncode(c.prefix, bz)
}
