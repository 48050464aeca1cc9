package vault

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var errCrash = errors.New("crash")

// crasher ends the process, as far as the vault can tell, at the step of a
// number: it keeps what is on disk at that moment and fails every later step.
type crasher struct {
	t    *testing.T
	home string
	at   int

	mu   sync.Mutex
	seen []string
	left string // the copy of the home, "" as long as nothing crashed
}

func (c *crasher) step(name string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.left != "" {
		return errCrash
	}
	c.seen = append(c.seen, name)
	if len(c.seen) <= c.at {
		return nil
	}
	c.left = filepath.Join(c.t.TempDir(), "left")
	copyTree(c.t, c.left, c.home)
	return errCrash
}

// copyTree copies a folder in which files may come and go.
func copyTree(t *testing.T, to, from string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		target := filepath.Join(to, path[len(from):])
		if entry.IsDir() {
			return os.MkdirAll(target, 0o700)
		}
		if err := copyFile(target, path); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}))
}

// crashing is an operation that may be cut short.
type crashing struct {
	prepare func(*testing.T, *Vault)
	run     func(*Vault) error
	// verify checks the vault after the operation was run again to its end.
	verify func(*testing.T, *Vault)
}

// crashes are the operations. Each is run on a vault with
// three acknowledged records, 1 to 3, of which none is in a batch.
var crashes = map[string]crashing{
	"add": {
		run:    func(v *Vault) error { return addTexts(v, 4, 5) },
		verify: func(t *testing.T, v *Vault) { requireTexts(t, v, 1, 2, 3, 4, 5) },
	},
	"add that fails": {
		run:    failToAdd,
		verify: func(t *testing.T, v *Vault) { requireTexts(t, v, 1, 2, 3) },
	},
	"seal": {
		run: func(v *Vault) error { _, _, err := v.Seal(context.Background(), 10); return err },
		verify: func(t *testing.T, v *Vault) {
			pending, err := v.Pending(context.Background())
			require.NoError(t, err)
			require.Len(t, pending, 1)
			require.Equal(t, uint64(3), pending[0].Leaves)
			for id := uint64(1); id <= 3; id++ {
				_, err := v.Proof(context.Background(), id)
				require.NoError(t, err)
			}
		},
	},
	"erase": {
		run: func(v *Vault) error { return v.Erase(context.Background(), 2, "gdpr-17") },
		verify: func(t *testing.T, v *Vault) {
			_, err := read(v, 2)
			require.ErrorIs(t, err, ErrErased)
			requireTexts(t, v, 1, 3)
		},
	},
	"rotate": {
		run: func(v *Vault) error { return v.Rotate(context.Background()) },
		verify: func(t *testing.T, v *Vault) {
			require.GreaterOrEqual(t, len(keyNames(t, v)), 2)
			requireTexts(t, v, 1, 2, 3)
		},
	},
	"rewrap": {
		prepare: func(t *testing.T, v *Vault) { require.NoError(t, v.Rotate(context.Background())) },
		run:     func(v *Vault) error { return v.Rewrap(context.Background(), nil) },
		verify: func(t *testing.T, v *Vault) {
			var old int
			require.NoError(t, v.db.QueryRow(`SELECT count(*) FROM envelopes WHERE key = 1`).Scan(&old))
			require.Zero(t, old)
			requireTexts(t, v, 1, 2, 3)
		},
	},
	"retire": {
		prepare: func(t *testing.T, v *Vault) {
			require.NoError(t, v.Rotate(context.Background()))
			require.NoError(t, v.Rewrap(context.Background(), nil))
		},
		run: func(v *Vault) error {
			_, err := v.RetireKeys(context.Background(), time.Now().Add(1000*day))
			return err
		},
		verify: func(t *testing.T, v *Vault) {
			require.Len(t, keyNames(t, v), 1)
			requireTexts(t, v, 1, 2, 3)
		},
	},
}

// failToAdd begins to add a record and gives up once its body is stored.
func failToAdd(v *Vault) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	at := v.at
	defer func() { v.at = at }()
	v.at = func(step string) error {
		if step == stepAddStored {
			cancel()
		}
		if at == nil {
			return nil
		}
		return at(step)
	}
	_, err := v.Add(ctx, []NewRecord{newRecord(0, text(5))})
	if errors.Is(err, context.Canceled) && !errors.Is(err, errCrash) {
		return nil
	}
	return err
}

