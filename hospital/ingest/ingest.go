// Package ingest takes what a hospital has into its vault: files, folders and
// whatever arrives over HTTP. It finds the records in a source, makes digests of
// their canonical forms, and hands them to the vault in groups.
//
// Taking in the same again does nothing, so whoever was interrupted begins
// anew. What is wrong with one record or one file stops no other.
package ingest

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"github.com/dmdl-network/dmdl/commitment"
	"github.com/dmdl-network/dmdl/hospital/canonical"
	"github.com/dmdl-network/dmdl/hospital/canonical/format"
	"github.com/dmdl-network/dmdl/hospital/vault"
	"github.com/dmdl-network/dmdl/x/records"
)

// Vault is what ingest needs of a vault.
type Vault interface {
	// Subjects returns the numbers of patients, assigned at first sight.
	Subjects(ctx context.Context, patients []string) ([]uint64, error)
	// Add takes records, all or none, and leaves those alone that it has.
	Add(ctx context.Context, news []vault.NewRecord) ([]vault.Added, error)
}

// Options say how to take something in.
type Options struct {
	// Vault is the folder of the vault itself, which is never taken in: it holds the keys
	// that the records are encrypted for.
	Vault string
	// Patient is whom records are about whose source does not say it, as the
	// hospital identifies patients. If it is empty too, each such record gets a
	// subject of its own, so that it is linked to nobody.
	Patient string
	// Reference puts records under reference custody: they are read and checked,
	// and stay where they are. Only whole files can be.
	Reference bool
	// Found, if set, is told of every record as it is found.
	Found func(Found)
}

// Found is a record as it went into the vault.
type Found struct {
	// ID is its number in the vault, and Known says that it was there already.
	ID    uint64
	Known bool
	// Kind, Profile and Why are those of the item.
	Kind, Profile, Why string
	// Bytes is the size of its raw bytes.
	Bytes int64
}

// Failure is something that could not be taken in. It is for the eyes of whoever
// brought it: a path may name a patient and is not to be logged.
type Failure struct {
	// Path is the name of the source.
	Path string
	// Err says what was wrong, without any value of the source.
	Err error
}

// Intake takes one source after the other into a vault. While the vault encrypts
// one group of records, the next is read and digested. Its methods are for one
// goroutine.
type Intake struct {
	vault    Vault
	options  Options
	waiting  []waiting
	bytes    int64
	failures []Failure
	// handed receives what became of the group that the vault has in hand, or is
	// nil if it has none.
	handed chan handed
}

// handed is what became of a group.
type handed struct {
	found    []Found
	failures []Failure
	err      error
}

// waiting is a record that is not handed over yet.
type waiting struct {
	record  vault.NewRecord
	patient string // "" for a dataset
	found   Found
	source  string
}

// New returns an intake.
func New(v Vault, o Options) *Intake { return &Intake{vault: v, options: o} }

const (
	// groupRecords and groupBytes bound what waits to be handed over: records
	// that are parts of a source are held in memory until then.
	groupRecords = 512
	groupBytes   = 16 << 20
)

// VaultError says that the vault itself failed, so that going on is no use.
type VaultError struct{ Err error }

// Error implements error.
func (e *VaultError) Error() string { return "the vault: " + e.Err.Error() }

// Unwrap returns the cause.
func (e *VaultError) Unwrap() error { return e.Err }

// Take takes in all records of a source, past what is wrong with some; see
// Failures. Records may wait for Flush. The error is a *VaultError, or that ctx
// ended.
func (in *Intake) Take(ctx context.Context, src format.Source) error {
	bad := 0
	for item, err := range canonical.Items(src) {
		if err == nil {
			err = in.take(ctx, src.Name(), item)
		}
		if fatal := fatal(ctx, err); fatal != nil {
			_ = in.settle() // it fails for the same reason
			return fatal
		}
		if err == nil {
			continue
		}
		if item.Locator != "" {
			err = fmt.Errorf("%s: %w", item.Locator, err)
		}
		in.fail(src.Name(), err)
		if bad++; bad == maxFailures {
			in.fail(src.Name(), fmt.Errorf("gave up after %d records that are not valid", maxFailures))
			return nil
		}
	}
	return nil
}

// maxFailures is how many bad records of one source are reported.
const maxFailures = 20

func (in *Intake) fail(path string, err error) {
	in.failures = append(in.failures, Failure{Path: path, Err: err})
}

// Failures returns what could not be taken in since it was last called.
func (in *Intake) Failures() []Failure {
	failures := in.failures
	in.failures = nil
	return failures
}

// fatal returns the error if going on makes no sense.
func fatal(ctx context.Context, err error) error {
	var failed *VaultError
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &failed):
		return failed
	}
	return nil
}

// take digests a record and adds it to the group.
func (in *Intake) take(ctx context.Context, source string, item format.Item) error {
	n, size, err := digest(item)
	if err != nil {
		return err
	}
	if in.options.Reference {
		if item.Locator != "" {
			return fmt.Errorf("%w: a part of a file cannot be under reference custody: ingest the file without it", format.ErrInvalid)
		}
		n.Reference = item.Raw.Name()
	}
	in.waiting = append(in.waiting, waiting{
		record: n, patient: in.patient(item, n), source: source,
		found: Found{Kind: item.Kind, Profile: item.Profile, Why: item.Why, Bytes: size},
	})
	in.bytes += size
	if len(in.waiting) >= groupRecords || in.bytes >= groupBytes {
		return in.handOver(ctx)
	}
	return nil
}

