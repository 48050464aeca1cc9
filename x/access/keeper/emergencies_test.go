package keeper_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/records"
)

func review(who string, index uint64, outcome access.ReviewOutcome) *access.MsgReviewEmergency {
	return &access.MsgReviewEmergency{Officer: of(who), Subject: anna, Disclosure: index, Outcome: outcome}
}

func TestABrokenGlassOpensAtOnceAndIsReviewed(t *testing.T) {
	f := newFixture(t)
	id := access.TicketId{Institution: 2, Number: 1}
	f.says(t, glass(), &access.EventTicketIssued{Ticket: id, Custodian: 1},
		&access.EventDisclosed{Subject: anna, Index: 1, Kind: access.DISCLOSURE_KIND_BREAK_GLASS, Custodian: 1, Institution: 2})
	ticket := f.export(t).Tickets[0]
	require.Equal(t, access.BASIS_EMERGENCY, ticket.Basis)
	require.Equal(t, commitment(6), ticket.Reason)
	require.Equal(t, f.now().Add(day), ticket.ExpiresAt)
	require.Equal(t, []access.Review{{Subject: anna, Disclosure: 1, Reviewer: 1, DueAt: f.now().Add(14 * day)}}, f.export(t).Reviews)
	f.do(t, release(id, f.result()))
	require.Equal(t, access.BASIS_EMERGENCY, f.entry(t, anna, 2).Basis)

	f.says(t, review("officer1", 1, access.REVIEW_OUTCOME_JUSTIFIED), &access.EventDisclosed{
		Subject: anna, Index: 3, Kind: access.DISCLOSURE_KIND_REVIEW, Custodian: 1, Institution: 2,
	})
	require.Empty(t, f.export(t).Reviews)
	require.EqualValues(t, 1, f.entry(t, anna, 3).Of)
	require.Equal(t, access.Conduct{Institution: 2, Emergencies: 1, Received: 1, Justified: 1}, f.conduct(t, 2))
	f.after(day)
	f.refuses(t, map[string]refusal{"expired": {release(id, f.result()), access.ErrTicketExpired, "at"}})
}

func TestABrokenGlassOpensTheGovernedClassesAlone(t *testing.T) {
	f := newFixture(t)
	all := glass()
	all.Classes = []records.RecordClass{records.RECORD_CLASS_RESULT, records.RECORD_CLASS_IMAGING}
	f.setParams(t, func(p *access.Params) { p.EmergencyClasses = []records.RecordClass{records.RECORD_CLASS_RESULT} })
	id := f.breakGlass(t, all)
	require.Equal(t, []records.RecordClass{records.RECORD_CLASS_RESULT}, f.export(t).Tickets[0].Request.Classes)
	f.setParams(t, func(p *access.Params) { p.EmergencyClasses = []records.RecordClass{records.RECORD_CLASS_IMAGING} })
	f.refuses(t, map[string]refusal{"then": {release(id, f.result()), access.ErrNoApplicablePermit, "REASON_NOT_OVERRIDABLE"}})
}

func TestBreakGlassRefuses(t *testing.T) {
	f := newFixture(t)
	with := func(change func(*access.MsgBreakGlass)) *access.MsgBreakGlass {
		msg := glass()
		change(msg)
		return msg
	}
	f.refuses(t, map[string]refusal{
		"a clinician":    {with(func(m *access.MsgBreakGlass) { m.Clinician = of("clinician2") }), errNoRole, "ROLE_EMERGENCY_CLINICIAN"},
		"no address":     {with(func(m *access.MsgBreakGlass) { m.Clinician = "me" }), access.ErrInvalid, `clinician "me"`},
		"no classes":     {with(func(m *access.MsgBreakGlass) { m.Classes = nil }), access.ErrInvalid, "0 classes, want 1 to 7"},
		"closed classes": {with(func(m *access.MsgBreakGlass) { m.Classes = []records.RecordClass{records.RECORD_CLASS_DATASET} }), access.ErrNoApplicablePermit, "a broken glass opens [RECORD_CLASS_DOCUMENT"},
		"no reason":      {with(func(m *access.MsgBreakGlass) { m.Reason = nil }), access.ErrInvalidCommitment, "reason has 0 bytes"},
		"no recipient":   {with(func(m *access.MsgBreakGlass) { m.Recipient = commitment(3)[1:] }), access.ErrInvalidCommitment, "recipient has 31 bytes"},
		"subject zero":   {with(func(m *access.MsgBreakGlass) { m.Subject.Institution = 0 }), access.ErrInvalid, "subject (0, 7)"},
		"custodian zero": {with(func(m *access.MsgBreakGlass) { m.Custodian = 0 }), access.ErrInvalid, "custodian"},
	})
}

