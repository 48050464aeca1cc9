package keeper_test

import (
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/x/copyright"
)

// claim is a claim of institution 1 with a change.
func claim(change func(*copyright.MsgRegisterWork)) *copyright.MsgRegisterWork {
	msg := joint()
	change(msg)
	return msg
}

func TestAClaimIsUpheldAfterAttestationsAndAWindow(t *testing.T) {
	f := newFixture(t)
	msg := joint()
	msg.Contributors[0].Account = strings.ToUpper(of("researcher1"))
	f.says(t, msg, &copyright.EventWorkChanged{Work: copyright.WorkId{Institution: 1, Number: 1}, Status: copyright.WORK_STATUS_CLAIMED})
	w := f.work(t, copyright.WorkId{Institution: 1, Number: 1})
	require.Equal(t, copyright.Work{
		Id: w.Id, Kind: msg.Kind, Right: msg.Right, Jurisdiction: "EU", Claimant: officer(1), Contributors: joint().Contributors,
		Description: msg.Description, Root: msg.Root, Size_: 5, Custodians: []uint64{1, 2}, Status: copyright.WORK_STATUS_CLAIMED,
		RegisteredAt: start, RegisteredHeight: 7,
	}, w)

	f.after(time.Hour)
	f.says(t, attestation(w, 2))
	require.Nil(t, f.work(t, w.Id).UpheldAt)
	f.says(t, attestation(w, 1), &copyright.EventWorkChanged{Work: w.Id, Status: copyright.WORK_STATUS_ATTESTED})
	w = f.work(t, w.Id)
	require.Equal(t, []copyright.Attestation{{Custodian: 1, Vault: vault(1), Height: 8, Seed: digest(9)}, {Custodian: 2, Vault: vault(2), Height: 8, Seed: digest(9)}}, w.Attestations)
	require.Equal(t, start.Add(time.Hour+30*day), *w.UpheldAt)

	f.after(30*day - time.Nanosecond)
	require.Equal(t, copyright.WORK_STATUS_ATTESTED, f.work(t, w.Id).Status)
	f.after(time.Nanosecond)
	require.Equal(t, copyright.WORK_STATUS_UPHELD, f.work(t, w.Id).Status)
	require.Equal(t, copyright.Strikes{Institution: 1, Works: 1}, f.strikes(t, 1))
}

func TestAWorkWithoutRecordsIsAttestedByNobody(t *testing.T) {
	f := newFixture(t)
	w := f.register(t, model(1))
	require.Equal(t, copyright.WORK_STATUS_ATTESTED, w.Status)
	require.Equal(t, start.Add(30*day), *w.UpheldAt)
	f.register(t, model(1))
	require.NoError(t, f.keeper.CheckInvariants(f.ctx), "works without records share no root")
}

