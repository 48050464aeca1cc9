package ledger

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"

	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	txtypes "github.com/cosmos/cosmos-sdk/types/tx"
	"github.com/cosmos/cosmos-sdk/types/tx/signing"
)

// MaxLifetime is how far ahead of block time the chain lets an unordered
// transaction time out.
const MaxLifetime = 2 * time.Minute

// SignUnordered returns a signed unordered transaction: any number of one
// account may be in flight at once. The nanoseconds of its timeout are its
// nonce, so the part of timeout below a second is replaced by one that this
// process has not used within the life of any other transaction. The true
// timeout is never later than the one given and less than two seconds earlier.
// There is no fee, no memo and no extension, because the chain refuses each of
// them.
func SignUnordered(chainID string, accountNumber uint64, key Key, gas uint64, timeout time.Time, msgs ...sdk.Msg) ([]byte, error) {
	if key.private == nil {
		return nil, errors.New("the key is empty: make it with NewKey or KeyFromSeed")
	}
	if len(msgs) == 0 {
		return nil, errors.New("a transaction needs at least one message")
	}
	at := nonces.stamp(timeout)
	body := txtypes.TxBody{Unordered: true, TimeoutTimestamp: &at, Messages: make([]*codectypes.Any, len(msgs))}
	for i, msg := range msgs {
		packed, err := codectypes.NewAnyWithValue(msg)
		if err != nil {
			return nil, fmt.Errorf("pack message %d, a %T: %w", i, msg, err)
		}
		body.Messages[i] = packed
	}
	bodyBytes, err := body.Marshal()
	if err != nil {
		return nil, fmt.Errorf("encode the transaction body: %w", err)
	}
	auth := txtypes.AuthInfo{
		SignerInfos: []*txtypes.SignerInfo{{
			PublicKey: key.public,
			ModeInfo: &txtypes.ModeInfo{Sum: &txtypes.ModeInfo_Single_{
				Single: &txtypes.ModeInfo_Single{Mode: signing.SignMode_SIGN_MODE_DIRECT},
			}},
		}},
		Fee: &txtypes.Fee{GasLimit: gas},
	}
	authBytes, err := auth.Marshal()
	if err != nil {
		return nil, fmt.Errorf("encode the signer info: %w", err)
	}
	return seal(key, &txtypes.SignDoc{
		BodyBytes: bodyBytes, AuthInfoBytes: authBytes, ChainId: chainID, AccountNumber: accountNumber,
	})
}

// seal signs the document and returns the transaction as it goes on the wire.
func seal(key Key, doc *txtypes.SignDoc) ([]byte, error) {
	signBytes, err := doc.Marshal()
	if err != nil {
		return nil, fmt.Errorf("encode the bytes to sign: %w", err)
	}
	signature, err := key.private.Sign(signBytes)
	if err != nil {
		return nil, fmt.Errorf("sign for %s: %w", key.address, err)
	}
	raw := txtypes.TxRaw{BodyBytes: doc.BodyBytes, AuthInfoBytes: doc.AuthInfoBytes, Signatures: [][]byte{signature}}
	return raw.Marshal()
}

// nonceRange is how many nonces there are: the largest power of two of
// nanoseconds in a second. At ten thousand transactions a second it lasts for
// fifteen hours, which is long after MaxLifetime.
const nonceRange = 1 << 29

// nonces serves the whole process, whatever the account.
var nonces = &nonceSource{start: rand.Uint64(), step: rand.Uint64() | 1}

// nonceSource deals the numbers below nonceRange in a random order without
// repeating one before all are dealt: an odd step is coprime to the range.
// Order and start differ between processes that share a key.
type nonceSource struct {
	start, step uint64
	dealt       atomic.Uint64
}

// stamp returns a time before t, by less than two seconds, with fresh
// nanoseconds.
func (s *nonceSource) stamp(t time.Time) time.Time {
	nanoseconds := (s.start + s.dealt.Add(1)*s.step) % nonceRange
	return time.Unix(t.Unix()-1, int64(nanoseconds)).UTC()
}
