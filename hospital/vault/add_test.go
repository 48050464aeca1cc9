package vault

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/transparency-dev/merkle/rfc6962"

	"github.com/dmdl-network/dmdl/commitment"
	"github.com/dmdl-network/dmdl/hospital/canonical/format"
	"github.com/dmdl-network/dmdl/x/records"
)

func TestWhatIsAddedComesBack(t *testing.T) {
	ctx := context.Background()
	v := newVault(t)
	for i, id := range add(t, v, 0, 1, 2) {
		plain, err := read(v, id)
		require.NoError(t, err)
		require.Equal(t, text(i), plain)

		r, err := v.Get(ctx, id)
		require.NoError(t, err)
		require.Equal(t, Staged, r.State)
		require.Equal(t, records.SIZE_CLASS_16_KIB, r.Size)
		require.Equal(t, uint64(1), r.Subject)

		e, err := v.Envelope(ctx, id)
		require.NoError(t, err)
		require.Equal(t, sha256.Sum256(plain), e.Openings.Content.Raw)
		content, sealed := e.Openings.commit(v.settings.Scope())
		require.Equal(t, r.Content, content)
		require.Equal(t, r.Sealed, sealed)
	}
	requireNoPlaintext(t, v.dir)
	requireHealthy(t, v)
}

func TestTheChunkRootIsThatOfTheEncryptedBody(t *testing.T) {
	ctx := context.Background()
	v := newVault(t)
	for _, size := range []int{0, 1, ChunkSize - 1, ChunkSize, 2*ChunkSize - 300, 5 * ChunkSize} {
		added, err := v.Add(ctx, []NewRecord{newRecord(0, bytes.Repeat([]byte{7}, size))})
		require.NoError(t, err)
		body, err := v.Body(ctx, added[0].ID, 0, -1)
		require.NoError(t, err)
		encrypted, err := io.ReadAll(body)
		require.NoError(t, err)
		require.NoError(t, body.Close())

		r, err := v.Get(ctx, added[0].ID)
		require.NoError(t, err)
		require.Equal(t, int64(len(encrypted)), r.BodySize)
		require.Equal(t, sha256.Sum256(encrypted), r.BodyDigest)

		e, err := v.Envelope(ctx, added[0].ID)
		require.NoError(t, err)
		descriptor, err := commitment.ParseDescriptor(e.Openings.Descriptor)
		require.NoError(t, err)
		require.Equal(t, hex.EncodeToString(naiveRoot(encrypted)), descriptor.ChunkRoot)

		part, err := v.Body(ctx, added[0].ID, 3, 5)
		require.NoError(t, err)
		got, err := io.ReadAll(part)
		require.NoError(t, err)
		require.NoError(t, part.Close())
		require.Equal(t, encrypted[3:8], got)
	}
}

// naiveRoot is the RFC 9162 root by its recursive definition.
func naiveRoot(body []byte) []byte {
	if len(body) <= ChunkSize {
		return rfc6962.DefaultHasher.HashLeaf(body)
	}
	split := ChunkSize
	for split*2 < len(body) {
		split *= 2
	}
	return rfc6962.DefaultHasher.HashChildren(naiveRoot(body[:split]), naiveRoot(body[split:]))
}

func TestAddingAgainDoesNothing(t *testing.T) {
	ctx := context.Background()
	v := newVault(t)
	subject, err := v.Subject(ctx, "a")
	require.NoError(t, err)
	other, err := v.Subject(ctx, "b")
	require.NoError(t, err)
	first, err := v.Add(ctx, []NewRecord{newRecord(subject, text(1)), newRecord(subject, text(2)), newRecord(subject, text(1))})
	require.NoError(t, err)
	require.Equal(t, []Added{{ID: 1}, {ID: 2}, {ID: 1, Known: true}}, first)
	again, err := v.Add(ctx, []NewRecord{newRecord(subject, text(2)), newRecord(other, text(2))})
	require.NoError(t, err)
	require.Equal(t, []Added{{ID: 2, Known: true}, {ID: 3}}, again)
	requireHealthy(t, v)
}

func TestManyMayAddTheSameAtOnce(t *testing.T) {
	ctx := context.Background()
	v := newVault(t)
	subject, err := v.Subject(ctx, "a")
	require.NoError(t, err)
	results := make([][]Added, 4)
	var group sync.WaitGroup
	for i := range results {
		group.Go(func() {
			added, err := v.Add(ctx, []NewRecord{newRecord(subject, text(1)), newRecord(subject, text(2))})
			require.NoError(t, err)
			results[i] = added
		})
	}
	group.Wait()
	fresh := 0
	for _, added := range results {
		require.Equal(t, results[0][0].ID, added[0].ID)
		require.Equal(t, results[0][1].ID, added[1].ID)
		if !added[0].Known {
			fresh++
		}
	}
	require.Equal(t, 1, fresh)
	requireHealthy(t, v)
}

