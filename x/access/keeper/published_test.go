package keeper_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/records"
)

var (
	version1 = access.TemplateVersion{Institution: 1, Number: 1, Version: 1}
	version2 = access.TemplateVersion{Institution: 1, Number: 1, Version: 2}
)

func template(version uint64, permits ...access.Permit) *access.MsgPublishTemplate {
	return &access.MsgPublishTemplate{Officer: of("officer1"), Number: 1, Version: version, Permits: permits, Text: commitment(8)}
}

// adopt is anna's consent by a template.
func adopt(version access.TemplateVersion, grantee *access.Grantee) *access.MsgGrantConsent {
	msg := consent()
	msg.Template, msg.Grantee = &version, grantee
	return msg
}

func TestAConsentByTemplatePermitsWhatItsVersionDoes(t *testing.T) {
	f := controlled(t)
	f.says(t, template(1, treatment()), &access.EventPublished{Institution: 1})
	require.Equal(t, []access.Template{{Id: version1, Permits: []access.Permit{treatment()}, Text: commitment(8)}}, f.export(t).Templates)
	f.do(t, adopt(version1, nil))
	f.ticket(t, ask())
	f.do(t, template(2, research()), &access.MsgRetireTemplate{Officer: of("officer1"), Number: 1, Version: 1})
	f.ticket(t, ask())
	require.Equal(t, &version1, f.consents(t)[1].Template)
	f.do(t, withdraw())
	f.refuses(t, map[string]refusal{"withdrawn": {ask(), access.ErrNoApplicablePermit, ""}})
}

func TestATemplateIsNarrowedToOneGrantee(t *testing.T) {
	f := controlled(t)
	wide := treatment()
	wide.Grantee = access.Grantee{}
	f.do(t, template(1, wide), adopt(version1, &access.Grantee{Institution: 2, Participant: of("clinician2")}))
	f.ticket(t, ask())
	other := ask()
	other.Requester = of("clinician3")
	f.refuses(t, map[string]refusal{"another": {other, access.ErrNoApplicablePermit, ""}})
}

// TestANewVersionReadsTheNewestAlone publishes beyond the first byte of a version, with
// versions of another template and of another institution beside it.
func TestANewVersionReadsTheNewestAlone(t *testing.T) {
	f := newFixture(t)
	used := map[uint64]storetypes.Gas{}
	for version := uint64(1); version <= 260; version++ {
		for _, beside := range []uint64{2, 3, 1} {
			msg := template(version, treatment())
			if msg.Number = beside; beside == 3 {
				msg.Officer = of("officer2")
			}
			f.ctx = f.ctx.WithGasMeter(storetypes.NewInfiniteGasMeter())
			_, err := f.deliver(msg)
			require.NoError(t, err)
			used[version] = f.ctx.GasMeter().GasConsumed()
		}
	}
	require.Equal(t, used[10], used[127], "what a version costs does not grow with their number")
	require.Equal(t, used[130], used[260])
	require.NoError(t, f.keeper.CheckInvariants(f.ctx))
	f.refuses(t, map[string]refusal{
		"the first again": {template(1, treatment()), access.ErrVersion, "1 of template 1, want 261"},
		"one left out":    {template(262, treatment()), access.ErrVersion, "262 of template 1, want 261"},
	})
}

func TestPublishTemplateRefuses(t *testing.T) {
	f := newFixture(t)
	f.do(t, template(1, treatment()))
	with := func(change func(*access.MsgPublishTemplate)) *access.MsgPublishTemplate {
		msg := template(2, treatment())
		change(msg)
		return msg
	}
	f.refuses(t, map[string]refusal{
		"no officer":         {with(func(m *access.MsgPublishTemplate) { m.Officer = of("registrar1") }), errNoRole, "ROLE_PRIVACY_OFFICER"},
		"the same":           {template(1, treatment()), access.ErrVersion, "1 of template 1, want 2"},
		"one left out":       {template(3, treatment()), access.ErrVersion, "3 of template 1, want 2"},
		"another's next":     {with(func(m *access.MsgPublishTemplate) { m.Officer = of("officer2") }), access.ErrVersion, "2 of template 1, want 1"},
		"number zero":        {with(func(m *access.MsgPublishTemplate) { m.Number = 0 }), access.ErrInvalid, "template (1, 0) version 2: all count from 1"},
		"too new":            {template(1001, treatment()), access.ErrTooMany, "version 1001, want at most 1000"},
		"no permits":         {template(2), access.ErrTooMany, "0 permits, want 1 to 8"},
		"many permits":       {template(2, slices.Repeat([]access.Permit{treatment()}, 9)...), access.ErrTooMany, "9 permits, want 1 to 8"},
		"no text":            {with(func(m *access.MsgPublishTemplate) { m.Text = nil }), access.ErrInvalidCommitment, "text has 0 bytes"},
		"for a name":         {with(func(m *access.MsgPublishTemplate) { m.Permits[0].Grantee.Participant = "me" }), access.ErrInvalid, `participant "me"`},
		"retires none":       {&access.MsgRetireTemplate{Officer: of("officer1"), Number: 1, Version: 2}, access.ErrTemplateNotFound, "(1, 1) version 2"},
		"retires foreign":    {&access.MsgRetireTemplate{Officer: of("officer2"), Number: 1, Version: 1}, access.ErrTemplateNotFound, "(2, 1) version 1"},
		"retires by anybody": {&access.MsgRetireTemplate{Officer: of("patient1"), Number: 1, Version: 1}, errNoRole, "ROLE_PRIVACY_OFFICER"},
	})
	f.says(t, &access.MsgRetireTemplate{Officer: of("officer1"), Number: 1, Version: 1}, &access.EventPublished{Institution: 1})
	f.refuses(t, map[string]refusal{"retired": {&access.MsgRetireTemplate{Officer: of("officer1"), Number: 1, Version: 1}, access.ErrAlreadyDone, "version 1 of template 1 has retired"}})
	f.do(t, template(2, treatment()))
}

