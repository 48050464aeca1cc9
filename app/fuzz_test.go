package app_test

import (
	"slices"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	"github.com/cosmos/cosmos-sdk/crypto/keys/ed25519"
	"github.com/cosmos/cosmos-sdk/crypto/keys/mldsa65"
	"github.com/cosmos/cosmos-sdk/crypto/keys/multisig"
	"github.com/cosmos/cosmos-sdk/crypto/keys/secp256k1"
	"github.com/cosmos/cosmos-sdk/crypto/keys/secp256r1"
	cryptotypes "github.com/cosmos/cosmos-sdk/crypto/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	txtypes "github.com/cosmos/cosmos-sdk/types/tx"
	"github.com/cosmos/cosmos-sdk/types/tx/signing"

	"github.com/dmdl-network/dmdl/app"
	"github.com/dmdl-network/dmdl/app/ante"
	"github.com/dmdl-network/dmdl/x/consortium"
)

// deepMode is a multi-signature of a multi-signature of a multi-signature.
func deepMode(depth int) *txtypes.ModeInfo {
	mode := single(signing.SignMode_SIGN_MODE_DIRECT)
	for range depth {
		mode = multi(nil, mode)
	}
	return mode
}

// wideMode is a multi-signature of so many.
func wideMode(width int) *txtypes.ModeInfo {
	modes := make([]*txtypes.ModeInfo, width)
	for i := range modes {
		modes[i] = single(signing.SignMode_SIGN_MODE_DIRECT)
	}
	return multi(&cryptotypes.CompactBitArray{ExtraBitsStored: 7, Elems: []byte{1}}, modes...)
}

func multi(bits *cryptotypes.CompactBitArray, modes ...*txtypes.ModeInfo) *txtypes.ModeInfo {
	return &txtypes.ModeInfo{Sum: &txtypes.ModeInfo_Multi_{Multi: &txtypes.ModeInfo_Multi{Bitarray: bits, ModeInfos: modes}}}
}

// nestedKey is a multi-signature key of a multi-signature key.
func nestedKey(t testing.TB, depth int) *codectypes.Any {
	t.Helper()
	packed := pack(t, &ed25519.PubKey{Key: make([]byte, 32)})
	for range depth {
		packed = pack(t, &multisig.LegacyAminoPubKey{Threshold: 1, PubKeys: []*codectypes.Any{{TypeUrl: packed.TypeUrl, Value: packed.Value}}})
	}
	return packed
}

// FuzzRawTransaction reads any bytes as a transaction.
func FuzzRawTransaction(f *testing.F) {
	n := newNetwork(f)
	s := newScene(f)
	s.works(careBatch)
	f.Add([]byte{})
	f.Add(n.sign(n.members[0].operator, declareNodes(n.members[0].operator)))
	f.Add(n.sign(n.members[0].vault, batch(n.members[0].vault, 1)))
	for _, table := range [][]refusal{envelopeRefusals, bodyRefusals, signerRefusals, timeRefusals, recordRefusals, memberRefusals, accessRefusals, copyrightRefusals} {
		for _, r := range table {
			if raw := r.make(s); len(raw) < 4096 {
				f.Add(raw)
			}
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte) { n.survive(t, raw) })
}

// shape reads a structure off fuzzed bytes; when they end it reads zeros.
type shape struct{ rest []byte }

func (s *shape) byte() byte {
	if len(s.rest) == 0 {
		return 0
	}
	b := s.rest[0]
	s.rest = s.rest[1:]
	return b
}

func (s *shape) below(n int) int { return int(s.byte()) % n }

func (s *shape) bytes(most int) []byte {
	b := make([]byte, s.below(most+1))
	copy(b, s.rest)
	s.rest = s.rest[min(len(s.rest), len(b)):]
	return b
}

// mode is any mode info: none, empty, one or many, with wrong bits.
func (s *shape) mode(depth int) *txtypes.ModeInfo {
	switch s.below(6) {
	case 0:
		return nil
	case 1:
		return &txtypes.ModeInfo{}
	case 2:
		return single(signing.SignMode(int8(s.byte())))
	case 3:
		return single(signing.SignMode_SIGN_MODE_DIRECT)
	case 4:
		return deepMode(s.below(200))
	}
	var bits *cryptotypes.CompactBitArray
	if s.below(2) == 0 {
		bits = &cryptotypes.CompactBitArray{ExtraBitsStored: uint32(s.byte()), Elems: s.bytes(40)}
	}
	var modes []*txtypes.ModeInfo
	for range s.below(4) {
		inner := &txtypes.ModeInfo{}
		if depth > 0 {
			if drawn := s.mode(depth - 1); drawn != nil { // no encoding of a list has holes
				inner = drawn
			}
		}
		modes = append(modes, inner)
	}
	return multi(bits, modes...)
}