func TestAGroupIsAddedWholeOrNotAtAll(t *testing.T) {
	ctx := context.Background()
	v := newVault(t)
	subject, err := v.Subject(ctx, "a")
	require.NoError(t, err)
	good := newRecord(subject, text(1))
	change := func(f func(*NewRecord)) NewRecord {
		n := newRecord(subject, text(2))
		f(&n)
		return n
	}
	for name, c := range map[string]struct {
		bad  NewRecord
		want error
	}{
		"no class":                   {change(func(n *NewRecord) { n.Class = 0 }), ErrInvalid},
		"an unknown class":           {change(func(n *NewRecord) { n.Class = 99 }), ErrInvalid},
		"a dataset with a subject":   {change(func(n *NewRecord) { n.Class = records.RECORD_CLASS_DATASET }), ErrInvalid},
		"no subject":                 {change(func(n *NewRecord) { n.Subject = 0 }), ErrInvalid},
		"an unknown subject":         {change(func(n *NewRecord) { n.Subject = 9 }), ErrNotFound},
		"no body":                    {change(func(n *NewRecord) { n.Body = nil }), ErrInvalid},
		"no kind":                    {change(func(n *NewRecord) { n.Content.Kind = "" }), ErrInvalid},
		"another kind":               {change(func(n *NewRecord) { n.Descriptor.Kind = "Patient" }), ErrInvalid},
		"another profile":            {change(func(n *NewRecord) { n.Descriptor.Profile = "csv/1" }), ErrInvalid},
		"a chunk root":               {change(func(n *NewRecord) { n.Descriptor.ChunkRoot = "00" }), ErrInvalid},
		"a source that has changed":  {change(func(n *NewRecord) { n.Content.Raw[0]++ }), ErrChanged},
		"a reference that changed":   {change(func(n *NewRecord) { n.Content.Raw[0]++; n.Reference = "pacs:1" }), ErrChanged},
		"a file that is gone":        {change(func(n *NewRecord) { n.Body = format.File("/absent/"+marker, marker) }), os.ErrNotExist},
		"a source that breaks":       {change(func(n *NewRecord) { n.Body = broken{} }), io.ErrUnexpectedEOF},
		"a reference that is broken": {change(func(n *NewRecord) { n.Body, n.Reference = broken{}, "pacs:1" }), io.ErrUnexpectedEOF},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := v.Add(ctx, []NewRecord{good, c.bad})
			require.ErrorIs(t, err, c.want)
			require.NotContains(t, err.Error(), marker)
			one := new(RecordError)
			require.ErrorAs(t, err, &one)
			require.Equal(t, 1, one.Index)
			all, err := v.List(ctx, Filter{}, 0, 0)
			require.NoError(t, err)
			require.Empty(t, all)
			requireHealthy(t, v)
		})
	}
	_, err = v.Add(ctx, make([]NewRecord, MaxGroup+1))
	require.ErrorIs(t, err, ErrInvalid)
}

// broken gives some bytes and then fails.
type broken struct{}

func (broken) Open() (io.ReadCloser, error) {
	return io.NopCloser(io.MultiReader(bytes.NewReader(text(2)), failing{})), nil
}
func (broken) Name() string { return marker }

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestALargeAddStopsWhenAsked(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	v := newVault(t)
	n := newLarge(t, 1<<20)
	n.Body = stopping{n.Body, cancel}
	_, err := v.Add(ctx, []NewRecord{n})
	require.ErrorIs(t, err, context.Canceled)
	requireHealthy(t, v)
}

// stopping ends the work on itself when it is opened.
type stopping struct {
	format.Source
	cancel context.CancelFunc
}

func (s stopping) Open() (io.ReadCloser, error) {
	s.cancel()
	return s.Source.Open()
}

func TestAnInterruptedAddLeavesNothing(t *testing.T) {
	v := newVault(t)
	ctx, cancel := context.WithCancel(context.Background())
	v.at = func(step string) error {
		if step == stepAddStored {
			cancel()
		}
		return nil
	}
	_, err := v.Add(ctx, []NewRecord{newRecord(0, text(1))})
	require.ErrorIs(t, err, context.Canceled)
	v.at = nil
	requireHealthy(t, v)
}
