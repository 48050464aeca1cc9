package app_test

import (
	"slices"
	"testing"
	"time"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/copyright"
	"github.com/dmdl-network/dmdl/x/records"
)

// notified is a work of the most records that a notice names.
var notified = func() (ids []records.RecordId) {
	for leaf := range uint64(copyright.MaxNotified) {
		ids = append(ids, record(1, careBatch+1, leaf).Id)
	}
	return ids
}()

// wide makes a claim as wide as a claim may be, by participants of the first member.
func (n *network) wide(msg *copyright.MsgRegisterWork) *copyright.MsgRegisterWork {
	n.t.Helper()
	msg.Contributors = nil
	operator := n.members[0].operator
	for i := range copyright.MaxContributors {
		who := newAccount(n.t, 7, byte(i))
		n.mustBlock(n.sign(operator, enrol(operator, who, consortium.ROLE_RESEARCHER)))
		c := copyright.Contributor{Account: who.Address(), Share: copyright.WholeShare / copyright.MaxContributors}
		if i == 0 {
			c.Share += copyright.WholeShare % copyright.MaxContributors
		}
		for credit := range len(copyright.Credit_name) - 1 {
			c.Credits = append(c.Credits, copyright.Credit(credit+1))
		}
		msg.Contributors = append(msg.Contributors, c)
	}
	return msg
}

// licensedParents brings works of institution 1 into the state, which are licensed to
// institution 2 on terms as long as terms may be, and returns them as parents of a work.
func (n *network) licensedParents() (parents []copyright.Parent) {
	n.t.Helper()
	mine, theirs := n.ward(1).rights, n.ward(2).rights
	long := terms()
	for i := range copyright.MaxTerritory {
		long.Territory = append(long.Territory, string([]byte{'A' + byte(i/8), 'A' + byte(i%8)}))
	}
	var claims, offers, asks, answers []sdk.Msg
	begin := n.claims()
	works, licences := uint64(0), uint64(0)
	for _, s := range begin.Strikes {
		if s.Institution == 1 {
			works, licences = s.Works, s.Licences
		}
	}
	for i := range uint64(copyright.MaxParents) {
		id := copyright.WorkId{Institution: 1, Number: works + i + 1}
		licence := access.LicenceId{Institution: 1, Number: licences + i + 1}
		claims = append(claims, program(mine))
		offers = append(offers, &copyright.MsgOfferLicence{Officer: mine.Address(), Work: id, Terms: long})
		asks = append(asks, &copyright.MsgRequestLicence{Officer: theirs.Address(), Work: id, Offer: 1})
		answers = append(answers, &copyright.MsgAnswerLicence{Officer: mine.Address(), Licence: licence, Granted: true})
		parents = append(parents, trained(id, licence))
	}
	for _, s := range []sent{{mine, claims}, {mine, offers}, {theirs, asks}, {mine, answers}} {
		for some := range slices.Chunk(s.msgs, 8) {
			n.mustBlock(n.sign(s.who, some...))
		}
		n.blockAt(n.now.Add(challenge + time.Second))
	}
	return parents
}

// BenchmarkWorks measures a message of x/copyright within a block of five, with all that
// a transaction costs. The schedule in app/ante is after it.
func BenchmarkWorks(b *testing.B) {
	n := newNetwork(b)
	n.decided(1, 1)
	n.works(careBatch)
	parents := n.licensedParents()
	mine, theirs, vault := n.ward(1).rights, n.ward(2).rights, n.members[0].vault
	n.mustBlock(n.sign(mine, dataset(mine, notified...)))
	of := copyright.WorkId{Institution: 1, Number: parents[len(parents)-1].Work.Number + 1}
	told := &copyright.MsgNotifyWork{Vault: vault.Address(), Work: of, Cause: copyright.CAUSE_WITHDRAWN}
	for place := range notified {
		told.Records = append(told.Records, memberOf(notified, place))
	}
	broad, broadest := n.wide(program(mine)), program(theirs, parents...)
	broadest.Contributors = broad.Contributors
	for name, m := range map[string]sent{
		"claim":                 {mine, []sdk.Msg{program(mine)}},
		"claim/contributors=64": {mine, []sdk.Msg{broad}},
		"claim/parents=1":       {theirs, []sdk.Msg{program(theirs, parents[0])}},
		"claim/parents=16":      {theirs, []sdk.Msg{program(theirs, parents...)}},
		"widest claim":          {theirs, []sdk.Msg{broadest}},
		"offer":                 {mine, []sdk.Msg{&copyright.MsgOfferLicence{Officer: mine.Address(), Work: programWork, Terms: terms()}}},
		"ask for a licence":     {theirs, []sdk.Msg{&copyright.MsgRequestLicence{Officer: theirs.Address(), Work: programWork, Offer: 1}}},
		"notify of one record":  {vault, []sdk.Msg{&copyright.MsgNotifyWork{Vault: told.Vault, Work: of, Cause: told.Cause, Records: told.Records[:1]}}},
		"notify of 32 records":  {vault, []sdk.Msg{told}},
	} {
		b.Run(name, func(b *testing.B) { n.measure(b, func() (account, sdk.Msg) { return m.who, m.msgs[0] }) })
	}
}

// BenchmarkNotices measures a block whose notices reach as many works as they may.
func BenchmarkNotices(b *testing.B) {
	n := newNetwork(b)
	who, vault := n.ward(1).rights, n.members[0].vault
	n.mustBlock(n.hire(n.members[0]), n.sign(vault, listed(vault, careBatch, leaf(1, 1), leaf(2, 2))))
	n.mustBlock(n.sign(who, dataset(who, workRecords...)))
	derivative := program(who, copyright.Parent{Work: datasetWork, Relation: copyright.RELATION_DERIVED})
	for range 200 {
		n.mustBlock(n.sign(who, slices.Repeat([]sdk.Msg{derivative}, 10)...))
	}
	notify := &copyright.MsgNotifyWork{
		Vault: vault.Address(), Work: datasetWork, Cause: copyright.CAUSE_WITHDRAWN, Records: []copyright.WorkRecord{memberOf(workRecords, 0)},
	}
	for b.Loop() {
		b.StopTimer()
		if len(n.claims().Pending) == 0 {
			n.mustBlock(n.sign(vault, notify))
		}
		b.StartTimer()
		n.mustBlock()
	}
}
