package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/x/access"
)

func receive(index uint64) *access.MsgReceive {
	return &access.MsgReceive{Requester: of("clinician2"), Subject: anna, Disclosure: index}
}

func dispute(who string, index uint64, reason access.DisputeReason) *access.MsgDispute {
	return &access.MsgDispute{Actor: of(who), Subject: anna, Disclosure: index, Reason: reason}
}

func TestAReceiptIsEnteredOnceByTheRequester(t *testing.T) {
	f := released(t)
	f.refuses(t, map[string]refusal{
		"another":     {&access.MsgReceive{Requester: of("clinician3"), Subject: anna, Disclosure: 1}, access.ErrNotRequester, of("clinician2") + " is"},
		"the patient": {&access.MsgReceive{Requester: of("patient1"), Subject: anna, Disclosure: 1}, access.ErrNotRequester, of("clinician2")},
		"of nothing":  {receive(2), access.ErrDisclosureNotFound, "2 of subject (1, 7)"},
		"no address":  {&access.MsgReceive{Requester: "me", Subject: anna, Disclosure: 1}, access.ErrInvalid, `requester "me"`},
	})
	f.after(30 * day)
	f.says(t, receive(1), &access.EventDisclosed{Subject: anna, Index: 2, Kind: access.DISCLOSURE_KIND_RECEIPT, Custodian: 1, Institution: 2})
	receipt, of1 := f.entry(t, anna, 2), f.entry(t, anna, 1)
	require.Equal(t, access.Disclosure{
		Subject: anna, Index: 2, Kind: access.DISCLOSURE_KIND_RECEIPT, Ticket: of1.Ticket, Requester: of("clinician2"), Institution: 2, Custodian: 1,
		Purpose: access.PURPOSE_TREAT, Basis: access.BASIS_CONSENT, Of: 1, Height: uint64(f.ctx.BlockHeight()), At: f.now(),
	}, receipt)
	require.Empty(t, f.export(t).Receipts)
	require.Equal(t, access.Conduct{Institution: 2, Received: 1, Receipts: 1}, f.conduct(t, 2))
	f.refuses(t, map[string]refusal{
		"again":        {receive(1), access.ErrAlreadyDone, "there is a receipt for entry 1"},
		"of a receipt": {receive(2), access.ErrDisclosureKind, "entry 2 is a DISCLOSURE_KIND_RECEIPT, not a release"},
	})
}

func TestAReceiptNeedsNoRoleAnyMore(t *testing.T) {
	f := released(t)
	f.members.withdraw("clinician2")
	f.do(t, withdraw(), receive(1))
}

func TestACustodianRefusesAPatientOnALegalGround(t *testing.T) {
	f := controlled(t)
	f.grant(t, treatment())
	own, others := f.ticket(t, askForOneself()), f.ticket(t, ask())
	refuse := func(who string, id access.TicketId, ground access.RefusalGround) *access.MsgRefuse {
		return &access.MsgRefuse{Officer: of(who), Ticket: id, Ground: ground}
	}
	harm := access.REFUSAL_GROUND_HARM
	f.refuses(t, map[string]refusal{
		"a vault":           {refuse("vault1", own, harm), errNoRole, "ROLE_PRIVACY_OFFICER"},
		"a foreign officer": {refuse("officer2", own, harm), access.ErrNotCustodian, "the ticket is for institution 1, not 2"},
		"no ticket":         {refuse("officer1", access.TicketId{Institution: 1, Number: 9}, harm), access.ErrTicketNotFound, "(1, 9)"},
		"no ground":         {refuse("officer1", own, 0), access.ErrUnknownCode, "ground 0, want 1 to 4"},
		"an unlisted one":   {refuse("officer1", own, 5), access.ErrUnknownCode, "ground 5"},
		"a clinician's":     {refuse("officer1", others, harm), access.ErrInvalid, "the ticket rests on BASIS_CONSENT"},
	})
	f.says(t, refuse("officer1", own, harm), &access.EventDisclosed{Subject: anna, Index: 1, Kind: access.DISCLOSURE_KIND_REFUSAL, Custodian: 1, Institution: 1})
	d := f.entry(t, anna, 1)
	require.Equal(t, harm, d.Ground)
	require.Equal(t, &own, d.Ticket)
	require.Equal(t, access.BASIS_PATIENT, d.Basis)
	require.Equal(t, access.Conduct{Institution: 1, Refusals: 1}, f.conduct(t, 1))
	f.refuses(t, map[string]refusal{
		"again":   {refuse("officer1", own, harm), access.ErrTicketExpired, "at"},
		"release": {release(own, f.result()), access.ErrTicketExpired, "at"},
	})
	f.do(t, release(f.ticket(t, askForOneself()), f.result()))
	require.Equal(t, access.BASIS_PATIENT, f.entry(t, anna, 2).Basis)
}

