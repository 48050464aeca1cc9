package gatetest

import (
	"bytes"
	"crypto/sha256"
	"path/filepath"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/commitment"
	"github.com/dmdl-network/dmdl/hospital/canonical/format"
	"github.com/dmdl-network/dmdl/hospital/vault"
	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/copyright"
	"github.com/dmdl-network/dmdl/x/records"
)

// Who is who: the institution whose vault it is, that of the requester, and the
// ticket that it holds.
const (
	Custodian = 1
	Asking    = 2
	ChainID   = "dmdl-test-1"
)

var (
	// Patient is whose records they are.
	Patient = records.SubjectId{Institution: Custodian, Number: 1}
	// Ticket is the requester's ticket.
	Ticket = access.TicketId{Institution: Asking, Number: 5}
	// Classes are the classes that the ticket is for.
	Classes = []records.RecordClass{records.RECORD_CLASS_DOCUMENT, records.RECORD_CLASS_RESULT}
)

// New returns a ledger on which a clinician may ask for documents and results of the
// patient, who has consented to nothing yet.
func New(requester, recipient string) *Ledger {
	begun := time.Now()
	now := begun.UTC().Truncate(time.Second)
	digest := sha256.Sum256([]byte(recipient))
	params := access.DefaultParams()
	ticket := access.Ticket{
		Id: Ticket, Requester: requester, Recipient: digest[:], ExpiresAt: now.Add(time.Hour),
		Obligations: []access.Obligation{access.OBLIGATION_NOREDISCLOSE},
		Request: access.Request{
			Subject: Patient, Custodian: Custodian, Purpose: access.PURPOSE_TREAT, Action: access.ACTION_ACCESS,
			Role: consortium.ROLE_CLINICIAN, Classes: Classes,
		},
	}
	active := consortium.INSTITUTION_STATUS_ACTIVE
	return &Ledger{begun: begun, state: State{
		At: now, Params: &params,
		Tickets:      map[access.TicketId]*access.Ticket{Ticket: &ticket},
		Subjects:     map[records.SubjectId]*access.Subject{Patient: {Id: Patient}},
		Consents:     make(map[Entry]*access.Consent),
		Templates:    make(map[access.TemplateVersion]*access.Template),
		Policies:     make(map[uint64]*access.Policy),
		Studies:      make(map[access.StudyId]*access.Study),
		Institutions: map[uint64]*consortium.Institution{Custodian: {Number: Custodian, Status: active}, Asking: {Number: Asking, Status: active}},
		Participants: map[string]*consortium.Participant{requester: {
			Address: requester, Institution: Asking,
			Roles: []consortium.RoleGrant{{Role: consortium.ROLE_CLINICIAN, ExpiresAt: now.Add(24 * time.Hour)}},
		}},
		Standings:   make(map[records.RecordId]*records.Standing),
		Batches:     make(map[records.BatchId]*records.Batch),
		Disclosures: make(map[Entry]*access.Disclosure),
		Works:       make(map[copyright.WorkId]*copyright.Work),
		Licences:    make(map[access.LicenceId]*copyright.Licence),
	}}
}

// Permit permits the requester's institution to treat.
func Permit(classes ...records.RecordClass) access.Permit {
	return access.Permit{
		Grantee: access.Grantee{Institution: Asking}, Purposes: []access.Purpose{access.PURPOSE_TREAT},
		Classes: classes, Actions: []access.Action{access.ACTION_ACCESS},
	}
}

// Consent adds a consent of the patient and returns its index.
func (s *State) Consent(c access.Consent) uint64 {
	p := s.Subjects[Patient]
	p.ConsentsEver++
	c.Subject, c.Index = Patient, p.ConsentsEver
	s.Consents[Entry{Patient, c.Index}] = &c
	p.Consents = append(p.Consents[:len(p.Consents):len(p.Consents)], c.Index)
	return c.Index
}

// Withdraw ends every consent of the patient.
func (s *State) Withdraw() {
	for _, index := range s.Subjects[Patient].Consents {
		s.Consents[Entry{Patient, index}].EndedHeight = 8
	}
	s.Subjects[Patient].Consents = nil
}

// Document is a record of the patient with a text.
func Document(text string) vault.NewRecord { return Record(Patient.Number, Classes[0], []byte(text)) }

// Record is a record about a patient of the vault.
func Record(subject uint64, class records.RecordClass, body []byte) vault.NewRecord {
	digest := sha256.Sum256(body)
	return vault.NewRecord{
		Subject: subject, Class: class,
		Content:    commitment.Content{Kind: "text/plain", Profile: "raw/1", Canonical: digest, Raw: digest},
		Descriptor: commitment.Descriptor{Kind: "text/plain", Profile: "raw/1"},
		Body:       format.Bytes(bytes.Clone(body), ""),
	}
}

// OpenVault returns an empty vault of the custodian that knows two patients.
func OpenVault(t *testing.T) *vault.Vault {
	t.Helper()
	recovery, err := age.GenerateHybridIdentity()
	require.NoError(t, err)
	home := filepath.Join(t.TempDir(), "vault")
	settings := vault.Settings{Name: "test", ChainID: ChainID, Institution: Custodian}
	require.NoError(t, vault.Create(t.Context(), home, settings, recovery.Recipient().String()))
	v, err := vault.Open(t.Context(), home, vault.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, v.Close()) })
	for _, name := range []string{"the patient", "somebody else"} {
		_, err := v.Subject(t.Context(), name)
		require.NoError(t, err)
	}
	return v
}