// patient says whom a record is about: nobody, if it is a dataset.
func (in *Intake) patient(item format.Item, n vault.NewRecord) string {
	switch {
	case n.Class == records.RECORD_CLASS_DATASET:
		return ""
	case item.Patient != "":
		return item.Patient
	case in.options.Patient != "":
		return in.options.Patient
	}
	return fmt.Sprintf("nobody known, raw digest %x", n.Content.Raw)
}

// Flush hands over what waits and waits for the vault.
func (in *Intake) Flush(ctx context.Context) error {
	if err := in.handOver(ctx); err != nil {
		return err
	}
	return in.settle()
}

// handOver gives what waits to the vault, once it is done with the group before.
func (in *Intake) handOver(ctx context.Context) error {
	if err := in.settle(); err != nil {
		return err
	}
	group := in.waiting
	in.waiting, in.bytes = nil, 0
	if len(group) == 0 {
		return nil
	}
	result := make(chan handed, 1)
	in.handed = result
	go func() { result <- in.hand(ctx, group) }()
	return nil
}

// settle waits for the group that the vault has in hand and reports it.
func (in *Intake) settle() error {
	if in.handed == nil {
		return nil
	}
	h := <-in.handed
	in.handed = nil
	in.failures = append(in.failures, h.failures...)
	if in.options.Found != nil {
		for _, f := range h.found {
			in.options.Found(f)
		}
	}
	return h.err
}

// hand adds a group. If it fails because of one record, its records are added one
// by one, so that it keeps no other out.
func (in *Intake) hand(ctx context.Context, group []waiting) (h handed) {
	if err := in.number(ctx, group); err != nil {
		h.err = &VaultError{err}
		return h
	}
	h.err = in.add(ctx, group, &h)
	if !ofOneRecord(h.err) {
		return h
	}
	h.err = nil
	for i := range group {
		if err := in.add(ctx, group[i:i+1], &h); ofOneRecord(err) {
			h.failures = append(h.failures, Failure{Path: group[i].source, Err: fmt.Errorf("%s: %w", group[i].found.Kind, err)})
		} else if err != nil {
			h.err = err
			return h
		}
	}
	return h
}

// number gives the records of a group the numbers of their patients.
func (in *Intake) number(ctx context.Context, group []waiting) error {
	var patients []string
	var of []*vault.NewRecord
	for i := range group {
		if group[i].patient != "" {
			patients, of = append(patients, group[i].patient), append(of, &group[i].record)
		}
	}
	numbers, err := in.vault.Subjects(ctx, patients)
	for i, number := range numbers {
		of[i].Subject = number
	}
	return err
}

// add adds records, all or none.
func (in *Intake) add(ctx context.Context, group []waiting, h *handed) error {
	news := make([]vault.NewRecord, len(group))
	for i, w := range group {
		news[i] = w.record
	}
	added, err := in.vault.Add(ctx, news)
	if ofOneRecord(err) {
		return err
	}
	if err != nil {
		return &VaultError{err}
	}
	for i, w := range group {
		w.found.ID, w.found.Known = added[i].ID, added[i].Known
		h.found = append(h.found, w.found)
	}
	return nil
}

// ofOneRecord says whether an error is the fault of one record.
func ofOneRecord(err error) bool {
	var bad *vault.RecordError
	return errors.As(err, &bad)
}

// digest makes the record that the vault is given of an item, and returns the
// size of its raw bytes.
func digest(item format.Item) (vault.NewRecord, int64, error) {
	raw, size, err := rawDigest(item.Raw)
	if err != nil {
		return vault.NewRecord{}, 0, err
	}
	form := raw // of raw/1, which a large file should not be read twice for
	if item.Profile != rawProfile {
		if form, err = canonical.Digest(item.Profile, item.Raw); err != nil {
			return vault.NewRecord{}, 0, err
		}
	}
	n := vault.NewRecord{
		Class:   item.Class,
		Content: commitment.Content{Kind: item.Kind, Profile: item.Profile, Canonical: form, Raw: raw},
		Descriptor: commitment.Descriptor{
			Kind: item.Kind, Profile: item.Profile, Codes: item.Codes, Labels: item.Labels,
			Occurred: item.Occurred, Notes: item.Notes,
		},
		Body: item.Raw,
	}
	if item.Locator != "" {
		n.Descriptor.Locators = []string{item.Locator}
	}
	for _, profile := range item.Also {
		also, err := canonical.Digest(profile, item.Raw)
		if err != nil {
			return vault.NewRecord{}, 0, err
		}
		n.Descriptor.Also = append(n.Descriptor.Also, commitment.Form{Profile: profile, Digest: fmt.Sprintf("%x", also)})
	}
	return n, size, nil
}

// rawProfile is the form that leaves bytes as they are.
const rawProfile = "raw/1"

func rawDigest(src format.Source) (digest [sha256.Size]byte, size int64, err error) {
	r, err := src.Open()
	if err != nil {
		return digest, 0, err
	}
	defer r.Close()
	h := sha256.New()
	if size, err = io.Copy(h, r); err != nil {
		return digest, 0, err
	}
	return [sha256.Size]byte(h.Sum(nil)), size, nil
}

// Upload returns the source that arrived as a body of at most limit bytes, or a
// *format.TooLargeError.
func Upload(body io.Reader, limit int64) (format.Source, error) {
	b, err := io.ReadAll(io.LimitReader(body, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(b)) > limit {
		return nil, &format.TooLargeError{Limit: limit}
	}
	return format.Bytes(b, ""), nil
}
