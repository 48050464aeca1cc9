package vault

import (
	"crypto/sha256"
	"errors"
	"hash"

	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/rfc6962"

	"github.com/dmdl-network/dmdl/commitment"
)

// tally sums up encrypted bytes as they pass: digest, chunk root and size.
type tally struct {
	all   hash.Hash
	chunk hash.Hash
	room  int // bytes until the chunk is full
	size  int64
	tree  *compact.Range
	err   error
}

var chunkTrees = compact.RangeFactory{Hash: rfc6962.DefaultHasher.HashChildren}

func newTally() *tally {
	t := &tally{all: sha256.New(), chunk: sha256.New(), tree: chunkTrees.NewEmptyRange(0)}
	t.begin()
	return t
}

func (t *tally) begin() {
	t.chunk.Reset()
	t.chunk.Write([]byte{rfc6962.RFC6962LeafHashPrefix})
	t.room = ChunkSize
}

// Write implements io.Writer.
func (t *tally) Write(p []byte) (int, error) {
	n := len(p)
	t.all.Write(p)
	t.size += int64(n)
	for len(p) > 0 {
		if t.room == 0 {
			t.end()
		}
		part := p[:min(t.room, len(p))]
		t.chunk.Write(part)
		t.room -= len(part)
		p = p[len(part):]
	}
	return n, t.err
}

func (t *tally) end() {
	t.err = errors.Join(t.err, t.tree.Append(t.chunk.Sum(nil), nil))
	t.begin()
}

func (t *tally) sum() (sealedBody, error) {
	t.end() // the last chunk: a full one is ended only when there is a byte for the next
	root, err := t.tree.GetRootHash(nil)
	if err := errors.Join(t.err, err); err != nil {
		return sealedBody{}, err
	}
	return sealedBody{
		digest:    [commitment.Size]byte(t.all.Sum(nil)),
		chunkRoot: [commitment.Size]byte(root),
		size:      t.size,
	}, nil
}
