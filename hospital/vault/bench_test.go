package vault

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const benchGroup = 1000

// benchRecords are 1 KiB records that differ from those of every other round.
func benchRecords(subject uint64, round int) []NewRecord {
	group := make([]NewRecord, benchGroup)
	for i := range group {
		plain := bytes.Repeat([]byte{'x'}, 1<<10)
		binary.BigEndian.PutUint64(plain, uint64(round*benchGroup+i))
		group[i] = newRecord(subject, plain)
	}
	return group
}

// BenchmarkAdd adds records of 1 KiB, a thousand at a time, and splits the time
// into encrypting and storing, making durable, and the index.
func BenchmarkAdd(b *testing.B) {
	ctx := context.Background()
	v := newVault(b)
	subject, err := v.Subject(ctx, "one")
	require.NoError(b, err)
	spent := make(map[string]time.Duration)
	var last time.Time
	v.at = func(step string) error {
		if step != stepAddBody {
			spent[step] += time.Since(last)
			last = time.Now()
		}
		return nil
	}
	rounds := 0
	for b.Loop() {
		b.StopTimer()
		group := benchRecords(subject, rounds)
		rounds++
		b.StartTimer()
		last = time.Now()
		_, err := v.Add(ctx, group)
		require.NoError(b, err)
	}
	b.ReportMetric(float64(rounds*benchGroup)/b.Elapsed().Seconds(), "records/s")
	for step, name := range map[string]string{stepAddStored: "%encrypt+store", stepAddDurable: "%durable", stepAddCommitted: "%index"} {
		b.ReportMetric(100*spent[step].Seconds()/b.Elapsed().Seconds(), name)
	}
}

// The parts of Add that run side by side, one at a time on one core.

func BenchmarkBodyOf1KiB(b *testing.B) {
	plain := bytes.Repeat([]byte{'x'}, 1<<10)
	for b.Loop() {
		secret, err := newSecret(rand.Reader)
		require.NoError(b, err)
		_, err = sealBody(context.Background(), io.Discard, bytes.NewReader(plain), secret)
		require.NoError(b, err)
	}
}

func BenchmarkEnvelope(b *testing.B) {
	ctx := context.Background()
	v := newVault(b)
	e, err := v.Envelope(ctx, add(b, v, 1)[0])
	require.NoError(b, err)
	keys := v.ring.Load()
	for b.Loop() {
		_, err := e.Seal(keys.keys[keys.current].Recipient)
		require.NoError(b, err)
	}
}

func BenchmarkBlob(b *testing.B) {
	ctx := context.Background()
	v := newVault(b)
	body := make([]byte, 1<<10)
	for b.Loop() {
		name, err := newBlobName(rand.Reader)
		require.NoError(b, err)
		require.NoError(b, v.blobs.put(ctx, name, func(w io.Writer) error { _, err := w.Write(body); return err }))
	}
}

// BenchmarkAddLarge adds one body of 512 MiB.
func BenchmarkAddLarge(b *testing.B) {
	const size = large(512 << 20)
	n := newLarge(b, size)
	b.SetBytes(int64(size))
	v := newVault(b)
	round := 0
	for b.Loop() {
		round++
		n.Content.Kind = string(rune('a' + round)) // else it is known
		n.Descriptor.Kind = n.Content.Kind
		_, err := v.Add(context.Background(), []NewRecord{n})
		require.NoError(b, err)
	}
}

// BenchmarkSeal seals batches of four thousand records.
func BenchmarkSeal(b *testing.B) {
	ctx := context.Background()
	v := newVault(b)
	subject, err := v.Subject(ctx, "one")
	require.NoError(b, err)
	round := 0
	for b.Loop() {
		b.StopTimer()
		for range 4 {
			_, err := v.Add(ctx, benchRecords(subject, round))
			require.NoError(b, err)
			round++
		}
		b.StartTimer()
		_, some, err := v.Seal(ctx, 4*benchGroup)
		require.NoError(b, err)
		require.True(b, some)
	}
	b.ReportMetric(float64(round*benchGroup)/b.Elapsed().Seconds(), "records/s")
}