func TestRegisterWorkRefuses(t *testing.T) {
	f := newFixture(t)
	taken := f.attested(t, dataset(held...))
	gone := f.register(t, model(1))
	f.do(t, withdrawWork(gone))
	f.members.suspended[4] = true
	f.refuses(t, map[string]refusal{
		"a vault":                 {claim(func(m *copyright.MsgRegisterWork) { m.Officer = vault(1) }), errNoRole, "ROLE_RIGHTS_OFFICER"},
		"no address":              {claim(func(m *copyright.MsgRegisterWork) { m.Officer = "me" }), copyright.ErrInvalid, `officer "me"`},
		"a suspended institution": {claim(func(m *copyright.MsgRegisterWork) { m.Officer = officer(4) }), errNoRole, officer(4)},
		"no kind":                 {claim(func(m *copyright.MsgRegisterWork) { m.Kind = 0 }), copyright.ErrUnknownCode, "kind 0"},
		"no description":          {claim(func(m *copyright.MsgRegisterWork) { m.Description = nil }), copyright.ErrInvalidDigest, "description has 0 bytes"},
		"shares":                  {claim(func(m *copyright.MsgRegisterWork) { m.Contributors[0].Share++ }), copyright.ErrShares, "to 10001 basis points"},
		"records claimed":         {claim(func(*copyright.MsgRegisterWork) {}), copyright.ErrClaimed, "work (1, 1) has the root"},
		"a stranger":              {claim(func(m *copyright.MsgRegisterWork) { m.Contributors[0].Account = of("nobody") }), copyright.ErrStranger, of("nobody")},
		"a name":                  {claim(func(m *copyright.MsgRegisterWork) { m.Contributors[0].Account = "me" }), copyright.ErrInvalid, `contributor "me"`},
		"named twice": {claim(func(m *copyright.MsgRegisterWork) {
			m.Contributors[1].Account = strings.ToUpper(m.Contributors[0].Account)
		}), copyright.ErrInvalid, "is named twice"},
		"no such custodian":        {claim(func(m *copyright.MsgRegisterWork) { m.Custodians[1] = 5 }), errSuspended, "custodian 5"},
		"custodian suspended":      {claim(func(m *copyright.MsgRegisterWork) { m.Custodians[1] = 4 }), errSuspended, "custodian 4"},
		"no such parent":           {model(1, trained(copyright.WorkId{Institution: 1, Number: 9}, 0)), copyright.ErrWorkNotFound, "(1, 9)"},
		"a parent given up":        {model(1, trained(gone.Id, 0)), copyright.ErrParent, "work (1, 2) is WORK_STATUS_WITHDRAWN"},
		"a parent twice":           {model(1, trained(taken.Id, 0), trained(taken.Id, 0)), copyright.ErrParent, "(1, 1) is repeated"},
		"no licence":               {model(2, trained(taken.Id, 0)), copyright.ErrUnlicensed, "name the licence of another's work"},
		"no such licence":          {model(2, trained(taken.Id, 9)), copyright.ErrUnlicensed, "licence (1, 9) for work (1, 1) is not in force"},
		"a licence of an own work": {model(1, trained(taken.Id, 9)), copyright.ErrUnlicensed, "none of an own one"},
	})
}

func TestWhoRegistersFirstWithoutAttestationKeepsNobodyOut(t *testing.T) {
	f := newFixture(t)
	squat := dataset(held...)
	squat.Officer, squat.Custodians = officer(3), []uint64{1, 2}
	squatted := f.register(t, squat)
	w := f.register(t, joint())
	f.do(t, attestation(w, 1), attestation(w, 2))
	f.refuses(t, map[string]refusal{
		"another claim":     {joint(), copyright.ErrClaimed, "work (1, 1) has the root"},
		"the squatter's":    {attestation(squatted, 1), copyright.ErrClaimed, "work (1, 1) has the root"},
		"the squatter anew": {squat, copyright.ErrClaimed, "work (1, 1) has the root"},
	})
	res, err := f.queries.WorksByRoot(f.ctx, &copyright.QueryWorksByRootRequest{Root: hex.EncodeToString(w.Root)})
	require.NoError(t, err)
	require.Len(t, res.Works, 2, "both claims stay visible")
	f.do(t, withdrawWork(w), attestation(squatted, 1), attestation(squatted, 2))
	require.Equal(t, copyright.WORK_STATUS_ATTESTED, f.work(t, squatted.Id).Status, "given up, the records are free")
}

