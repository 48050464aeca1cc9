package tree

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/transparency-dev/merkle/compact"
)

// Damage is an ErrDamaged that says which hashes do not belong together.
type Damage struct {
	// Places are where hashes do not give the hash above them, leaves first.
	Places []Place
	// Root says that the highest hashes, or the last ones of a level, which
	// have none above them, do not give the root.
	Root bool
}

// Place is a run of hashes of one level, of which one is wrong, or else the
// hash above them.
type Place struct {
	// Level is 0 for leaves, else 4, 8, 12 or 16.
	Level uint
	// First and Last are positions in the level, from 0.
	First, Last uint64
}

// Error names at most five places, and the mend.
func (d *Damage) Error() string {
	const most = 5
	var parts []string
	for _, p := range d.Places[:min(len(d.Places), most)] {
		parts = append(parts, fmt.Sprintf("level %d, hashes %d to %d", p.Level, p.First, p.Last))
	}
	if more := len(d.Places) - most; more > 0 {
		parts = append(parts, fmt.Sprintf("%d more places", more))
	}
	if d.Root {
		parts = append(parts, "root or last hashes")
	}
	return fmt.Sprintf("%s: %s: repair it from the vault's leaf hashes", ErrDamaged, strings.Join(parts, "; "))
}

// Unwrap makes it an ErrDamaged.
func (d *Damage) Unwrap() error { return ErrDamaged }

// Check reads the whole file and hashes it again. It returns a Damage if any
// two hashes do not belong together, else the file is the tree of its root.
func (t *Tree) Check() error {
	var damage Damage
	for level := uint(0); t.leaves>>(level+step) > 0; level += step {
		places, err := t.checkLevel(level)
		if err != nil {
			return err
		}
		damage.Places = append(damage.Places, places...)
	}
	root, err := t.rootOfHighest()
	if err != nil {
		return err
	}
	damage.Root = root != t.root
	if damage.Root || len(damage.Places) > 0 {
		return &damage
	}
	return nil
}

// checkLevel compares the nodes of the next stored level with this one.
func (t *Tree) checkLevel(level uint) ([]Place, error) {
	const tiles = 512 // read at once: 256 KiB
	var places []Place
	below, above := make([]byte, tiles*width*Size), make([]byte, tiles*Size)
	count := t.leaves >> (level + step)
	for first := uint64(0); first < count; first += tiles {
		n := min(tiles, count-first)
		if err := readAt(t.file, below[:n*width*Size], offset(level, t.leaves)+int64(first)*width*Size); err != nil {
			return nil, err
		}
		if err := readAt(t.file, above[:n*Size], offset(level+step, t.leaves)+int64(first)*Size); err != nil {
			return nil, err
		}
		for i := range n {
			if !bytes.Equal(fold(below[i*width*Size:(i+1)*width*Size]), above[i*Size:(i+1)*Size]) {
				at := (first + i) * width
				places = append(places, Place{Level: level, First: at, Last: at + width - 1})
			}
		}
	}
	return places, nil
}

// rootOfHighest computes the root from the largest whole subtrees.
func (t *Tree) rootOfHighest() (root [Size]byte, err error) {
	r := reader{tree: t, tiles: make(map[compact.NodeID][]byte)}
	hashes, err := r.nodes(compact.RangeNodes(0, t.leaves, nil))
	if err != nil {
		return root, err
	}
	tree, err := ranges.NewRange(0, t.leaves, hashes)
	if err != nil {
		return root, err
	}
	top, err := tree.GetRootHash(nil)
	if err != nil {
		return root, err
	}
	return [Size]byte(top), nil
}
