package keeper_test

import (
	"strings"
	"testing"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/dmdl-network/dmdl/x/consortium"
)

// admit is a valid message that admits an institution with its first key.
func (f *fixture) admit(number uint64, edits ...func(*consortium.Institution)) *consortium.MsgAdmitInstitution {
	i := member(number)
	for _, edit := range edits {
		edit(&i)
	}
	return &consortium.MsgAdmitInstitution{
		Authority: authority, Name: i.Name, Kind: i.Kind, LegalGroup: i.LegalGroup, Operator: i.Operator,
		ConsensusKey: i.ConsensusKey, Proof: prove(f.t, i, firstKey(number)), Nodes: i.Nodes,
	}
}

// appoint is a valid message that gives an institution without a key one.
func (f *fixture) appoint(number uint64, key string) *consortium.MsgAppointValidator {
	return &consortium.MsgAppointValidator{
		Authority: authority, Institution: number, ConsensusKey: *publicKey(privateKey(key)),
		Proof: prove(f.t, f.institution(number), privateKey(key)),
	}
}

func suspend(number uint64) *consortium.MsgSuspendInstitution {
	return &consortium.MsgSuspendInstitution{Authority: authority, Institution: number}
}

func remove(number uint64) *consortium.MsgRemoveInstitution {
	return &consortium.MsgRemoveInstitution{Authority: authority, Institution: number}
}

func reinstate(number uint64) *consortium.MsgReinstateInstitution {
	return &consortium.MsgReinstateInstitution{Authority: authority, Institution: number}
}

// TestOnlyTheModuleItselfMayActForTheConsortium is the first rule of every
// message that proposals execute.
func TestOnlyTheModuleItselfMayActForTheConsortium(t *testing.T) {
	f := newCourt(t)
	admit := f.admit(7)
	admit.Authority = operator(1)
	for _, msg := range []sdk.Msg{
		admit,
		&consortium.MsgSuspendInstitution{Authority: operator(1), Institution: 2},
		&consortium.MsgReinstateInstitution{Authority: operator(1), Institution: 5},
		&consortium.MsgRemoveInstitution{Authority: operator(1), Institution: 5},
		&consortium.MsgAppointValidator{Authority: operator(1), Institution: 1},
		&consortium.MsgReplaceOperator{Authority: operator(1), Institution: 1, NewOperator: of("heir")},
		&consortium.MsgUpdateParams{Authority: operator(1), Params: consortium.DefaultParams()},
		&consortium.MsgUpdateConsensusParams{Authority: operator(1)},
	} {
		f.refuses(msg, consortium.ErrAuthority)
	}
}

func TestAnAdmittedInstitutionValidatesFromThatBlockOn(t *testing.T) {
	f := newFixture(t, 4)
	f.begin(nil)
	require.Equal(t, []proto.Message{&consortium.EventInstitutionAdmitted{Institution: 5}},
		f.events(f.admit(5, func(i *consortium.Institution) { i.Nodes = []string{nodeID(1)} })))
	require.Equal(t, []abci.ValidatorUpdate{{PubKey: cometKey(firstKey(5)), Power: 1}}, f.end())
	want := member(5)
	want.Nodes = []string{nodeID(1)}
	require.Equal(t, want, f.institution(5))
	require.True(t, f.hasAccount("operator 5"))
}

func TestAnInstitutionWithoutAKeyDoesNotValidate(t *testing.T) {
	f := newFixture(t, 4)
	msg := f.admit(5)
	msg.ConsensusKey, msg.Proof = nil, nil
	require.Empty(t, f.block(msg))
	require.Nil(t, f.institution(5).ConsensusKey)
}

func TestAnOperatorGivenInCapitalsCanAct(t *testing.T) {
	f := newFixture(t, 4)
	msg := f.admit(5)
	msg.Operator = strings.ToUpper(msg.Operator)
	f.block(msg)
	f.block(&consortium.MsgDeclareNodes{Operator: operator(5), Nodes: []string{nodeID(1)}})
}

