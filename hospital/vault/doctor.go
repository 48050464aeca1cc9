package vault

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// strayAge is how old a body without a record must be for a vault that is open
// for reading to report it: the writer may be about to enter it.
const strayAge = time.Hour

// Checkup says how Doctor looks.
type Checkup struct {
	// Deep reads every body and opens every envelope.
	Deep bool
	// Repair mends what can be mended without a backup.
	Repair bool
}

// Finding is one thing that is not as it should be.
type Finding struct {
	// Problem says what, in words.
	Problem string
	// Mend says what to do about it, or what was done.
	Mend string
	// Repaired says that it was done.
	Repaired bool
}

// Report is what Doctor saw.
type Report struct {
	// Records, Bodies and Batches are how many it looked at.
	Records, Bodies, Batches int
	// Findings are what it found, in the order of the checks.
	Findings []Finding
}

// Healthy says whether nothing is left to do.
func (r Report) Healthy() bool {
	for _, f := range r.Findings {
		if !f.Repaired {
			return false
		}
	}
	return true
}

// Doctor examines a vault, also while it serves: files and their modes, the
// index, bodies without records and records without bodies, half-done erasures,
// keys, counters and trees. Its error says that it could not look; what it
// found is in the report.
func (v *Vault) Doctor(ctx context.Context, c Checkup, progress Progress) (Report, error) {
	if c.Repair && v.lock == nil {
		return Report{}, ErrReadOnly
	}
	d := &doctor{v: v, Checkup: c, progress: progress}
	if err := d.count(ctx); err != nil {
		return Report{}, err
	}
	checks := []func(context.Context) error{d.files, d.keys, d.index, d.counters, d.lives, d.bodies, d.trees}
	if c.Deep {
		checks = append(checks, d.contents)
	}
	for _, check := range checks {
		if err := check(ctx); err != nil {
			return d.report, err
		}
	}
	return d.report, nil
}

// doctor is one examination.
type doctor struct {
	Checkup
	v        *Vault
	progress Progress
	report   Report

	done, total int
}

func (d *doctor) count(ctx context.Context) error {
	err := d.v.db.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM records), (SELECT count(*) FROM bodies), (SELECT count(*) FROM batches)`).
		Scan(&d.report.Records, &d.report.Bodies, &d.report.Batches)
	d.total = shards + d.report.Batches
	if d.Deep {
		d.total += d.report.Records
	}
	return err
}

func (d *doctor) advance(by int) {
	d.done += by
	d.progress.tell(d.done, max(d.done, d.total))
}

// found notes a finding. Mend says what to do; repair, unless nil, does it.
func (d *doctor) found(problem, mend string, repair func() error) {
	f := Finding{Problem: problem, Mend: mend}
	if d.Repair && repair != nil {
		if err := repair(); err != nil {
			f.Mend = fmt.Sprintf("%s: that failed: %v", mend, err)
		} else {
			f.Repaired = true
		}
	}
	d.report.Findings = append(d.report.Findings, f)
}

// files looks at modes and at what an interrupted write left behind.
func (d *doctor) files(context.Context) error {
	for _, f := range []struct {
		name string
		mode os.FileMode
	}{{".", 0o700}, {keyFile, 0o600}, {escrowFile, 0o600}, {indexFile, 0o600}} {
		path := filepath.Join(d.v.dir, f.name)
		info, err := os.Stat(path)
		if errors.Is(err, os.ErrNotExist) {
			continue // whether it must be there is another check
		}
		if err != nil {
			return err
		}
		if info.Mode().Perm()&^f.mode == 0 {
			continue
		}
		d.found(fmt.Sprintf("%s: others than its owner may use it (mode %o)", f.name, info.Mode().Perm()),
			fmt.Sprintf("chmod %o", f.mode), func() error { return os.Chmod(path, f.mode) })
	}
	return d.leftovers()
}

func (d *doctor) leftovers() error {
	for _, pattern := range []string{"*.new", treesDir + "/*.new"} {
		left, err := fs.Glob(os.DirFS(d.v.dir), pattern)
		if err != nil {
			return err
		}
		for _, name := range left {
			path := filepath.Join(d.v.dir, name)
			d.found(filepath.Base(name)+": left by an interrupted write", "remove it", func() error { return os.Remove(path) })
		}
	}
	return nil
}
