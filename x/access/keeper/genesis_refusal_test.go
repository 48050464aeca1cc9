package keeper_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/x/access"
)

// damage is a change that makes a genesis invalid, with which error and what in its
// text.
type damage struct {
	do   func(*access.GenesisState)
	err  error
	says string
}

var (
	// upper is an account in another text than decisions compare with.
	upper = strings.ToUpper(of("proxy"))
	// later is no whole second.
	later = start.Add(time.Second / 2)
)

// drop is a list without the value at a place.
func drop[T any](list []T, i int) []T { return slices.Delete(slices.Clone(list), i, i+1) }

// subjectDamages are to parameters and subjects.
var subjectDamages = map[string]damage{
	"invalid parameters":         {func(gs *access.GenesisState) { gs.Params.Retention = 0 }, access.ErrInvalid, "retention"},
	"a subject without a number": {func(gs *access.GenesisState) { gs.Subjects[0].Id.Number = 0 }, access.ErrInvalid, "subjects[0]"},
	"subjects out of order":      {func(gs *access.GenesisState) { slices.Reverse(gs.Subjects) }, access.ErrGenesis, "subjects[1]: key [1 7] is repeated or out of order"},
	"a subject twice":            {func(gs *access.GenesisState) { gs.Subjects[1] = gs.Subjects[0] }, access.ErrGenesis, "is repeated"},
	"a controller in upper case": {func(gs *access.GenesisState) { gs.Subjects[0].Controller = upper }, access.ErrGenesis, "is not an account address in lower case"},
	"a change by nobody":         {func(gs *access.GenesisState) { gs.Subjects[0].Pending.ProposedBy = "" }, access.ErrControllerChange, "nobody proposed it"},
	"a change to a name":         {func(gs *access.GenesisState) { gs.Subjects[0].Pending.Controller = "me" }, access.ErrGenesis, `"me" is not an account`},
	"a change without evidence":  {func(gs *access.GenesisState) { gs.Subjects[0].Pending.Evidence = nil }, access.ErrInvalidCommitment, "evidence"},
	"a delegate in upper case":   {func(gs *access.GenesisState) { gs.Subjects[0].Delegates[0].Account = upper }, access.ErrGenesis, "lower case"},
}

// consentDamages are to consents and what is published.
var consentDamages = map[string]damage{
	"a consent not listed":       {func(gs *access.GenesisState) { gs.Subjects[0].Consents = nil }, access.ErrGenesis, "subjects list 0 consents, 1 have not ended"},
	"a consent missing":          {func(gs *access.GenesisState) { gs.Consents = drop(gs.Consents, 1) }, access.ErrGenesis, "subjects list 1 consents, 0 have not ended"},
	"an ended consent listed":    {func(gs *access.GenesisState) { gs.Subjects[0].Consents = []uint64{1} }, access.ErrGenesis, "not the same"},
	"a consent index of zero":    {func(gs *access.GenesisState) { gs.Consents[0].Index = 0 }, access.ErrGenesis, "consents[0]: key [1 7 0], all count from 1"},
	"a consent of nobody":        {func(gs *access.GenesisState) { gs.Consents[0].Subject.Institution = 0 }, access.ErrInvalid, "subject (0, 7)"},
	"a consent of another":       {func(gs *access.GenesisState) { gs.Consents[1].Subject.Number = 8 }, access.ErrGenesis, "of a subject with 0 ever"},
	"an end without a time":      {func(gs *access.GenesisState) { gs.Consents[0].EndedAt = nil }, access.ErrInvalid, "want both or none"},
	"superseded by itself":       {func(gs *access.GenesisState) { gs.Consents[0].SupersededBy = 1 }, access.ErrInvalid, "consent 1 is superseded by 1"},
	"granted by nobody":          {func(gs *access.GenesisState) { gs.Consents[0].GrantedBy = "" }, access.ErrInvalid, "none may be missing"},
	"granted by a name":          {func(gs *access.GenesisState) { gs.Consents[0].GrantedBy = "me" }, access.ErrGenesis, `"me"`},
	"a grantee by name":          {func(gs *access.GenesisState) { gs.Consents[0].Permits[0].Grantee.Participant = "me" }, access.ErrInvalid, `participant "me"`},
	"no such template":           {func(gs *access.GenesisState) { gs.Templates = gs.Templates[:1] }, access.ErrGenesis, "there is no template"},
	"a version left out":         {func(gs *access.GenesisState) { gs.Templates = gs.Templates[1:] }, access.ErrGenesis, "templates[0]: version 2, want 1"},
	"a template for a name":      {func(gs *access.GenesisState) { gs.Templates[0].Permits[0].Grantee.Participant = "me" }, access.ErrInvalid, `"me"`},
	"a policy without a version": {func(gs *access.GenesisState) { gs.Policies[0].Version = 0 }, access.ErrInvalid, "policies[0]"},
	"a policy for a name":        {func(gs *access.GenesisState) { gs.Policies[0].Permits[0].Permit.Grantee.Participant = "me" }, access.ErrInvalid, `"me"`},
	"a study without a number":   {func(gs *access.GenesisState) { gs.Studies[0].Id.Number = 0 }, access.ErrInvalid, "studies[0]"},
}

