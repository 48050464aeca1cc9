package demo

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/dmdl-network/dmdl/app"
	"github.com/dmdl-network/dmdl/hospital/clerk"
	"github.com/dmdl-network/dmdl/hospital/gate"
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

// refused runs what must be refused and returns in which words.
func refused(err error, want string) (string, error) {
	if err == nil {
		return "", errors.New("it was not refused")
	}
	text := err.Error()
	if !strings.Contains(text, want) {
		return "", fmt.Errorf("it was refused otherwise: %w", err)
	}
	return want, nil
}

// inBlock is the one part of a refusal that differs: which block it was in.
var inBlock = regexp.MustCompile(`in block \d+`)

// deny asks without a consent, about the patient and about nobody.
func (s *story) deny(ctx context.Context) (string, error) {
	c := s.cast
	_, first := s.ask(ctx, c.clinician, c.name(), "treat", "clinician")
	_, second := s.ask(ctx, c.clinician, fmt.Sprintf("%d/999999999", custodian+1), "treat", "clinician")
	for _, err := range []error{first, second} {
		if _, err := refused(err, access.ErrNoApplicablePermit.Error()); err != nil {
			return "", err
		}
	}
	if inBlock.ReplaceAllString(first.Error(), "") != inBlock.ReplaceAllString(second.Error(), "") {
		return "", fmt.Errorf("the two denials differ: %w; %w", first, second)
	}
	return "about a patient who consented to nothing and about nobody: both times only " + access.ErrNoApplicablePermit.Error(), nil
}

// consent has the registrar enter what the patient signed.
func (s *story) consent(ctx context.Context, sealed access.Sealed, permits ...access.Permit) (uint64, error) {
	c := s.cast
	shown, err := s.seal(ctx, sealed)
	if err != nil {
		return 0, err
	}
	paper := sha256.Sum256([]byte("the paper that was signed, salted"))
	result, err := s.client.Submit(ctx, c.registrar, &access.MsgGrantConsent{
		Actor: c.registrar.Address(), Subject: c.subject, Permits: permits, Sealed: shown, Evidence: paper[:],
	})
	if err != nil {
		return 0, err
	}
	var answer access.MsgGrantConsentResponse
	err = result.Answer(&answer)
	return answer.Index, err
}

// seal keeps the sealed part of a consent in the vault, whose service rests meanwhile.
func (s *story) seal(ctx context.Context, sealed access.Sealed) ([]byte, error) {
	if err := s.cast.end(); err != nil {
		return nil, err
	}
	part, err := gate.EncodeSealed(sealed)
	if err != nil {
		return nil, err
	}
	file := filepath.Join(s.home, "sealed.json")
	if err := os.WriteFile(file, part, 0o600); err != nil {
		return nil, err
	}
	var answer struct{ Sealed string }
	if err := s.archive.dmdld(ctx, s.Binary, &answer, "vault", "consent", "seal", fmt.Sprint(s.cast.subject.Number), file); err != nil {
		return nil, err
	}
	if s.cast.end, err = s.serveArchive(ctx); err != nil {
		return nil, err
	}
	return hex.DecodeString(answer.Sealed)
}

// permitFor permits an institution a purpose.
func permitFor(institution uint64, purpose access.Purpose) access.Permit {
	return access.Permit{
		Grantee: access.Grantee{Institution: institution}, Purposes: []access.Purpose{purpose}, Actions: []access.Action{access.ACTION_ACCESS},
		Classes: []records.RecordClass{
			records.RECORD_CLASS_DOCUMENT, records.RECORD_CLASS_RESULT, records.RECORD_CLASS_IMAGING,
			records.RECORD_CLASS_GENOMICS, records.RECORD_CLASS_THERAPY, records.RECORD_CLASS_ADMINISTRATIVE,
		},
	}
}