func TestARefusalAfterExpiryIsNone(t *testing.T) {
	f := controlled(t)
	own := f.ticket(t, askForOneself())
	f.after(day)
	f.refuses(t, map[string]refusal{"late": {&access.MsgRefuse{Officer: of("officer1"), Ticket: own, Ground: access.REFUSAL_GROUND_HARM}, access.ErrTicketExpired, "at"}})
}

func TestEachSideDisputesWhatIsItsOwnToSay(t *testing.T) {
	f := released(t)
	rows := map[string]refusal{
		"unlisted by the requester": {dispute("clinician2", 1, 9), access.ErrNotCustodian, "want vault or privacy officer of institution 1"},
		"unlisted by the custodian": {dispute("vault1", 1, 9), access.ErrUnknownCode, "dispute 9, want 1 to 6"},
		"none by the custodian":     {dispute("vault1", 1, 0), access.ErrUnknownCode, "dispute 0, want 1 to 6"},
		"of nothing":                {dispute("vault1", 9, 5), access.ErrDisclosureNotFound, "9 of subject (1, 7)"},
		"no address":                {&access.MsgDispute{Actor: "me", Subject: anna, Disclosure: 1, Reason: 5}, access.ErrInvalid, `actor "me"`},
	}
	for reason := access.DISPUTE_REASON_NOT_RECEIVED; reason <= access.DISPUTE_REASON_OBLIGATION; reason++ {
		for _, who := range []string{"clinician2", "clinician3", "patient1", "vault1", "officer1", "vault2", "officer2", "registrar1"} {
			switch {
			case reason.ByRequester() && who != "clinician2":
				rows[who+" "+reason.String()] = refusal{dispute(who, 1, reason), access.ErrNotRequester, of("clinician2") + " is, who alone says " + reason.String()}
			case !reason.ByRequester() && who != "vault1" && who != "officer1":
				rows[who+" "+reason.String()] = refusal{dispute(who, 1, reason), access.ErrNotCustodian, "institution 1"}
			}
		}
	}
	f.refuses(t, rows)
}

func TestADisputeIsEnteredOnceAndCountsAgainstTheOtherSide(t *testing.T) {
	f := released(t)
	f.says(t, dispute("clinician2", 1, access.DISPUTE_REASON_NO_KEY), &access.EventDisclosed{
		Subject: anna, Index: 2, Kind: access.DISCLOSURE_KIND_DISPUTE, Custodian: 1, Institution: 2,
	})
	require.Equal(t, access.DISPUTE_REASON_NO_KEY, f.entry(t, anna, 2).Dispute)
	require.EqualValues(t, 1, f.entry(t, anna, 2).Of)
	f.do(t, dispute("vault1", 1, access.DISPUTE_REASON_NO_RECEIPT), dispute("officer1", 1, access.DISPUTE_REASON_OBLIGATION),
		dispute("clinician2", 1, access.DISPUTE_REASON_WRONG_CONTENT))
	require.EqualValues(t, 2, f.conduct(t, 1).Disputes)
	require.EqualValues(t, 2, f.conduct(t, 2).Disputes)
	f.refuses(t, map[string]refusal{
		"again":               {dispute("clinician2", 1, access.DISPUTE_REASON_NO_KEY), access.ErrAlreadyDone, "DISPUTE_REASON_NO_KEY is said of entry 1"},
		"again by the office": {dispute("officer1", 1, access.DISPUTE_REASON_NO_RECEIPT), access.ErrAlreadyDone, "DISPUTE_REASON_NO_RECEIPT"},
		"of a dispute":        {dispute("vault1", 2, access.DISPUTE_REASON_NO_RECEIPT), access.ErrDisclosureKind, "entry 2 is a DISCLOSURE_KIND_DISPUTE, not a release"},
	})
	f.do(t, release(f.ticket(t, ask()), f.result()))
	f.do(t, dispute("clinician2", 6, access.DISPUTE_REASON_NO_KEY))
}
