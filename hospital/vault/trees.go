package vault

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strconv"

	"github.com/dmdl-network/dmdl/commitment"
	"github.com/dmdl-network/dmdl/hospital/tree"
	"github.com/dmdl-network/dmdl/x/records"
)

// seedSize is the size of a batch's padding seed in bytes.
const seedSize = tree.Size

// Proof shows that a record is a leaf of a batch.
type Proof struct {
	// Leaf is the record as the ledger knows it.
	Leaf records.Leaf
	// Batch is the number of the batch.
	Batch uint64
	// Index is the place of the leaf, and Size the number of leaves.
	Index, Size uint64
	// Root is the root of the batch.
	Root [commitment.Size]byte
	// Path leads from the leaf's sibling to the root, RFC 9162 section 2.1.3.
	Path [][]byte
}

// Proof returns the proof of a record that is in a batch, also of an erased one.
// It is verified before it is returned.
func (v *Vault) Proof(ctx context.Context, id uint64) (Proof, error) {
	r, err := v.Get(ctx, id)
	if err != nil {
		return Proof{}, err
	}
	if r.Batch == 0 {
		return Proof{}, fmt.Errorf("record %d: %w: it is in no batch: seal one first", id, ErrNotFound)
	}
	b, err := v.Batch(ctx, r.Batch)
	if err != nil {
		return Proof{}, err
	}
	leaf := r.leaf(v.settings.Scope())
	p := Proof{Leaf: leaf, Batch: b.Number, Index: r.Leaf, Size: b.Size, Root: b.Root}
	err = v.withTree(b, func(t *tree.Tree) error {
		if p.Path, err = t.Path(r.Leaf); err != nil {
			return err
		}
		return tree.VerifyPath(tree.LeafHash(records.LeafBytes(leaf)), p.Index, p.Size, p.Path, p.Root)
	})
	return p, err
}

func (v *Vault) treePath(number uint64) string {
	return filepath.Join(v.dir, treesDir, strconv.FormatUint(number, 10))
}

// withTree opens the tree of a batch, which must be the one in the index.
func (v *Vault) withTree(b Batch, do func(*tree.Tree) error) error {
	err := openTree(v.treePath(b.Number), func(t *tree.Tree) error {
		if t.Root() != b.Root || t.Leaves() != b.Size {
			return fmt.Errorf("%w: it is the tree of another batch", tree.ErrDamaged)
		}
		return do(t)
	})
	if err != nil {
		return fmt.Errorf("batch %d: %w: its tree: %w: repair it by the doctor", b.Number, ErrCorrupt, err)
	}
	return nil
}

func openTree(path string, do func(*tree.Tree) error) error {
	f, err := os.Open(path)
	if err != nil {
		return withoutPath(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	t, err := tree.Open(f, info.Size())
	if err != nil {
		return err
	}
	return do(t)
}

// each visits records one after the other until visit fails.
type each func(visit func(Record) error) error

// growTree writes the tree over records and padding, and fills in Leaves, Size
// and Root.
func (v *Vault) growTree(b *Batch, all each) error {
	return v.writeTree(b.Number, func(w io.Writer) error {
		hashes, failed := v.leafHashes(b, all)
		root, size, err := tree.Write(w, hashes)
		b.Root, b.Size = root, size
		return errors.Join(failed(), err)
	})
}

// repairTree writes the tree of a batch anew from the index. It fails unless
// the root comes out the same.
func (v *Vault) repairTree(ctx context.Context, b Batch) error {
	want := b.Leaves
	return v.writeTree(b.Number, func(w io.Writer) error {
		hashes, failed := v.leafHashes(&b, func(visit func(Record) error) error {
			rows, err := v.db.QueryContext(ctx, `SELECT `+recordColumns+fromRecords+`WHERE r.batch = ? ORDER BY r.leaf`, int64(b.Number))
			if err != nil {
				return err
			}
			return scanEach(rows, visit)
		})
		err := errors.Join(tree.Repair(w, hashes, b.Root), failed())
		if err == nil && b.Leaves != want {
			err = fmt.Errorf("%w: the index has %d records of the %d of batch %d", ErrCorrupt, b.Leaves, want, b.Number)
		}
		return err
	})
}

// writeTree puts a tree in place once it is whole and durable.
func (v *Vault) writeTree(number uint64, write func(io.Writer) error) error {
	path := v.treePath(number)
	f, err := os.OpenFile(path+".new", os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	if err := write(f); err != nil {
		return errors.Join(err, f.Close(), os.Remove(path+".new"))
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(path+".new", path); err != nil {
		return err
	}
	return syncPath(filepath.Dir(path))
}

var errEnough = errors.New("no more leaves are wanted")

// leafHashes yields the hashes of the records and then those of the padding. It
// counts the records in b.Leaves; failed says why it ended early, if it did.
func (v *Vault) leafHashes(b *Batch, all each) (hashes iter.Seq[[tree.Size]byte], failed func() error) {
	var err error
	return func(yield func([tree.Size]byte) bool) {
		b.Leaves = 0
		err = all(func(r Record) error {
			b.Leaves++
			if !yield(tree.LeafHash(records.LeafBytes(r.leaf(v.settings.Scope())))) {
				return errEnough
			}
			return nil
		})
		if err != nil {
			return
		}
		var size uint64
		if size, err = tree.PaddedSize(b.Leaves); err != nil {
			return
		}
		for i := b.Leaves; i < size; i++ {
			if !yield(tree.Padding([tree.Size]byte(b.seed), i)) {
				return
			}
		}
	}, func() error { return err }
}
