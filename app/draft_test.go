package app_test

import (
	stded25519 "crypto/ed25519"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/require"

	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	"github.com/cosmos/cosmos-sdk/crypto/keys/ed25519"
	cryptotypes "github.com/cosmos/cosmos-sdk/crypto/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	txtypes "github.com/cosmos/cosmos-sdk/types/tx"
	"github.com/cosmos/cosmos-sdk/types/tx/signing"

	"github.com/dmdl-network/dmdl/app/ante"
	"github.com/dmdl-network/dmdl/hospital/ledger"
	"github.com/dmdl-network/dmdl/x/consortium"
)

// account is a key of a test, with its private half.
type account struct {
	ledger.Key
	private cryptotypes.PrivKey
}

// newAccount returns an ed25519 account that is the same in every run.
func newAccount(t testing.TB, parts ...byte) account {
	t.Helper()
	seed := append(make([]byte, stded25519.SeedSize-len(parts)), parts...)
	private := &ed25519.PrivKey{Key: stded25519.NewKeyFromSeed(seed)}
	key, err := ledger.KeyFromPrivate(private)
	require.NoError(t, err)
	return account{key, private}
}

// draft is a transaction before it is signed, open to every change.
type draft struct {
	body    txtypes.TxBody
	auth    txtypes.AuthInfo
	private cryptotypes.PrivKey
	chainID string
	number  uint64
	// tail is put behind the encoded body: fields that nobody knows.
	tail []byte
	// signatures, if not nil, take the place of the true one.
	signatures [][]byte
}

// gasMargin is what a draft declares above its schedule: enough for changes of
// a thousand bytes, and never as much again.
const gasMargin = 5000

// draft returns an unordered transaction that would be accepted.
func (n *network) draft(who account, msgs ...sdk.Msg) *draft {
	n.t.Helper()
	n.nonce++
	timeout := n.now.Add(time.Minute + n.nonce)
	d := n.ordered(who, 0, msgs...)
	d.body.Unordered, d.body.TimeoutTimestamp = true, &timeout
	return d
}

// ordered returns a transaction that would be accepted at a sequence.
func (n *network) ordered(who account, sequence uint64, msgs ...sdk.Msg) *draft {
	n.t.Helper()
	packed, err := txtypes.SetMsgs(msgs)
	require.NoError(n.t, err)
	d := &draft{private: who.private, chainID: n.chain, number: n.accountNumber(who), body: txtypes.TxBody{Messages: packed}}
	d.auth = txtypes.AuthInfo{Fee: &txtypes.Fee{}, SignerInfos: []*txtypes.SignerInfo{{
		PublicKey: pack(n.t, who.private.PubKey()), ModeInfo: single(signing.SignMode_SIGN_MODE_DIRECT), Sequence: sequence,
	}}}
	if gas, err := ante.Schedule(msgs, len(d.sign(n.t))); err == nil {
		d.auth.Fee.GasLimit = gas + gasMargin
	}
	return d
}

// sign returns the transaction as it goes on the wire.
func (d *draft) sign(t testing.TB) []byte {
	t.Helper()
	body, err := d.body.Marshal()
	require.NoError(t, err)
	body = append(body, d.tail...)
	auth, err := d.auth.Marshal()
	require.NoError(t, err)
	document, err := (&txtypes.SignDoc{BodyBytes: body, AuthInfoBytes: auth, ChainId: d.chainID, AccountNumber: d.number}).Marshal()
	require.NoError(t, err)
	signatures := d.signatures
	if signatures == nil {
		signature, err := d.private.Sign(document)
		require.NoError(t, err)
		signatures = [][]byte{signature}
	}
	raw, err := (&txtypes.TxRaw{BodyBytes: body, AuthInfoBytes: auth, Signatures: signatures}).Marshal()
	require.NoError(t, err)
	return raw
}

// sign returns a signed unordered transaction of the messages.
func (n *network) sign(who account, msgs ...sdk.Msg) []byte {
	n.t.Helper()
	return n.draft(who, msgs...).sign(n.t)
}

// accountNumber is what signatures of an account name, or 0 if there is none.
func (n *network) accountNumber(who account) uint64 {
	found := n.Account(n.NewContext(true), sdk.AccAddress(who.private.PubKey().Address()))
	if found == nil {
		return 0
	}
	return found.GetAccountNumber()
}

func single(mode signing.SignMode) *txtypes.ModeInfo {
	return &txtypes.ModeInfo{Sum: &txtypes.ModeInfo_Single_{Single: &txtypes.ModeInfo_Single{Mode: mode}}}
}

func pack(t testing.TB, message proto.Message) *codectypes.Any {
	t.Helper()
	packed, err := codectypes.NewAnyWithValue(message)
	require.NoError(t, err)
	return packed
}

// enrol gives an account roles for a year.
func enrol(operator, who account, roles ...consortium.Role) *consortium.MsgEnrolParticipants {
	return enrolUntil(begin.AddDate(1, 0, 0), operator, who, roles...)
}

// enrolUntil gives an account roles that end at a time.
func enrolUntil(at time.Time, operator, who account, roles ...consortium.Role) *consortium.MsgEnrolParticipants {
	enrolment := consortium.Enrolment{Address: who.Address(), Person: make([]byte, consortium.PersonSize)}
	for _, role := range roles {
		enrolment.Roles = append(enrolment.Roles, consortium.RoleGrant{Role: role, ExpiresAt: at})
	}
	return &consortium.MsgEnrolParticipants{Operator: operator.Address(), Enrolments: []consortium.Enrolment{enrolment}}
}

func proposal(t testing.TB, operator account, msgs ...sdk.Msg) *consortium.MsgSubmitProposal {
	t.Helper()
	packed, err := txtypes.SetMsgs(msgs)
	require.NoError(t, err)
	return &consortium.MsgSubmitProposal{Operator: operator.Address(), Messages: packed}
}

func vote(operator account, id uint64) *consortium.MsgCastVote {
	return &consortium.MsgCastVote{Operator: operator.Address(), Proposal: id, Option: consortium.VOTE_OPTION_YES}
}

// unpackResponse decodes what the first message of a transaction answered.
func unpackResponse(t testing.TB, result *abci.ExecTxResult, response proto.Message) {
	t.Helper()
	require.Zero(t, result.Code, result.Log)
	var data sdk.TxMsgData
	require.NoError(t, data.Unmarshal(result.Data))
	require.NotEmpty(t, data.MsgResponses)
	require.NoError(t, proto.Unmarshal(data.MsgResponses[0].Value, response))
}

func TestWhatTheLedgerPackageSignsIsAccepted(t *testing.T) {
	n := newNetwork(t)
	m := n.members[0]
	declare := &consortium.MsgDeclareNodes{Operator: m.operator.Address()}
	number := n.accountNumber(m.operator)
	unordered, err := ledger.SignUnordered(chainID, number, m.operator.Key, 0, n.now.Add(time.Minute), declare)
	require.NoError(t, err)
	gas, _, err := n.Simulate(unordered)
	require.NoError(t, err)

	unordered, err = ledger.SignUnordered(chainID, number, m.operator.Key, gas.GasUsed+100, n.now.Add(time.Minute), declare)
	require.NoError(t, err)
	res := n.check(unordered)
	require.Zero(t, res.Code, res.Log)
	n.mustBlock(unordered)
}