// key is any public key: none, of no type, of a wrong size or type, or right.
func (s *shape) key(t testing.TB, right account) *codectypes.Any {
	t.Helper()
	switch s.below(9) {
	case 0:
		return nil
	case 1:
		return &codectypes.Any{TypeUrl: string(s.bytes(20)), Value: s.bytes(40)}
	case 2:
		return pack(t, &ed25519.PubKey{Key: s.bytes(34)})
	case 3:
		return pack(t, &secp256k1.PubKey{Key: s.bytes(34)})
	case 4:
		return pack(t, &mldsa65.PubKey{Key: s.bytes(200)})
	case 5:
		return &codectypes.Any{TypeUrl: sdk.MsgTypeURL(&secp256r1.PubKey{}), Value: field(1, s.bytes(34))}
	case 6:
		return nestedKey(t, s.below(20))
	case 7:
		keys := &multisig.LegacyAminoPubKey{Threshold: uint32(s.byte())}
		for range s.below(4) {
			keys.PubKeys = append(keys.PubKeys, pack(t, &ed25519.PubKey{Key: s.bytes(33)}))
		}
		return pack(t, keys)
	}
	return pack(t, right.private.PubKey())
}

// FuzzSignerInfos varies the part of a transaction that says who signs and how.
func FuzzSignerInfos(f *testing.F) {
	n := newNetwork(f)
	operator := n.members[0].operator
	for kind := range byte(6) {
		for key := range byte(9) {
			f.Add([]byte{1, key, 32, kind, 5, 1, 3}, byte(1))
		}
	}
	f.Add([]byte{}, byte(0))
	f.Add([]byte{250, 8, 3}, byte(250))
	f.Fuzz(func(t *testing.T, data []byte, signatures byte) {
		n.t = t
		s := &shape{data}
		d := n.draft(operator, declareNodes(operator))
		infos := make([]*txtypes.SignerInfo, s.byte())
		for i := range infos {
			infos[i] = &txtypes.SignerInfo{PublicKey: s.key(t, operator), ModeInfo: s.mode(3), Sequence: uint64(s.below(2))}
		}
		d.auth.SignerInfos = infos
		if s.below(8) == 7 {
			d.auth.Fee.Payer = string(s.bytes(50))
			d.auth.Fee.Granter = string(s.bytes(50))
		}
		if signatures != 1 {
			d.signatures = make([][]byte, signatures)
			for i := range d.signatures {
				d.signatures[i] = s.bytes(64)
			}
		}
		if gas, err := ante.Schedule([]sdk.Msg{declareNodes(operator)}, len(d.sign(t))); err == nil && d.auth.Fee.GasLimit < gas {
			d.auth.Fee.GasLimit = gas + gasMargin
		}
		n.survive(t, d.sign(t))
	})
}

// FuzzNestedAny varies depth, width and leaves of messages in messages.
func FuzzNestedAny(f *testing.F) {
	n := newNetwork(f)
	operator := n.members[0].operator
	suspend, err := (&consortium.MsgSuspendInstitution{Authority: app.Authority(), Institution: 2}).Marshal()
	if err != nil {
		f.Fatal(err)
	}
	types := append([]string{sdk.MsgTypeURL(&consortium.MsgSubmitProposal{}), "", "/", "/google.protobuf.Any"}, consortium.ProposalMessages...)
	for _, depth := range []uint16{0, 1, 8, 9, 10, 63, 64, 65, 400} {
		f.Add(depth, uint16(1), byte(5), suspend, uint64(2))
	}
	f.Add(uint16(0), uint16(150), byte(5), suspend, uint64(2))
	f.Add(uint16(3), uint16(3), byte(3), []byte{}, uint64(1025))
	f.Fuzz(func(t *testing.T, depth, width uint16, kind byte, leaf []byte, number uint64) {
		n.t = t
		inner := packedBytes(types[int(kind)%len(types)], leaf)
		address := field(1, []byte(operator.Address()))
		at := protowire.Number(number%(1<<11)) + 1
		value := slices.Concat(address, field(at, inner))
		for range depth % 800 {
			value = slices.Concat(address, field(2, packedBytes(types[0], value)))
		}
		element := field(2, packedBytes(types[0], value))
		value = address
		for range width%200 + 1 {
			if value = append(value, element...); len(value) > ante.MaxTxBytes {
				break
			}
		}
		msg := &consortium.MsgSubmitProposal{Operator: operator.Address()}
		n.survive(t, n.carry(operator, msg, value).sign(t))
	})
}

// packedBytes encodes a message packed in an Any.
func packedBytes(url string, value []byte) []byte {
	return append(field(1, []byte(url)), field(2, value)...)
}
