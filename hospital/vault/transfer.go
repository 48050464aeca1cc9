package vault

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"os"
)

// transfer makes one blob store hold what an index says, out of another.
type transfer struct {
	from, to *store
	progress Progress
	// prune removes what the index does not name.
	prune bool
	// needed says whether a body that from lacks is needed all the same.
	needed func(name string) (bool, error)
}

// run goes shard by shard, so that its memory stays small.
func (t *transfer) run(ctx context.Context, index *sql.DB) error {
	var total, done int
	if err := index.QueryRowContext(ctx, `SELECT count(*) FROM records WHERE blob IS NOT NULL`).Scan(&total); err != nil {
		return err
	}
	for shard := range shards {
		var wanted, strays []string
		count, err := compare(ctx, index, t.to, shard, func(d difference) error {
			if d.indexed {
				wanted = append(wanted, d.name)
			} else {
				strays = append(strays, d.name)
			}
			return nil
		})
		if err != nil {
			return err
		}
		done += count - len(wanted)
		for _, name := range wanted {
			if err := t.copy(ctx, name); err != nil {
				return err
			}
			done++
			t.progress.tell(done, total)
		}
		if err := t.to.sync(wanted); err != nil {
			return err
		}
		if !t.prune {
			continue
		}
		if err := t.to.remove(ctx, strays...); err != nil {
			return err
		}
	}
	t.progress.tell(done, total)
	return nil
}

func (t *transfer) copy(ctx context.Context, name string) error {
	r, err := t.from.open(ctx, name, 0, -1)
	if errors.Is(err, ErrCorrupt) {
		needed, asking := t.needed(name)
		if asking == nil && !needed {
			return nil
		}
		return errors.Join(err, asking)
	}
	if err != nil {
		return err
	}
	defer r.Close()
	return t.to.put(ctx, name, func(w io.Writer) error {
		_, err := io.Copy(w, cancellable{ctx, r})
		return err
	})
}

func copyFile(to, from string) (err error) {
	r, err := os.Open(from)
	if err != nil {
		return err
	}
	defer r.Close()
	w, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, r)
	return errors.Join(err, w.Sync(), w.Close())
}
