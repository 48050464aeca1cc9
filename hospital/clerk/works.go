package clerk

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/dmdl-network/dmdl/hospital/ledger"
	"github.com/dmdl-network/dmdl/hospital/vault"
	"github.com/dmdl-network/dmdl/x/copyright"
	"github.com/dmdl-network/dmdl/x/records"
)

// ErrNotAttested says why a vault does not attest a work.
var ErrNotAttested = errors.New("this work is not attested")

// ErrNoWork says that the ledger holds no such work.
var ErrNoWork = errors.New("the ledger holds no such work")

// Attest gives this custodian's word for a claim, after it has looked: the list of
// records with the claim's root is here, each of them of this institution is anchored and
// kept, and the bytes of those that it draws are what was committed to. It returns
// how many it compared. Progress, if set, is told of records looked at.
func (c *Clerk) Attest(ctx context.Context, id copyright.WorkId, progress vault.Progress) (compared int, err error) {
	claim, err := c.registered(ctx, id)
	if err != nil {
		return 0, err
	}
	if own := c.vault.Settings().Institution; !slices.Contains(claim.Custodians, own) {
		return 0, fmt.Errorf("%w: it names institution %d nowhere as a custodian", ErrNotAttested, own)
	}
	seed := make([]byte, copyright.DigestSize)
	_, _ = rand.Read(seed) // never fails: the runtime aborts if the system has no randomness
	if compared, err = c.compareWork(ctx, *claim, seed, progress); err != nil {
		return compared, err
	}
	return compared, c.submit(ctx, &copyright.MsgAttestWork{
		Vault: c.key.Address(), Work: id, Root: claim.Root, Claimant: claim.Claimant, Seed: seed,
	})
}

// compareWork compares a claim with the list of records that is here, and the list with
// the vault.
func (c *Clerk) compareWork(ctx context.Context, claim copyright.Work, seed []byte, progress vault.Progress) (compared int, err error) {
	kept, err := c.vault.Work(ctx, claim.Root)
	if errors.Is(err, vault.ErrNotFound) {
		return 0, fmt.Errorf("%w: the list of its records is not here: get it from the claimant and add it with \"dmdld vault work add\"", ErrNotAttested)
	}
	if err != nil {
		return 0, err
	}
	if kept.Size != claim.Size_ {
		return 0, fmt.Errorf("%w: it claims %d records, the list has %d", ErrNotAttested, claim.Size_, kept.Size)
	}
	drawn := make(map[uint64]bool)
	for _, place := range claim.Sample(seed) {
		drawn[place] = true
	}
	place := uint64(0)
	for id, err := range c.vault.WorkRecords(ctx, claim.Root) {
		if err != nil {
			return compared, err
		}
		own, err := c.lookAt(ctx, claim, id, drawn[place])
		if err != nil {
			return compared, err
		}
		if own && drawn[place] {
			compared++
		}
		if place++; progress != nil {
			progress(int(place), int(kept.Size))
		}
	}
	return compared, nil
}

// lookAt looks at one record of a work, and reads it if it was drawn. It says whether
// the record is this institution's.
func (c *Clerk) lookAt(ctx context.Context, claim copyright.Work, id records.RecordId, read bool) (own bool, err error) {
	name := fmt.Sprintf("record %d-%d-%d", id.Institution, id.Batch, id.Leaf)
	if id.Institution != c.vault.Settings().Institution {
		if !slices.Contains(claim.Custodians, id.Institution) {
			return false, fmt.Errorf("%w: %s is of institution %d, which it does not name as a custodian", ErrNotAttested, name, id.Institution)
		}
		return false, nil
	}
	r, err := c.vault.ByLeaf(ctx, id.Batch, id.Leaf)
	if errors.Is(err, vault.ErrNotFound) {
		return true, fmt.Errorf("%w: %s is none of this vault", ErrNotAttested, name)
	}
	if err != nil {
		return true, err
	}
	if r.State != vault.Anchored {
		return true, fmt.Errorf("%w: %s is %s", ErrNotAttested, name, r.State)
	}
	if !read || r.Reference {
		return true, nil
	}
	original, err := c.vault.Read(ctx, r.ID)
	if err != nil {
		return true, err
	}
	_, err = io.Copy(io.Discard, original)
	return true, errors.Join(err, original.Close())
}

// registered is Work for a claim that may be in the newest blocks only: those are proven
// by the next ones, which it waits for. What the state is then is its answer, however
// long that takes to read.
func (c *Clerk) registered(ctx context.Context, id copyright.WorkId) (*copyright.Work, error) {
	soon, stop := context.WithTimeout(ctx, settling)
	defer stop()
	work, err := untilProven(soon, c, func(s ledger.State) (*copyright.Work, error) { return s.Work(soon, id) })
	if soon.Err() != nil && ctx.Err() == nil {
		return c.Work(ctx, id)
	}
	return work, err
}

// Work reads a claim with proof, or fails with ErrNoWork.
func (c *Clerk) Work(ctx context.Context, id copyright.WorkId) (*copyright.Work, error) {
	work, err := readNewest(ctx, c, func(s ledger.State) (*copyright.Work, error) { return s.Work(ctx, id) })
	if err == nil && work == nil {
		err = fmt.Errorf("%d/%d: %w", id.Institution, id.Number, ErrNoWork)
	}
	return work, err
}
