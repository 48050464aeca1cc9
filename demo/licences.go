package demo

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"time"

	"github.com/dmdl-network/dmdl/hospital/server"
	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/copyright"
)

// licensing are the terms of the dataset.
func licensing() copyright.Terms {
	return copyright.Terms{
		Spdx: "CC-BY-NC-4.0", Purposes: []access.Purpose{access.PURPOSE_HRESCH}, DataUses: []copyright.DataUse{{Code: 42}},
		Period: 365 * 24 * time.Hour, Attribution: true, Derivatives: copyright.DERIVATIVES_ALLOWED,
		Training: true, Evaluation: true, Withdrawal: copyright.WITHDRAWAL_REPLACE,
	}
}

// license licenses the dataset to the treating hospital. The patient consents to that
// licence, and the hospital's researcher gets what both allow.
func (s *story) license(ctx context.Context) (string, error) {
	c, r := s.cast, s.rights
	if err := s.grantLicence(ctx); err != nil {
		return "", err
	}
	var err error
	if c.end, err = s.serveArchive(ctx); err != nil {
		return "", err
	}
	if r.researcher, err = s.requester(ctx, "licensee", treating, consortium.ROLE_RESEARCHER); err != nil {
		return "", err
	}
	protocol := sha256.Sum256([]byte("the protocol of the second study"))
	if _, err := s.client.Submit(ctx, c.board, &access.MsgApproveStudy{
		Board: c.board.Address(), Number: 2, Protocol: protocol[:], Institutions: []uint64{treating + 1}, ExpiresAt: time.Now().AddDate(1, 0, 0),
	}); err != nil {
		return "", err
	}
	study := []string{"--study", fmt.Sprintf("%d/2", researching+1)}
	under := slices.Concat(study, []string{"--licence", fmt.Sprintf("%d/%d", r.licence.Institution, r.licence.Number)})
	_, err = s.ask(ctx, r.researcher, c.name(), "hresch", "researcher", under...)
	if err := refused(err, access.ErrNoApplicablePermit.Error()); err != nil {
		return "", fmt.Errorf("before the patient consents: %w", err)
	}
	permit := permitFor(0, access.PURPOSE_HRESCH)
	permit.Grantee = access.Grantee{Licence: &r.licence}
	if _, err := s.consentAs(ctx, c.patient.Account, permit); err != nil {
		return "", err
	}
	_, err = s.ask(ctx, r.researcher, c.name(), "hresch", "researcher", study...)
	if err := refused(err, access.ErrNoApplicablePermit.Error()); err != nil {
		return "", fmt.Errorf("without naming the licence: %w", err)
	}
	ticket, err := s.ask(ctx, r.researcher, c.name(), "hresch", "researcher", under...)
	if err != nil {
		return "", err
	}
	got, err := s.fetchAll(ctx, r.researcher, ticket, "licensed", "--records", server.RecordName(idOf(c.kept[0])))
	if err != nil {
		return "", err
	}
	_, err = s.fetchAll(ctx, r.researcher, ticket, "not-licensed", "--records", server.RecordName(c.withheld))
	if err := refused(err, "nothing is released to this request"); err != nil {
		return "", fmt.Errorf("a record that is not in the dataset: %w", err)
	}
	return fmt.Sprintf("licence %d/%d: refused before the patient consents, a record of the dataset after, none beside it", r.licence.Institution, r.licence.Number),
		s.compareOriginals(ctx, got)
}

// grantLicence has a licence offered, asked for and granted.
func (s *story) grantLicence(ctx context.Context) error {
	r := s.rights
	licensor, licensee := r.officers[custodian], r.officers[treating]
	var offer copyright.MsgOfferLicenceResponse
	result, err := s.client.Submit(ctx, licensor, &copyright.MsgOfferLicence{Officer: licensor.Address(), Work: r.dataset, Terms: licensing()})
	if err == nil {
		err = result.Answer(&offer)
	}
	if err != nil {
		return err
	}
	var asked copyright.MsgRequestLicenceResponse
	result, err = s.client.Submit(ctx, licensee, &copyright.MsgRequestLicence{Officer: licensee.Address(), Work: r.dataset, Offer: offer.Index})
	if err == nil {
		err = result.Answer(&asked)
	}
	if err != nil {
		return err
	}
	r.licence = asked.Licence
	_, err = s.client.Submit(ctx, licensor, &copyright.MsgAnswerLicence{Officer: licensor.Address(), Licence: r.licence, Granted: true})
	return err
}

