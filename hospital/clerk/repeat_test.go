package clerk_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/dmdl-network/dmdl/hospital/clerk"
	"github.com/dmdl-network/dmdl/hospital/gate/gatetest"
	"github.com/dmdl-network/dmdl/hospital/ledger"
	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/records"
)

// entries counts the entries of the patient's account.
func (d *desk) entries() (n int) {
	d.Change(func(s *gatetest.State) { n = len(s.Disclosures) })
	return n
}

func TestWhoLostTheAnswerGetsTheReleaseThatWasMade(t *testing.T) {
	d := newDesk(t, unrestricted, gatetest.Document("one"), gatetest.Document("two"))
	first := d.release(d.id(1), d.id(2)).Entry.Index
	require.Equal(t, first, d.release(d.id(1), d.id(2)).Entry.Index)
	d.Change(func(s *gatetest.State) {
		s.Enter(access.Disclosure{Kind: access.DISCLOSURE_KIND_RELEASE, Subject: gatetest.Patient, Height: 99})
	})
	require.Equal(t, first, d.release(d.id(1), d.id(2)).Entry.Index, "with an entry of somebody else behind it")
	require.Equal(t, 2, d.entries())
}

// TestWhatIsSealedMakesNoSecondRelease has a sealed exception take out one of two consents,
// or the only one, so that the vault rests on less than the ledger, which cannot know.
func TestWhatIsSealedMakesNoSecondRelease(t *testing.T) {
	for name, besides := range map[string]func(*desk, *gatetest.State, []byte){
		"another consent": func(_ *desk, s *gatetest.State, shown []byte) {
			s.Consent(access.Consent{Permits: []access.Permit{gatetest.Permit(gatetest.Classes...)}, Sealed: shown})
		},
		"the policy": func(_ *desk, s *gatetest.State, _ []byte) {
			permit := access.PolicyPermit{Basis: access.BASIS_POLICY, Permit: gatetest.Permit(gatetest.Classes...)}
			s.Policies[gatetest.Custodian] = &access.Policy{Institution: gatetest.Custodian, Permits: []access.PolicyPermit{permit}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			excepted := gatetest.Document("excepted")
			excepted.Content.Kind, excepted.Descriptor.Kind = "psychiatry", "psychiatry"
			d := newDesk(t, `{"version":1,"exceptions":[{"kinds":["psychiatry"]}]}`, gatetest.Document("one"), excepted)
			shown, err := d.vault.SealConsent(t.Context(), gatetest.Patient.Number, []byte(unrestricted))
			require.NoError(t, err)
			d.Change(func(s *gatetest.State) { besides(d, s, shown[:]) })
			for made, ids := range [][]records.RecordId{{d.id(1), d.id(2)}, {d.id(2)}} {
				first := d.release(ids...).Entry.Index
				require.Equal(t, first, d.release(ids...).Entry.Index)
				require.Equal(t, made+1, d.entries())
			}
		})
	}
}

func TestAnotherReleaseIsMadeForWhatIsNotTheSame(t *testing.T) {
	follow := func(kind access.DisclosureKind) func(*desk, *gatetest.State) {
		return func(_ *desk, s *gatetest.State) {
			s.Enter(access.Disclosure{Kind: kind, Subject: gatetest.Patient, Of: 1, Height: 99})
		}
	}
	entry := func(s *gatetest.State) *access.Disclosure {
		return s.Disclosures[gatetest.Entry{Subject: gatetest.Patient, Index: 1}]
	}
	for name, change := range map[string]func(*desk, *gatetest.State){
		"signed for":     follow(access.DISCLOSURE_KIND_RECEIPT),
		"disputed":       follow(access.DISCLOSURE_KIND_DISPUTE),
		"other basis":    func(_ *desk, s *gatetest.State) { entry(s).Basis = access.BASIS_POLICY },
		"other consents": func(_ *desk, s *gatetest.State) { entry(s).Consents = []uint64{7} },
		"other ticket":   func(_ *desk, s *gatetest.State) { entry(s).Ticket = &access.TicketId{Institution: 2, Number: 99} },
		"other body":     func(_ *desk, s *gatetest.State) { entry(s).Records[0].Body = make([]byte, 32) },
		"older ticket":   func(_ *desk, s *gatetest.State) { s.Tickets[gatetest.Ticket].IssuedHeight++ },
		"other record":   func(d *desk, s *gatetest.State) { entry(s).Records[0].Record = d.id(2) },
		"fewer records":  func(_ *desk, s *gatetest.State) { entry(s).Records = nil },
		"long ago": func(_ *desk, s *gatetest.State) {
			for range 32 {
				s.Enter(access.Disclosure{Kind: access.DISCLOSURE_KIND_RELEASE, Subject: gatetest.Patient, Height: 99})
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, unrestricted, gatetest.Document("one"), gatetest.Document("two"))
			require.Equal(t, uint64(1), d.release(d.id(1)).Entry.Index)
			d.Change(func(s *gatetest.State) { change(d, s) })
			before := d.entries()
			require.Greater(t, d.release(d.id(1)).Entry.Index, uint64(1))
			require.Equal(t, before+1, d.entries())
		})
	}
}

// slow is a ledger whose blocks wait.
type slow struct {
	clerk.Ledger
	sent, block chan struct{}
}

func (s slow) Submit(ctx context.Context, key ledger.Key, msgs ...sdk.Msg) (ledger.Result, error) {
	s.sent <- struct{}{}
	<-s.block
	return s.Ledger.Submit(ctx, key, msgs...)
}

func TestWhatWasSentIsAwaitedThoughNobodyWaits(t *testing.T) {
	d := newDesk(t, unrestricted, gatetest.Document("one"))
	key, err := ledger.NewKey()
	require.NoError(t, err)
	l := slow{Ledger: d, sent: make(chan struct{}, 9), block: make(chan struct{})}
	d.Releases = clerk.New(d.vault, l, d.Newest, key).Releases()

	ctx, leave := context.WithCancel(t.Context())
	gone := make(chan error, 1)
	holding, one := d.holding(), d.id(1)
	go func() {
		_, err := holding.Release(ctx, []records.RecordId{one})
		gone <- err
	}()
	<-l.sent
	leave()
	require.ErrorIs(t, <-gone, context.Canceled)

	asked := make(chan string, 3)
	for range cap(asked) {
		holding := d.holding()
		go func() {
			released, err := holding.Release(t.Context(), []records.RecordId{one})
			asked <- fmt.Sprint(len(released), err)
		}()
	}
	close(l.block)
	for range cap(asked) {
		require.Equal(t, "1 <nil>", <-asked)
	}
	require.Equal(t, 1, d.entries())
	require.Empty(t, l.sent, "one transaction for all of them")
}
