package bench

import (
	crand "crypto/rand"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/dmdl-network/dmdl/hospital/tree"
	"github.com/dmdl-network/dmdl/x/records"
)

// patients is how many subjects each institution's records are spread over at
// random, as those of a hospital are.
const patients = 100_000

// Workload makes the messages of a load. All messages of one workload have the
// same gas. It is used by one goroutine at a time.
type Workload interface {
	// Name begins the names of the figures.
	Name() string
	// Records is how many records each message anchors.
	Records() uint64
	// Message makes the next message of an institution, to be signed by vault.
	Message(institution *Institution, vault string) (sdk.Msg, error)
}

// OneRecord anchors one record a transaction.
func OneRecord() Workload {
	return &explicit{name: "one-record", count: 1, subjects: 1, random: newRandom()}
}

// Records100 anchors 100 records of 100 subjects a transaction.
func Records100() Workload {
	return &explicit{name: "records-100", count: 100, subjects: 100, random: newRandom()}
}

// Records100OneSubject anchors 100 records of one subject a transaction.
func Records100OneSubject() Workload {
	return &explicit{name: "records-100-one-subject", count: 100, subjects: 1, random: newRandom()}
}

// Batch anchors the root of a tree of that many leaves a transaction. The tree is
// written to a durable file of the folder while the load runs, as a vault would.
func Batch(leaves uint64, folder string) Workload {
	return &batch{leaves: leaves, folder: folder, random: newRandom()}
}

// explicit makes messages of explicit records.
type explicit struct {
	name     string
	count    int // records a message
	subjects int // different subjects a message
	random   *random
}

func (e *explicit) Name() string    { return e.name }
func (e *explicit) Records() uint64 { return uint64(e.count) }

func (e *explicit) Message(institution *Institution, vault string) (sdk.Msg, error) {
	msg := &records.MsgAnchorRecords{Vault: vault, Number: institution.batch(), Records: make([]records.Leaf, e.count)}
	someone := e.random.Uint64N(patients)
	for i := range msg.Records {
		patient := 1 + (someone+uint64(i%e.subjects))%patients
		msg.Records[i] = e.random.leaf(institution.Number, patient)
	}
	return msg, nil
}

// batch makes messages of batches.
type batch struct {
	leaves uint64
	folder string
	random *random
}

func (b *batch) Name() string    { return fmt.Sprintf("batch-%d", b.leaves) }
func (b *batch) Records() uint64 { return b.leaves }

func (b *batch) Message(institution *Institution, vault string) (sdk.Msg, error) {
	number := institution.batch()
	f, err := os.Create(filepath.Join(b.folder, fmt.Sprintf("%d-%d", institution.Number, number)))
	if err != nil {
		return nil, err
	}
	root, leaves, err := tree.Write(f, func(yield func([tree.Size]byte) bool) {
		for range b.leaves {
			leaf := b.random.leaf(institution.Number, 1+b.random.Uint64N(patients))
			if !yield(tree.LeafHash(records.LeafBytes(leaf))) {
				return
			}
		}
	})
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, fmt.Errorf("write a tree: %w", err)
	}
	return &records.MsgAnchorBatch{Vault: vault, Number: number, Root: root[:], Leaves: leaves}, nil
}

// random makes records that nobody anchored before. Its commitments are random
// bytes: to the chain they look like any other.
type random struct {
	*rand.Rand
	source *rand.ChaCha8
}

func newRandom() *random {
	var seed [32]byte
	_, _ = crand.Read(seed[:]) // never fails, by its documentation
	return randomFrom(seed)
}

func randomFrom(seed [32]byte) *random {
	source := rand.NewChaCha8(seed)
	return &random{Rand: rand.New(source), source: source}
}

func (r *random) leaf(institution, patient uint64) records.Leaf {
	commitments := make([]byte, 2*records.CommitmentSize)
	_, _ = r.source.Read(commitments) // never fails, by its documentation
	return records.Leaf{
		Descriptor_: records.Descriptor{
			Subject: &records.SubjectId{Institution: institution, Number: patient},
			Class:   records.RECORD_CLASS_RESULT,
			Size_:   records.SIZE_CLASS_16_KIB,
		},
		Content: commitments[:records.CommitmentSize],
		Sealed:  commitments[records.CommitmentSize:],
	}
}
