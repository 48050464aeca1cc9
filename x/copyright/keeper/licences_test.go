package keeper_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/copyright"
)

func ask(w copyright.Work, licensee uint64, offer uint32) *copyright.MsgRequestLicence {
	return &copyright.MsgRequestLicence{Officer: officer(licensee), Work: w.Id, Offer: offer}
}

func terminate(institution uint64, id access.LicenceId) *copyright.MsgTerminateLicence {
	return &copyright.MsgTerminateLicence{Officer: officer(institution), Licence: id}
}

func breach(id access.LicenceId) *copyright.MsgReportBreach {
	return &copyright.MsgReportBreach{Officer: officer(id.Institution), Licence: id, Evidence: digest(5)}
}

func approve(id access.LicenceId, description byte) *copyright.MsgApproveDerivative {
	return &copyright.MsgApproveDerivative{Officer: officer(id.Institution), Licence: id, Description: digest(description)}
}

func TestALicenceIsOfferedAskedForAndGranted(t *testing.T) {
	f := newFixture(t)
	w := f.upheld(t, joint())
	terms := with(func(t *copyright.Terms) { t.Period = 10 * day })
	f.says(t, offer(w, terms), &copyright.EventOfferChanged{Work: w.Id, Index: 1})
	id := access.LicenceId{Institution: 1, Number: 1}
	event := func(status copyright.LicenceStatus) *copyright.EventLicenceChanged {
		return &copyright.EventLicenceChanged{Licence: id, Licensee: 2, Status: status}
	}
	f.says(t, ask(w, 2, 1), event(copyright.LICENCE_STATUS_REQUESTED))
	f.after(time.Hour + time.Millisecond)
	f.says(t, grant(id), event(copyright.LICENCE_STATUS_GRANTED))
	granted, ends := f.now(), f.now().Add(10*day).Truncate(time.Second)
	require.Equal(t, copyright.Licence{
		Id: id, Work: w.Id, Offer: 1, Terms: terms, Licensee: 2, Requester: officer(2), Status: copyright.LICENCE_STATUS_GRANTED,
		RequestedAt: start.Add(30 * day), GrantedAt: &granted, ExpiresAt: &ends,
	}, f.licence(t, id))

	f.says(t, breach(id), event(copyright.LICENCE_STATUS_GRANTED))
	f.says(t, &copyright.MsgCloseOffer{Officer: officer(1), Work: w.Id, Index: 1}, &copyright.EventOfferChanged{Work: w.Id, Index: 1})
	require.True(t, f.licence(t, id).InForce(f.now()), "a closed offer ends no licence")
	f.says(t, terminate(1, id), event(copyright.LICENCE_STATUS_TERMINATED))
	require.EqualValues(t, f.ctx.BlockHeight(), f.licence(t, id).EndedHeight)
	require.Equal(t, copyright.Strikes{Institution: 2, Breaches: 1}, f.strikes(t, 2))
	require.Equal(t, copyright.Strikes{Institution: 1, Works: 1, Licences: 1}, f.strikes(t, 1))
	f.do(t, breach(id))
}

func TestOfferLicenceRefuses(t *testing.T) {
	f := newFixture(t)
	claimed, contested := f.register(t, joint()), f.register(t, model(1))
	f.do(t, contest(contested, 2))
	w := f.upheld(t, model(2))
	strict := with(func(t *copyright.Terms) {
		t.Commercial, t.Withdrawal, t.Attribution = false, copyright.WITHDRAWAL_DESTROY, true
	})
	child := f.register(t, model(3, trained(w.Id, f.licensed(t, w, strict, 3).Number)))
	byAnother := offer(w, liberal())
	byAnother.Officer = officer(1)
	f.refuses(t, map[string]refusal{
		"another":    {byAnother, copyright.ErrNotParty, "institution 2 claims work (2, 1), not 1"},
		"claimed":    {offer(claimed, liberal()), copyright.ErrWrongStatus, "once it is attested and uncontested"},
		"contested":  {offer(contested, liberal()), copyright.ErrWrongStatus, "WORK_STATUS_CONTESTED"},
		"no text":    {offer(w, with(func(t *copyright.Terms) { t.Spdx = "" })), copyright.ErrTerms, "SPDX identifier"},
		"too weak":   {offer(child, liberal()), copyright.ErrTermsWeaker, "commercial: the parents do not allow it; attribution: the parents demand it; withdrawal: WITHDRAWAL_STOP, the parents ask for WITHDRAWAL_DESTROY"},
		"no work":    {offer(copyright.Work{Id: copyright.WorkId{Institution: 1, Number: 9}}, liberal()), copyright.ErrWorkNotFound, "(1, 9)"},
		"no address": {&copyright.MsgOfferLicence{Officer: "me", Work: w.Id, Terms: liberal()}, copyright.ErrInvalid, `officer "me"`},
	})
	f.do(t, offer(child, strict))
}

