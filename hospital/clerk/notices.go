package clerk

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/cosmos/cosmos-sdk/types/query"

	"github.com/dmdl-network/dmdl/hospital/ledger"
	"github.com/dmdl-network/dmdl/hospital/vault"
	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/copyright"
	"github.com/dmdl-network/dmdl/x/records"
)

// NotifyAll is Notify for every claim that stands on a list of this vault. Anybody may
// claim the root of a list: what the ledger refuses of one claim is returned at the end,
// and keeps no other from being told.
func (c *Clerk) NotifyAll(ctx context.Context, claims copyright.QueryClient) (told int, err error) {
	var refused error
	for skip := 0; ; skip += vault.MaxList {
		works, err := c.vault.Works(ctx, skip)
		if err != nil {
			return told, err
		}
		for _, w := range works {
			n, err := c.notifyClaims(ctx, claims, w)
			told += n
			if refused = errors.Join(refused, err); err != nil && !isRefusal(err) {
				return told, refused
			}
		}
		if len(works) < vault.MaxList {
			return told, refused
		}
	}
}

// notifyClaims is Notify for every claim that stands on one list.
func (c *Clerk) notifyClaims(ctx context.Context, claims copyright.QueryClient, w vault.Work) (told int, err error) {
	var refused error
	for claim, err := range claimsOn(ctx, claims, w) {
		if err != nil {
			return told, err
		}
		n, err := c.Notify(ctx, claim)
		told += n
		switch {
		case isRefusal(err):
			refused = errors.Join(refused, fmt.Errorf("work (%d, %d): %w", claim.Institution, claim.Number, err))
		case err != nil:
			return told, err
		}
	}
	return told, refused
}

func isRefusal(err error) bool {
	var refusal *ledger.Refusal
	return errors.As(err, &refusal)
}

// claimsOn visits the claims that stand on a list of records, as a node shows them: a
// hint, for Notify reads each with proof. One of another size is on another list, since
// no record is proven in it.
func claimsOn(ctx context.Context, claims copyright.QueryClient, w vault.Work) iter.Seq2[copyright.WorkId, error] {
	return func(yield func(copyright.WorkId, error) bool) {
		request := &copyright.QueryWorksByRootRequest{Root: hex.EncodeToString(w.Root[:]), Pagination: &query.PageRequest{}}
		for {
			answer, err := claims.WorksByRoot(ctx, request)
			if err != nil {
				yield(copyright.WorkId{}, err)
				return
			}
			for _, claim := range answer.Works {
				if claim.Stands() && claim.Size_ == w.Size && !yield(claim.Id, nil) {
					return
				}
			}
			if answer.Pagination == nil || len(answer.Pagination.NextKey) == 0 {
				return
			}
			request.Pagination.Key = answer.Pagination.NextKey
		}
	}
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

// cause says what happened to a record, if anything that is for this institution to tell:
// what another keeps now, that other tells of.
func (s *sweep) cause(ctx context.Context, id records.RecordId) (copyright.Cause, error) {
	cause, err := s.causeHere(ctx, id)
	if err != nil || cause == copyright.CAUSE_UNSPECIFIED {
		return cause, err
	}
	standing, err := s.state.Standing(ctx, id)
	switch {
	case err != nil:
		return copyright.CAUSE_UNSPECIFIED, err
	case standing != nil && standing.Custodian != id.Institution,
		cause == copyright.CAUSE_ERASED && (standing == nil || standing.Status != records.RECORD_STATUS_ERASED): // the ledger does not say so yet
		return copyright.CAUSE_UNSPECIFIED, nil
	}
	return cause, nil
}

// causeHere says what happened to a record as this vault knows it.
func (s *sweep) causeHere(ctx context.Context, id records.RecordId) (copyright.Cause, error) {
	r, err := s.clerk.vault.ByLeaf(ctx, id.Batch, id.Leaf)
	switch {
	case errors.Is(err, vault.ErrNotFound):
		return copyright.CAUSE_UNSPECIFIED, nil
	case err != nil:
		return copyright.CAUSE_UNSPECIFIED, err
	case r.State == vault.Erased:
		return copyright.CAUSE_ERASED, nil
	case r.Subject == 0:
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

// isForWork says whether a consent, by itself or by the template that it adopts, names a
// licence of the work as a grantee.
func (s *sweep) isForWork(ctx context.Context, consent *access.Consent) (bool, error) {
	var template *access.Template
	if consent.Template != nil {
		var err error
		if template, err = s.state.Template(ctx, *consent.Template); err != nil {
			return false, err
		}
	}
	for _, p := range consent.EffectivePermits(template) {
		if p.Grantee.Licence == nil {
			continue
		}
		licence, err := s.state.Licence(ctx, *p.Grantee.Licence)
		if err != nil {
			return false, err
		}
		if licence != nil && licence.Work == s.work {
			return true, nil
		}
	}
	return false, nil
}
