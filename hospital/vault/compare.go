package vault

import (
	"context"
	"database/sql"
)

// comparePage is how many names are read from an index at once, so that no long
// reading keeps its log from being emptied.
const comparePage = 10_000

// difference is a body that an index and a blob store do not agree on.
type difference struct {
	name string
	// indexed says that a record has it, and size is what the index says.
	indexed bool
	size    int64
	// stored is what the store has, or nil.
	stored *object
}

// compare walks one shard of an index and of a blob store side by side, both in
// the order of names, and calls visit where they differ. It returns how many
// bodies of the store the index names in the shard.
func compare(ctx context.Context, db *sql.DB, blobs *store, shard int, visit func(difference) error) (int, error) {
	names := &nameReader{db: db, name: shardPrefix(shard), end: shardEnd(shard)}
	if err := names.next(ctx); err != nil {
		return 0, err
	}
	err := blobs.each(ctx, shard, func(o object) error {
		for names.more && names.name < o.name {
			if err := visit(difference{name: names.name, indexed: true, size: names.size}); err != nil {
				return err
			}
			if err := names.next(ctx); err != nil {
				return err
			}
		}
		if !names.more || names.name > o.name {
			return visit(difference{name: o.name, stored: &o})
		}
		if names.size != o.size {
			if err := visit(difference{name: o.name, indexed: true, size: names.size, stored: &o}); err != nil {
				return err
			}
		}
		return names.next(ctx)
	})
	for err == nil && names.more {
		if err = visit(difference{name: names.name, indexed: true, size: names.size}); err == nil {
			err = names.next(ctx)
		}
	}
	return names.count, err
}

// nameReader reads the bodies of an index from name to end, page by page.
type nameReader struct {
	db    *sql.DB
	end   string
	page  []object
	ended bool

	more  bool
	name  string
	size  int64
	count int
}

func (n *nameReader) next(ctx context.Context) error {
	if len(n.page) == 0 && !n.ended {
		rows, err := n.db.QueryContext(ctx, `SELECT blob, size FROM records WHERE blob > ? AND blob < ? ORDER BY blob LIMIT ?`, n.name, n.end, comparePage)
		if err != nil {
			return err
		}
		n.page, err = scanAll(rows, func(rows *sql.Rows) (object, error) {
			var o object
			err := rows.Scan(&o.name, &o.size)
			return o, err
		})
		if err != nil {
			return err
		}
		n.ended = len(n.page) < comparePage
	}
	if n.more = len(n.page) > 0; !n.more {
		return nil
	}
	n.name, n.size = n.page[0].name, n.page[0].size
	n.page = n.page[1:]
	n.count++
	return nil
}