func TestAttestWorkRefuses(t *testing.T) {
	f := newFixture(t)
	w := f.register(t, joint())
	gone := f.register(t, joint())
	f.do(t, attestation(w, 1), withdrawWork(gone))
	bare := f.register(t, model(1))
	with := func(change func(*copyright.MsgAttestWork)) *copyright.MsgAttestWork {
		msg := attestation(w, 2)
		change(msg)
		return msg
	}
	f.refuses(t, map[string]refusal{
		"an officer":       {with(func(m *copyright.MsgAttestWork) { m.Vault = officer(2) }), errNoRole, "ROLE_VAULT"},
		"no custodian":     {attestation(w, 3), copyright.ErrNotParty, "the custodians are [1 2], not 3"},
		"no records":       {attestation(bare, 1), copyright.ErrNotParty, "the custodians are []"},
		"twice":            {attestation(w, 1), copyright.ErrAttestation, "institution 1 attested it before"},
		"given up":         {attestation(gone, 1), copyright.ErrWrongStatus, "work (1, 2) is WORK_STATUS_WITHDRAWN"},
		"no work":          {with(func(m *copyright.MsgAttestWork) { m.Work.Number = 9 }), copyright.ErrWorkNotFound, "(1, 9)"},
		"other records":    {with(func(m *copyright.MsgAttestWork) { m.Root = digest(1) }), copyright.ErrAttestation, "the root is"},
		"another claimant": {with(func(m *copyright.MsgAttestWork) { m.Claimant = officer(3) }), copyright.ErrAttestation, "not " + officer(3)},
		"no claimant":      {with(func(m *copyright.MsgAttestWork) { m.Claimant = "me" }), copyright.ErrInvalid, `claimant "me"`},
		"no seed":          {with(func(m *copyright.MsgAttestWork) { m.Seed = nil }), copyright.ErrInvalidDigest, "seed has 0 bytes"},
	})
}

func TestWithdrawWorkRefuses(t *testing.T) {
	f := newFixture(t)
	w := f.upheld(t, joint())
	id := f.licensed(t, w, with(func(t *copyright.Terms) { t.Period = 10 * day }), 2)
	gone := f.register(t, model(1))
	f.do(t, withdrawWork(gone))
	f.after(10*day - time.Nanosecond)
	f.refuses(t, map[string]refusal{
		"another":  {&copyright.MsgWithdrawWork{Officer: officer(2), Work: w.Id}, copyright.ErrNotParty, "institution 1 claims work (1, 1), not 2"},
		"a vault":  {&copyright.MsgWithdrawWork{Officer: vault(1), Work: w.Id}, errNoRole, "ROLE_RIGHTS_OFFICER"},
		"no work":  {&copyright.MsgWithdrawWork{Officer: officer(1), Work: copyright.WorkId{Institution: 1, Number: 9}}, copyright.ErrWorkNotFound, "(1, 9)"},
		"given up": {withdrawWork(gone), copyright.ErrWrongStatus, "it is given up once"},
		"licensed": {withdrawWork(w), copyright.ErrWrongStatus, "licence 1 of it is in force"},
	})
	f.after(time.Nanosecond)
	require.False(t, f.licence(t, id).InForce(f.now()))
	f.says(t, withdrawWork(w), &copyright.EventWorkChanged{Work: w.Id, Status: copyright.WORK_STATUS_WITHDRAWN})
	require.Zero(t, f.strikes(t, 1).Yielded)
}

func TestALicenceWithoutEndKeepsAWorkUntilItIsTerminated(t *testing.T) {
	f := newFixture(t)
	w := f.upheld(t, joint())
	id := f.licensed(t, w, liberal(), 2)
	f.after(200 * 365 * day)
	f.refuses(t, map[string]refusal{"licensed": {withdrawWork(w), copyright.ErrWrongStatus, "licence 1 of it is in force"}})
	f.do(t, &copyright.MsgTerminateLicence{Officer: officer(2), Licence: id}, withdrawWork(w))
}

func TestParamsChangeByAProposalAlone(t *testing.T) {
	f := newFixture(t)
	hour := copyright.Params{ChallengePeriod: time.Hour}
	f.refuses(t, map[string]refusal{
		"an officer": {&copyright.MsgUpdateParams{Authority: officer(1), Params: hour}, copyright.ErrNotAuthority, "want " + authority},
		"no window":  {&copyright.MsgUpdateParams{Authority: authority}, copyright.ErrInvalid, "challenge_period 0s"},
	})
	before := f.register(t, model(1))
	f.do(t, &copyright.MsgUpdateParams{Authority: authority, Params: hour})
	require.Equal(t, start.Add(30*day), *f.work(t, before.Id).UpheldAt, "what began goes on")
	require.Equal(t, start.Add(time.Hour), *f.register(t, model(1)).UpheldAt)
}
