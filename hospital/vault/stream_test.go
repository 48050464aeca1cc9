package vault

import (
	"context"
	"crypto/sha256"
	"io"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/commitment"
	"github.com/dmdl-network/dmdl/x/records"
)

// large is a source of many bytes that are nowhere in memory.
type large int64

func (l large) Open() (io.ReadCloser, error) {
	return io.NopCloser(io.LimitReader(pattern{}, int64(l))), nil
}
func (large) Name() string { return "" }

type pattern struct{}

func (pattern) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

// newLarge is a dataset of that many bytes.
func newLarge(t testing.TB, size large) NewRecord {
	t.Helper()
	r, err := size.Open()
	require.NoError(t, err)
	n, digest, err := copyDigest(context.Background(), io.Discard, r)
	require.NoError(t, err)
	require.Equal(t, int64(size), n)
	return NewRecord{
		Class:      records.RECORD_CLASS_DATASET,
		Content:    commitment.Content{Kind: "application/octet-stream", Profile: "raw/1", Canonical: digest, Raw: digest},
		Descriptor: commitment.Descriptor{Kind: "application/octet-stream", Profile: "raw/1"},
		Body:       size,
	}
}

// gauge passes bytes on and notes how much memory is in use on the way.
type gauge struct {
	from io.Reader
	read int
	most uint64
}

func (g *gauge) Read(p []byte) (int, error) {
	n, err := g.from.Read(p)
	const every = 8 << 20
	if (g.read+n)/every > g.read/every {
		g.most = max(g.most, inUse())
	}
	g.read += n
	return n, err
}

// inUse is how many bytes of the heap are in use.
func inUse() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// gauged is a source that is read through a gauge.
type gauged struct {
	large
	gauge *gauge
}

func (g gauged) Open() (io.ReadCloser, error) {
	r, err := g.large.Open()
	g.gauge.from = r
	return io.NopCloser(g.gauge), err
}

func TestALargeBodyPassesThroughLittleMemory(t *testing.T) {
	ctx := context.Background()
	v := newVault(t)
	const size, little = large(96 << 20), 8 << 20
	n := newLarge(t, size)
	in := new(gauge)
	n.Body = gauged{size, in}
	before := inUse()
	added, err := v.Add(ctx, []NewRecord{n})
	require.NoError(t, err)
	require.Equal(t, int(size), in.read)
	require.Less(t, in.most, before+little)

	r, err := v.Get(ctx, added[0].ID)
	require.NoError(t, err)
	require.Equal(t, records.SIZE_CLASS_1_GIB, r.Size)

	before = inUse()
	plain, err := v.Read(ctx, added[0].ID)
	require.NoError(t, err)
	h, out := sha256.New(), &gauge{from: plain}
	_, err = io.Copy(h, out)
	require.NoError(t, err)
	require.NoError(t, plain.Close())
	require.Less(t, out.most, before+little)
	require.Equal(t, n.Content.Raw[:], h.Sum(nil))
}
