package demo

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/dmdl-network/dmdl/hospital/clerk"
	"github.com/dmdl-network/dmdl/hospital/ledger"
	"github.com/dmdl-network/dmdl/hospital/server"
	"github.com/dmdl-network/dmdl/hospital/vault"
	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/records"
)

// Hospitals of the chapter about access, by their place.
const (
	treating    = 1 // asks to treat
	researching = 2 // asks for research
)

// cast is who acts in the chapter about access.
type cast struct {
	registrar, second, officer, board ledger.Key
	clinician, other, researcher      *requester
	emergency, patient                *requester

	// subject is whose records it is about, with those that are kept.
	subject records.SubjectId
	kept    []vault.Record
	erased  records.RecordId
	// withheld is the record that a sealed rule withholds from research.
	withheld records.RecordId
	ticket   string
	end      func() error
}

func (c *cast) name() string { return fmt.Sprintf("%d/%d", c.subject.Institution, c.subject.Number) }

// openGate enrols everybody, has the registrar enrol the patient, and starts the
// vault's interface for releases.
func (s *story) openGate(ctx context.Context) (string, error) {
	c := &cast{}
	s.cast = c
	if err := s.chooseSubject(ctx, c); err != nil {
		return "", err
	}
	for _, p := range []struct {
		into     *ledger.Key
		hospital int
		role     consortium.Role
	}{
		{&c.registrar, custodian, consortium.ROLE_REGISTRAR},
		{&c.second, custodian, consortium.ROLE_REGISTRAR},
		{&c.officer, custodian, consortium.ROLE_PRIVACY_OFFICER},
		{&c.board, researching, consortium.ROLE_ETHICS_BOARD},
	} {
		var err error
		if *p.into, err = s.person(ctx, p.hospital, p.role); err != nil {
			return "", err
		}
	}
	for _, p := range []struct {
		into     **requester
		name     string
		hospital int
		role     consortium.Role
	}{
		{&c.clinician, "clinician", treating, consortium.ROLE_CLINICIAN},
		{&c.other, "other", treating, consortium.ROLE_CLINICIAN},
		{&c.researcher, "researcher", researching, consortium.ROLE_RESEARCHER},
		{&c.emergency, "emergency", treating, consortium.ROLE_EMERGENCY_CLINICIAN},
		{&c.patient, "patient", custodian, consortium.ROLE_PATIENT},
	} {
		var err error
		if *p.into, err = s.requester(ctx, p.name, p.hospital, p.role); err != nil {
			return "", err
		}
	}
	identity := sha256.Sum256([]byte("the registrar's statement, salted"))
	_, err := s.client.Submit(ctx, c.registrar, &access.MsgEnrolSubjects{
		Registrar: c.registrar.Address(), Enrolments: []access.SubjectEnrolment{{Number: c.subject.Number, Identity: identity[:]}},
	})
	if err != nil {
		return "", err
	}
	if c.end, err = s.serveArchive(ctx); err != nil {
		return "", err
	}
	return fmt.Sprintf("a patient with %d records; nine people of three hospitals; releases at %s", len(c.kept), s.archive.releases), nil
}

// chooseSubject takes the patient with most records that an emergency opens.
func (s *story) chooseSubject(ctx context.Context, c *cast) error {
	bySubject := make(map[uint64][]vault.Record)
	err := s.office(ctx, func(v *vault.Vault, _ *clerk.Office) error {
		first, err := v.Get(ctx, 1)
		if err != nil {
			return err
		}
		c.erased = records.RecordId{Institution: custodian + 1, Batch: first.Batch, Leaf: first.Leaf}
		return eachRecord(ctx, v, func(r vault.Record) error {
			if r.Subject != 0 && slices.Contains(access.DefaultParams().EmergencyClasses, r.Class) {
				bySubject[r.Subject] = append(bySubject[r.Subject], r)
			}
			return nil
		})
	})
	if err != nil {
		return err
	}
	for subject, kept := range bySubject {
		// A few records tell the story as well as thousands.
		if n, best := min(len(kept), enough), min(len(c.kept), enough); n > best || n == best && n > 0 && subject < c.subject.Number {
			c.subject, c.kept = records.SubjectId{Institution: custodian + 1, Number: subject}, kept
		}
	}
	if len(c.kept) == 0 {
		return errors.New("no record of the data is about a patient, so nobody could be asked")
	}
	last := c.kept[len(c.kept)-1]
	c.withheld = idOf(last)
	return nil
}

// enough is how many records a patient of the story needs.
const enough = 3

func idOf(r vault.Record) records.RecordId {
	return records.RecordId{Institution: custodian + 1, Batch: r.Batch, Leaf: r.Leaf}
}

// refused fails unless something was refused in the words that are wanted.
func refused(err error, want string) error {
	if err == nil {
		return errors.New("it was not refused")
	}
	if !strings.Contains(err.Error(), want) {
		return fmt.Errorf("it was refused otherwise: %w", err)
	}
	return nil
}

// compareOriginals compares what came with what the vault keeps.
func (s *story) compareOriginals(ctx context.Context, got []received) error {
	if len(got) == 0 {
		return errors.New("nothing came")
	}
	v, err := vault.Open(ctx, s.archive.home, vault.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	defer v.Close()
	for _, r := range got {
		id, err := server.ParseRecord(r.Record)
		if err != nil {
			return err
		}
		record, err := v.ByLeaf(ctx, id.Batch, id.Leaf)
		if err != nil {
			return err
		}
		original, err := readRecord(ctx, v, record.ID)
		if err != nil {
			return err
		}
		came, err := os.ReadFile(r.Path)
		if err != nil {
			return err
		}
		if !bytes.Equal(original, came) {
			return fmt.Errorf("record %s is not the original", r.Record)
		}
	}
	return nil
}
