package records_test

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dmdl-network/dmdl/x/records"
)

//go:embed testdata/leaf.json
var leafVectors []byte

// vector is an entry of testdata/leaf.json. The file was made by another
// program in another language, from the comment of LeafBytes alone.
type vector struct {
	Name    string `json:"name"`
	Subject *struct {
		Institution uint64 `json:"institution,string"`
		Number      uint64 `json:"number,string"`
	} `json:"subject"`
	Class    int32  `json:"class"`
	Size     int32  `json:"size"`
	Channel  uint64 `json:"channel,string"`
	Content  string `json:"content"`
	Sealed   string `json:"sealed"`
	Leaf     string `json:"leaf"`
	LeafHash string `json:"leaf_hash"` // RFC 9162: SHA-256 of a zero byte and the leaf
}

func (v vector) leaf(t *testing.T) records.Leaf {
	t.Helper()
	leaf := records.Leaf{
		Descriptor_: records.Descriptor{
			Class: records.RecordClass(v.Class), Size_: records.SizeClass(v.Size), Channel: v.Channel,
		},
		Content: unhex(t, v.Content),
		Sealed:  unhex(t, v.Sealed),
	}
	if v.Subject != nil {
		leaf.Descriptor_.Subject = &records.SubjectId{Institution: v.Subject.Institution, Number: v.Subject.Number}
	}
	return leaf
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	require.NoError(t, err)
	return b
}

func TestLeavesAreEncodedAsInTheVectors(t *testing.T) {
	var vectors []vector
	require.NoError(t, json.Unmarshal(leafVectors, &vectors))
	require.NotEmpty(t, vectors)
	for _, v := range vectors {
		t.Run(v.Name, func(t *testing.T) {
			got := records.LeafBytes(v.leaf(t))
			require.Equal(t, v.Leaf, hex.EncodeToString(got))
			hash := sha256.Sum256(append([]byte{0}, got...))
			require.Equal(t, v.LeafHash, hex.EncodeToString(hash[:]))
		})
	}
}

// leaves draws leaves whose commitments may have any length, since no two may
// share their bytes even if they are not valid.
var leaves = rapid.Custom(func(t *rapid.T) records.Leaf {
	leaf := records.Leaf{
		Descriptor_: records.Descriptor{
			Class:   records.RecordClass(rapid.Int32().Draw(t, "class")),
			Size_:   records.SizeClass(rapid.Int32().Draw(t, "size")),
			Channel: rapid.Uint64().Draw(t, "channel"),
		},
		Content: rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "content"),
		Sealed:  rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "sealed"),
	}
	if rapid.Bool().Draw(t, "has a subject") {
		leaf.Descriptor_.Subject = &records.SubjectId{
			Institution: rapid.Uint64Min(1).Draw(t, "institution"), Number: rapid.Uint64Min(1).Draw(t, "number"),
		}
	}
	return leaf
})

// change replaces one part of a leaf by that of another.
func change(leaf, other records.Leaf, part int) records.Leaf {
	switch part {
	case 0:
		leaf.Descriptor_.Subject = other.Descriptor_.Subject
	case 1:
		leaf.Descriptor_.Class = other.Descriptor_.Class
	case 2:
		leaf.Descriptor_.Size_ = other.Descriptor_.Size_
	case 3:
		leaf.Descriptor_.Channel = other.Descriptor_.Channel
	case 4:
		leaf.Content = other.Content
	case 5:
		leaf.Sealed = other.Sealed
	case 6: // the same bytes, divided elsewhere
		all := append(bytes.Clone(leaf.Content), leaf.Sealed...)
		leaf.Content, leaf.Sealed = all[:len(all)/2], all[len(all)/2:]
	}
	return leaf
}

func TestLeavesHaveTheSameBytesOnlyIfTheyAreEqual(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := leaves.Draw(t, "a")
		b := change(a, leaves.Draw(t, "other"), rapid.IntRange(0, 7).Draw(t, "part"))
		same := a.Descriptor_.String() == b.Descriptor_.String() &&
			bytes.Equal(a.Content, b.Content) && bytes.Equal(a.Sealed, b.Sealed)
		require.Equal(t, same, bytes.Equal(records.LeafBytes(a), records.LeafBytes(b)))
	})
}

func TestOnlyTheBytesOfAValidLeafAreParsed(t *testing.T) {
	valid := records.LeafBytes(leaf(7))
	require.Len(t, valid, records.LeafSize)
	rapid.Check(t, func(t *rapid.T) {
		changed := bytes.Clone(valid)
		changed[rapid.IntRange(0, len(changed)-1).Draw(t, "at")] ^= rapid.ByteMin(1).Draw(t, "by")
		if leaf, err := records.ParseLeaf(changed); err == nil {
			require.Equal(t, changed, records.LeafBytes(leaf), "a leaf has one encoding")
			require.NoError(t, leaf.Validate())
		}
	})
	for _, size := range []int{0, records.LeafSize - 1, records.LeafSize + 1} {
		_, err := records.ParseLeaf(append(bytes.Clone(valid), 0)[:size])
		require.ErrorIs(t, err, records.ErrInvalidLeaf)
	}
}
