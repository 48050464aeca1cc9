package access_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/records"
)

func TestInvalidParamsAreRefused(t *testing.T) {
	type p = access.Params
	const day = 24 * time.Hour
	refused(t, access.DefaultParams, map[string]refusal[p]{
		"a purpose twice":           {func(v *p) { v.Purposes[1].Purpose = v.Purposes[0].Purpose }, access.ErrInvalid, "purposes: PURPOSE_TREAT is repeated or out of order"},
		"purposes out of order":     {func(v *p) { v.Purposes[0], v.Purposes[1] = v.Purposes[1], v.Purposes[0] }, access.ErrInvalid, "PURPOSE_TREAT is repeated or out of order"},
		"an unlisted purpose":       {func(v *p) { v.Purposes[len(v.Purposes)-1].Purpose = 27 }, access.ErrUnknownCode, "purpose 27, want 1 to 26"},
		"no purpose":                {func(v *p) { v.Purposes[0].Purpose = 0 }, access.ErrUnknownCode, "purpose 0, want 1 to 26"},
		"it covers an unlisted one": {func(v *p) { v.Purposes[0].Covers = []access.Purpose{27} }, access.ErrUnknownCode, "covers 27, want 1 to 26"},
		"it covers one twice":       {func(v *p) { v.Purposes[0].Covers = []access.Purpose{1, 1} }, access.ErrInvalid, "covers: PURPOSE_TREAT is repeated"},
		"an unlisted role":          {func(v *p) { v.Purposes[0].Roles = []consortium.Role{99} }, access.ErrUnknownCode, "roles 99, want 1 to 10"},
		"a rule for the glass":      {func(v *p) { v.Purposes[4].Purpose = access.PURPOSE_BTG }, access.ErrInvalid, "a broken glass has a message of its own"},
		"it covers the glass":       {func(v *p) { v.Purposes[0].Covers = []access.Purpose{access.PURPOSE_BTG} }, access.ErrInvalid, "no permit covers PURPOSE_BTG"},
		"it covers the patient's":   {func(v *p) { v.Purposes[0].Covers = []access.Purpose{access.PURPOSE_PATRQT} }, access.ErrInvalid, "no permit covers PURPOSE_PATRQT"},
		"patients may not ask":      {func(v *p) { v.Purposes = v.Purposes[:4] }, access.ErrInvalid, "PURPOSE_PATRQT must be open to ROLE_PATIENT"},
		"patients need a study":     {func(v *p) { v.Purposes[4].Study = true }, access.ErrInvalid, "PURPOSE_PATRQT must be open to ROLE_PATIENT, without a study"},
		"patients wait for reviews": {func(v *p) { v.Purposes[4].Research = true }, access.ErrInvalid, "whatever reviews are overdue"},
		"an unlisted class":         {func(v *p) { v.EmergencyClasses = []records.RecordClass{8} }, access.ErrUnknownCode, "emergency_classes 8, want 1 to 7"},
		"a class twice":             {func(v *p) { v.EmergencyClasses = []records.RecordClass{2, 2} }, access.ErrInvalid, "emergency_classes: RECORD_CLASS_RESULT is repeated"},
		"a short ticket":            {func(v *p) { v.TicketPeriod = time.Minute - 1 }, access.ErrInvalid, "ticket_period 59.999999999s is not between 1m0s and 720h0m0s"},
		"a long ticket":             {func(v *p) { v.TicketPeriod = 30*day + 1 }, access.ErrInvalid, "ticket_period"},
		"a short emergency":         {func(v *p) { v.EmergencyPeriod = 0 }, access.ErrInvalid, "emergency_period 0s is not between 1m0s and 24h0m0s"},
		"a long emergency":          {func(v *p) { v.EmergencyPeriod = day + 1 }, access.ErrInvalid, "emergency_period"},
		"a hasty review":            {func(v *p) { v.ReviewPeriod = time.Hour - 1 }, access.ErrInvalid, "review_period"},
		"a late review":             {func(v *p) { v.ReviewPeriod = 90*day + 1 }, access.ErrInvalid, "review_period"},
		"a hasty receipt":           {func(v *p) { v.ReceiptPeriod = -time.Minute }, access.ErrInvalid, "receipt_period -1m0s is not between"},
		"a late receipt":            {func(v *p) { v.ReceiptPeriod = 30*day + 1 }, access.ErrInvalid, "receipt_period"},
		"a hasty controller":        {func(v *p) { v.ControllerPeriod = time.Second - 1 }, access.ErrInvalid, "controller_period"},
		"a late controller":         {func(v *p) { v.ControllerPeriod = 90*day + 1 }, access.ErrInvalid, "controller_period"},
		"a short memory":            {func(v *p) { v.Retention = day - 1 }, access.ErrInvalid, "retention"},
		"a memory for ever":         {func(v *p) { v.Retention = 30*365*day + 1 }, access.ErrInvalid, "retention"},
	})
}

func TestTheTableOfPurposesIsThePages(t *testing.T) {
	p := access.DefaultParams()
	for own := range access.Purpose_name {
		for asked := range access.Purpose_name {
			permitted, requested := access.Purpose(own), access.Purpose(asked)
			rule, has := p.Rule(permitted)
			itself := permitted == requested && has && permitted != access.PURPOSE_PATRQT
			treatment := permitted == access.PURPOSE_TREAT && requested >= access.PURPOSE_COC && requested <= access.PURPOSE_ERTREAT
			require.Equal(t, itself || treatment, p.Covers(permitted, requested), "%s covers %s", permitted, requested)
			require.Equal(t, has, rule.Purpose == permitted && permitted != 0)
		}
	}
	for _, never := range []access.Purpose{0, access.PURPOSE_BTG, access.PURPOSE_HMARKT, access.PURPOSE_HTEST, 27, -1} {
		_, has := p.Rule(never)
		require.False(t, has, "%s", never)
	}
}

func TestEveryResearchNeedsAStudyAndWaitsForReviews(t *testing.T) {
	for _, rule := range access.DefaultParams().Purposes {
		research := rule.Purpose >= access.PURPOSE_HRESCH && rule.Purpose <= access.PURPOSE_POARCH
		require.Equal(t, research, rule.Study, rule.Purpose)
		require.Equal(t, research, rule.Research, rule.Purpose)
		require.NotEmpty(t, rule.Roles, rule.Purpose)
	}
}
