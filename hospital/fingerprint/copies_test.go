package fingerprint

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// columns returns a table with these columns.
func columns(rows [][]string, wanted ...int) [][]string {
	var out [][]string
	for _, row := range rows {
		var cells []string
		for _, c := range wanted {
			cells = append(cells, row[c])
		}
		out = append(out, cells)
	}
	return out
}

// edited returns a table with a part of its cells changed.
func edited(rows [][]string, part float64) [][]string {
	r := rand.New(rand.NewPCG(3, 3))
	out := columns(rows, 0, 1, 2, 3, 4, 5, 6, 7)
	for _, row := range out[1:] {
		for c := range row {
			if r.Float64() < part {
				row[c] = fmt.Sprint("changed ", r.IntN(1e9))
			}
		}
	}
	return out
}

func TestCopiesOfATableAreFoundAndOthersAreNot(t *testing.T) {
	rows := table(1, 3000)
	shuffled := slices.Clone(rows)
	rand.New(rand.NewPCG(2, 2)).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
	renamed := slices.Clone(rows)
	renamed[0] = strings.Split("a,b,c,d,e,f,g,h", ",")
	original := sketchOf(t, "csv/1", written(rows))

	for _, row := range []struct {
		name                            string
		rows                            [][]string
		similarity, ofFirst, ofSecond   float64 // at least
		notSimilar, notFirst, notSecond float64 // at most
	}{
		{"rows in another order", shuffled, 1, 1, 1, 1, 1, 1},
		{"columns in another order", columns(rows, 7, 3, 1, 0, 2, 6, 5, 4), 1, 1, 1, 1, 1, 1},
		{"columns renamed", renamed, 0.99, 0.99, 0.99, 1, 1, 1},
		{"a column left out", columns(rows, 0, 1, 2, 3, 4, 5, 6), 0.35, 0.45, 0.5, 0.7, 0.8, 0.9},
		{"a column added", columns(rows, 0, 1, 2, 3, 4, 5, 6, 7, 7), 1, 1, 1, 1, 1, 1}, // that says what another says
		{"two cells of a hundred edited", edited(rows, 0.02), 0.8, 0.88, 0.88, 0.95, 0.97, 0.97},
		{"a tenth of the rows", rows[:301], 0.07, 0.07, 1, 0.14, 0.14, 1},
		{"ten times as many rows", append(slices.Clone(rows), table(9, 27000)[1:]...), 0.07, 0.97, 0.07, 0.14, 1, 0.14},
		{"another table of the same form", table(2, 3000), 0, 0, 0, 0.02, 0.03, 0.03},
	} {
		o := overlap(t, original, sketchOf(t, "csv/1", written(row.rows)))
		t.Logf("%-34s similarity %.3f, of the original %.3f, of the other %.3f", row.name, o.Similarity, o.OfFirst, o.OfSecond)
		require.GreaterOrEqual(t, o.Similarity, row.similarity, row.name)
		require.GreaterOrEqual(t, o.OfFirst, row.ofFirst, row.name)
		require.GreaterOrEqual(t, o.OfSecond, row.ofSecond, row.name)
		require.LessOrEqual(t, o.Similarity, row.notSimilar, row.name)
		require.LessOrEqual(t, o.OfFirst, row.notFirst, row.name)
		require.LessOrEqual(t, o.OfSecond, row.notSecond, row.name)
	}
}

// calls are variant calls of samples, who do not exist.
func calls(seed uint64, variants, samples int) (lines []string) {
	r := rand.New(rand.NewPCG(seed, 4))
	position := 10000
	for range variants {
		position += 1 + r.IntN(3000)
		ref := r.IntN(4)
		var line strings.Builder
		fmt.Fprintf(&line, "chr%d\t%d\t.\t%c\t%c\t50\tPASS\tDP=%d\tGT:DP", 1+position%22, position, "ACGT"[ref], "ACGT"[(ref+1+r.IntN(3))%4], r.IntN(90))
		for range samples {
			fmt.Fprintf(&line, "\t%d/%d:%d", r.IntN(2), 1, r.IntN(60))
		}
		lines = append(lines, line.String())
	}
	return lines
}

func vcf(lines []string, samples int) string {
	var b strings.Builder
	b.WriteString("##fileformat=VCFv4.3\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT")
	for n := range samples {
		fmt.Fprintf(&b, "\tS%d", n)
	}
	return b.String() + "\n" + strings.Join(lines, "\n") + "\n"
}

func TestCopiesOfVariantCallsAreFoundAndOthersAreNot(t *testing.T) {
	lines := calls(1, 2000, 1)
	original := sketchOf(t, "vcf/1", vcf(lines, 1))
	var annotated []string
	for _, line := range lines {
		line = strings.Replace(strings.Replace(line, "\tPASS\tDP=", "\tq10\tAC=1;DP=", 1), "chr", "", 1)
		annotated = append(annotated, strings.Replace(strings.Replace(line, "1/1:", "1|1:", 1), "0/1:", "1|0:", 1))
	}
	require.Equal(t, 1.0, overlap(t, original, sketchOf(t, "vcf/1", vcf(annotated, 1))).Similarity)
	part := overlap(t, original, sketchOf(t, "vcf/1", vcf(lines[:200], 1)))
	require.Equal(t, 1.0, part.OfSecond)
	require.InDelta(t, 0.1, part.OfFirst, 0.04)
	require.Zero(t, overlap(t, original, sketchOf(t, "vcf/1", vcf(calls(2, 2000, 1), 1))).Similarity)
}

func TestProseIsComparedByRunsOfWords(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	var words []string
	for range 600 {
		words = append(words, fmt.Sprintf("word%d", r.IntN(300)))
	}
	text := strings.Join(words, " ")
	original := sketchOf(t, "raw/1", text)
	loud := "\t" + strings.ToUpper(strings.ReplaceAll(text, " ", ",\n ")) + "!"
	require.Equal(t, 1.0, overlap(t, original, sketchOf(t, "raw/1", loud)).Similarity)
	half := overlap(t, original, sketchOf(t, "raw/1", strings.Join(words[:300], " ")))
	require.Equal(t, 1.0, half.OfSecond)
	require.InDelta(t, 0.5, half.OfFirst, 0.05)
	slices.Reverse(words)
	require.Less(t, overlap(t, original, sketchOf(t, "raw/1", strings.Join(words, " "))).Similarity, 0.05)
}
