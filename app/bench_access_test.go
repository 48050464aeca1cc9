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

// BenchmarkUseOfData measures a message of x/access within a block of five, with
// all that a transaction costs, and the same for subjects with few and many
// consents. The schedule in app/ante is after it.
func BenchmarkUseOfData(b *testing.B) {
	here := func(n *network) account { return n.ward(1).staff }
	there := func(n *network) account { return n.ward(2).staff }
	vault := func(n *network) account { return n.members[0].vault }
	refs := make([]records.RecordRef, access.MaxReleased)
	for i := range refs {
		refs[i] = record(1, careBatch+1, uint64(i))
	}
	patient := uint64(100)
	var head []byte
	for _, c := range []struct {
		name              string
		who               func(*network) account
		msg               func(who account) sdk.Msg
		consents, permits int
	}{
		{"anchor a batch", func(n *network) account { return n.members[0].vault }, func(who account) sdk.Msg { patient++; return batch(who, patient) }, 1, 1},
		{"enrol 100", here, func(who account) sdk.Msg {
			msg := &access.MsgEnrolSubjects{Registrar: who.Address()}
			for range access.MaxEnrolments {
				patient++
				msg.Enrolments = append(msg.Enrolments, access.SubjectEnrolment{Number: patient, Identity: secret})
			}
			return msg
		}, 1, 1},
		{"request/consents=1", there, func(who account) sdk.Msg { return request(who, subject(1), 1) }, 1, 1},
		{"request/consents=8", there, func(who account) sdk.Msg { return request(who, subject(1), 1) }, 8, 1},
		{"request/consents=256", there, func(who account) sdk.Msg { return request(who, subject(1), 1) }, access.MaxConsents, 1},
		{"request/consents=256/permits=8", there, func(who account) sdk.Msg { return request(who, subject(1), 1) }, access.MaxConsents, access.MaxPermits},
		{"release 1/consents=1", vault, func(who account) sdk.Msg { return release(who, permittedTicket, refs[0]) }, 1, 1},
		{"release 32/consents=1", vault, func(who account) sdk.Msg { return release(who, permittedTicket, refs...) }, 1, 1},
		{"release 32/consents=256/permits=8", vault, func(who account) sdk.Msg { return release(who, permittedTicket, refs...) }, access.MaxConsents, access.MaxPermits},
		{"break glass/consents=256/permits=8", there, func(who account) sdk.Msg { return breakGlass(who, subject(1), 1) }, access.MaxConsents, access.MaxPermits},
		{"grant and withdraw", here, func(who account) sdk.Msg {
			patient++
			if patient%2 == 0 {
				return grant(who, subject(2), widePermit())
			}
			return &access.MsgWithdrawConsents{Actor: who.Address(), Subject: subject(2)}
		}, 1, 1},
		{"report 32", func(n *network) account { return n.members[2].vault }, func(who account) sdk.Msg {
			msg := &access.MsgReportEmergencies{Vault: who.Address(), Previous: head}
			for range access.MaxJournalEntries {
				patient++
				e := access.JournalEntry{
					Subject: subject(patient), Requester: who.Address(), Reason: secret, HappenedAt: begin, RoleHeight: 1,
					Records: []access.ReleasedRecord{{Record: refs[0].Id, Body: secret}},
				}
				msg.Entries = append(msg.Entries, e)
				var err error
				head, err = access.NextJournalHead(head, e)
				require.NoError(b, err)
			}
			return msg
		}, 1, 1},
		{"policy of 32", func(n *network) account { return n.ward(1).officer }, func(who account) sdk.Msg {
			msg := &access.MsgSetPolicy{Officer: who.Address(), Document: secret}
			for range access.MaxPolicyPermits {
				msg.Permits = append(msg.Permits, access.PolicyPermit{Permit: widePermit(), Basis: access.BASIS_POLICY})
			}
			return msg
		}, 1, 1},
	} {
		b.Run(c.name, func(b *testing.B) {
			const txs = 5
			n := newNetwork(b)
			n.decided(c.consents, c.permits)
			for b.Loop() {
				b.StopTimer()
				raw := make([][]byte, txs)
				for i := range raw {
					who := c.who(n)
					raw[i] = n.sign(who, c.msg(who))
					res := n.check(raw[i])
					require.Zero(b, res.Code, res.Log)
				}
				b.StartTimer()
				n.mustBlock(raw...)
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*txs), "µs/tx")
		})
	}
}
