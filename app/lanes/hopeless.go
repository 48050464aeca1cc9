package lanes

import (
	errorsmod "cosmossdk.io/errors"

	"github.com/cosmos/cosmos-sdk/types/tx"
)

// hopeless remembers, until the next block, which signers' lanes had no room for
// how much. In an overload most of what arrives is refused for that, and to
// decode each transaction whole, only to refuse it, would cost a node more than
// its blocks do. It never lets anything in: what it does not know goes the usual
// way.
type hopeless map[string]load

// maxHopeless bounds how many signers are remembered.
const maxHopeless = 10_000

// peek returns what a transaction's envelope says of its signer and size: the
// encoded public key of the only signer, or "" if it is not that simple.
func peek(raw []byte) (signer string, size load) {
	var envelope tx.TxRaw
	var auth tx.AuthInfo
	if envelope.Unmarshal(raw) != nil || auth.Unmarshal(envelope.AuthInfoBytes) != nil {
		return "", load{}
	}
	if len(auth.SignerInfos) != 1 || auth.SignerInfos[0].PublicKey == nil || auth.Fee == nil {
		return "", load{}
	}
	return string(auth.SignerInfos[0].PublicKey.Value), load{bytes: uint64(len(raw)), gas: auth.Fee.GasLimit}
}

// refuseHopeless returns ErrLaneFull if the lane of the transaction's signer had
// no room for as much since the last block. Room only comes with a block.
func (p *Pool) refuseHopeless(signer string, size load) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	refused, known := p.hopeless[signer]
	if !known || signer == "" || size.bytes < refused.bytes || size.gas < refused.gas {
		return nil
	}
	return errorsmod.Wrapf(ErrLaneFull, "it had no room for %d bytes and %d gas since the last block; send again after the next",
		refused.bytes, refused.gas)
}

// noteHopeless remembers a refusal. What gets this far was less, in bytes or in
// gas, than what is remembered.
func (p *Pool) noteHopeless(signer string, size load) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if signer != "" && len(p.hopeless) < maxHopeless {
		p.hopeless[signer] = size
	}
}
