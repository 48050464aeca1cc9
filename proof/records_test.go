package proof_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	merkleproof "github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"

	"github.com/dmdl-network/dmdl/commitment"
	"github.com/dmdl-network/dmdl/proof"
	"github.com/dmdl-network/dmdl/x/records"
)

// secret is what a vault knows of a record.
type secret struct {
	content        commitment.Content
	opening1       commitment.Opening
	opening2       commitment.Opening
	descriptor     []byte
	leaf           records.Leaf
	canonical, raw []byte
}

// newSecret returns a made-up record of an institution. Equal names give equal
// records.
func newSecret(t testing.TB, chainID string, institution uint64, name string) secret {
	t.Helper()
	s := secret{
		canonical: []byte("canonical form of " + name), raw: []byte("bytes of " + name),
		opening1: sha256.Sum256([]byte("first opening of " + name)), opening2: sha256.Sum256([]byte("second opening of " + name)),
	}
	s.content = commitment.Content{
		Kind: "Observation", Profile: "fhir-json/1", Canonical: sha256.Sum256(s.canonical), Raw: sha256.Sum256(s.raw),
	}
	d := commitment.Descriptor{
		Version: commitment.DescriptorVersion, Kind: s.content.Kind, Profile: s.content.Profile,
		Also:  []commitment.Form{{Profile: "weak/1", Digest: fmt.Sprintf("%x", sha256.Sum256([]byte("weak")))}},
		Codes: []string{"loinc|" + name},
	}
	var err error
	s.descriptor, err = d.Encode()
	require.NoError(t, err)
	scope := commitment.Scope{ChainID: chainID, Institution: institution}
	content, sealed := s.content.Commit(scope, s.opening1), commitment.Sealed(scope, commitment.Digest(s.descriptor), s.opening2)
	s.leaf = records.Leaf{
		Descriptor_: records.Descriptor{
			Subject: &records.SubjectId{Institution: institution, Number: 7},
			Class:   records.RECORD_CLASS_RESULT, Size_: records.SIZE_CLASS_16_KIB,
		},
		Content: content[:], Sealed: sealed[:],
	}
	return s
}

// open returns the openings as a bundle holds them.
func (s secret) open() *proof.Content {
	return &proof.Content{
		Kind: s.content.Kind, Profile: s.content.Profile, Canonical: s.content.Canonical[:], Raw: s.content.Raw[:], Opening: s.opening1[:],
		Sealed: &proof.Sealed{Opening: s.opening2[:], Descriptor: s.descriptor}, Holder: "dmdl1holder",
	}
}

// batch is a batch with all its leaves.
type batch struct {
	id     records.BatchId
	leaves [][]byte
	height int64
}

// newBatch returns a batch of made-up leaves, in which some places have the
// leaves of the given secrets.
func newBatch(t testing.TB, chainID string, id records.BatchId, size int, at map[int]secret) batch {
	t.Helper()
	b := batch{id: id}
	for i := range size {
		s, ok := at[i]
		if !ok {
			s.leaf = records.Leaf{
				Descriptor_: records.Descriptor{Class: records.RECORD_CLASS_DATASET, Size_: records.SIZE_CLASS_4_MIB},
				Content:     bytes.Repeat([]byte{byte(i)}, 32), Sealed: bytes.Repeat([]byte{byte(i >> 8)}, 32),
			}
		}
		b.leaves = append(b.leaves, records.LeafBytes(s.leaf))
	}
	return b
}

// anchor writes the batch into the block of a height, as the keeper does.
func (b *batch) anchor(t testing.TB, c *chain) {
	t.Helper()
	root, err := records.Root(b.leaves)
	require.NoError(t, err)
	b.height = int64(len(c.states))
	value, err := (&records.Batch{
		Id: b.id, Root: root, Leaves: uint64(len(b.leaves)), AnchoredHeight: uint64(b.height),
		AnchoredAt: genesisTime.Add(time.Duration(b.height-1) * time.Second),
	}).Marshal()
	require.NoError(t, err)
	c.set(records.StoreKey, records.BatchKey(b.id), value)
}

// request asks for a bundle about a leaf of the batch.
func (b *batch) request(t testing.TB, leaf int, height int64) proof.Request {
	t.Helper()
	nodes, err := merkleproof.Inclusion(uint64(leaf), uint64(len(b.leaves)))
	require.NoError(t, err)
	hashes := make([][]byte, len(nodes.IDs))
	for i, id := range nodes.IDs {
		from, to := id.Coverage()
		hashes[i], err = records.Root(b.leaves[min(from, uint64(len(b.leaves))):min(to, uint64(len(b.leaves)))])
		require.NoError(t, err)
	}
	path, err := nodes.Rehash(hashes, rfc6962.DefaultHasher.HashChildren)
	require.NoError(t, err)
	return proof.Request{
		Record: records.RecordId{Institution: b.id.Institution, Batch: b.id.Number, Leaf: uint64(leaf)},
		Leaf:   b.leaves[leaf], Path: path, Height: height, Standing: true,
	}
}

// retract writes the standing of a retracted record into the block under way.
func retract(t testing.TB, c *chain, id records.RecordId, leaf records.Leaf) {
	t.Helper()
	height := int64(len(c.states))
	standing := records.Standing{
		Id: id, Leaf: leaf, Status: records.RECORD_STATUS_RETRACTED, Custodian: id.Institution,
		Reason: records.RECORD_REASON_ENTERED_IN_ERROR, ChangedHeight: uint64(height),
		ChangedAt: genesisTime.Add(time.Duration(height-1) * time.Second),
	}
	require.NoError(t, standing.Validate())
	value, err := standing.Marshal()
	require.NoError(t, err)
	c.set(records.StoreKey, records.StandingKey(id), value)
}
