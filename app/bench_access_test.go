package app_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/records"
)

// widePermit is the most expensive permit: it is compared to its last field, and
// does not cover what is asked for.
func widePermit() access.Permit {
	p := permit(0)
	p.Purposes, p.Classes = nil, nil
	for purpose := access.PURPOSE_TREAT; purpose <= access.PURPOSE_HMARKT && len(p.Purposes) < access.MaxPurposes; purpose++ {
		if purpose != access.PURPOSE_BTG && purpose != access.PURPOSE_PATRQT {
			p.Purposes = append(p.Purposes, purpose)
		}
	}
	for class := range len(records.RecordClass_name) - 1 {
		p.Classes = append(p.Classes, records.RecordClass(class+1))
	}
	p.ValidUntil = at(begin)
	return p
}

// decided brings so many consents of so many permits of subject (1, 1) into the
// state, one of which covers what institution 2 asks for, and records of it.
func (n *network) decided(consents, permits int) {
	n.t.Helper()
	n.care(careBatch)
	registrar, vault := n.ward(1).staff, n.members[0].vault
	wide := make([]access.Permit, permits)
	for i := range wide {
		wide[i] = widePermit()
	}
	for range consents - 1 {
		n.mustBlock(n.sign(registrar, grant(registrar, subject(1), wide...)))
	}
	leaves := make([]records.Leaf, access.MaxReleased)
	for i := range leaves {
		leaves[i] = leaf(uint64(1000+i), 1)
	}
	n.mustBlock(n.sign(vault, listed(vault, careBatch+1, leaves...)))
}

// use is a message that is measured, of subjects with so many consents of so many
// wide permits each.
type use struct {
	name              string
	who               func(*network) account
	msg               func(n *network, who account) sdk.Msg
	consents, permits int
}

func (n *network) registrar() account { return n.ward(1).staff }
func (n *network) privacy() account   { return n.ward(1).officer }
func (n *network) clinician() account { return n.ward(2).staff }
func (n *network) custodian() account { return n.members[0].vault }

// uses are what is measured. The first is for comparison.
var uses = []use{
	{"anchor a batch", (*network).custodian, func(n *network, who account) sdk.Msg { return batch(who, n.count()) }, 1, 1},
	{"enrol 100", (*network).registrar, enrolMany, 1, 1},
	{"request/consents=1", (*network).clinician, requestOne, 1, 1},
	{"request/consents=8", (*network).clinician, requestOne, 8, 1},
	{"request/consents=256", (*network).clinician, requestOne, access.MaxConsents, 1},
	{"request/consents=256/permits=8", (*network).clinician, requestOne, access.MaxConsents, access.MaxPermits},
	{"release 1/consents=1", (*network).custodian, releaseSome(1), 1, 1},
	{"release 32/consents=1", (*network).custodian, releaseSome(access.MaxReleased), 1, 1},
	{"release 32/consents=256/permits=8", (*network).custodian, releaseSome(access.MaxReleased), access.MaxConsents, access.MaxPermits},
	{"break glass/consents=256/permits=8", (*network).clinician, func(_ *network, who account) sdk.Msg {
		return breakGlass(who, subject(1), 1)
	}, access.MaxConsents, access.MaxPermits},
	{"grant and withdraw", (*network).registrar, grantOrWithdraw, 1, 1},
	{"policy of 32", (*network).privacy, widePolicy, 1, 1},
}

// count returns a number that was not used before.
func (n *network) count() uint64 {
	n.sequence++
	return 100 + n.sequence
}

func enrolMany(n *network, who account) sdk.Msg {
	msg := &access.MsgEnrolSubjects{Registrar: who.Address()}
	for range access.MaxEnrolments {
		msg.Enrolments = append(msg.Enrolments, access.SubjectEnrolment{Number: n.count(), Identity: secret})
	}
	return msg
}

func requestOne(_ *network, who account) sdk.Msg { return request(who, subject(1), 1) }

func releaseSome(count uint64) func(*network, account) sdk.Msg {
	return func(_ *network, who account) sdk.Msg {
		var refs []records.RecordRef
		for leaf := range count {
			refs = append(refs, record(1, careBatch+1, leaf))
		}
		return release(who, permittedTicket, refs...)
	}
}

func grantOrWithdraw(n *network, who account) sdk.Msg {
	if n.count()%2 == 0 {
		return grant(who, subject(2), widePermit())
	}
	return &access.MsgWithdrawConsents{Actor: who.Address(), Subject: subject(2)}
}

func widePolicy(_ *network, who account) sdk.Msg {
	msg := &access.MsgSetPolicy{Officer: who.Address(), Document: secret}
	for range access.MaxPolicyPermits {
		msg.Permits = append(msg.Permits, access.PolicyPermit{Permit: widePermit(), Basis: access.BASIS_POLICY})
	}
	return msg
}

// measure measures a message within a block of five, with all that a transaction costs.
func (n *network) measure(b *testing.B, next func() (account, sdk.Msg)) {
	b.Helper()
	const txs = 5
	for b.Loop() {
		b.StopTimer()
		raw := make([][]byte, txs)
		for i := range raw {
			who, msg := next()
			raw[i] = n.sign(who, msg)
			res := n.check(raw[i])
			require.Zero(b, res.Code, res.Log)
		}
		b.StartTimer()
		n.mustBlock(raw...)
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*txs), "µs/tx")
}

// BenchmarkUseOfData measures messages of x/access. The schedule in app/ante is after it.
func BenchmarkUseOfData(b *testing.B) {
	for _, u := range uses {
		b.Run(u.name, func(b *testing.B) {
			n := newNetwork(b)
			n.decided(u.consents, u.permits)
			n.measure(b, func() (account, sdk.Msg) {
				who := u.who(n)
				return who, u.msg(n, who)
			})
		})
	}
}