func policy(basis access.Basis, permits ...access.Permit) *access.MsgSetPolicy {
	msg := &access.MsgSetPolicy{Officer: of("officer1"), Document: commitment(8)}
	for _, p := range permits {
		msg.Permits = append(msg.Permits, access.PolicyPermit{Permit: p, Basis: basis})
	}
	return msg
}

func TestAPolicyPermitsWithoutConsent(t *testing.T) {
	f := newFixture(t)
	f.refuses(t, map[string]refusal{"none": {ask(), access.ErrNoApplicablePermit, ""}})
	f.says(t, policy(access.BASIS_POLICY, treatment()), &access.EventPublished{Institution: 1})
	require.EqualValues(t, 1, f.export(t).Policies[0].Version)
	id := f.ticket(t, ask())
	f.do(t, release(id, f.result()))
	require.Equal(t, access.BASIS_POLICY, f.entry(t, anna, 1).Basis)
	require.Empty(t, f.entry(t, anna, 1).Consents)

	f.do(t, policy(access.BASIS_POLICY))
	require.EqualValues(t, 2, f.export(t).Policies[0].Version)
	f.refuses(t, map[string]refusal{"replaced": {release(id, f.result()), access.ErrNoApplicablePermit, "NO_APPLICABLE_PERMIT"}})
}

func TestSetPolicyRefuses(t *testing.T) {
	f := newFixture(t)
	foreign, garbled := policy(access.BASIS_POLICY), policy(access.BASIS_POLICY)
	foreign.Officer, garbled.Document = of("vault1"), commitment(8)[1:]
	named, broken := treatment(), treatment()
	named.Grantee.Participant, broken.Classes = "me", []records.RecordClass{99}
	f.refuses(t, map[string]refusal{
		"no officer":  {foreign, errNoRole, "ROLE_PRIVACY_OFFICER"},
		"no document": {garbled, access.ErrInvalidCommitment, "document has 31 bytes"},
		"too many":    {policy(access.BASIS_POLICY, slices.Repeat([]access.Permit{treatment()}, 33)...), access.ErrTooMany, "33 permits, want at most 32"},
		"on consent":  {policy(access.BASIS_CONSENT, treatment()), access.ErrInvalid, "permits[0]: basis BASIS_CONSENT, want BASIS_POLICY or BASIS_LEGAL_DUTY"},
		"for a name":  {policy(access.BASIS_POLICY, treatment(), named), access.ErrInvalid, `grantee 1: participant "me"`},
		"no class":    {policy(access.BASIS_POLICY, broken), access.ErrUnknownCode, "classes 99"},
	})
}

func TestAnEthicsBoardApprovesRenewsAndEnds(t *testing.T) {
	f := controlled(t)
	f.says(t, approval(), &access.EventPublished{Institution: 3})
	f.grant(t, research())
	f.ticket(t, askForResearch())
	ended := approval()
	ended.ExpiresAt = f.now()
	f.do(t, ended)
	f.refuses(t, map[string]refusal{"ended": {askForResearch(), access.ErrStudy, "the approval of (3, 1) ended at"}})
	f.do(t, approval())
	f.ticket(t, askForResearch())
}

func TestApproveStudyRefuses(t *testing.T) {
	f := newFixture(t)
	f.do(t, approval())
	with := func(change func(*access.MsgApproveStudy)) *access.MsgApproveStudy {
		msg := approval()
		change(msg)
		return msg
	}
	f.refuses(t, map[string]refusal{
		"no board":         {with(func(m *access.MsgApproveStudy) { m.Board = of("researcher3") }), errNoRole, "ROLE_ETHICS_BOARD"},
		"another protocol": {with(func(m *access.MsgApproveStudy) { m.Protocol = commitment(5) }), access.ErrStudy, "another protocol is another study"},
		"number zero":      {with(func(m *access.MsgApproveStudy) { m.Number = 0 }), access.ErrInvalid, "study (3, 0): both numbers count from 1"},
		"no protocol":      {with(func(m *access.MsgApproveStudy) { m.Protocol = nil }), access.ErrInvalidCommitment, "protocol has 0 bytes"},
		"nobody":           {with(func(m *access.MsgApproveStudy) { m.Institutions = nil }), access.ErrTooMany, "0 institutions, want 1 to 64"},
		"unordered":        {with(func(m *access.MsgApproveStudy) { m.Institutions = []uint64{3, 2} }), access.ErrInvalid, "ascend"},
		"institution zero": {with(func(m *access.MsgApproveStudy) { m.Institutions = []uint64{0, 2} }), access.ErrInvalid, "count from 1"},
	})
}

func TestOnlyAProposalChangesTheParameters(t *testing.T) {
	f := newFixture(t)
	p := access.DefaultParams()
	p.TicketPeriod = time.Hour
	long := p
	long.EmergencyPeriod = 25 * time.Hour
	f.refuses(t, map[string]refusal{
		"an officer":   {&access.MsgUpdateParams{Authority: of("officer1"), Params: p}, access.ErrNotAuthority, "want " + authority},
		"out of range": {&access.MsgUpdateParams{Authority: authority, Params: long}, access.ErrInvalid, "emergency_period 25h0m0s is not between"},
	})
	f.says(t, &access.MsgUpdateParams{Authority: authority, Params: p})
	require.Equal(t, p, f.export(t).Params)
}
