package clerk

import (
	"context"
	"fmt"
	"sync"

	cmtcrypto "github.com/cometbft/cometbft/proto/tendermint/crypto"
	cmttypes "github.com/cometbft/cometbft/types"

	"github.com/dmdl-network/dmdl/hospital/vault"
	"github.com/dmdl-network/dmdl/proof"
	"github.com/dmdl-network/dmdl/x/records"
)

// Bundles makes evidence bundles about records as they were at one height. They
// verify from the genesis document.
type Bundles struct {
	vault  *vault.Vault
	source *memo
	root   proof.Root
	height int64
}

// Bundles prepares bundles about records as the ledger stands.
func (o *Office) Bundles(ctx context.Context) (*Bundles, error) {
	root, err := proof.GenesisRoot(o.Genesis)
	if err != nil {
		return nil, err
	}
	newest, err := o.Verifier.LightBlock(ctx, 0)
	if err != nil {
		return nil, err
	}
	source := &memo{Source: o.Verifier, blocks: make(map[int64]*cmttypes.LightBlock), answers: make(map[string]answer)}
	return &Bundles{vault: o.vault, source: source, root: root, height: newest.Height - 1}, nil
}

// Make makes a bundle about a record, and returns it with the report of its own
// verification. With a holder it opens the commitments: whoever has such a
// bundle knows what the record is, and so the holder's account is entered into
// the account of disclosures first.
func (b *Bundles) Make(ctx context.Context, id uint64, holder string) ([]byte, proof.Report, error) {
	p, err := b.vault.Proof(ctx, id)
	if err != nil {
		return nil, proof.Report{}, err
	}
	request := proof.Request{
		Record: records.RecordId{Institution: b.vault.Settings().Institution, Batch: p.Batch, Leaf: p.Index},
		Leaf:   records.LeafBytes(p.Leaf), Path: p.Path, Height: b.height, Standing: true,
	}
	batch, err := b.vault.Batch(ctx, p.Batch)
	if err != nil {
		return nil, proof.Report{}, err
	}
	if batch.Height == 0 || int64(batch.Height) > b.height {
		return nil, proof.Report{}, fmt.Errorf("record %d: %w: anchor its batch first", id, ErrNotAnchored)
	}
	if holder != "" {
		if request.Content, err = content(ctx, b.vault, id, holder); err != nil {
			return nil, proof.Report{}, err
		}
	}
	return proof.Make(ctx, b.source, b.root, request)
}

// content opens a record for a holder, on record.
func content(ctx context.Context, v *vault.Vault, id uint64, holder string) (*proof.Content, error) {
	e, err := v.Disclose(ctx, id, holder)
	if err != nil {
		return nil, err
	}
	o := e.Openings
	return &proof.Content{
		Kind: o.Content.Kind, Profile: o.Content.Profile, Canonical: o.Content.Canonical[:], Raw: o.Content.Raw[:],
		Opening: o.ContentOpening[:], Holder: holder,
		Sealed: &proof.Sealed{Opening: o.SealedOpening[:], Descriptor: o.Descriptor},
	}, nil
}

// memo remembers what a source answered: the records of a batch share its proof,
// and all records of a height the path of blocks.
type memo struct {
	proof.Source
	mu      sync.Mutex
	blocks  map[int64]*cmttypes.LightBlock
	answers map[string]answer
}

type answer struct {
	value []byte
	proof *cmtcrypto.ProofOps
}

// LightBlock implements proof.Source.
func (m *memo) LightBlock(ctx context.Context, height int64) (*cmttypes.LightBlock, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if block, known := m.blocks[height]; known {
		return block, nil
	}
	block, err := m.Source.LightBlock(ctx, height)
	if err == nil {
		m.blocks[height] = block
	}
	return block, err
}

// maxAnswers bounds what a memo remembers.
const maxAnswers = 1000

// Prove implements proof.Source.
func (m *memo) Prove(ctx context.Context, store string, key []byte, height int64) ([]byte, *cmtcrypto.ProofOps, error) {
	name := fmt.Sprintf("%s/%x/%d", store, key, height)
	m.mu.Lock()
	defer m.mu.Unlock()
	if a, known := m.answers[name]; known {
		return a.value, a.proof, nil
	}
	value, ops, err := m.Source.Prove(ctx, store, key, height)
	if err == nil {
		if len(m.answers) >= maxAnswers {
			clear(m.answers)
		}
		m.answers[name] = answer{value, ops}
	}
	return value, ops, err
}
