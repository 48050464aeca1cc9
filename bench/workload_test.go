package bench

import (
	"crypto/sha256"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/x/records"
)

// rootOf is the recursive definition of RFC 9162, section 2.1.1.
func rootOf(leaves [][]byte) [32]byte {
	if len(leaves) == 1 {
		return sha256.Sum256(append([]byte{0}, leaves[0]...))
	}
	split := 1
	for 2*split < len(leaves) {
		split *= 2
	}
	left, right := rootOf(leaves[:split]), rootOf(leaves[split:])
	return sha256.Sum256(append(append([]byte{1}, left[:]...), right[:]...))
}

func TestABatchCarriesTheRootOfItsTree(t *testing.T) {
	for _, leaves := range []uint64{1, 2, 5, 64, 100} {
		institution := &Institution{Number: 4, NextBatch: 9}
		again := randomFrom([32]byte{1})
		workload := &batch{leaves: leaves, folder: t.TempDir(), random: randomFrom([32]byte{1})}
		for number := range uint64(2) {
			encoded := make([][]byte, leaves)
			for i := range encoded {
				encoded[i] = records.LeafBytes(again.leaf(4, 1+again.Uint64N(patients)))
			}
			want := rootOf(encoded)
			msg, err := workload.Message(institution, "dmdl1vault")
			require.NoError(t, err)
			require.Equal(t, &records.MsgAnchorBatch{
				Vault: "dmdl1vault", Number: 9 + number, Root: want[:], Leaves: leaves,
			}, msg)
		}
	}
	require.Equal(t, "batch-1000", Batch(1000, "").Name())
	require.EqualValues(t, 1000, Batch(1000, "").Records())
}

func TestRecordsOfOneSubjectShareIt(t *testing.T) {
	msg, err := Records100OneSubject().Message(&Institution{Number: 4}, "dmdl1vault")
	require.NoError(t, err)
	anchor := msg.(*records.MsgAnchorRecords)
	require.Len(t, anchor.Records, 100)
	for _, record := range anchor.Records {
		require.Equal(t, anchor.Records[0].Descriptor_.Subject, record.Descriptor_.Subject)
	}
}
