package copyright_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/copyright"
)

var (
	first    = copyright.WorkId{Institution: 1, Number: 1}
	derived  = copyright.WorkId{Institution: 2, Number: 1}
	rival    = copyright.WorkId{Institution: 3, Number: 1}
	licence  = access.LicenceId{Institution: 1, Number: 1}
	approval = with(func(t *copyright.Terms) { t.Derivatives, t.Period = copyright.DERIVATIVES_BY_APPROVAL, 90*day })
)

// claimed is a stored claim on a dataset, or on a model of a parent.
func claimed(id copyright.WorkId, height uint64, parents ...copyright.Parent) copyright.Work {
	m, at := dataset(), start.Add(time.Duration(height)*time.Hour)
	upheldAt := at.Add(30 * day)
	w := copyright.Work{
		Id: id, Kind: m.Kind, Right: m.Right, Jurisdiction: m.Jurisdiction, Claimant: "a", Contributors: m.Contributors, Description: m.Description,
		Root: m.Root, Size_: m.Size_, Custodians: m.Custodians, Status: copyright.WORK_STATUS_ATTESTED,
		Attestations: []copyright.Attestation{{Custodian: 1, Vault: "a", Height: height, Seed: digest(9)}, {Custodian: 2, Vault: "b", Height: height, Seed: digest(9)}},
		RegisteredAt: at, RegisteredHeight: height, UpheldAt: &upheldAt,
	}
	if len(parents) > 0 {
		w.Kind, w.Root, w.Size_, w.Custodians, w.Attestations, w.Content, w.Parents = copyright.WORK_KIND_MODEL, nil, 0, nil, nil, digest(2), parents
	}
	return w
}

// happened is a notice of what happened to the first work.
func happened(work copyright.WorkId, index, originIndex uint64, duty copyright.Withdrawal) copyright.Notice {
	return copyright.Notice{
		Work: work, Index: index, Origin: first, OriginIndex: originIndex, Cause: copyright.CAUSE_ERASED, Records: 1, Duty: duty,
		Height: 30, At: start.Add(30 * time.Hour), Notifier: 1,
	}
}

// genesis is a valid state: a licensed work with a derivative, and a contested claim.
func genesis() *copyright.GenesisState {
	one, two, three := claimed(first, 5), claimed(derived, 20, copyright.Parent{Work: first, Relation: copyright.RELATION_TRAINED, Licence: 1}), claimed(rival, 8)
	one.Status, one.Offers, one.Notices = copyright.WORK_STATUS_UPHELD, 2, 2
	floor := approval
	floor.Spdx = ""
	two.Floor, two.Depth, two.Notices = &floor, 1, 1
	three.Status, three.Contests, three.OpenContests, three.Root = copyright.WORK_STATUS_CONTESTED, 2, 1, digest(3)
	three.PausedAt = new(start.Add(9 * time.Hour))
	contest := copyright.Contest{
		Work: rival, Index: 1, Ground: copyright.GROUND_COPY, Other: &first, Evidence: digest(4), RaisedBy: "a", Institution: 2, Height: 9,
		Status: copyright.CONTEST_STATUS_DISMISSED, DecidedHeight: 10,
	}
	open := contest
	open.Index, open.Institution, open.Status, open.DecidedHeight = 2, 1, copyright.CONTEST_STATUS_OPEN, 0
	granted := copyright.Licence{
		Id: licence, Work: first, Offer: 1, Terms: approval, Licensee: 2, Requester: "b", RequestedAt: start,
		Breaches: []copyright.Breach{{Evidence: digest(5), Height: 12}}, Approved: [][]byte{digest(1)},
	}.Grant(start.Add(10 * time.Hour))
	refused := copyright.Licence{
		Id: access.LicenceId{Institution: 1, Number: 2}, Work: first, Offer: 2, Terms: liberal(), Licensee: 3, Requester: "c",
		Status: copyright.LICENCE_STATUS_REFUSED, RequestedAt: start, EndedHeight: 11,
	}
	return &copyright.GenesisState{
		Params: copyright.DefaultParams(), Works: []copyright.Work{one, two, three}, Contests: []copyright.Contest{contest, open},
		Offers:   []copyright.Offer{{Work: first, Index: 1, Terms: approval}, {Work: first, Index: 2, Terms: liberal(), Closed: true}},
		Licences: []copyright.Licence{granted, refused},
		Notices:  []copyright.Notice{happened(first, 1, 1, 0), happened(first, 2, 2, 0), happened(derived, 1, 1, copyright.WITHDRAWAL_STOP)},
		Pending:  []copyright.Pending{{Position: 4, Notice: happened(first, 2, 2, 0)}},
		Strikes: []copyright.Strikes{
			{Institution: 1, Works: 1, Licences: 2, Raised: 1}, {Institution: 2, Works: 1, Raised: 1, Dismissed: 1, Breaches: 1}, {Institution: 3, Works: 1},
		},
	}
}

