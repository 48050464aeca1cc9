package clerk

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"github.com/dmdl-network/dmdl/hospital/ledger"
	"github.com/dmdl-network/dmdl/hospital/vault"
	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/copyright"
	"github.com/dmdl-network/dmdl/x/records"
)

// NotifyAll is Notify for every claim that stands on a list of this vault.
func (o *Office) NotifyAll(ctx context.Context) (int, error) {
	works, err := o.vault.Works(ctx)
	if err != nil {
		return 0, err
	}
	told := 0
	claims := copyright.NewQueryClient(o.Client)
	for _, w := range works {
		answer, err := claims.WorksByRoot(ctx, &copyright.QueryWorksByRootRequest{Root: hex.EncodeToString(w.Root[:])})
		if err != nil {
			return told, err
		}
		for _, claim := range answer.Works { // a hint: Notify reads the claim with proof
			if !claim.Stands() {
				continue
			}
			n, err := o.Notify(ctx, claim.Id)
			if told += n; err != nil {
				return told, err
			}
		}
	}
	return told, nil
}

// Notify tells the ledger of those records of a work, of this institution, that were
// erased, or whose patients withdrew the consent for it, since it last did. Whoever made
// something from the work is told by the ledger. It returns how many they are. A
// patient's consent is for a work if it names a licence of the work as its grantee.
func (c *Clerk) Notify(ctx context.Context, id copyright.WorkId) (int, error) {
	state, err := c.newest(ctx)
	if err != nil {
		return 0, err
	}
	claim, err := state.Work(ctx, id)
	if err != nil {
		return 0, err
	}
	if claim == nil {
		return 0, fmt.Errorf("work (%d, %d): %w", id.Institution, id.Number, ErrNoWork)
	}
	kept, err := c.vault.Work(ctx, claim.Root)
	if err != nil {
		return 0, err
	}
	sweep := &sweep{clerk: c, state: state, work: id, withdrawn: make(map[uint64]bool)}
	found, err := sweep.find(ctx, kept)
	if err != nil {
		return 0, err
	}
	told := 0
	for _, cause := range []copyright.Cause{copyright.CAUSE_WITHDRAWN, copyright.CAUSE_ERASED} {
		for some := range slices.Chunk(found[cause], copyright.MaxNotified) {
			if err := c.notify(ctx, id, kept, cause, some); err != nil {
				return told, err
			}
			told += len(some)
		}
	}
	return told, nil
}

// notify tells of some records and notes that it did. Told twice after an interruption
// is harmless: there are two notices of one thing.
func (c *Clerk) notify(ctx context.Context, id copyright.WorkId, kept vault.Work, cause copyright.Cause, some []records.RecordId) error {
	msg := &copyright.MsgNotifyWork{Vault: c.key.Address(), Work: id, Cause: cause}
	for _, record := range some {
		place, path, err := c.vault.WorkPath(ctx, kept, record)
		if err != nil {
			return err
		}
		msg.Records = append(msg.Records, copyright.WorkRecord{Record: record, Place: place, Path: path})
	}
	if err := c.submit(ctx, msg); err != nil {
		return err
	}
	return c.vault.Notified(ctx, vault.WorkNotice{Institution: id.Institution, Number: id.Number, Cause: int32(cause)}, some)
}

// sweep looks through the records of one work.
type sweep struct {
	clerk *Clerk
	state ledger.State
	work  copyright.WorkId
	// withdrawn says of subjects that were read whether they withdrew.
	withdrawn map[uint64]bool
}

// find returns the records that something happened to and that nobody was told of.
func (s *sweep) find(ctx context.Context, kept vault.Work) (map[copyright.Cause][]records.RecordId, error) {
	found := make(map[copyright.Cause][]records.RecordId)
	v := s.clerk.vault
	for id, err := range v.WorkRecords(ctx, kept.Root[:]) {
		if err != nil {
			return nil, err
		}
		if id.Institution != v.Settings().Institution {
			continue
		}
		cause, err := s.cause(ctx, id)
		if err != nil {
			return nil, err
		}
		if cause == copyright.CAUSE_UNSPECIFIED {
			continue
		}
		told, err := v.WasNotified(ctx, vault.WorkNotice{Institution: s.work.Institution, Number: s.work.Number, Cause: int32(cause)}, id)
		if err != nil {
			return nil, err
		}
		if !told {
			found[cause] = append(found[cause], id)
		}
	}
	return found, nil
}

// cause says what happened to a record, if anything.
func (s *sweep) cause(ctx context.Context, id records.RecordId) (copyright.Cause, error) {
	r, err := s.clerk.vault.ByLeaf(ctx, id.Batch, id.Leaf)
	if errors.Is(err, vault.ErrNotFound) {
		return copyright.CAUSE_UNSPECIFIED, nil
	}
	if err != nil {
		return copyright.CAUSE_UNSPECIFIED, err
	}
	if r.State == vault.Erased {
		standing, err := s.state.Standing(ctx, id)
		if err != nil || standing == nil || standing.Status != records.RECORD_STATUS_ERASED {
			return copyright.CAUSE_UNSPECIFIED, err // the ledger does not say so yet
		}
		return copyright.CAUSE_ERASED, nil
	}
	if r.Subject == 0 {
		return copyright.CAUSE_UNSPECIFIED, nil
	}
	withdrawn, known := s.withdrawn[r.Subject]
	if !known {
		if withdrawn, err = s.hasWithdrawn(ctx, r.Subject); err != nil {
			return copyright.CAUSE_UNSPECIFIED, err
		}
		s.withdrawn[r.Subject] = withdrawn
	}
	if withdrawn {
		return copyright.CAUSE_WITHDRAWN, nil
	}
	return copyright.CAUSE_UNSPECIFIED, nil
}

// hasWithdrawn says whether a subject consented to the work once and does no more.
func (s *sweep) hasWithdrawn(ctx context.Context, number uint64) (bool, error) {
	id := records.SubjectId{Institution: s.clerk.vault.Settings().Institution, Number: number}
	subject, err := s.state.Subject(ctx, id)
	if err != nil || subject == nil {
		return false, err
	}
	ended := false
	for index := uint64(1); index <= subject.ConsentsEver; index++ {
		consent, err := s.state.Consent(ctx, id, index)
		if err != nil {
			return false, err
		}
		if consent == nil { // it has left the state
			continue
		}
		forWork, err := s.isForWork(ctx, consent)
		if err != nil {
			return false, err
		}
		if forWork && consent.EndedHeight == 0 {
			return false, nil
		}
		ended = ended || forWork
	}
	return ended, nil
}

// isForWork says whether a consent names a licence of the work as its grantee.
func (s *sweep) isForWork(ctx context.Context, consent *access.Consent) (bool, error) {
	grantees := make([]*access.Grantee, 0, 1+len(consent.Permits))
	grantees = append(grantees, consent.Grantee)
	for i := range consent.Permits {
		grantees = append(grantees, &consent.Permits[i].Grantee)
	}
	for _, g := range grantees {
		if g == nil || g.Licence == nil {
			continue
		}
		licence, err := s.state.Licence(ctx, *g.Licence)
		if err != nil {
			return false, err
		}
		if licence != nil && licence.Work == s.work {
			return true, nil
		}
	}
	return false, nil
}