func TestAdmitInstitutionRefuses(t *testing.T) {
	for name, tc := range map[string]struct {
		edit func(*fixture, *consortium.MsgAdmitInstitution)
		err  error
	}{
		"a name in use":        {func(f *fixture, m *consortium.MsgAdmitInstitution) { *m = *f.admit(7, named("Hospital 1")) }, consortium.ErrNameTaken},
		"a suspended name":     {func(f *fixture, m *consortium.MsgAdmitInstitution) { *m = *f.admit(7, named("Hospital 5")) }, consortium.ErrNameTaken},
		"no name":              {func(f *fixture, m *consortium.MsgAdmitInstitution) { *m = *f.admit(7, named("")) }, consortium.ErrInvalid},
		"no kind":              {func(_ *fixture, m *consortium.MsgAdmitInstitution) { m.Kind, m.ConsensusKey = 0, nil }, consortium.ErrInvalid},
		"no legal group":       {func(_ *fixture, m *consortium.MsgAdmitInstitution) { m.LegalGroup, m.ConsensusKey = "", nil }, consortium.ErrInvalid},
		"a malformed node":     {func(_ *fixture, m *consortium.MsgAdmitInstitution) { m.Nodes = []string{"node"} }, consortium.ErrInvalid},
		"no operator":          {func(_ *fixture, m *consortium.MsgAdmitInstitution) { m.Operator = "" }, consortium.ErrInvalid},
		"a participant":        {func(f *fixture, m *consortium.MsgAdmitInstitution) { *m = *f.admit(7, operatedBy(of("own"))) }, consortium.ErrAccountTaken},
		"another operator":     {func(f *fixture, m *consortium.MsgAdmitInstitution) { *m = *f.admit(7, operatedBy(operator(1))) }, consortium.ErrAccountTaken},
		"a removed operator":   {func(f *fixture, m *consortium.MsgAdmitInstitution) { *m = *f.admit(7, operatedBy(operator(6))) }, consortium.ErrAccountTaken},
		"the module's account": {func(f *fixture, m *consortium.MsgAdmitInstitution) { *m = *f.admit(7, operatedBy(authority)) }, consortium.ErrAccountTaken},
		"a proof for another":  {func(_ *fixture, m *consortium.MsgAdmitInstitution) { m.Name = "Hospital Seven" }, consortium.ErrKeyProof},
		"no proof":             {func(_ *fixture, m *consortium.MsgAdmitInstitution) { m.Proof = nil }, consortium.ErrKeyProof},
		"another's key": {func(f *fixture, m *consortium.MsgAdmitInstitution) {
			m.ConsensusKey, m.Proof = publicKey(firstKey(1)), prove(f.t, member(7), firstKey(1))
		}, consortium.ErrKeyUsed},
		"the key of a removed": {func(f *fixture, m *consortium.MsgAdmitInstitution) {
			m.ConsensusKey, m.Proof = publicKey(firstKey(6)), prove(f.t, member(7), firstKey(6))
		}, consortium.ErrKeyUsed},
		"a type of foreign key": {func(f *fixture, m *consortium.MsgAdmitInstitution) {
			m.ConsensusKey = publicKey(postQuantumKey(f.t))
		}, consortium.ErrKeyType},
	} {
		t.Run(name, func(t *testing.T) {
			f := newCourt(t)
			msg := f.admit(7)
			tc.edit(f, msg)
			f.refuses(msg, tc.err)
		})
	}
}

func named(name string) func(*consortium.Institution) {
	return func(i *consortium.Institution) { i.Name = name }
}

func operatedBy(account string) func(*consortium.Institution) {
	return func(i *consortium.Institution) { i.Operator = account }
}

func TestSuspendedInstitutionsStopValidatingAndComeBack(t *testing.T) {
	f := newFixture(t, 5)
	f.begin(nil)
	require.Equal(t, []proto.Message{&consortium.EventInstitutionStatusChanged{
		Institution: 5, Status: consortium.INSTITUTION_STATUS_SUSPENDED, Cause: consortium.SUSPENSION_CAUSE_VOTE,
	}}, f.events(suspend(5)))
	require.Equal(t, []abci.ValidatorUpdate{{PubKey: cometKey(firstKey(5)), Power: 0}}, f.end())

	f.begin(nil)
	require.Equal(t, []proto.Message{&consortium.EventInstitutionStatusChanged{
		Institution: 5, Status: consortium.INSTITUTION_STATUS_ACTIVE,
	}}, f.events(reinstate(5)))
	require.Equal(t, []abci.ValidatorUpdate{{PubKey: cometKey(firstKey(5)), Power: 1}}, f.end())
	require.Equal(t, member(5), f.institution(5))
}

func TestASuspensionThatEndsInItsBlockDoesNotReachCometBFT(t *testing.T) {
	f := newFixture(t, 5)
	require.Empty(t, f.block(suspend(5), reinstate(5)))
}

func TestARemovedInstitutionGivesUpItsKeyAndItsName(t *testing.T) {
	f := newFixture(t, 5)
	require.Equal(t, []abci.ValidatorUpdate{{PubKey: cometKey(firstKey(5)), Power: 0}}, f.block(remove(5)))
	require.Equal(t, consortium.INSTITUTION_STATUS_REMOVED, f.institution(5).Status)
	require.Nil(t, f.institution(5).ConsensusKey)

	f.begin(nil)
	for _, msg := range []sdk.Msg{remove(5), suspend(5), reinstate(5)} {
		f.refuses(msg, consortium.ErrStatus)
	}
	f.refuses(&consortium.MsgReplaceOperator{Authority: authority, Institution: 5, NewOperator: of("heir")}, consortium.ErrRemoved)
	f.must(f.admit(6, named("Hospital 5")))
	f.end()
	require.Equal(t, "Hospital 5", f.institution(6).Name)
}

