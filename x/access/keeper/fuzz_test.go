package keeper_test

import (
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"

	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/dmdl-network/dmdl/x/access"
)

// message is a protobuf message as it is generated.
type message interface {
	sdk.Msg
	Marshal() ([]byte, error)
	Unmarshal([]byte) error
}

// acceptable are messages of every type that the fixture of everything takes, each by
// itself. The last ticket of the fixture is one that the patient just asked for.
func acceptable(t testing.TB, f *fixture) []message {
	t.Helper()
	own := f.ticket(t, askForOneself())
	params := access.DefaultParams()
	params.EmergencyOverrides = false
	return []message{
		enrolment(9, 10), delegate("patient1", "guardian", proxy, nil), delegate("patient1", "proxy", 0, nil),
		&access.MsgProposeController{Registrar: of("registrar1"), Subject: subjectOf(8), Controller: of("friend"), Evidence: commitment(1)},
		&access.MsgApproveController{Approver: of("officer1"), Subject: anna, Controller: of("friend")},
		&access.MsgStopController{Actor: of("registrar1"), Subject: anna},
		consent(treatment(), research()), adopt(version2, &access.Grantee{Institution: 2}), superseding(2), withdraw(), withdraw(1, 2),
		template(3, treatment()), &access.MsgRetireTemplate{Officer: of("officer1"), Number: 1, Version: 1},
		policy(access.BASIS_LEGAL_DUTY, research()), approval(), ask(), askForResearch(), askForOneself(), glass(),
		review("officer1", 3, access.REVIEW_OUTCOME_UNJUSTIFIED), release(access.TicketId{Institution: 2, Number: 1}, f.result()), receive(1),
		&access.MsgRefuse{Officer: of("officer1"), Ticket: own, Ground: access.REFUSAL_GROUND_HARM},
		dispute("officer1", 1, access.DISPUTE_REASON_NO_RECEIPT), report(f.export(t).Journals[0].Head, happened(5), happened(4)),
		&access.MsgUpdateParams{Authority: authority, Params: params},
	}
}

// FuzzMessages delivers any bytes as any message of the module. Nothing panics, and what
// the handlers take means the same when it is written and read again, and keeps the
// invariants: at once, when it leaves the state, and as a genesis.
func FuzzMessages(f *testing.F) {
	all := everything(f)
	seeds := acceptable(f, all)
	var kinds []reflect.Type
	places := map[reflect.Type]byte{}
	for _, msg := range seeds {
		kind := reflect.TypeOf(msg).Elem()
		if _, known := places[kind]; !known {
			places[kind] = byte(len(kinds))
			kinds = append(kinds, kind)
		}
		raw, err := msg.Marshal()
		require.NoError(f, err)
		require.NoError(f, all.lives(f, msg), "%T", msg)
		f.Add(places[kind], raw)
	}
	registry := codectypes.NewInterfaceRegistry()
	registry.RegisterInterface(sdk.MsgInterfaceProtoName, (*sdk.Msg)(nil))
	access.RegisterInterfaces(registry)
	require.Len(f, kinds, len(registry.ListImplementations(sdk.MsgInterfaceProtoName)), "each message has a seed")
	f.Fuzz(func(t *testing.T, kind byte, raw []byte) {
		msg := reflect.New(kinds[int(kind)%len(kinds)]).Interface().(message)
		if msg.Unmarshal(raw) != nil {
			return
		}
		if err := all.lives(t, msg); err == nil { // most are refused
			requireReadsAgain(t, msg)
		}
	})
}

// requireReadsAgain requires that a message means the same when it is written and read
// again. One that is refused need not: a negative code in a list is written wrongly by
// the generated code, and refused by every handler.
func requireReadsAgain(t testing.TB, msg message) {
	t.Helper()
	written, err := msg.Marshal()
	require.NoError(t, err)
	again := reflect.New(reflect.TypeOf(msg).Elem()).Interface().(message)
	require.NoError(t, again.Unmarshal(written))
	rewritten, err := again.Marshal()
	require.NoError(t, err)
	require.Equal(t, written, rewritten)
}

// lives delivers a message, of which nothing is kept. If it is taken, the state must be
// a good one.
func (f *fixture) lives(t testing.TB, msg sdk.Msg) error {
	t.Helper()
	g := f.aside()
	if _, err := g.router.Handler(msg)(g.ctx, msg); err != nil {
		return err
	}
	g.goesOn(t)
	return nil
}

// aside is the fixture with a state of its own.
func (f *fixture) aside() *fixture {
	g := *f
	g.ctx, _ = f.ctx.CacheContext()
	return &g
}

// goesOn requires that the state is a good one, also as a genesis, and that it still is
// when all that may leave it has left.
func (f *fixture) goesOn(t testing.TB) {
	t.Helper()
	require.NoError(t, f.keeper.CheckInvariants(f.ctx))
	require.NoError(t, f.export(t).Validate())
	f.after(100 * 365 * day)
	f.endBlock(t)
	require.NoError(t, f.export(t).Validate())
}

// FuzzGenesis reads any bytes as a genesis. One that is taken is exported as it was read.
func FuzzGenesis(f *testing.F) {
	all, pruned, empty := everything(f), everything(f), newFixture(f)
	pruned.retainDay(f)
	pruned.after(2 * day)
	pruned.endBlock(f)
	for _, each := range []*fixture{all, pruned, empty} {
		raw, err := each.export(f).Marshal()
		require.NoError(f, err)
		require.True(f, empty.restarts(f, raw))
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) { empty.restarts(t, raw) })
}

// restarts says whether bytes are a genesis that an empty state takes.
func (f *fixture) restarts(t testing.TB, raw []byte) bool {
	t.Helper()
	gs := new(access.GenesisState)
	if gs.Unmarshal(raw) != nil {
		return false
	}
	g := f.aside()
	if g.keeper.InitGenesis(g.ctx, gs) != nil {
		return false
	}
	requireReadsAgain(t, gs)
	want, err := gs.Marshal()
	require.NoError(t, err)
	got, err := g.export(t).Marshal()
	require.NoError(t, err)
	require.Equal(t, want, got)
	g.goesOn(t)
	return true
}
