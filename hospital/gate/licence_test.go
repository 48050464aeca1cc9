package gate_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/hospital/gate"
	"github.com/dmdl-network/dmdl/hospital/gate/gatetest"
	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/copyright"
	"github.com/dmdl-network/dmdl/x/records"
)

var (
	licence = access.LicenceId{Institution: 3, Number: 1}
	work    = copyright.WorkId{Institution: 3, Number: 7}
)

// license puts the ticket under a licence in force, which the patient consented to.
func license(s *gatetest.State) {
	s.Tickets[gatetest.Ticket].Request.Licence = &licence
	s.Works[work] = &copyright.Work{Id: work, Root: []byte("root"), Size_: 1, Status: copyright.WORK_STATUS_UPHELD}
	s.Licences[licence] = &copyright.Licence{
		Id: licence, Work: work, Licensee: gatetest.Asking, Status: copyright.LICENCE_STATUS_GRANTED,
		Terms: copyright.Terms{Purposes: []access.Purpose{access.PURPOSE_TREAT}},
	}
	p := gatetest.Permit(gatetest.Classes...)
	p.Grantee = access.Grantee{Licence: &licence}
	s.Consent(access.Consent{Permits: []access.Permit{p}, Sealed: []byte("open")})
}

func TestALicenceOpensTheRecordsOfItsWorkAlone(t *testing.T) {
	l := gatetest.New(requester, "")
	l.Change(license)
	inside := records.RecordId{Institution: gatetest.Custodian, Batch: 1}
	here := parts{"open": `{"version":1}`, fmt.Sprintf("root %v", inside): ""}
	c, err := gate.New(l.Newest, here, gatetest.Custodian).Open(t.Context(), gatetest.Ticket)
	require.NoError(t, err)
	require.True(t, c.Decide(document()).Permitted)
	for id, want := range map[records.RecordId]bool{inside: true, {Institution: gatetest.Custodian, Batch: 1, Leaf: 1}: false} {
		got, err := c.InForce(t.Context(), id)
		require.NoError(t, err)
		require.Equal(t, want, got, id)
	}
}

func TestALicenceThatDoesNotHoldOpensNothing(t *testing.T) {
	for name, change := range map[string]func(*gatetest.State){
		"none":            func(s *gatetest.State) { clear(s.Licences) },
		"no work":         func(s *gatetest.State) { clear(s.Works) },
		"rejected":        func(s *gatetest.State) { s.Works[work].Status = copyright.WORK_STATUS_REJECTED },
		"another's":       func(s *gatetest.State) { s.Licences[licence].Licensee = 3 },
		"terminated":      func(s *gatetest.State) { s.Licences[licence].Status = copyright.LICENCE_STATUS_TERMINATED },
		"expired":         func(s *gatetest.State) { at := s.At.Add(-time.Second); s.Licences[licence].ExpiresAt = &at },
		"for another use": func(s *gatetest.State) { s.Licences[licence].Terms.Purposes = []access.Purpose{access.PURPOSE_HRESCH} },
		"not commercial":  func(s *gatetest.State) { s.Tickets[gatetest.Ticket].Request.Commercial = true },
		"not to pass on":  func(s *gatetest.State) { s.Tickets[gatetest.Ticket].Request.Action = access.ACTION_DISCLOSE },
	} {
		l := gatetest.New(requester, "")
		l.Change(func(s *gatetest.State) { license(s); change(s) })
		_, err := gate.New(l.Newest, openPart, gatetest.Custodian).Open(t.Context(), gatetest.Ticket)
		require.ErrorIs(t, err, gate.ErrRequester, name)
	}
}

func TestALicenceWithoutThePatientOpensNothing(t *testing.T) {
	l := gatetest.New(requester, "")
	l.Change(func(s *gatetest.State) {
		license(s)
		s.Withdraw()
	})
	c, err := gate.New(l.Newest, openPart, gatetest.Custodian).Open(t.Context(), gatetest.Ticket)
	require.NoError(t, err)
	require.False(t, c.Decide(document()).Permitted)
}
