package lanes

import (
	"bytes"

	errorsmod "cosmossdk.io/errors"

	cryptotypes "github.com/cosmos/cosmos-sdk/crypto/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/tx"
)

// hopeless remembers, until the next block, which signers' lanes had no room for
// how much. In an overload most of what arrives is refused for that, and to
// decode each transaction whole, only to refuse it, would cost a node more than
// its blocks do. It never lets anything in: what it does not know goes the usual
// way.
type hopeless map[sender]load

// sender is the encoded public key of a transaction's only signer, or "" if it is
// not that simple, and the class that the transaction has by what it holds. A
// clinician whose ordinary lane is full still breaks the glass.
type sender struct {
	key   string
	class Class
}

// maxHopeless bounds how many senders are remembered.
const maxHopeless = 10_000

// peek returns what a transaction's outermost layer says of its sender and size.
func peek(raw []byte) (from sender, size load) {
	var envelope tx.TxRaw
	var auth tx.AuthInfo
	var body tx.TxBody
	if envelope.Unmarshal(raw) != nil || auth.Unmarshal(envelope.AuthInfoBytes) != nil || body.Unmarshal(envelope.BodyBytes) != nil {
		return sender{}, load{}
	}
	if len(auth.SignerInfos) != 1 || auth.SignerInfos[0].PublicKey == nil || auth.Fee == nil {
		return sender{}, load{}
	}
	class := classOf(body.Unordered, len(body.Messages), func(i int) string { return body.Messages[i].TypeUrl })
	return sender{string(auth.SignerInfos[0].PublicKey.Value), class}, load{bytes: uint64(len(raw)), gas: auth.Fee.GasLimit, txs: 1}
}

// refuseHopeless returns ErrLaneFull if the lane of the transaction's sender had
// no room for as much since the last block. Room only comes with a block.
func (p *Pool) refuseHopeless(from sender, size load) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	refused, known := p.hopeless[from]
	if !known || from.key == "" || size.bytes < refused.bytes || size.gas < refused.gas {
		return nil
	}
	return errorsmod.Wrapf(ErrLaneFull, "it had no room for %d bytes and %d gas since the last block; send again after the next",
		refused.bytes, refused.gas)
}

// noteHopeless remembers a refusal. What gets this far was less, in bytes or in
// gas, than what is remembered.
func (p *Pool) noteHopeless(from sender, size load) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if from.key != "" && len(p.hopeless) < maxHopeless {
		p.hopeless[from] = size
	}
}

// ownKey says whether the key in a transaction is that of the account whose lane was
// full. Lanes refuse before keys and signatures are checked: without this, a member
// with a full lane could name another's key and so shut the other out. The ante chain
// has checked the key's size before it asked for room.
func ownKey(t sdk.Tx) bool {
	signed, ok := t.(interface {
		GetSigners() ([][]byte, error)
		GetPubKeys() ([]cryptotypes.PubKey, error)
	})
	if !ok {
		return false
	}
	signers, err := signed.GetSigners()
	if err != nil || len(signers) != 1 {
		return false
	}
	keys, err := signed.GetPubKeys()
	return err == nil && len(keys) == 1 && keys[0] != nil && bytes.Equal(keys[0].Address(), signers[0])
}
