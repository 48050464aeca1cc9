package account_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The test's own reading of what the profiles of IHE BALP 1.1 for a disclosure
// demand of an AuditEvent, at the source and at the recipient.
type (
	coding    struct{ System, Code string }
	reference struct {
		Type       string
		Identifier struct{ System, Value string }
	}
	agent struct {
		Type      struct{ Coding []coding }
		Who       *reference
		Requestor *bool
		Network   *struct{ Address, Type string }
	}
	entity struct {
		What *reference
		Type coding
		Role *coding
	}
	event struct {
		ResourceType, Action, Recorded, Outcome string
		Meta                                    struct{ Profile []string }
		Type                                    coding
		Subtype                                 []coding
		PurposeOfEvent                          []struct{ Coding []coding }
		Agent                                   []agent
		Source                                  struct {
			Observer reference
			Type     []coding
		}
		Entity []entity
	}
)

const dicom = "http://dicom.nema.org/resources/ontology/DCM"

// agents are those of the event that have a type.
func (e event) agents(system, code string) []agent {
	return slices.DeleteFunc(slices.Clone(e.Agent), func(a agent) bool {
		return !slices.Contains(a.Type.Coding, coding{system, code})
	})
}

// isAuditEvent holds an event to what FHIR R4 demands of every AuditEvent.
func isAuditEvent(t *testing.T, e event) {
	t.Helper()
	require.Equal(t, "AuditEvent", e.ResourceType)
	require.NotEmpty(t, e.Type.Code)
	_, err := time.Parse(time.RFC3339Nano, e.Recorded)
	require.NoError(t, err)
	require.Contains(t, []string{"0", "4", "8", "12"}, e.Outcome)
	require.Contains(t, []string{"C", "R", "U", "D", "E"}, e.Action)
	require.NotEmpty(t, e.Agent)
	for _, a := range e.Agent {
		require.NotNil(t, a.Requestor)
	}
	require.NotEmpty(t, e.Source.Observer.Identifier.Value)
	require.NotEmpty(t, e.PurposeOfEvent)
	require.Equal(t, "http://terminology.hl7.org/CodeSystem/v3-ActReason", e.PurposeOfEvent[0].Coding[0].System)
}

// isDisclosure holds an event to a profile. Observer is the type of the agent that
// must be the audit's source.
func isDisclosure(t *testing.T, e event, code, action, observer string) {
	t.Helper()
	require.Equal(t, coding{dicom, code}, e.Type)
	require.Equal(t, action, e.Action)
	require.Contains(t, e.Subtype, coding{"http://terminology.hl7.org/CodeSystem/iso-21089-lifecycle", "disclose"})
	require.GreaterOrEqual(t, len(e.Agent), 2)
	for _, role := range []string{"110153", "110152"} {
		found := e.agents(dicom, role)
		require.Len(t, found, 1, role)
		require.NotNil(t, found[0].Who)
		require.NotNil(t, found[0].Network)
		require.Equal(t, "5", found[0].Network.Type)
		require.True(t, strings.HasPrefix(found[0].Network.Address, "urn:"))
	}
	require.Equal(t, e.Source.Observer, *e.agents(dicom, observer)[0].Who)
	for _, code := range []string{"159541003", "429577009"} {
		found := e.agents("http://snomed.info/sct", code)
		require.LessOrEqual(t, len(found), 1)
		for _, a := range found {
			require.NotNil(t, a.Who)
		}
	}
	require.GreaterOrEqual(t, len(e.Entity), 2)
	patients := slices.DeleteFunc(slices.Clone(e.Entity), func(n entity) bool {
		return n.Type != coding{"http://terminology.hl7.org/CodeSystem/audit-entity-type", "1"}
	})
	require.Len(t, patients, 1)
	require.Equal(t, &coding{"http://terminology.hl7.org/CodeSystem/object-role", "1"}, patients[0].Role)
	require.Equal(t, "Patient", patients[0].What.Type)
}

func TestAuditEventsHaveWhatTheirProfilesDemand(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, verified(t, 0).FHIR(&out))
	var bundle struct {
		ResourceType, Type, Timestamp string
		Entry                         []struct {
			FullURL  string
			Resource event
		}
	}
	require.NoError(t, json.Unmarshal(out.Bytes(), &bundle))
	require.Equal(t, "Bundle", bundle.ResourceType)
	require.Equal(t, "collection", bundle.Type)
	require.Len(t, bundle.Entry, 8)
	const base = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.PrivacyDisclosure."
	seen := make(map[string]int)
	urls := make(map[string]bool)
	for _, entry := range bundle.Entry {
		require.Regexp(t, `^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`, entry.FullURL)
		urls[entry.FullURL] = true
		e := entry.Resource
		isAuditEvent(t, e)
		for _, profile := range e.Meta.Profile {
			seen[profile]++
			switch profile {
			case base + "Source":
				isDisclosure(t, e, "110106", "R", "110153")
			case base + "Recipient":
				isDisclosure(t, e, "110107", "C", "110152")
			default:
				t.Errorf("profile %s is not known", profile)
			}
		}
	}
	require.Len(t, urls, 8)
	require.Equal(t, map[string]int{base + "Source": 3, base + "Recipient": 1}, seen)
	glass, refusal := bundle.Entry[2].Resource, bundle.Entry[5].Resource
	require.Equal(t, []coding{{dicom, "110127"}}, glass.Subtype)
	require.Equal(t, "4", refusal.Outcome, "what was withheld was no success")
	require.Len(t, bundle.Entry[0].Resource.Entity, 6, "patient, entry, two records, two consents")
	require.Len(t, bundle.Entry[1].Resource.Entity, 5, "patient, entry, the release, its two records")
	require.Contains(t, out.String(), `"code": "BTG"`)
	require.Empty(t, bundle.Entry[3].Resource.agents("http://snomed.info/sct", "429577009"), "nobody spoke for the patient in an emergency")
}
