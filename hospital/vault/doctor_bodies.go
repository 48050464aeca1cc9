package vault

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"runtime"

	"golang.org/x/sync/errgroup"

	"github.com/dmdl-network/dmdl/commitment"
	"github.com/dmdl-network/dmdl/hospital/tree"
)

// bodies compares the index with the blob store.
func (d *doctor) bodies(ctx context.Context) error {
	for shard := range shards {
		var strays []object
		count, err := compare(ctx, d.v.db, d.v.blobs, shard, func(diff difference) error {
			if diff.indexed {
				return d.missing(ctx, diff)
			}
			strays = append(strays, *diff.stored)
			return nil
		})
		if err != nil {
			return err
		}
		if err := d.strays(ctx, strays); err != nil {
			return err
		}
		d.report.Bodies += count
		d.advance(1)
	}
	return nil
}

func (d *doctor) missing(ctx context.Context, diff difference) error {
	var id uint64
	err := d.v.db.QueryRowContext(ctx, `SELECT id FROM records WHERE blob = ? AND life = 0`, diff.name).Scan(&id)
	if isNoRows(err) {
		return nil // erased a moment ago
	}
	if err != nil {
		return err
	}
	problem := fmt.Sprintf("record %d: its body %s is missing", id, diff.name)
	if diff.stored != nil {
		problem = fmt.Sprintf("record %d: its body %s has %d bytes instead of %d", id, diff.name, diff.stored.size, diff.size)
	}
	d.found(problem, "bring the body back from a backup", nil)
	return nil
}

// strays looks again at bodies that no record had, once no Add is under way.
func (d *doctor) strays(ctx context.Context, seen []object) error {
	if len(seen) == 0 {
		return nil
	}
	d.v.adding.Lock()
	defer d.v.adding.Unlock()
	for _, o := range seen {
		owned, err := d.v.ownsBlob(ctx, o.name)
		if err != nil {
			return err
		}
		if owned || d.v.lock == nil && d.v.now().Sub(o.written) < strayAge {
			continue
		}
		d.found(fmt.Sprintf("body %s belongs to no record", o.name), "remove it: it cannot be opened",
			func() error { return d.v.blobs.remove(ctx, o.name) })
	}
	return nil
}

// trees hashes every tree again.
func (d *doctor) trees(ctx context.Context) error {
	for after := uint64(0); ; {
		rows, err := d.v.db.QueryContext(ctx, `SELECT `+batchColumns+` FROM batches WHERE number > ? ORDER BY number LIMIT ?`, int64(after), MaxList)
		if err != nil {
			return err
		}
		some, err := scanAll(rows, func(rows *sql.Rows) (Batch, error) { return scanBatch(rows) })
		if err != nil || len(some) == 0 {
			return err
		}
		for _, b := range some {
			if err := d.v.withTree(b, (*tree.Tree).Check); err != nil {
				d.found(err.Error(), "write it anew from the index", func() error { return d.v.repairTree(ctx, b) })
			}
			after = b.Number
			d.advance(1)
		}
	}
}

// contents reads every body and opens every envelope.
func (d *doctor) contents(ctx context.Context) error {
	for after := uint64(0); ; {
		some, err := d.v.List(ctx, Filter{}, after, MaxList)
		if err != nil || len(some) == 0 {
			return err
		}
		problems := make([]error, len(some))
		workers, working := errgroup.WithContext(ctx)
		workers.SetLimit(runtime.GOMAXPROCS(0))
		for i, r := range some {
			workers.Go(func() error {
				problems[i] = d.v.examine(working, r.ID)
				return working.Err()
			})
		}
		if err := workers.Wait(); err != nil {
			return err
		}
		for _, problem := range problems {
			if problem != nil {
				d.found(problem.Error(), "bring what is damaged back from a backup", nil)
			}
		}
		after = some[len(some)-1].ID
		d.advance(len(some))
	}
}

// examine says what is wrong with the contents of a record, if it is kept.
func (v *Vault) examine(ctx context.Context, id uint64) error {
	r, _, err := v.unseal(ctx, id)
	if errors.Is(err, ErrErased) || err == nil && r.Reference {
		return nil
	}
	if err != nil {
		return err
	}
	body, err := v.openBody(ctx, r, 0, -1)
	if err != nil {
		return fmt.Errorf("record %d: %w", id, err)
	}
	defer body.Close()
	h := sha256.New()
	if _, err := io.Copy(h, body); err != nil {
		return fmt.Errorf("record %d: read its body: %w", id, err)
	}
	if [commitment.Size]byte(h.Sum(nil)) != r.BodyDigest {
		return fmt.Errorf("record %d: %w: its body has another digest than it had", id, ErrCorrupt)
	}
	return nil
}
