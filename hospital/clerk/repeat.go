package clerk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/dmdl-network/dmdl/hospital/gate"
	"github.com/dmdl-network/dmdl/hospital/ledger"
	"github.com/dmdl-network/dmdl/x/access"
)

// lookBack is how many of the newest entries of a patient's account are looked at for a
// release that was made already.
const lookBack = 32

// once has the ledger record a release and returns the index of its entry. Whoever lost
// the answer and asks again gets the entry that is there, so that the patient's account
// tells of one release and not of every attempt. What was sent is awaited though whoever
// asked has gone.
func (r *Releases) once(ctx context.Context, c *gate.Case, msg *access.MsgRelease, basis access.Basis, consents []uint64) (uint64, error) {
	encoded, err := msg.Marshal()
	if err != nil {
		return 0, err
	}
	answer := r.asked.DoChan(string(encoded), func() (any, error) {
		ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), patience)
		defer stop()
		if index, err := r.made(ctx, c, msg, basis, consents); index > 0 || err != nil {
			return index, err
		}
		return r.record(ctx, c, msg)
	})
	select {
	case <-ctx.Done():
		return 0, context.Cause(ctx)
	case a := <-answer:
		index, _ := a.Val.(uint64) // 0 with an error
		return index, a.Err
	}
}

// made returns the entry of a release of the same bodies, on the same ticket, basis and
// consents, that nobody has signed for or disputed; or 0 if the newest entries since the
// ticket have none.
func (r *Releases) made(ctx context.Context, c *gate.Case, msg *access.MsgRelease, basis access.Basis, consents []uint64) (uint64, error) {
	state, err := r.newest(ctx)
	if err != nil {
		return 0, err
	}
	subject := c.Ticket.Request.Subject
	s, err := state.Subject(ctx, subject)
	if err != nil || s == nil {
		return 0, err
	}
	answered := make(map[uint64]bool)
	for index := s.DisclosuresEver; index > 0 && s.DisclosuresEver-index < lookBack; index-- {
		d, err := state.Disclosure(ctx, subject, index)
		if err != nil || d == nil || d.Height < c.Ticket.IssuedHeight {
			return 0, err
		}
		answered[d.Of] = true
		if !answered[index] && d.Basis == basis && slices.Equal(d.Consents, consents) && isEntryOf(d, msg) {
			return index, nil
		}
	}
	return 0, nil
}

// isEntryOf says whether an entry is what a release message makes.
func isEntryOf(d *access.Disclosure, msg *access.MsgRelease) bool {
	return d.Kind == access.DISCLOSURE_KIND_RELEASE && d.Ticket != nil && *d.Ticket == msg.Ticket &&
		slices.EqualFunc(d.Records, msg.Items, func(released access.ReleasedRecord, item access.ReleaseItem) bool {
			return released.Record == item.Record.Id && bytes.Equal(released.Body, item.Body)
		})
}

// record sends a release to the ledger and returns its entry once a block has proven it.
func (r *Releases) record(ctx context.Context, c *gate.Case, msg *access.MsgRelease) (uint64, error) {
	result, err := r.ledger.Submit(ctx, r.key, msg)
	var refusal *ledger.Refusal
	if errors.As(err, &refusal) && !refusal.Retryable {
		return 0, fmt.Errorf("%w: the ledger refused: %w", gate.ErrClosed, err)
	}
	if err != nil {
		return 0, err
	}
	var answer access.MsgReleaseResponse
	if err := result.Answer(&answer); err != nil {
		return 0, err
	}
	_, err = untilProven(ctx, r.Clerk, func(s ledger.State) (*access.Disclosure, error) {
		return s.Disclosure(ctx, c.Ticket.Request.Subject, answer.Disclosure)
	})
	return answer.Disclosure, err
}
