package vault

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/dmdl-network/dmdl/commitment"
	"github.com/dmdl-network/dmdl/hospital/canonical/format"
	"github.com/dmdl-network/dmdl/x/records"
)

// MaxGroup is how many records one call of Add takes.
const MaxGroup = 10_000

// Steps of Add that a crash may follow.
const (
	stepAddBody      = "add: one body is stored"
	stepAddStored    = "add: all bodies are stored"
	stepAddDurable   = "add: all bodies are durable"
	stepAddCommitted = "add: the records are in the index"
	stepAddCleanup   = "add: it failed and cleans up"
)

// NewRecord is a record as it is given to the vault.
type NewRecord struct {
	// Subject is the patient's number, or 0 for a dataset.
	Subject uint64
	// Class is the coarse class that the ledger will show.
	Class records.RecordClass
	// Content is what the content commitment will be about. Raw must be the
	// digest of what Body gives.
	Content commitment.Content
	// Descriptor is the sealed part. Add fills in Version and ChunkRoot; its kind
	// and profile must be those of Content.
	Descriptor commitment.Descriptor
	// Body is the original. It is read once and never written anywhere in the
	// clear.
	Body format.Source
	// Reference, unless empty, puts the record under reference custody: Body is
	// read and checked but not copied, and a Resolver finds it again by this.
	Reference string
}

// Added is what became of one record.
type Added struct {
	// ID is the record's number in this vault.
	ID uint64
	// Known says that it was there already, so that nothing was done.
	Known bool
}

// Add takes up to MaxGroup records, all or none: it encrypts their bodies, makes
// those that go into the blob store durable there, and enters the records into the index in one
// step. A record that is there already, same subject, kind, profile and bytes,
// is left alone, so that a call may be repeated. The error that one record
// causes is a *RecordError.
func (v *Vault) Add(ctx context.Context, news []NewRecord) ([]Added, error) {
	if v.lock == nil {
		return nil, ErrReadOnly
	}
	if len(news) > MaxGroup {
		return nil, fmt.Errorf("%w: %d records in one group: give at most %d", ErrInvalid, len(news), MaxGroup)
	}
	v.adding.RLock()
	defer v.adding.RUnlock()

	keys := v.ring.Load()
	g, err := v.newGroup(ctx, news, keys)
	if err != nil {
		return nil, err
	}
	if err := v.addGroup(ctx, g, keys); err != nil {
		return nil, errors.Join(err, v.discard(ctx, g))
	}
	return g.added, v.discard(ctx, g)
}

// group is the work of one call of Add.
type group struct {
	added  []Added
	drafts []*draft
	// same maps a position to the earlier position of an equal record.
	same map[int]int
}

// draft is a record that is not in the index yet.
type draft struct {
	index    int
	new      NewRecord
	seen     []byte
	name     string // of the blob; "" if there is none
	small    []byte // the body that goes into the index, or nil
	record   Record
	envelope []byte
	kept     bool // it is in the index
}

// newGroup checks the records and finds those that are new.
func (v *Vault) newGroup(ctx context.Context, news []NewRecord, keys *ring) (*group, error) {
	if err := v.checkNews(ctx, news); err != nil {
		return nil, err
	}
	lookups := make([][][]byte, len(news))
	var all [][]byte
	for i, n := range news {
		lookups[i] = keys.seen(n.Subject, n.Content)
		all = append(all, lookups[i]...)
	}
	known, err := numbersBy(ctx, v.db, `SELECT seen, id FROM records WHERE seen IN`, all)
	if err != nil {
		return nil, err
	}
	g := &group{added: make([]Added, len(news)), same: make(map[int]int)}
	first := make(map[string]int, len(news))
	for i, n := range news {
		seen := lookups[i][0]
		if earlier, ok := first[string(seen)]; ok {
			g.same[i] = earlier
			continue
		}
		first[string(seen)] = i
		for _, lookup := range lookups[i] {
			if id := known[string(lookup)]; id != 0 {
				g.added[i] = Added{ID: id, Known: true}
			}
		}
		if !g.added[i].Known {
			g.drafts = append(g.drafts, &draft{index: i, new: n, seen: seen})
		}
	}
	return g, nil
}

