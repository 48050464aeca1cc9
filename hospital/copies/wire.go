package copies

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/dmdl-network/dmdl/hospital/vault"
)

const (
	// Path is where a vault is asked.
	Path = "/v1/copies"
	// Version is the version of questions and answers.
	Version = 1
	// MaxPrints is how many fingerprints one question may hold.
	MaxPrints = 10_000
	// MaxItems is how many records it may hold.
	MaxItems = 10_000
	// MaxBody is how many bytes a question or an answer may have.
	MaxBody = 32 << 20
)

// Question asks for near-duplicates of records of a work.
type Question struct {
	Version int `json:"version"`
	// Claimant and Work name the work on the ledger.
	Claimant uint64 `json:"claimant,string"`
	Work     uint64 `json:"work,string"`
	// Shared tells the key that both institutions hold, see vault.SharedName.
	Shared []byte `json:"shared"`
	Items  []Item `json:"items"`
}

// Item is one record of the work.
type Item struct {
	// AnchoredAt is the time of the block that anchored it.
	AnchoredAt time.Time `json:"anchored_at"`
	// Prints are its fingerprints.
	Prints vault.Prints `json:"prints"`
}

// Answer lists the items of which there are near-duplicates, ascending.
type Answer struct {
	Version int    `json:"version"`
	Copies  []Copy `json:"copies"`
}

// Copy is a near-duplicate of one item.
type Copy struct {
	// Item is its place in the question, from 0.
	Item int `json:"item"`
	// Similarity and Part are as vault.FoundCopy has them.
	Similarity float64 `json:"similarity"`
	Part       float64 `json:"part"`
	// Earlier says that the record that was found was anchored before the item.
	Earlier bool `json:"earlier"`
	// Record is that record, institution-batch-leaf, if it is told.
	Record string `json:"record,omitempty"`
}

// decode reads a document of this version, and nothing beside it.
func decode(body io.Reader, into any) error {
	text, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	var head struct {
		Version int `json:"version"`
	}
	if err := json.Unmarshal(text, &head); err != nil {
		return fmt.Errorf("it does not read: %w", err)
	}
	if head.Version != Version {
		return fmt.Errorf("it has version %d, this vault speaks %d", head.Version, Version)
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return fmt.Errorf("it does not read: %w", err)
	}
	return nil
}

// prints counts the fingerprints of a question.
func (q Question) prints() (n int) {
	for _, item := range q.Items {
		n += item.Prints.Len()
	}
	return n
}

func (q Question) check() error {
	switch n := q.prints(); {
	case q.Claimant == 0 || q.Work == 0:
		return errors.New("it names no work")
	case n == 0:
		return errors.New("it has no fingerprints")
	case n > MaxPrints || len(q.Items) > MaxItems:
		return fmt.Errorf("%d fingerprints of %d records are too many: ask about %d at once", n, len(q.Items), MaxPrints)
	}
	return nil
}

func (a Answer) check(items int) error {
	last := -1
	for _, c := range a.Copies {
		if c.Item <= last || c.Item >= items || !(c.Similarity >= 0 && c.Similarity <= 1 && c.Part >= 0 && c.Part <= 1) {
			return fmt.Errorf("the answer about record %d of %d makes no sense", c.Item, items)
		}
		last = c.Item
	}
	return nil
}
