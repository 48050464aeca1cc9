package gate_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dmdl-network/dmdl/commitment"
	"github.com/dmdl-network/dmdl/hospital/gate"
	"github.com/dmdl-network/dmdl/hospital/gate/gatetest"
	"github.com/dmdl-network/dmdl/hospital/vault"
	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/records"
)

func TestASealedPartReadsAsItWasWritten(t *testing.T) {
	from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, s := range []access.Sealed{
		{},
		{Denials: []access.Rule{{}}},
		{
			Exceptions: []access.Rule{{Labels: []string{"HIV"}, OccurredFrom: &from}},
			Denials:    []access.Rule{{Requesters: []access.RuleRequester{{Role: "researcher"}}, Records: []records.RecordId{{Institution: 1, Batch: 2, Leaf: 3}}}},
		},
	} {
		text, err := gate.EncodeSealed(s)
		require.NoError(t, err)
		got, err := gate.ParseSealed(text)
		require.NoError(t, err)
		require.Equal(t, s, *got)
	}
}

func FuzzParseSealed(f *testing.F) {
	f.Add([]byte(`{"version":1,"denials":[{"codes":["loinc|1"],"occurred_from":"2026-01-01T00:00:00Z"}]}`))
	f.Add([]byte(`{"version":1,"exceptions":[{"records":[{"batch":1}]}]} `))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := gate.ParseSealed(text)
		if err != nil {
			require.ErrorIs(t, err, gate.ErrSealed)
			return
		}
		_, err = gate.EncodeSealed(*s)
		require.NoError(t, err)
	})
}

func envelope(t *testing.T, d commitment.Descriptor) vault.Envelope {
	t.Helper()
	d.Version = commitment.DescriptorVersion
	text, err := d.Encode()
	require.NoError(t, err)
	return vault.Envelope{Openings: &vault.Openings{Descriptor: text}}
}

func TestAnObjectSaysWhatItsDescriptorKnows(t *testing.T) {
	id := records.RecordId{Institution: 1, Batch: 2, Leaf: 3}
	for name, tc := range map[string]struct {
		in             commitment.Descriptor
		codes, labels  []string
		occurred       string
		labelsAreKnown bool
	}{
		"a note":                   {in: commitment.Descriptor{Profile: "raw/1"}},
		"a resource":               {in: commitment.Descriptor{Profile: "fhir-json/1"}, labels: []string{}, labelsAreKnown: true},
		"a clinical document":      {in: commitment.Descriptor{Profile: "cda-c14n/1"}, labels: []string{}, labelsAreKnown: true},
		"an image":                 {in: commitment.Descriptor{Profile: "dicom/1"}},
		"a profile that begins so": {in: commitment.Descriptor{Profile: "fhir-json-else/1"}},
		"an image with a label": {
			in: commitment.Descriptor{Profile: "dicom/1", Labels: []string{"HIV"}}, labels: []string{"HIV"}, labelsAreKnown: true,
		},
		"systems": {
			in:    commitment.Descriptor{Profile: "fhir-json/1", Codes: []string{"loinc|1", "2"}, Labels: []string{"act|R"}},
			codes: []string{"loinc|1", "1", "2"}, labels: []string{"act|R", "R"}, labelsAreKnown: true,
		},
		"a moment": {in: commitment.Descriptor{Profile: "raw/1", Occurred: "2026-03-01T10:00:00+02:00"}, occurred: "2026-03-01T08:00:00Z"},
		"a day":    {in: commitment.Descriptor{Profile: "raw/1", Occurred: "2026-03-01"}},
		"a word":   {in: commitment.Descriptor{Profile: "raw/1", Occurred: "yesterday"}},
	} {
		t.Run(name, func(t *testing.T) {
			tc.in.Kind = "kind"
			o, err := gate.ObjectOf(id, vault.Record{ID: 7, Class: records.RECORD_CLASS_RESULT}, envelope(t, tc.in))
			require.NoError(t, err)
			require.Equal(t, id, o.Record)
			require.Equal(t, records.RECORD_CLASS_RESULT, o.Class)
			require.Equal(t, "kind", o.Kind)
			require.Equal(t, tc.codes, o.Codes, "nil is not known")
			require.Equal(t, tc.labels, o.Labels)
			require.Equal(t, tc.labelsAreKnown, o.Labels != nil)
			if tc.occurred == "" {
				require.True(t, o.Occurred.IsZero(), "it is not known")
				return
			}
			require.Equal(t, tc.occurred, o.Occurred.UTC().Format(time.RFC3339))
		})
	}
	_, err := gate.ObjectOf(id, vault.Record{ID: 7}, vault.Envelope{})
	require.ErrorIs(t, err, vault.ErrCorrupt)
	_, err = gate.ObjectOf(id, vault.Record{ID: 7}, vault.Envelope{Openings: &vault.Openings{Descriptor: []byte(`{"version":9}`)}})
	require.ErrorContains(t, err, "record 7")
}