func TestTheCustodiansOfficerReviewsOnceAndNeverOneself(t *testing.T) {
	f := newFixture(t)
	own := glass()
	own.Clinician = of("emergency1")
	f.do(t, own)
	f.members.enrol("emergency1", 1, consortium.ROLE_EMERGENCY_CLINICIAN, consortium.ROLE_PRIVACY_OFFICER)
	justified := access.REVIEW_OUTCOME_JUSTIFIED
	f.refuses(t, map[string]refusal{
		"oneself":            {review("emergency1", 1, justified), access.ErrOwnReview, "are one person"},
		"oneself, disguised": {review("emergency's other account", 1, justified), access.ErrOwnReview, of("emergency1")},
		"a vault":            {review("vault1", 1, justified), errNoRole, "ROLE_PRIVACY_OFFICER"},
		"a foreign officer":  {review("officer2", 1, justified), access.ErrNotCustodian, "institution 1 is to review it, not 2"},
		"no outcome":         {review("officer1", 1, 0), access.ErrUnknownCode, "outcome 0, want 1 to 3"},
		"of nothing":         {review("officer1", 2, justified), access.ErrDisclosureNotFound, "2 of subject (1, 7)"},
	})
	f.do(t, review("officer1", 1, access.REVIEW_OUTCOME_UNJUSTIFIED))
	f.refuses(t, map[string]refusal{
		"again":       {review("officer1", 1, justified), access.ErrAlreadyDone, "entry 1 waits for no review"},
		"of a review": {review("officer1", 2, justified), access.ErrAlreadyDone, "entry 2 waits for no review"},
	})
	require.EqualValues(t, 1, f.conduct(t, 1).Unjustified)
}

// TestOverdueReviewsStopTheResearchOfWhoHasToReview has institution 2's clinician
// break a glass that institution 1 has to review.
func TestOverdueReviewsStopTheResearchOfWhoHasToReview(t *testing.T) {
	f := controlled(t)
	study := approval()
	study.Institutions = []uint64{1, 2, 3}
	f.do(t, study, consent(treatment(), research()))
	f.after(time.Second / 2)
	f.do(t, glass())
	by := func(name string) *access.MsgRequestAccess {
		msg := askForResearch()
		msg.Requester = of(name)
		return msg
	}
	f.after(14*day - time.Second)
	before := f.ticket(t, by("researcher1"))
	f.do(t, release(before, f.result()))
	f.after(time.Second)
	overdue := "institution 1 has broken glasses to review"
	f.refuses(t, map[string]refusal{
		"the reviewer":       {by("researcher1"), access.ErrReviewsOverdue, overdue},
		"on an older ticket": {release(before, f.result()), access.ErrReviewsOverdue, overdue},
	})
	for _, others := range []string{"researcher2", "researcher3"} {
		f.ticket(t, by(others))
	}
	f.ticket(t, ask())
	care := glass()
	care.Clinician = of("emergency1")
	f.do(t, release(f.breakGlass(t, care), f.result()))

	f.do(t, review("officer1", 1, access.REVIEW_OUTCOME_UNDETERMINED))
	require.EqualValues(t, 1, len(f.export(t).Reviews), "the other is not due yet")
	f.ticket(t, by("researcher1"))
}

func TestReviewsAreOfTheSecondTheyAreDueIn(t *testing.T) {
	f := newFixture(t)
	f.after(time.Second / 2)
	f.do(t, glass())
	require.Equal(t, start.Add(14*day), f.export(t).Reviews[0].DueAt, "due times are in whole seconds, as in the queue")
}