type damage struct {
	do   func(*copyright.GenesisState)
	err  error
	says string
}

var workDamages = map[string]damage{
	"parameters":             {func(gs *copyright.GenesisState) { gs.Params.ChallengePeriod = 0 }, copyright.ErrInvalid, "challenge_period"},
	"works out of order":     {func(gs *copyright.GenesisState) { slices.Reverse(gs.Works) }, copyright.ErrGenesis, "works[1]: key [2 1] is repeated or out of order"},
	"a work of zero":         {func(gs *copyright.GenesisState) { gs.Works[0].Id.Number = 0 }, copyright.ErrGenesis, "works[0]: key [1 0]"},
	"shares":                 {func(gs *copyright.GenesisState) { gs.Works[0].Contributors[0].Share++ }, copyright.ErrShares, "works[0]: to 10001"},
	"no seed":                {func(gs *copyright.GenesisState) { gs.Works[0].Attestations[0].Seed = nil }, copyright.ErrInvalidDigest, "works[0]: attestations[0]: seed"},
	"no status":              {func(gs *copyright.GenesisState) { gs.Works[0].Status = 0 }, copyright.ErrUnknownCode, "status 0"},
	"no claimant":            {func(gs *copyright.GenesisState) { gs.Works[0].Claimant = "" }, copyright.ErrInvalid, "none may be missing"},
	"no time":                {func(gs *copyright.GenesisState) { gs.Works[0].RegisteredAt = time.Time{} }, copyright.ErrInvalid, "none may be missing"},
	"upheld unattested":      {func(gs *copyright.GenesisState) { gs.Works[0].Attestations = gs.Works[0].Attestations[:1] }, copyright.ErrInvalid, "1 of 2 custodians attested it"},
	"attested without time":  {func(gs *copyright.GenesisState) { gs.Works[0].UpheldAt = nil }, copyright.ErrInvalid, "upheld at <nil>"},
	"open without pause":     {func(gs *copyright.GenesisState) { gs.Works[2].PausedAt = nil }, copyright.ErrInvalid, "1 open contests, its window stands still since <nil>"},
	"a pause for nothing":    {func(gs *copyright.GenesisState) { gs.Works[0].PausedAt = gs.Works[0].UpheldAt }, copyright.ErrInvalid, "0 open contests, its window stands still since"},
	"a stranger's word":      {func(gs *copyright.GenesisState) { gs.Works[0].Attestations[1].Custodian = 3 }, copyright.ErrInvalid, "attestations[1]: institution 3 is no custodian"},
	"one word twice":         {func(gs *copyright.GenesisState) { gs.Works[0].Attestations[1].Custodian = 1 }, copyright.ErrInvalid, "attestations[1]"},
	"a word before":          {func(gs *copyright.GenesisState) { gs.Works[0].Attestations[0].Height = 4 }, copyright.ErrInvalid, "height 4 of a work of height 5"},
	"contested by none":      {func(gs *copyright.GenesisState) { gs.Works[0].Status = copyright.WORK_STATUS_CONTESTED }, copyright.ErrInvalid, "CONTESTED with 2 of 2 attestations and 0 open"},
	"upheld though open":     {func(gs *copyright.GenesisState) { gs.Works[2].Status = copyright.WORK_STATUS_UPHELD }, copyright.ErrInvalid, "UPHELD with 2 of 2 attestations and 1 open"},
	"given up though open":   {func(gs *copyright.GenesisState) { gs.Works[2].Status = copyright.WORK_STATUS_WITHDRAWN }, copyright.ErrInvalid, "WITHDRAWN with"},
	"claimed though all did": {func(gs *copyright.GenesisState) { gs.Works[0].Status = copyright.WORK_STATUS_CLAIMED }, copyright.ErrInvalid, "CLAIMED with"},
	"17 open":                {func(gs *copyright.GenesisState) { gs.Works[2].OpenContests = 17 }, copyright.ErrTooMany, "17 open contests"},
	"two reserve a root":     {func(gs *copyright.GenesisState) { gs.Works[2].Root = gs.Works[0].Root }, copyright.ErrClaimed, "works[2]"},
	"a number left out":      {func(gs *copyright.GenesisState) { gs.Works[2].Id.Number = 2 }, copyright.ErrGenesis, "contests[0]"},
	"another depth":          {func(gs *copyright.GenesisState) { gs.Works[1].Depth = 2 }, copyright.ErrGenesis, "works[1]: the parents give depth 1"},
	"a weaker floor":         {func(gs *copyright.GenesisState) { gs.Works[1].Floor.Period = 0 }, copyright.ErrGenesis, "works[1]: the parents give"},
	"no floor":               {func(gs *copyright.GenesisState) { gs.Works[1].Floor = nil }, copyright.ErrGenesis, "works[1]: the parents give"},
	"a floor of nothing":     {func(gs *copyright.GenesisState) { gs.Works[0].Floor = gs.Works[1].Floor }, copyright.ErrGenesis, "works[0]: the parents give"},
	"a later parent": {func(gs *copyright.GenesisState) {
		gs.Works[0].RegisteredHeight, gs.Works[0].Attestations[0].Height, gs.Works[0].Attestations[1].Height = 21, 21, 21
	}, copyright.ErrGenesis, "was not there at height 20"},
	"a parent of nowhere": {func(gs *copyright.GenesisState) { gs.Works[1].Parents[0].Work.Number = 9 }, copyright.ErrGenesis, "parent (1, 9) was not there"},
	"itself": {func(gs *copyright.GenesisState) {
		gs.Works[1].Parents[0] = copyright.Parent{Work: derived, Relation: 1}
	}, copyright.ErrGenesis, "works[1]: the parents give depth 2"},
	"an unlicensed child":   {func(gs *copyright.GenesisState) { gs.Works[1].Parents[0].Licence = 2 }, copyright.ErrUnlicensed, "works[1]: licence (1, 2)"},
	"an unnamed licence":    {func(gs *copyright.GenesisState) { gs.Works[1].Parents[0].Licence = 0 }, copyright.ErrUnlicensed, "works[1]: work (1, 1): name the licence"},
	"an expired licence":    {func(gs *copyright.GenesisState) { gs.Works[1].RegisteredAt = start.Add(101 * day) }, copyright.ErrUnlicensed, "works[1]: licence (1, 1)"},
	"made before the grant": {func(gs *copyright.GenesisState) { gs.Works[1].RegisteredAt = start }, copyright.ErrUnlicensed, "works[1]: licence (1, 1)"},
	"not approved":          {func(gs *copyright.GenesisState) { gs.Works[1].Description = digest(8) }, copyright.ErrUnlicensed, "has not approved"},
}