func TestAWorkHasAThousandOffersAtMost(t *testing.T) {
	f := newFixture(t)
	w := f.upheld(t, model(1))
	for range copyright.MaxOffers {
		_, err := f.deliver(offer(w, liberal()))
		require.NoError(t, err)
	}
	f.refuses(t, map[string]refusal{"one more": {offer(w, liberal()), copyright.ErrTooMany, "1000 offers"}})
	require.NoError(t, f.keeper.CheckInvariants(f.ctx))
}

func TestRequestLicenceRefuses(t *testing.T) {
	f := newFixture(t)
	w, gone := f.upheld(t, model(1)), f.upheld(t, model(1))
	f.do(t, offer(w, liberal()), offer(gone, liberal()), offer(w, liberal()), &copyright.MsgCloseOffer{Officer: officer(1), Work: w.Id, Index: 2}, withdrawWork(gone))
	byVault := ask(w, 2, 1)
	byVault.Officer = vault(2)
	shut := func(institution uint64, index uint32) sdk.Msg {
		return &copyright.MsgCloseOffer{Officer: officer(institution), Work: w.Id, Index: index}
	}
	f.refuses(t, map[string]refusal{
		"a vault":           {byVault, errNoRole, "ROLE_RIGHTS_OFFICER"},
		"an own work":       {ask(w, 1, 1), copyright.ErrNotParty, "institution 1 needs no licence"},
		"a closed offer":    {ask(w, 2, 2), copyright.ErrWrongStatus, "offer 2 of work (1, 1) is closed"},
		"no offer":          {ask(w, 2, 3), copyright.ErrOfferNotFound, "3 of work (1, 1)"},
		"given up":          {ask(gone, 2, 1), copyright.ErrWrongStatus, "nobody licenses it any more"},
		"no work":           {ask(copyright.Work{Id: copyright.WorkId{Institution: 1, Number: 9}}, 2, 1), copyright.ErrWorkNotFound, "(1, 9)"},
		"closed by another": {shut(2, 1), copyright.ErrNotParty, "institution 1 claims work (1, 1), not 2"},
		"closed twice":      {shut(1, 2), copyright.ErrWrongStatus, "offer 2 of work (1, 1) is closed"},
		"no offer to close": {shut(1, 3), copyright.ErrOfferNotFound, "3 of work (1, 1)"},
	})
}

func TestAnswerLicenceRefuses(t *testing.T) {
	f := newFixture(t)
	w := f.upheld(t, model(1))
	id := f.requested(t, w, liberal(), 2)
	refused := f.requested(t, w, liberal(), 2)
	f.do(t, &copyright.MsgAnswerLicence{Officer: officer(1), Licence: refused})
	open := f.register(t, model(1))
	early := f.requested(t, open, liberal(), 2)
	f.refuses(t, map[string]refusal{
		"the licensee":    {&copyright.MsgAnswerLicence{Officer: officer(2), Licence: id, Granted: true}, copyright.ErrNotParty, "institution 1 licenses the work, not 2"},
		"refused already": {grant(refused), copyright.ErrWrongStatus, "licence (1, 2) is LICENCE_STATUS_REFUSED"},
		"in the window":   {grant(early), copyright.ErrWrongStatus, "licences are granted for upheld works"},
		"no licence":      {grant(access.LicenceId{Institution: 1, Number: 9}), copyright.ErrLicenceNotFound, "(1, 9)"},
		"a vault":         {&copyright.MsgAnswerLicence{Officer: vault(1), Licence: id, Granted: true}, errNoRole, "ROLE_RIGHTS_OFFICER"},
	})
	f.do(t, decide(w, false))
	f.refuses(t, map[string]refusal{"of a rejected work": {grant(id), copyright.ErrWrongStatus, "WORK_STATUS_REJECTED"}})
}

func TestAGrantedLicenceIsEndedByWhoMay(t *testing.T) {
	f := newFixture(t)
	w := f.upheld(t, model(1))
	waits := f.requested(t, w, liberal(), 2)
	id := f.licensed(t, w, with(func(t *copyright.Terms) { t.Period = day }), 2)
	blind := breach(id)
	blind.Evidence = nil
	f.refuses(t, map[string]refusal{
		"a third":               {terminate(3, id), copyright.ErrNotParty, "institution 1's for 2, not 3's"},
		"without a breach":      {terminate(1, id), copyright.ErrWrongStatus, "after a breach; report it"},
		"not granted":           {terminate(2, waits), copyright.ErrWrongStatus, "it is not in force"},
		"no licence":            {terminate(2, access.LicenceId{Institution: 1, Number: 9}), copyright.ErrLicenceNotFound, "(1, 9)"},
		"no officer":            {&copyright.MsgTerminateLicence{Officer: vault(2), Licence: id}, errNoRole, "ROLE_RIGHTS_OFFICER"},
		"breach of none":        {breach(waits), copyright.ErrWrongStatus, "it was never granted"},
		"breach by a third":     {&copyright.MsgReportBreach{Officer: officer(2), Licence: id, Evidence: digest(5)}, copyright.ErrNotParty, "not 2"},
		"breach of no evidence": {blind, copyright.ErrInvalidDigest, "evidence"},
		"breach of no licence":  {breach(access.LicenceId{Institution: 1, Number: 9}), copyright.ErrLicenceNotFound, "(1, 9)"},
	})
	f.after(day)
	f.refuses(t, map[string]refusal{"expired": {terminate(2, id), copyright.ErrWrongStatus, "it is not in force"}})
	for range copyright.MaxBreaches {
		f.do(t, breach(id))
	}
	f.refuses(t, map[string]refusal{"a seventeenth": {breach(id), copyright.ErrTooMany, "16 breaches are reported"}})
}