func TestSuspendAndRemoveRefuse(t *testing.T) {
	f := newCourt(t)
	f.refuses(suspend(9), consortium.ErrInstitutionNotFound)
	f.refuses(remove(9), consortium.ErrInstitutionNotFound)
	f.refuses(reinstate(9), consortium.ErrInstitutionNotFound)
	f.refuses(suspend(5), consortium.ErrStatus)
	f.refuses(reinstate(1), consortium.ErrStatus)
	f.refuses(suspend(1), consortium.ErrBelowFour)
	f.refuses(remove(1), consortium.ErrBelowFour)
	f.must(remove(5)) // suspended: nobody validates less
	f.end()
}

func TestAChangeThatCostsNoValidatorNeedsNoConsent(t *testing.T) {
	f := newFixture(t, 4)
	f.block(&consortium.MsgSuspendInstitution{Authority: authority, Institution: 4, AllowBelowFour: true})
	require.Empty(t, f.block(remove(4)), "three validate as before")
}

func TestFewerThanFourNeedConsentAndNobodyIsNeverAllowed(t *testing.T) {
	f := newFixture(t, 4)
	f.begin(nil)
	for number := uint64(4); number > 1; number-- {
		f.refuses(suspend(number), consortium.ErrBelowFour)
		f.must(&consortium.MsgSuspendInstitution{Authority: authority, Institution: number, AllowBelowFour: true})
		f.end()
		f.begin(nil)
	}
	f.refuses(&consortium.MsgSuspendInstitution{Authority: authority, Institution: 1, AllowBelowFour: true}, consortium.ErrNobodyLeft)
	f.refuses(&consortium.MsgRemoveInstitution{Authority: authority, Institution: 1, AllowBelowFour: true}, consortium.ErrNobodyLeft)
	f.end()
}

func TestAnAppointedInstitutionValidates(t *testing.T) {
	f := newFixture(t, 4)
	msg := f.admit(5)
	msg.ConsensusKey, msg.Proof = nil, nil
	f.block(msg)
	f.begin(nil)
	require.Equal(t, []proto.Message{&consortium.EventConsensusKeyChanged{Institution: 5, ConsensusAddress: keyAddress(5).String()}},
		f.events(f.appoint(5, "key 5")))
	require.Equal(t, []abci.ValidatorUpdate{{PubKey: cometKey(firstKey(5)), Power: 1}}, f.end())
}

func TestAppointValidatorRefuses(t *testing.T) {
	for name, tc := range map[string]struct {
		edit func(*fixture, *consortium.MsgAppointValidator)
		err  error
	}{
		"an unknown institution": {func(_ *fixture, m *consortium.MsgAppointValidator) { m.Institution = 9 }, consortium.ErrInstitutionNotFound},
		"a validator":            {func(_ *fixture, m *consortium.MsgAppointValidator) { m.Institution = 1 }, consortium.ErrAlreadyValidator},
		"a suspended one":        {func(_ *fixture, m *consortium.MsgAppointValidator) { m.Institution = 5 }, consortium.ErrStatus},
		"a removed one":          {func(_ *fixture, m *consortium.MsgAppointValidator) { m.Institution = 6 }, consortium.ErrStatus},
		"no proof":               {func(_ *fixture, m *consortium.MsgAppointValidator) { m.Proof = nil }, consortium.ErrKeyProof},
		"another's key": {func(f *fixture, m *consortium.MsgAppointValidator) {
			m.ConsensusKey, m.Proof = *publicKey(firstKey(1)), prove(f.t, f.institution(7), firstKey(1))
		}, consortium.ErrKeyUsed},
	} {
		t.Run(name, func(t *testing.T) {
			f := newCourt(t)
			admit := f.admit(7)
			admit.ConsensusKey = nil
			f.must(admit)
			msg := f.appoint(7, "key 7")
			tc.edit(f, msg)
			f.refuses(msg, tc.err)
		})
	}
}

func TestALostOperatorIsReplacedAlsoWhileSuspended(t *testing.T) {
	f := newCourt(t)
	require.Equal(t, []proto.Message{&consortium.EventOperatorChanged{Institution: 5, Operator: of("heir")}},
		f.events(&consortium.MsgReplaceOperator{Authority: authority, Institution: 5, NewOperator: of("heir")}))
	require.Equal(t, of("heir"), f.institution(5).Operator)
	for account, err := range map[string]error{
		of("heir"): consortium.ErrAccountTaken, operator(5): consortium.ErrAccountTaken, operator(1): consortium.ErrAccountTaken,
		of("own"): consortium.ErrAccountTaken, "heir": consortium.ErrInvalid,
	} {
		f.refuses(&consortium.MsgReplaceOperator{Authority: authority, Institution: 5, NewOperator: account}, err)
	}
	f.refuses(&consortium.MsgReplaceOperator{Authority: authority, Institution: 9, NewOperator: of("new")}, consortium.ErrInstitutionNotFound)
	f.end()
}