// entryDamages are to accounts.
var entryDamages = map[string]damage{
	"an entry changed":             {func(gs *access.GenesisState) { gs.Disclosures[0].Height++ }, access.ErrGenesis, "the account leads to the head"},
	"an entry missing":             {func(gs *access.GenesisState) { gs.Disclosures = drop(gs.Disclosures, 6) }, access.ErrGenesis, "entry 6 is there, but not the next"},
	"the newest entry missing":     {func(gs *access.GenesisState) { gs.Disclosures = gs.Disclosures[:7] }, access.ErrGenesis, "entry 7 is there, but not the next"},
	"an entry too many":            {func(gs *access.GenesisState) { gs.Subjects[0].DisclosuresEver-- }, access.ErrGenesis, "disclosures[7]: index 8 of an account of 7"},
	"an entry of a name":           {func(gs *access.GenesisState) { gs.Disclosures[7].Requester = "me" }, access.ErrGenesis, "leads to the head"},
	"a receipt of a glass":         {func(gs *access.GenesisState) { gs.Disclosures[6].Of = 2 }, access.ErrGenesis, "a DISCLOSURE_KIND_RECEIPT of entry 2, which is a DISCLOSURE_KIND_BREAK_GLASS"},
	"a receipt of what comes":      {func(gs *access.GenesisState) { gs.Disclosures[6].Of = 7 }, access.ErrDisclosureKind, "at 7 of entry 7"},
	"a release about an entry":     {func(gs *access.GenesisState) { gs.Disclosures[4].Of = 1 }, access.ErrDisclosureKind, "LATE at 5 of entry 1"},
	"an outcome of a release":      {func(gs *access.GenesisState) { gs.Disclosures[0].Outcome = 1 }, access.ErrDisclosureKind, "RELEASE with ground"},
	"an entry on an unlisted code": {func(gs *access.GenesisState) { gs.Disclosures[0].Basis = 9 }, access.ErrUnknownCode, "basis 9"},
	"a late one with a ticket":     {func(gs *access.GenesisState) { gs.Disclosures[4].Ticket = &gs.Tickets[0].Id }, access.ErrDisclosureKind, "a late one alone"},
}

// waitingDamages are to what waits, tickets, journals and counts.
var waitingDamages = map[string]damage{
	"a glass without a review":    {func(gs *access.GenesisState) { gs.Reviews = gs.Reviews[1:] }, access.ErrGenesis, "waits for its review: false, was reviewed: false"},
	"a review by another":         {func(gs *access.GenesisState) { gs.Reviews[0].Reviewer = 2 }, access.ErrGenesis, "the reviewer is 2"},
	"a review of a release":       {func(gs *access.GenesisState) { gs.Reviews[0].Disclosure = 1 }, access.ErrGenesis, "reviews[0]: entry 1 is a DISCLOSURE_KIND_RELEASE"},
	"a review between seconds":    {func(gs *access.GenesisState) { gs.Reviews[0].DueAt = later }, access.ErrInvalid, "want whole seconds"},
	"no receipt and none due":     {func(gs *access.GenesisState) { gs.Receipts = nil }, access.ErrGenesis, "waits for its receipt: false, has it: false"},
	"a receipt due of nothing":    {func(gs *access.GenesisState) { gs.Receipts[0].Disclosure = 9 }, access.ErrGenesis, "receipts[0]: entry 9"},
	"a receipt between seconds":   {func(gs *access.GenesisState) { gs.Receipts[0].DueAt = later }, access.ErrInvalid, "want whole seconds"},
	"a ticket too many":           {func(gs *access.GenesisState) { gs.LastTickets[1].Number = 2 }, access.ErrGenesis, "number 3, the newest of institution 2 is 2"},
	"a last ticket of zero":       {func(gs *access.GenesisState) { gs.LastTickets[1].Number = 0 }, access.ErrInvalid, "leave it out"},
	"a ticket of a name":          {func(gs *access.GenesisState) { gs.Tickets[0].Requester = "me" }, access.ErrGenesis, `"me"`},
	"a ticket on nothing":         {func(gs *access.GenesisState) { gs.Tickets[0].Basis = 0 }, access.ErrUnknownCode, "basis 0"},
	"a ticket that ended before":  {func(gs *access.GenesisState) { gs.Tickets[0].ExpiresAt = start }, access.ErrInvalid, "expires at"},
	"an emergency without reason": {func(gs *access.GenesisState) { gs.Tickets[2].Reason = nil }, access.ErrInvalid, "these go together"},
	"a journal of a name":         {func(gs *access.GenesisState) { gs.Journals[0].Vault = "me" }, access.ErrGenesis, `"me"`},
	"a journal of nothing":        {func(gs *access.GenesisState) { gs.Journals[0].Entries = 0 }, access.ErrGenesis, "journals[0]: 0 entries"},
	"a journal without a head":    {func(gs *access.GenesisState) { gs.Journals[0].Head = nil }, access.ErrInvalidCommitment, "head has 0 bytes"},
	"a journal twice":             {func(gs *access.GenesisState) { gs.Journals = slices.Repeat(gs.Journals, 2) }, access.ErrGenesis, "is repeated or out of order"},
	"counts of no institution":    {func(gs *access.GenesisState) { gs.Conducts[0].Institution = 0 }, access.ErrGenesis, "conducts[0]"},
}

func TestGenesisRefuses(t *testing.T) {
	for _, rows := range []map[string]damage{subjectDamages, consentDamages, entryDamages, waitingDamages} {
		for name, row := range rows {
			t.Run(name, func(t *testing.T) {
				gs := everything(t).export(t)
				row.do(gs)
				g := newFixture(t)
				err := g.keeper.InitGenesis(g.ctx, gs)
				require.ErrorIs(t, err, row.err)
				require.ErrorContains(t, err, row.says)
			})
		}
	}
}