func TestADerivativeIsApprovedByItsDescription(t *testing.T) {
	f := newFixture(t)
	w := f.upheld(t, model(1))
	free := f.licensed(t, w, liberal(), 2)
	asks := with(func(t *copyright.Terms) { t.Derivatives, t.Period = copyright.DERIVATIVES_BY_APPROVAL, day })
	id, waits := f.licensed(t, w, asks, 2), f.requested(t, w, asks, 2)
	made := model(2, trained(w.Id, id.Number))
	short := approve(id, 2)
	short.Description = digest(2)[1:]
	f.refuses(t, map[string]refusal{
		"unapproved":     {made, copyright.ErrUnlicensed, "has not approved a derivative of this description"},
		"by a licensee":  {&copyright.MsgApproveDerivative{Officer: officer(2), Licence: id, Description: digest(2)}, copyright.ErrNotParty, "not 2"},
		"needless":       {approve(free, 2), copyright.ErrWrongStatus, "DERIVATIVES_ALLOWED, not by approval"},
		"not in force":   {approve(waits, 2), copyright.ErrWrongStatus, "it is not in force"},
		"no description": {short, copyright.ErrInvalidDigest, "31 bytes"},
		"no licence":     {approve(access.LicenceId{Institution: 1, Number: 9}, 2), copyright.ErrLicenceNotFound, "(1, 9)"},
	})
	f.says(t, approve(id, 2), &copyright.EventLicenceChanged{Licence: id, Licensee: 2, Status: copyright.LICENCE_STATUS_GRANTED})
	f.register(t, made)
	f.refuses(t, map[string]refusal{"twice": {approve(id, 2), copyright.ErrWrongStatus, "is approved already"}})
	for n := byte(3); n < 18; n++ {
		f.do(t, approve(id, n))
	}
	f.refuses(t, map[string]refusal{"a seventeenth": {approve(id, 18), copyright.ErrTooMany, "16 derivatives are approved"}})
	f.after(day)
	f.refuses(t, map[string]refusal{"expired": {approve(id, 19), copyright.ErrWrongStatus, "it is not in force"}})
}

func TestALicenceAllowsARequestOfItsHolderOnItsTerms(t *testing.T) {
	f := newFixture(t)
	w := f.upheld(t, joint())
	id := f.licensed(t, w, with(func(t *copyright.Terms) { t.Period, t.Commercial, t.Redistribution = day, false, false }), 2)
	p := access.DefaultParams()
	request := func(change func(*access.Request)) access.Request {
		r := access.Request{Purpose: access.PURPOSE_HRESCH, Action: access.ACTION_ACCESS, Licence: &id}
		change(&r)
		return r
	}
	plain := request(func(*access.Request) {})
	check := func(institution uint64, r access.Request) error {
		return f.keeper.CheckLicence(f.ctx, institution, r, p)
	}
	require.NoError(t, check(2, plain))
	for name, row := range map[string]struct {
		institution uint64
		r           access.Request
		err         error
		says        string
	}{
		"another's":       {3, plain, copyright.ErrNotInForce, "it is another institution's"},
		"the licensor's":  {1, plain, copyright.ErrNotInForce, "it is another institution's"},
		"another purpose": {2, request(func(r *access.Request) { r.Purpose = access.PURPOSE_TREAT }), copyright.ErrNotInForce, "its purposes are HRESCH"},
		"commercial":      {2, request(func(r *access.Request) { r.Commercial = true }), copyright.ErrNotInForce, "commercial use"},
		"passed on":       {2, request(func(r *access.Request) { r.Action = access.ACTION_DISCLOSE }), copyright.ErrNotInForce, "pass copies on"},
		"none":            {2, request(func(r *access.Request) { r.Licence = nil }), copyright.ErrLicenceNotFound, "names none"},
		"unknown":         {2, request(func(r *access.Request) { r.Licence = &access.LicenceId{Institution: 1, Number: 9} }), copyright.ErrLicenceNotFound, "(1, 9)"},
	} {
		t.Run(name, func(t *testing.T) {
			err := check(row.institution, row.r)
			require.ErrorIs(t, err, row.err)
			require.ErrorContains(t, err, row.says)
		})
	}
	later := f.ctx.WithBlockTime(f.now().Add(day))
	require.ErrorContains(t, f.keeper.CheckLicence(later, 2, plain, p), "it is not in force")
	f.do(t, decide(w, false))
	require.ErrorContains(t, check(2, plain), "the claim on its work does not stand")
}