var otherDamages = map[string]damage{
	"a contest lost":      {func(gs *copyright.GenesisState) { gs.Contests = gs.Contests[:1] }, copyright.ErrGenesis, "works[2]: 1 contests and 0 open, not 2 and 1"},
	"a contest too many":  {func(gs *copyright.GenesisState) { gs.Works[2].Contests = 1 }, copyright.ErrGenesis, "contests[1]: index 2"},
	"a contest of none":   {func(gs *copyright.GenesisState) { gs.Contests[1].Work.Number = 9 }, copyright.ErrGenesis, "contests[1]: index 2"},
	"no ground":           {func(gs *copyright.GenesisState) { gs.Contests[0].Ground = 0 }, copyright.ErrUnknownCode, "contests[0]: ground 0"},
	"no other":            {func(gs *copyright.GenesisState) { gs.Contests[0].Other = nil }, copyright.ErrContest, "contests[0]"},
	"a younger other":     {func(gs *copyright.GenesisState) { gs.Contests[0].Other = &derived }, copyright.ErrGenesis, "contests[0]: there is no work (2, 1) that is older"},
	"by the claimant":     {func(gs *copyright.GenesisState) { gs.Contests[0].Institution = 3 }, copyright.ErrInvalid, "contests[0]: raised by"},
	"open and decided":    {func(gs *copyright.GenesisState) { gs.Contests[1].DecidedHeight = 9 }, copyright.ErrInvalid, "contests[1]: CONTEST_STATUS_OPEN, decided"},
	"an offer lost":       {func(gs *copyright.GenesisState) { gs.Offers = gs.Offers[:1] }, copyright.ErrGenesis, "licences[1]: there is no offer 2"},
	"an offer too many":   {func(gs *copyright.GenesisState) { gs.Works[0].Offers = 1 }, copyright.ErrGenesis, "offers[1]: index 2 of a work with 1"},
	"an offer of nothing": {func(gs *copyright.GenesisState) { gs.Offers[1].Terms.Spdx = "" }, copyright.ErrTerms, "offers[1]"},
	"an offer below": {func(gs *copyright.GenesisState) {
		gs.Works[1].Offers = 1
		gs.Offers = append(gs.Offers, copyright.Offer{Work: derived, Index: 1, Terms: liberal()})
	}, copyright.ErrTermsWeaker, "offers[2]"},
	"terms of no offer":      {func(gs *copyright.GenesisState) { gs.Licences[1].Terms.Commercial = false }, copyright.ErrGenesis, "licences[1]: there is no offer 2"},
	"a licence of oneself":   {func(gs *copyright.GenesisState) { gs.Licences[1].Licensee = 1 }, copyright.ErrInvalid, "licences[1]: institution 1's licence for institution 1"},
	"another's work":         {func(gs *copyright.GenesisState) { gs.Licences[1].Work = rival }, copyright.ErrInvalid, "licences[1]: institution 1's licence"},
	"a licence too many":     {func(gs *copyright.GenesisState) { gs.Strikes[0].Licences = 1 }, copyright.ErrGenesis, "licences[1]: number 2 of a licensor that was asked for 1"},
	"a licence lost":         {func(gs *copyright.GenesisState) { gs.Licences = gs.Licences[:1] }, copyright.ErrGenesis, "strikes[0]"},
	"no licence status":      {func(gs *copyright.GenesisState) { gs.Licences[1].Status = 0 }, copyright.ErrUnknownCode, "licences[1]: status 0"},
	"refused without height": {func(gs *copyright.GenesisState) { gs.Licences[1].EndedHeight = 0 }, copyright.ErrInvalid, "ended at height 0"},
	"granted at no time":     {func(gs *copyright.GenesisState) { gs.Licences[0].GrantedAt = nil }, copyright.ErrInvalid, "granted at <nil>"},
	"another end":            {func(gs *copyright.GenesisState) { gs.Licences[0].ExpiresAt = nil }, copyright.ErrInvalid, "expires at <nil>"},
	"requested by nobody":    {func(gs *copyright.GenesisState) { gs.Licences[1].Requester = "" }, copyright.ErrInvalid, "none may be missing"},
	"17 breaches":            {func(gs *copyright.GenesisState) { gs.Licences[0].Breaches = slices.Repeat(gs.Licences[0].Breaches, 17) }, copyright.ErrTooMany, "17 breaches"},
	"a breach of nothing":    {func(gs *copyright.GenesisState) { gs.Licences[0].Breaches[0].Evidence = nil }, copyright.ErrInvalidDigest, "breaches[0]"},
	"approved twice":         {func(gs *copyright.GenesisState) { gs.Licences[0].Approved = slices.Repeat(gs.Licences[0].Approved, 2) }, copyright.ErrInvalid, "approved[1] is there twice"},
	"approved needlessly":    {func(gs *copyright.GenesisState) { gs.Licences[0].Terms.Derivatives = copyright.DERIVATIVES_ALLOWED }, copyright.ErrInvalid, "1 approved under DERIVATIVES_ALLOWED"},
	"approved, refused":      {func(gs *copyright.GenesisState) { gs.Licences[1].Approved = [][]byte{digest(1)} }, copyright.ErrInvalid, "and 1 approved"},
	"a notice lost":          {func(gs *copyright.GenesisState) { gs.Notices = gs.Notices[:2] }, copyright.ErrGenesis, "works[1]: notice 1 of work (1, 1) did not reach it"},
	"a notice of no cause":   {func(gs *copyright.GenesisState) { gs.Notices[0].Cause = 0 }, copyright.ErrUnknownCode, "notices[0]: cause 0"},
	"a notice of no time":    {func(gs *copyright.GenesisState) { gs.Notices[0].Height = 0 }, copyright.ErrInvalid, "notices[0]"},
	"a notice of nobody":     {func(gs *copyright.GenesisState) { gs.Notices[0].Notifier = 0 }, copyright.ErrInvalid, "by 0 at height 30"},
	"a rejection by another": {func(gs *copyright.GenesisState) {
		n := &gs.Notices[0]
		n.Cause, n.Records, n.Notifier = copyright.CAUSE_REJECTED, 0, 2
	}, copyright.ErrInvalid, "a rejection by 2 of a work of 1"},
	"notified by another":  {func(gs *copyright.GenesisState) { gs.Notices[2].Notifier = 2 }, copyright.ErrGenesis, "no parent has notice 1"},
	"erased nothing":       {func(gs *copyright.GenesisState) { gs.Notices[0].Records = 0 }, copyright.ErrInvalid, "CAUSE_ERASED of 0 records"},
	"a duty at the origin": {func(gs *copyright.GenesisState) { gs.Notices[0].Duty = copyright.WITHDRAWAL_STOP }, copyright.ErrInvalid, "duty WITHDRAWAL_STOP"},
	"another duty":         {func(gs *copyright.GenesisState) { gs.Notices[2].Duty = copyright.WITHDRAWAL_DESTROY }, copyright.ErrGenesis, "or the duty is not WITHDRAWAL_STOP"},
	"another cause":        {func(gs *copyright.GenesisState) { gs.Notices[2].Cause = copyright.CAUSE_RETRACTED }, copyright.ErrGenesis, "no parent has notice 1"},
	"of no origin":         {func(gs *copyright.GenesisState) { gs.Notices[2].Origin = rival }, copyright.ErrGenesis, "notices[2]: no parent has notice 1 of work (3, 1)"},
	"a notice too many":    {func(gs *copyright.GenesisState) { gs.Works[1].Notices = 0 }, copyright.ErrGenesis, "notices[2]: index 1 of a work with 0"},
	"a notice twice": {func(gs *copyright.GenesisState) {
		gs.Works[1].Notices, gs.Notices = 2, append(gs.Notices, happened(derived, 2, 1, copyright.WITHDRAWAL_STOP))
	}, copyright.ErrGenesis, "or it is there twice"},
	"not on its way": {func(gs *copyright.GenesisState) { gs.Pending = nil }, copyright.ErrGenesis, "works[1]: notice 2 of work (1, 1) did not reach it"},
	"past it":        {func(gs *copyright.GenesisState) { gs.Pending[0].After = &derived }, copyright.ErrGenesis, "works[1]: notice 2 of work (1, 1) did not reach it"},
	"on its way unwritten": {func(gs *copyright.GenesisState) {
		gs.Pending = append(gs.Pending, copyright.Pending{Position: 5, Notice: happened(rival, 1, 1, 0)})
	}, copyright.ErrGenesis, "pending[1]: there is no such notice"},
	"on its way changed": {func(gs *copyright.GenesisState) { gs.Pending[0].Notice.Records = 2 }, copyright.ErrGenesis, "pending[0]: there is no such notice"},
	"on its way twice": {func(gs *copyright.GenesisState) {
		gs.Pending = append(gs.Pending, copyright.Pending{Position: 5, Notice: gs.Pending[0].Notice})
	}, copyright.ErrGenesis, "on its way twice"},
	"position zero":        {func(gs *copyright.GenesisState) { gs.Pending[0].Position = 0 }, copyright.ErrGenesis, "pending[0]: key [1 0]"},
	"counts lost":          {func(gs *copyright.GenesisState) { gs.Strikes = gs.Strikes[:2] }, copyright.ErrGenesis, "works[2]: number 1 of an institution with 0"},
	"counts too high":      {func(gs *copyright.GenesisState) { gs.Strikes[1].Dismissed = 2 }, copyright.ErrGenesis, "strikes[1]"},
	"counts of a stranger": {func(gs *copyright.GenesisState) { gs.Strikes = append(gs.Strikes, copyright.Strikes{Institution: 9}) }, copyright.ErrGenesis, "strikes[3]"},
}

func TestAGenesisIsRefused(t *testing.T) {
	require.NoError(t, genesis().Validate())
	require.NoError(t, copyright.DefaultGenesis().Validate())
	for _, rows := range []map[string]damage{workDamages, otherDamages} {
		for name, row := range rows {
			t.Run(name, func(t *testing.T) {
				gs := genesis()
				row.do(gs)
				err := gs.Validate()
				require.ErrorIs(t, err, row.err)
				require.ErrorContains(t, err, row.says)
			})
		}
	}
}

func TestADerivativeStaysWhenItsLicenceEndsOrItsParentIsRejected(t *testing.T) {
	gs := genesis()
	gs.Licences[0].Status, gs.Licences[0].EndedHeight = copyright.LICENCE_STATUS_TERMINATED, 20
	gs.Works[0].Status, gs.Strikes[0].Rejected = copyright.WORK_STATUS_REJECTED, 1
	require.NoError(t, gs.Validate())
	gs.Licences[0].EndedHeight = 19
	require.ErrorIs(t, gs.Validate(), copyright.ErrUnlicensed, "it had ended before")
}
