package demo

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/dmdl-network/dmdl/app"
	"github.com/dmdl-network/dmdl/hospital/server"
	"github.com/dmdl-network/dmdl/x/access"
)

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
	if err := refused(err, "second person"); err != nil {
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
		if err := refused(err, access.ErrNoApplicablePermit.Error()); err != nil {
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