// rules draws a rule of the small world in which records collide.
var rules = rapid.Custom(func(t *rapid.T) access.Rule {
	var r access.Rule
	switch rapid.IntRange(0, 5).Draw(t, "rule") {
	case 0:
		r.Kinds = []string{"note"}
	case 1:
		r.Labels = []string{"HIV"}
	case 2:
		r.Codes = []string{"loinc|1"}
	case 3:
		r.Classes = []string{"result"}
	case 4:
		r.Purposes = []string{"HRESCH"}
	}
	return r
})

// TestTheGateIsNeverWiderThanTheLedger draws consents with sealed parts, some of which
// are not here or do not read: what the gate permits, the ledger's decision permits on
// the same consents, policy and time.
func TestTheGateIsNeverWiderThanTheLedger(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l, here := gatetest.New(requester, ""), parts{}
		public := access.Facts{Params: access.DefaultParams()}
		var ticket access.Ticket
		var at time.Time
		l.Change(func(s *gatetest.State) {
			at = s.At
			for i := range rapid.IntRange(0, 4).Draw(t, "consents") {
				p := gatetest.Permit(rapid.SampledFrom([][]records.RecordClass{gatetest.Classes, gatetest.Classes[:1], gatetest.Classes[1:]}).Draw(t, "classes")...)
				p.Grantee.Institution = rapid.SampledFrom([]uint64{0, 2, 2, 3}).Draw(t, "grantee")
				p.Obligations = rapid.SampledFrom([][]access.Obligation{nil, nil, nil, {access.OBLIGATION_DELAU}}).Draw(t, "duties")
				if rapid.Bool().Draw(t, "ends") {
					until := at.Add(time.Duration(rapid.IntRange(-1, 1).Draw(t, "until")) * time.Hour)
					p.ValidUntil = &until
				}
				permits := []access.Permit{p}[:rapid.SampledFrom([]int{0, 1, 1, 1}).Draw(t, "permits")]
				name := fmt.Sprint(i)
				index := s.Consent(access.Consent{Permits: permits, Sealed: []byte(name)})
				public.Consents = append(public.Consents, access.ConsentFact{Index: index, Permits: permits})
				if rapid.IntRange(0, 5).Draw(t, "here") > 0 {
					text, err := gate.EncodeSealed(access.Sealed{
						Exceptions: rapid.SliceOfN(rules, 0, 1).Draw(t, "exceptions"), Denials: rapid.SliceOfN(rules, 0, 1).Draw(t, "denials"),
					})
					require.NoError(t, err)
					here[name] = string(text)
				}
			}
			if rapid.Bool().Draw(t, "policy") {
				basis := rapid.SampledFrom([]access.Basis{access.BASIS_POLICY, access.BASIS_LEGAL_DUTY}).Draw(t, "basis")
				public.Policy = &access.Policy{Institution: 1, Permits: []access.PolicyPermit{{Basis: basis, Permit: gatetest.Permit(gatetest.Classes[1])}}}
				s.Policies[1] = public.Policy
			}
			ticket = *s.Tickets[gatetest.Ticket]
		})
		c, err := gate.New(l.Newest, here, gatetest.Custodian).Open(t.Context(), gatetest.Ticket)
		require.NoError(t, err)
		o := document()
		o.Class = rapid.SampledFrom([]records.RecordClass{gatetest.Classes[0], gatetest.Classes[1], records.RECORD_CLASS_IMAGING}).Draw(t, "class")
		o.Labels = rapid.SampledFrom([][]string{nil, {}, {"HIV"}}).Draw(t, "labels")
		o.Codes = rapid.SampledFrom([][]string{nil, {"loinc|1"}, {"loinc|2"}}).Draw(t, "codes")
		narrow := c.Decide(o)
		wide := access.Decide(access.Question{
			Request: ticket.Request, Requester: requester, Institution: gatetest.Asking, Object: access.Object{Class: o.Class}, At: at,
		}, public)
		if narrow.Permitted {
			require.True(t, wide.Permitted)
			require.Subset(t, wide.Obligations, narrow.Obligations)
			require.Contains(t, ticket.Request.Classes, o.Class)
			require.Subset(t, ticket.Obligations, narrow.Obligations)
			for _, index := range narrow.Consents {
				require.Contains(t, wide.Consents, index)
			}
		}
	})
}