// derive has the licensee register a model that it trained, and tries what is not allowed.
func (s *story) derive(ctx context.Context) (string, error) {
	r := s.rights
	weights, words := sha256.Sum256([]byte("the weights, salted")), sha256.Sum256([]byte("the model's description"))
	model := func(licence uint64) *copyright.MsgRegisterWork {
		return &copyright.MsgRegisterWork{
			Kind: copyright.WORK_KIND_MODEL, Right: copyright.RIGHT_COPYRIGHT, Description: words[:], Content: weights[:],
			Parents: []copyright.Parent{{Work: r.dataset, Relation: copyright.RELATION_TRAINED, Licence: licence}},
		}
	}
	if err := s.askWhatIsAllowed(ctx); err != nil {
		return "", err
	}
	_, err := s.register(ctx, researching, model(r.licence.Number))
	if err := refused(err, copyright.ErrUnlicensed.Error()); err != nil {
		return "", fmt.Errorf("under another's licence: %w", err)
	}
	if r.model, err = s.register(ctx, treating, model(r.licence.Number)); err != nil {
		return "", err
	}
	officer := r.officers[treating]
	weaker := licensing()
	weaker.Commercial, weaker.Withdrawal = true, copyright.WITHDRAWAL_STOP
	_, err = s.client.Submit(ctx, officer, &copyright.MsgOfferLicence{Officer: officer.Address(), Work: r.model, Terms: weaker})
	if err := refused(err, copyright.ErrTermsWeaker.Error()); err != nil {
		return "", fmt.Errorf("an offer on weaker terms: %w", err)
	}
	if _, err := s.client.Submit(ctx, officer, &copyright.MsgOfferLicence{Officer: officer.Address(), Work: r.model, Terms: licensing()}); err != nil {
		return "", err
	}
	return fmt.Sprintf("model %s, trained under the licence; without it, and for commercial use, refused with each point named", workName(r.model)), nil
}

// askWhatIsAllowed has the licensee ask before it does something.
func (s *story) askWhatIsAllowed(ctx context.Context) error {
	ask := []string{"query", "copyright", "licence-allows", fmt.Sprintf("%d/%d", s.rights.licence.Institution, s.rights.licence.Number), "--action", "train"}
	node := s.net.Nodes[treating]
	if _, err := node.Run(ctx, ask...); err != nil {
		return err
	}
	_, err := node.Run(ctx, append(ask, "--commercial")...)
	return refused(err, "it does not allow commercial use")
}

// notice has the patient withdraw everything. The vault tells the ledger, and the ledger
// whoever made something of it.
func (s *story) notice(ctx context.Context) (string, error) {
	c, r := s.cast, s.rights
	patient := c.patient.Account
	if _, err := s.client.Submit(ctx, patient, &access.MsgWithdrawConsents{Actor: patient.Address(), Subject: c.subject}); err != nil {
		return "", err
	}
	err := c.end()
	c.end = nil
	if err != nil {
		return "", err
	}
	height, err := s.client.Height(ctx)
	if err == nil {
		err = s.archive.node.WaitHeight(ctx, height+1) // a block proves the withdrawal
	}
	if err != nil {
		return "", err
	}
	var told struct{ Records int }
	if err := s.archive.dmdld(ctx, s.Binary, &told, "vault", "work", "notify", workName(r.dataset)); err != nil {
		return "", err
	}
	answer, err := copyright.NewQueryClient(s.client).Notices(ctx, &copyright.QueryNoticesRequest{Institution: r.model.Institution, Number: r.model.Number})
	if err != nil {
		return "", err
	}
	if len(answer.Notices) == 0 || answer.Notices[0].Cause != copyright.CAUSE_WITHDRAWN || answer.Notices[0].Duty != copyright.WITHDRAWAL_REPLACE {
		return "", fmt.Errorf("the model's notices are %v", answer.Notices)
	}
	return fmt.Sprintf("%d records of the dataset; the model's notice asks to make it anew without them", told.Records), nil
}
