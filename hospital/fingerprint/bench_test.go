package fingerprint

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/hospital/canonical/format"
)

func BenchmarkImage(b *testing.B) {
	p := newPatient(1)
	small := p.slice(6)
	large := render(512, 512, func(x, y int) uint16 { return small.values[y*phantomHeight/512*phantomWidth+x*phantomWidth/512] })
	for b.Loop() {
		_, err := fingerprint(large)
		require.NoError(b, err)
	}
}

func BenchmarkTable(b *testing.B) {
	text := []byte(written(table(1, 20000)))
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		s, err := NewSketcher(testKey)
		require.NoError(b, err)
		require.NoError(b, s.Add("csv/1", format.Bytes(text, "")))
	}
}