// treat has the patient consent to a hospital, which then gets what it asks for.
func (s *story) treat(ctx context.Context) (string, error) {
	c := s.cast
	if _, err := s.consent(ctx, access.Sealed{}, permitFor(treating+1, access.PURPOSE_TREAT)); err != nil {
		return "", err
	}
	var err error
	if c.ticket, err = s.ask(ctx, c.clinician, c.name(), "treat", "clinician"); err != nil {
		return "", err
	}
	begun := time.Now()
	wanted := server.RecordName(idOf(c.kept[0]))
	got, err := s.fetchAll(ctx, c.clinician, c.ticket, "case", "--records", wanted)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("ticket %s: %s, %d bytes, equal to the original, %.1f s with release, receipt and key", c.ticket, got[0].Record, got[0].Bytes, time.Since(begun).Seconds()),
		s.compareOriginals(ctx, got)
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

// steal has somebody else use the ticket, and asks for records that are erased,
// unknown and another's.
func (s *story) steal(ctx context.Context) (string, error) {
	c := s.cast
	_, err := s.fetchAll(ctx, c.other, c.ticket, "stolen")
	if _, err := refused(err, "nothing is released to this request"); err != nil {
		return "", fmt.Errorf("another clinician: %w", err)
	}
	var words []string
	for name, id := range map[string]records.RecordId{"erased": c.erased, "unknown": {Institution: custodian + 1, Batch: c.erased.Batch, Leaf: 1 << 19}} {
		_, err := s.fetchAll(ctx, c.clinician, c.ticket, name, "--records", server.RecordName(id))
		if err == nil {
			return "", fmt.Errorf("an %s record was released", name)
		}
		words = append(words, err.Error())
	}
	if words[0] != words[1] {
		return "", fmt.Errorf("the denials differ: %q", words)
	}
	return "a colleague with the ticket gets nothing, and an erased record is refused in the words of one that never was", nil
}

// research is denied, then permitted without the record that a sealed rule withholds.
func (s *story) research(ctx context.Context) (string, error) {
	c := s.cast
	protocol := sha256.Sum256([]byte("the protocol of the study"))
	_, err := s.client.Submit(ctx, c.board, &access.MsgApproveStudy{
		Board: c.board.Address(), Number: 1, Protocol: protocol[:], Institutions: []uint64{researching + 1}, ExpiresAt: time.Now().AddDate(1, 0, 0),
	})
	if err != nil {
		return "", err
	}
	study := []string{"--study", fmt.Sprintf("%d/1", researching+1)}
	_, err = s.ask(ctx, c.researcher, c.name(), "hresch", "researcher", study...)
	if _, err := refused(err, access.ErrNoApplicablePermit.Error()); err != nil {
		return "", err
	}
	sealed := access.Sealed{Exceptions: []access.Rule{{Records: []records.RecordId{c.withheld}}}}
	if _, err := s.consent(ctx, sealed, permitFor(researching+1, access.PURPOSE_HRESCH)); err != nil {
		return "", err
	}
	ticket, err := s.ask(ctx, c.researcher, c.name(), "hresch", "researcher", study...)
	if err != nil {
		return "", err
	}
	_, err = s.fetchAll(ctx, c.researcher, ticket, "withheld", "--records", server.RecordName(c.withheld))
	if _, err := refused(err, "nothing is released to this request"); err != nil {
		return "", fmt.Errorf("the withheld record: %w", err)
	}
	got := 0
	for i, r := range c.kept[:min(len(c.kept)-1, enough)] {
		one, err := s.fetchAll(ctx, c.researcher, ticket, fmt.Sprintf("study-%d", i), "--records", server.RecordName(idOf(r)))
		if err != nil {
			return "", err
		}
		if err := s.compareOriginals(ctx, one); err != nil {
			return "", err
		}
		got += len(one)
	}
	return fmt.Sprintf("denied, then permitted by a second consent for a study: %d records came, one is withheld by a sealed rule", got), nil
}

// revoke withdraws the first consent: the next fetch fails, on the old ticket too.
func (s *story) revoke(ctx context.Context) (string, error) {
	c := s.cast
	fresh, err := s.ask(ctx, c.clinician, c.name(), "treat", "clinician")
	if err != nil {
		return "", err
	}
	_, err = s.client.Submit(ctx, c.registrar, &access.MsgWithdrawConsents{Actor: c.registrar.Address(), Subject: c.subject, Consents: []uint64{1}})
	if err != nil {
		return "", err
	}
	for at, ticket := range []string{c.ticket, fresh} {
		_, err := s.fetchAll(ctx, c.clinician, ticket, fmt.Sprintf("late-%d", at), "--records", server.RecordName(idOf(c.kept[0])))
		if _, err := refused(err, "nothing is released to this request"); err != nil {
			return "", err
		}
	}
	_, err = s.ask(ctx, c.clinician, c.name(), "treat", "clinician")
	if _, err := refused(err, access.ErrNoApplicablePermit.Error()); err != nil {
		return "", err
	}
	return "the ticket that was used, a fresh one and a new request: all refused", nil
}

// breakGlass opens the records in an emergency, and has it reviewed.
func (s *story) breakGlass(ctx context.Context) (string, error) {
	c := s.cast
	var answer struct{ Ticket, Reason, Opening string }
	begun := time.Now()
	err := s.asRequester(ctx, c.emergency, &answer, "requester", "break-glass", "--subject", c.name(), "--custodian", fmt.Sprint(custodian+1),
		"--classes", "document,result,imaging,therapy", "--reason", "unconscious, allergies unknown")
	if err != nil {
		return "", err
	}
	got, err := s.fetchAll(ctx, c.emergency, answer.Ticket, "emergency-records", "--records", server.RecordName(idOf(c.kept[0])))
	if err != nil {
		return "", err
	}
	took := time.Since(begun)
	if err := s.compareOriginals(ctx, got); err != nil {
		return "", err
	}
	query := access.NewQueryClient(s.client)
	open, err := query.Reviews(ctx, &access.QueryReviewsRequest{Institution: custodian + 1})
	if err != nil {
		return "", err
	}
	if len(open.Reviews) != 1 {
		return "", fmt.Errorf("%d reviews are open, want one", len(open.Reviews))
	}
	review := open.Reviews[0]
	_, err = s.client.Submit(ctx, c.officer, &access.MsgReviewEmergency{
		Officer: c.officer.Address(), Subject: review.Subject, Disclosure: review.Disclosure, Outcome: access.REVIEW_OUTCOME_JUSTIFIED,
	})
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("released %.1f s after it was asked for, reviewed by the custodian's privacy officer: justified", took.Seconds()), nil
}

// takeOver hands the subject to the patient's own key, by two persons and after the
// waiting period that the consortium votes, and the patient fetches a record.
func (s *story) takeOver(ctx context.Context) (string, error) {
	c := s.cast
	params := access.DefaultParams()
	params.ControllerPeriod = 2 * time.Second // a week is too long for a story
	if err := s.decide(ctx, &access.MsgUpdateParams{Authority: app.Authority(), Params: params}); err != nil {
		return "", err
	}
	papers := sha256.Sum256([]byte("the patient's papers, salted"))
	address := c.patient.Account.Address()
	propose := &access.MsgProposeController{Registrar: c.registrar.Address(), Subject: c.subject, Controller: address, Evidence: papers[:]}
	if _, err := s.client.Submit(ctx, c.registrar, propose); err != nil {
		return "", err
	}
	_, err := s.client.Submit(ctx, c.registrar, &access.MsgApproveController{Approver: c.registrar.Address(), Subject: c.subject, Controller: address})
	if _, err := refused(err, "second person"); err != nil {
		return "", fmt.Errorf("approval by the registrar who proposed it: %w", err)
	}
	if _, err := s.client.Submit(ctx, c.second, &access.MsgApproveController{Approver: c.second.Address(), Subject: c.subject, Controller: address}); err != nil {
		return "", err
	}
	var ticket string
	for { // until the waiting period is over
		if ticket, err = s.ask(ctx, c.patient, c.name(), "patrqt", "patient"); err == nil {
			break
		}
		if _, err := refused(err, access.ErrNoApplicablePermit.Error()); err != nil {
			return "", err
		}
		height, err := s.client.Height(ctx)
		if err == nil {
			err = s.archive.node.WaitHeight(ctx, height+1)
		}
		if err != nil {
			return "", err
		}
	}
	got, err := s.fetchAll(ctx, c.patient, ticket, "own", "--records", server.RecordName(c.withheld))
	if err != nil {
		return "", err
	}
	return "two registrars, a waiting period, and the patient's own key has the say; the record that research may not see is theirs", s.compareOriginals(ctx, got)
}
