package demo

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/dmdl-network/dmdl/hospital/server"
	"github.com/dmdl-network/dmdl/x/access"
)

// breakGlass opens the records in an emergency, and has it reviewed.
func (s *story) breakGlass(ctx context.Context) (string, error) {
	c := s.cast
	var answer struct{ Ticket string }
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

// cutOff stops the custodian's node, so that its vault reaches no ledger. It serves
// an emergency all the same, nothing else, and accounts for it when the node is back.
func (s *story) cutOff(ctx context.Context) (string, error) {
	c := s.cast
	emergency := func(r *requester, folder string) ([]received, error) {
		var got []received
		err := s.asWho(ctx, r, &got, "requester", "emergency", "--subject", fmt.Sprint(c.subject.Number), "--classes", "document,result,imaging,therapy",
			"--reason", "unconscious, and the network is down", "--from-vault", s.archive.releases, "--out", filepath.Join(s.home, folder), "--chain-id", s.net.ChainID)
		return got, err
	}
	_, err := emergency(c.emergency, "too-early")
	if err := refused(err, "the ledger is in reach"); err != nil {
		return "", fmt.Errorf("while the ledger is in reach: %w", err)
	}
	if err := s.archive.node.Stop(); err != nil {
		return "", err
	}
	_, other := emergency(c.clinician, "not-entitled")
	got, err := emergency(c.emergency, "cut-off")
	if err := errors.Join(err, s.archive.node.Start()); err != nil {
		return "", err
	}
	if err := refused(other, "nothing is released to this request"); err != nil {
		return "", fmt.Errorf("a clinician without the role: %w", err)
	}
	if err := s.compareOriginals(ctx, got); err != nil {
		return "", err
	}
	review, took, err := s.awaitLate(ctx)
	if err != nil {
		return "", err
	}
	_, err = s.client.Submit(ctx, c.officer, &access.MsgReviewEmergency{
		Officer: c.officer.Address(), Subject: review.Subject, Disclosure: review.Disclosure, Outcome: access.REVIEW_OUTCOME_JUSTIFIED,
	})
	return fmt.Sprintf("%d records came without the ledger, to nobody else; it was told %.0f s after the node was back, and the review is done", len(got), took.Seconds()), err
}

// awaitLate waits until the ledger tells of the late release.
func (s *story) awaitLate(ctx context.Context) (access.Review, time.Duration, error) {
	begun := time.Now()
	query := access.NewQueryClient(s.client)
	for {
		open, err := query.Reviews(ctx, &access.QueryReviewsRequest{Institution: custodian + 1})
		if err == nil && len(open.Reviews) > 0 {
			return open.Reviews[0], time.Since(begun), nil
		}
		if err != nil && !strings.Contains(err.Error(), "connection") {
			return access.Review{}, 0, err
		}
		select {
		case <-ctx.Done():
			return access.Review{}, 0, errors.New("the late release is not on the ledger")
		case <-time.After(500 * time.Millisecond):
		}
	}
}