func addTexts(v *Vault, numbers ...int) error {
	var group []NewRecord
	for _, n := range numbers {
		group = append(group, newRecord(0, text(n)))
	}
	_, err := v.Add(context.Background(), group)
	return err
}

// requireTexts says that the records that can be read are those, each once.
func requireTexts(t *testing.T, v *Vault, numbers ...int) {
	t.Helper()
	want := make(map[string]int)
	for _, n := range numbers {
		want[string(text(n))] = 1
	}
	got := make(map[string]int)
	all, err := v.List(context.Background(), Filter{}, 0, 0)
	require.NoError(t, err)
	for _, r := range all {
		if r.State == Erased {
			continue
		}
		plain, err := read(v, r.ID)
		require.NoError(t, err)
		got[string(plain)]++
	}
	require.Equal(t, want, got)
}

func TestACrashAnywhereLosesNothing(t *testing.T) {
	covered := make(map[string]bool)
	for name, c := range crashes {
		t.Run(name+", bodies in the index", func(t *testing.T) { testCrashes(t, name, c, smallBody, covered) })
		t.Run(name+", bodies in the blob store", func(t *testing.T) { testCrashes(t, name, c, -1, covered) })
	}
	for _, step := range []string{
		stepAddBody, stepAddStored, stepAddDurable, stepAddCommitted, stepAddCleanup, stepSealTree, stepSealBatch,
		stepEraseMarked, stepEraseWiped, stepEraseDeleted, stepEraseDone, stepRotateAdded,
		stepRewrapGroup, stepRewrapEnvelopes, stepRewrapSecret, stepRetireDestroyed,
	} {
		require.True(t, covered[step], step)
	}
}

// testCrashes cuts an operation short at each of its steps.
func testCrashes(t *testing.T, name string, c crashing, small int64, covered map[string]bool) {
	for at := 0; ; at++ {
		dir, recovery := home(t)
		v, err := Open(context.Background(), dir, Options{})
		require.NoError(t, err)
		v.small = small
		require.NoError(t, addTexts(v, 1, 2, 3))
		if c.prepare != nil {
			c.prepare(t, v)
		}
		crash := &crasher{t: t, home: dir, at: at}
		v.at = crash.step
		err = c.run(v)
		require.NoError(t, v.Close())
		if crash.left == "" {
			require.NoError(t, err)
			return // there is no such step any more
		}
		require.ErrorIs(t, err, errCrash)
		step := crash.seen[at]
		covered[step] = true

		requireNoPlaintext(t, crash.left)
		again := open(t, crash.left, Options{})
		again.small = small
		requireAcknowledged(t, again, name)
		require.NoError(t, c.run(again), step)
		c.verify(t, again)
		report, err := again.Doctor(context.Background(), Checkup{}, nil)
		require.NoError(t, err)
		for _, f := range report.Findings {
			require.NotContains(t, f.Problem, "belongs to no record", step)
		}
		report, err = again.Doctor(context.Background(), Checkup{Repair: true}, nil)
		require.NoError(t, err)
		require.True(t, report.Healthy(), "%s: %v", step, report.Findings)
		requireHealthy(t, again)
		c.verify(t, again)
		require.Subset(t, escrowed(t, filepath.Join(crash.left, escrowFile), recovery), keyNames(t, again))
		requireNoPlaintext(t, crash.left)
	}
}

// requireAcknowledged says that right after the crash the three records are
// there, except for one that was being erased.
func requireAcknowledged(t *testing.T, v *Vault, operation string) {
	t.Helper()
	for id := uint64(1); id <= 3; id++ {
		plain, err := read(v, id)
		if operation == "erase" && id == 2 && errors.Is(err, ErrErased) {
			continue
		}
		require.NoError(t, err)
		require.Equal(t, text(int(id)), plain)
	}
}

func TestWhatACrashLeftIsSweptThoughOpeningFailedFirst(t *testing.T) {
	dir, _ := home(t)
	stray := filepath.Join(dir, blobsDir, "00", "aa")
	write(t, stray)
	require.NoError(t, os.WriteFile(filepath.Join(dir, lockFile), []byte("open\n"), 0o600)) // as a killed process leaves it

	key := filepath.Join(dir, keyFile)
	require.NoError(t, os.Rename(key, key+".away"))
	_, err := Open(t.Context(), dir, Options{})
	require.ErrorIs(t, err, ErrKey)
	require.FileExists(t, stray)

	require.NoError(t, os.Rename(key+".away", key))
	open(t, dir, Options{})
	require.NoFileExists(t, stray)
}
