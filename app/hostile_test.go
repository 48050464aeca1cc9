package app_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protowire"

	errorsmod "cosmossdk.io/errors"

	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	txtypes "github.com/cosmos/cosmos-sdk/types/tx"

	"github.com/dmdl-network/dmdl/app/ante"
	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/copyright"
	"github.com/dmdl-network/dmdl/x/records"
)

// survive offers a transaction to all who read it. It may be refused, with a
// reason; nothing may panic, and the block goes on.
func (n *network) survive(t testing.TB, raw []byte) {
	t.Helper()
	n.t, n.blocks = t, nil
	checked := n.check(raw)
	require.NotEqual(t, errorsmod.UndefinedCodespace, checked.Codespace, checked.Log)
	n.accepts(raw)
	result := n.block(raw).TxResults[0]
	require.NotEqual(t, errorsmod.UndefinedCodespace, result.Codespace, result.Log)
	_, _, err := n.Simulate(raw)
	require.NotErrorIs(t, err, errorsmod.ErrPanic)
}

// field encodes one field of a message.
func field(number protowire.Number, value []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(nil, number, protowire.BytesType), value)
}

// nestedProposal is a proposal in a proposal in a proposal.
func nestedProposal(operator account, depth int) *codectypes.Any {
	address := field(1, []byte(operator.Address()))
	message := &codectypes.Any{TypeUrl: sdk.MsgTypeURL(&consortium.MsgSubmitProposal{}), Value: address}
	for range depth {
		packed, err := message.Marshal()
		if err != nil {
			panic(err) // bytes in memory
		}
		message.Value = slices.Concat(address, field(2, packed))
	}
	return message
}

// carry returns a signed transaction of a message with a value of any bytes.
func (n *network) carry(who account, msg sdk.Msg, value []byte) *draft {
	d := n.draft(who, msg)
	d.body.Messages[0].Value = value
	d.auth.Fee.GasLimit = 30_000_000
	if gas, err := ante.Schedule([]sdk.Msg{msg}, len(value)); err == nil {
		d.auth.Fee.GasLimit = gas
	}
	return d
}

// hostile are the shapes that cost the most to read. Each fills a transaction.
func (n *network) hostile() map[string][]byte {
	const room = ante.MaxTxBytes - 2000
	operator, vault := n.members[0].operator, n.members[0].vault
	by := func(a account) []byte { return field(1, []byte(a.Address())) }
	repeated := func(who account, msg sdk.Msg, element []byte) []byte {
		value := slices.Concat(by(who), bytes.Repeat(element, room/len(element)))
		d := n.carry(who, msg, value)
		if proto.Unmarshal(value, msg) == nil {
			if gas, err := ante.Schedule([]sdk.Msg{msg}, len(value)+400); err == nil {
				d.auth.Fee.GasLimit = gas + gasMargin // so that nothing cheap refuses it
			}
		}
		return d.sign(n.t)
	}
	auth := func(change func(*txtypes.AuthInfo)) []byte {
		d := n.draft(operator, declareNodes(operator))
		change(&d.auth)
		d.auth.Fee.GasLimit = 1_400_000
		return d.sign(n.t)
	}
	return map[string][]byte{
		"empty enrolments":      repeated(operator, &consortium.MsgEnrolParticipants{}, field(2, nil)),
		"grants of a role":      repeated(operator, &consortium.MsgEnrolParticipants{}, field(2, bytes.Repeat(field(2, nil), 50))),
		"empty records":         repeated(vault, &records.MsgAnchorRecords{}, field(3, nil)),
		"roles":                 repeated(operator, &consortium.MsgWithdrawRoles{}, field(3, bytes.Repeat([]byte{8}, 1000))),
		"empty nodes":           repeated(operator, &consortium.MsgDeclareNodes{}, field(2, nil)),
		"same field again":      repeated(operator, &consortium.MsgReturnToDuty{}, by(operator)),
		"empty contributors":    repeated(operator, &copyright.MsgRegisterWork{}, field(5, nil)),
		"credits":               repeated(operator, &copyright.MsgRegisterWork{}, field(5, field(2, bytes.Repeat([]byte{1}, 1000)))),
		"empty parents":         repeated(operator, &copyright.MsgRegisterWork{}, field(11, nil)),
		"custodians":            repeated(operator, &copyright.MsgRegisterWork{}, field(9, bytes.Repeat([]byte{1}, 1000))),
		"terms again":           repeated(operator, &copyright.MsgOfferLicence{}, field(3, field(5, []byte("AA")))),
		"overlap again":         repeated(operator, &copyright.MsgContestWork{}, field(6, field(3, nil))),
		"empty work records":    repeated(vault, &copyright.MsgNotifyWork{}, field(4, nil)),
		"paths of work records": repeated(vault, &copyright.MsgNotifyWork{}, field(4, bytes.Repeat(field(3, nil), 50))),
		"small messages of a proposal": repeated(operator, &consortium.MsgSubmitProposal{},
			field(2, field(1, []byte(sdk.MsgTypeURL(&consortium.MsgCastVote{}))))),
		"proposals in proposals": n.wrappedProposals(operator, 3000),
		"proposals in width and depth": repeated(operator, &consortium.MsgSubmitProposal{},
			field(2, slices.Concat(field(1, []byte(sdk.MsgTypeURL(&consortium.MsgSubmitProposal{}))), field(2, nestedProposal(operator, 7).Value)))),
		"long address": n.carry(operator, &consortium.MsgReturnToDuty{}, field(1, bytes.Repeat([]byte("q"), room))).sign(n.t),
		"long type": changed(func(_ *scene, d *draft) {
			d.body.Messages[0].TypeUrl = "/" + strings.Repeat("x", room)
		})(&scene{network: n, active: n.members[0]}),
		"signer infos":  auth(func(a *txtypes.AuthInfo) { a.SignerInfos = slices.Repeat([]*txtypes.SignerInfo{{}}, room/2) }),
		"coins":         auth(func(a *txtypes.AuthInfo) { a.Fee.Amount = make(sdk.Coins, room/5) }),
		"modes in mode": auth(func(a *txtypes.AuthInfo) { a.SignerInfos[0].ModeInfo = deepMode(3000) }),
		"modes":         auth(func(a *txtypes.AuthInfo) { a.SignerInfos[0].ModeInfo = wideMode(room / 8) }),
		"keys in keys":  auth(func(a *txtypes.AuthInfo) { a.SignerInfos[0].PublicKey = nestedKey(n.t, 2000) }),
		"groups":        slices.Repeat([]byte{0x0b}, room),
		"zeros":         make([]byte, ante.MaxTxBytes),
	}
}