// checkNews checks what can be checked before the bodies are read.
func (v *Vault) checkNews(ctx context.Context, news []NewRecord) error {
	var subjects []int64
	for i, n := range news {
		if err := n.check(); err != nil {
			return &RecordError{Index: i, Err: err}
		}
		if n.Subject != 0 {
			subjects = append(subjects, int64(n.Subject))
		}
	}
	slices.Sort(subjects)
	known := make(map[uint64]bool)
	err := among(ctx, v.db, `SELECT number FROM subjects WHERE number IN`, slices.Compact(subjects), func(rows *sql.Rows) error {
		var number uint64
		err := rows.Scan(&number)
		known[number] = true
		return err
	})
	if err != nil {
		return err
	}
	for i, n := range news {
		if n.Subject != 0 && !known[n.Subject] {
			return &RecordError{Index: i, Err: fmt.Errorf("subject %d: %w: ask Subject for the number of a patient", n.Subject, ErrNotFound)}
		}
	}
	return nil
}

func (n NewRecord) check() error {
	_, known := records.RecordClass_name[int32(n.Class)]
	switch {
	case !known || n.Class == records.RECORD_CLASS_UNSPECIFIED:
		return fmt.Errorf("%w: class %d: give one of the listed classes", ErrInvalid, n.Class)
	case (n.Class == records.RECORD_CLASS_DATASET) != (n.Subject == 0):
		return fmt.Errorf("%w: class %s with subject %d: a dataset has none, every other class has one", ErrInvalid, n.Class, n.Subject)
	case n.Body == nil:
		return fmt.Errorf("%w: it has no body", ErrInvalid)
	case n.Content.Kind == "" || n.Content.Profile == "":
		return fmt.Errorf("%w: kind or profile is missing", ErrInvalid)
	case n.Descriptor.Kind != n.Content.Kind || n.Descriptor.Profile != n.Content.Profile:
		return fmt.Errorf("%w: the descriptor has another kind or profile than the content", ErrInvalid)
	case n.Descriptor.ChunkRoot != "":
		return fmt.Errorf("%w: the descriptor has a chunk root already: leave it empty", ErrInvalid)
	}
	return nil
}

// addGroup stores the drafts and enters them into the index.
func (v *Vault) addGroup(ctx context.Context, g *group, keys *ring) error {
	workers, working := errgroup.WithContext(ctx)
	workers.SetLimit(runtime.GOMAXPROCS(0))
	for _, d := range g.drafts {
		workers.Go(func() error {
			err := v.prepare(working, d, keys)
			switch {
			case err == nil:
				return v.step(stepAddBody)
			case noRoom(err):
				return err
			}
			return &RecordError{Index: d.index, Err: err}
		})
	}
	if err := workers.Wait(); err != nil {
		return err
	}
	if err := v.step(stepAddStored); err != nil {
		return err
	}
	if err := v.blobs.sync(g.names(func(*draft) bool { return true })); err != nil {
		return err
	}
	if err := v.step(stepAddDurable); err != nil {
		return err
	}
	if err := v.write(ctx, func(tx *sql.Tx) error { return insert(ctx, tx, g, keys.current) }); err != nil {
		for _, d := range g.drafts {
			d.kept = false
		}
		return err
	}
	for i, earlier := range g.same {
		g.added[i] = Added{ID: g.added[earlier].ID, Known: true}
	}
	return v.step(stepAddCommitted)
}

// names returns the blobs of the drafts that match.
func (g *group) names(match func(*draft) bool) []string {
	var names []string
	for _, d := range g.drafts {
		if d.name != "" && match(d) {
			names = append(names, d.name)
		}
	}
	return names
}

// discard removes the bodies that no record of the index has: all of a failed
// group, or those that another call stored first. It asks the index, since a
// commit that reported a failure may have been one all the same. What it leaves
// behind when it fails itself, Doctor finds.
func (v *Vault) discard(ctx context.Context, g *group) error {
	names := g.names(func(d *draft) bool { return !d.kept })
	if len(names) == 0 {
		return nil
	}
	if err := v.step(stepAddCleanup); err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx)
	orphans := names[:0]
	for _, name := range names {
		owned, err := v.ownsBlob(ctx, name)
		if err != nil {
			return err
		}
		if !owned {
			orphans = append(orphans, name)
		}
	}
	return v.blobs.remove(ctx, orphans...)
}

// sweep removes the bodies that no record has, before anything is added.
func (v *Vault) sweep(ctx context.Context) error {
	for shard := range shards {
		var strays []string
		_, err := compare(ctx, v.db, v.blobs, shard, func(d difference) error {
			if !d.indexed {
				strays = append(strays, d.name)
			}
			return nil
		})
		if err != nil {
			return err
		}
		if err := v.blobs.remove(ctx, strays...); err != nil {
			return err
		}
	}
	return nil
}

// ownsBlob says whether a record of the index has that body.
func (v *Vault) ownsBlob(ctx context.Context, name string) (bool, error) {
	var owned bool
	err := v.db.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM records WHERE blob = ?)`, name).Scan(&owned)
	return owned, err
}
