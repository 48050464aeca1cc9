package demo

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"github.com/dmdl-network/dmdl/hospital/gate"
	"github.com/dmdl-network/dmdl/hospital/ledger"
	"github.com/dmdl-network/dmdl/hospital/server"
	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/records"
)

// inBlock is the one part of a refusal that differs: which block it was in.
var inBlock = regexp.MustCompile(`in block \d+`)

// deny asks without a consent, about the patient and about nobody.
func (s *story) deny(ctx context.Context) (string, error) {
	c := s.cast
	_, first := s.ask(ctx, c.clinician, c.name(), "treat", "clinician")
	_, second := s.ask(ctx, c.clinician, fmt.Sprintf("%d/999999999", custodian+1), "treat", "clinician")
	for _, err := range []error{first, second} {
		if err := refused(err, access.ErrNoApplicablePermit.Error()); err != nil {
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
	paper := sha256.Sum256([]byte("the paper that was signed, salted"))
	return s.grant(ctx, s.cast.registrar, paper[:], sealed, permits)
}

// consentAs has whoever acts for the patient consent with an own key.
func (s *story) consentAs(ctx context.Context, key ledger.Key, permits ...access.Permit) (uint64, error) {
	return s.grant(ctx, key, nil, access.Sealed{}, permits)
}

func (s *story) grant(ctx context.Context, key ledger.Key, evidence []byte, sealed access.Sealed, permits []access.Permit) (uint64, error) {
	shown, err := s.seal(ctx, sealed)
	if err != nil {
		return 0, err
	}
	result, err := s.client.Submit(ctx, key, &access.MsgGrantConsent{
		Actor: key.Address(), Subject: s.cast.subject, Permits: permits, Sealed: shown, Evidence: evidence,
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

// steal has somebody else use the ticket, and asks for records that are erased,
// unknown and another's.
func (s *story) steal(ctx context.Context) (string, error) {
	c := s.cast
	_, err := s.fetchAll(ctx, c.other, c.ticket, "stolen")
	if err := refused(err, "nothing is released to this request"); err != nil {
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
	if err := refused(err, access.ErrNoApplicablePermit.Error()); err != nil {
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
	if err := refused(err, "nothing is released to this request"); err != nil {
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
		if err := refused(err, "nothing is released to this request"); err != nil {
			return "", err
		}
	}
	_, err = s.ask(ctx, c.clinician, c.name(), "treat", "clinician")
	if err := refused(err, access.ErrNoApplicablePermit.Error()); err != nil {
		return "", err
	}
	return "the ticket that was used, a fresh one and a new request: all refused", nil
}