// wrappedProposals is a transaction of a proposal of that depth, cut to size.
func (n *network) wrappedProposals(operator account, depth int) []byte {
	n.t.Helper()
	d := n.draft(operator, declareNodes(operator))
	for d.body.Messages[0] = nestedProposal(operator, depth); d.body.Messages[0].Size() > ante.MaxTxBytes-2000; {
		depth -= depth / 10
		d.body.Messages[0] = nestedProposal(operator, depth)
	}
	d.auth.Fee.GasLimit = 2_000_000
	return d.sign(n.t)
}

func TestTheCostliestTransactionsAreRefusedInGoodOrder(t *testing.T) {
	n := newNetwork(t)
	for name, raw := range n.hostile() {
		t.Run(name, func(t *testing.T) {
			require.LessOrEqual(t, len(raw), ante.MaxTxBytes)
			n.survive(t, raw)
			require.NotZero(t, n.check(raw).Code)
		})
	}
	n.t = t
	n.mustBlock(n.sign(n.members[0].operator, declareNodes(n.members[0].operator)))
}

// The framework unpacks ten levels and a hundred messages in a message.
func TestDepthAndWidthOfProposalsAreLimited(t *testing.T) {
	n := newNetwork(t)
	operator := n.members[0].operator
	offer := func(depth, width int) *abci.ResponseCheckTx {
		t.Helper()
		msg := proposal(t, operator)
		msg.Messages = slices.Repeat([]*codectypes.Any{nestedProposal(operator, depth)}, width)
		d := n.draft(operator, declareNodes(operator))
		d.body.Messages[0] = pack(t, msg)
		gas, err := ante.Schedule([]sdk.Msg{msg}, len(d.sign(t)))
		require.NoError(t, err)
		d.auth.Fee.GasLimit = gas + gasMargin
		raw := d.sign(t)
		n.survive(t, raw)
		return n.check(d.sign(t))
	}
	decoded := func(res *abci.ResponseCheckTx) bool { return res.Codespace == ante.Codespace || res.Code == 0 }
	require.True(t, decoded(offer(0, 1)))
	require.True(t, decoded(offer(8, 1)))
	require.False(t, decoded(offer(9, 1)))
	require.True(t, decoded(offer(0, 99)), "the ante chain refuses more than 8")
	require.False(t, decoded(offer(0, 100)))
	for _, depth := range []int{20, 64, 300, 600} {
		require.False(t, decoded(offer(depth, 1)), "depth %d", depth)
	}
}

// BenchmarkHostileTransactions reports what reading a kilobyte costs a node that
// is sent the transaction.
func BenchmarkHostileTransactions(b *testing.B) {
	n := newNetwork(b)
	for name, raw := range n.hostile() {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := n.CheckTx(&abci.RequestCheckTx{Tx: raw, Type: abci.CheckTxType_New}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/1e6/float64(b.N)/(float64(len(raw))/1000), "ms/kB")
		})
	}
}
