package suite

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"filippo.io/age"

	"github.com/dmdl-network/dmdl/bench"
	"github.com/dmdl-network/dmdl/hospital/ingest"
	"github.com/dmdl-network/dmdl/hospital/tree"
	"github.com/dmdl-network/dmdl/hospital/vault"
)

const (
	// ingestRecords is how many records of 1 KiB the vault takes in.
	ingestRecords = 20_000
	// ingestBytes is the size of the one large file.
	ingestBytes = 2 << 30
)

// vaultIngest takes many small records and one large file into a vault, and
// seals the small ones into a batch. No ledger takes part.
func vaultIngest(ctx context.Context, e *env) (_ []bench.Figure, err error) {
	recovery, err := age.GenerateHybridIdentity()
	if err != nil {
		return nil, err
	}
	home := filepath.Join(e.home, "vault")
	settings := vault.Settings{Name: "bench", ChainID: "dmdl-bench-1", Institution: 1}
	if err := vault.Create(ctx, home, settings, recovery.Recipient().String()); err != nil {
		return nil, err
	}
	v, err := vault.Open(ctx, home, vault.Options{})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, v.Close()) }()

	load := bench.LoadAverage()
	var small time.Duration
	spent, err := shares(func() (err error) {
		small, err = e.take(ctx, v, "small.ndjson", writeObservations)
		return err
	})
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(e.Progress, "  processor time: %s\n", spent)
	begun := time.Now()
	if _, _, err := v.Seal(ctx, tree.MaxLeaves); err != nil {
		return nil, err
	}
	sealing := time.Since(begun)
	large, err := e.take(ctx, v, "large.bin", writeNoise)
	if err != nil {
		return nil, err
	}
	memory, err := peakMemory()
	if err != nil {
		return nil, err
	}
	of := func(name string, value float64, unit string) bench.Figure {
		return bench.Figure{Name: name, Value: value, Unit: unit, Runs: 1, Load: load}
	}
	return []bench.Figure{
		of("ingest_records_per_second", ingestRecords/small.Seconds(), "records/s"),
		of("ingest_mb_per_second", ingestBytes/1e6/large.Seconds(), "MB/s"),
		of("seal_records_per_second", ingestRecords/sealing.Seconds(), "records/s"),
		of("ingest_memory_mb", float64(memory)/1e6, "MB"),
	}, nil
}

// take writes a file and measures how long a vault takes it in.
func (e *env) take(ctx context.Context, v *vault.Vault, name string, write func(*bufio.Writer) error) (time.Duration, error) {
	path := filepath.Join(e.home, name)
	f, err := os.Create(path)
	if err != nil {
		return 0, err
	}
	w := bufio.NewWriterSize(f, 1<<20)
	if err := errors.Join(write(w), w.Flush(), f.Sync(), f.Close()); err != nil {
		return 0, err
	}
	begun := time.Now()
	s, err := ingest.Path(ctx, v, path, ingest.Options{}, nil)
	took := time.Since(begun)
	if err == nil && len(s.Failures) > 0 {
		err = s.Failures[0].Err
	}
	fmt.Fprintf(e.Progress, "  %s: %d records, %d bytes in %s\n", name, s.Records, s.Bytes, took.Round(time.Millisecond))
	return took, err
}

// writeObservations writes records of about 1 KiB of a thousand patients.
func writeObservations(w *bufio.Writer) error {
	for n := range ingestRecords {
		_, err := fmt.Fprintf(w, `{"resourceType":"Observation","id":"%d","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"718-7"}]},`+
			`"subject":{"reference":"Patient/%d"},"effectiveDateTime":"2026-08-01","valueQuantity":{"value":%d.%d,"unit":"g/dL"},"note":[{"text":"%0800d"}]}`+"\n",
			n, n%1000, n%20, n%10, n)
		if err != nil {
			return err
		}
	}
	return nil
}

// writeNoise writes bytes of no format.
func writeNoise(w *bufio.Writer) error {
	source := rand.NewChaCha8([32]byte{1})
	block := make([]byte, 1<<20)
	for range ingestBytes / len(block) {
		_, _ = source.Read(block) // never fails, by its documentation
		if _, err := w.Write(block); err != nil {
			return err
		}
	}
	return nil
}
