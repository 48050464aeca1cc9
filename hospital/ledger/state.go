package ledger

import (
	"context"
	"fmt"
	"sync"
	"time"

	cmttypes "github.com/cometbft/cometbft/types"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/copyright"
	"github.com/dmdl-network/dmdl/x/records"
)

// State is the ledger as it was after one block. Whatever is read of it is proven by
// the header of the next block, so values belong together however long reading them
// takes. Helpers return nil for what is proven to be absent. Many goroutines may read
// a state; what one has read the others get without asking the node.
type State interface {
	// Height is the height of the block.
	Height() int64
	// Time is the time of the header that proves the state, the next block's.
	Time() time.Time
	// Value reads a raw key of a store. The fault is ErrPruned if the node does not
	// keep the state any more, which it does for minutes at least.
	Value(ctx context.Context, store string, key []byte) ([]byte, error)

	Batch(ctx context.Context, id records.BatchId) (*records.Batch, error)
	// Standing is nil if nothing has happened to a record, or there is none.
	Standing(ctx context.Context, id records.RecordId) (*records.Standing, error)
	Institution(ctx context.Context, number uint64) (*consortium.Institution, error)
	// Affiliation returns the number of the institution that an account belongs to for
	// ever, or 0. It says nothing of what the account may do.
	Affiliation(ctx context.Context, address string) (uint64, error)
	// Participant says which roles an institution gave to an account. Whether one is
	// in force depends on the institution's status and on Time as well.
	Participant(ctx context.Context, institution uint64, address string) (*consortium.Participant, error)
	AccessParams(ctx context.Context) (*access.Params, error)
	// Subject may lag behind: see access.Subject.Settled.
	Subject(ctx context.Context, id records.SubjectId) (*access.Subject, error)
	Consent(ctx context.Context, subject records.SubjectId, index uint64) (*access.Consent, error)
	Template(ctx context.Context, id access.TemplateVersion) (*access.Template, error)
	Policy(ctx context.Context, institution uint64) (*access.Policy, error)
	Study(ctx context.Context, id access.StudyId) (*access.Study, error)
	Ticket(ctx context.Context, id access.TicketId) (*access.Ticket, error)
	Disclosure(ctx context.Context, subject records.SubjectId, index uint64) (*access.Disclosure, error)
	// Work may lag behind: see copyright.Work.Settled.
	Work(ctx context.Context, id copyright.WorkId) (*copyright.Work, error)
	Licence(ctx context.Context, id access.LicenceId) (*copyright.Licence, error)
}

// State returns the newest state that is proven: that of the last block but one.
func (v *Verifier) State(ctx context.Context) (State, error) {
	head, err := v.newest(ctx)
	if err != nil {
		return nil, err
	}
	if head.Height <= firstProven {
		return nil, fmt.Errorf("%w: the newest has height %d, proofs begin at %d (try again later)", ErrTooYoung, head.Height, firstProven+1)
	}
	v.sharing.Lock()
	defer v.sharing.Unlock()
	if v.shared == nil || v.shared.header != head {
		v.shared = &provenState{node: v.primary, header: head, known: make(map[string]*reading)}
	}
	return v.shared, nil
}

// provenState is the state that a header proves.
type provenState struct {
	node   *peer
	header *cmttypes.LightBlock

	mu    sync.Mutex
	known map[string]*reading
}

// reading is one value. It is locked while it is read.
type reading struct {
	mu    sync.Mutex
	done  bool
	value []byte
}

// Height implements State.
func (s *provenState) Height() int64 { return s.header.Height - 1 }

// Time implements State.
func (s *provenState) Time() time.Time { return s.header.Time }

// Value implements State.
func (s *provenState) Value(ctx context.Context, store string, key []byte) ([]byte, error) {
	name := store + "/" + string(key)
	s.mu.Lock()
	r := s.known[name]
	if r == nil {
		r = new(reading)
		s.known[name] = r
	}
	s.mu.Unlock()

	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.done {
		value, _, err := s.node.prove(ctx, store, key, s.header)
		if err != nil {
			return nil, err
		}
		r.value, r.done = value, true
	}
	return r.value, nil
}
