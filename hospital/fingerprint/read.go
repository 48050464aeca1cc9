package fingerprint

import (
	"bufio"
	"bytes"
	stdcsv "encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/dmdl-network/dmdl/hospital/canonical"
	"github.com/dmdl-network/dmdl/hospital/canonical/format"
)

// readers add the shingles of one record in a canonical form.
var readers = map[string]func(*Sketcher, io.Reader) error{
	"csv/1":       (*Sketcher).table,
	"vcf/1":       (*Sketcher).variants,
	"fhir-json/1": (*Sketcher).resource,
	"hl7v2-er7/1": (*Sketcher).message,
	"cda-c14n/1":  (*Sketcher).document,
	"raw/1":       (*Sketcher).prose,
}

// Add adds a record's raw bytes, which are read in the canonical form of a
// profile, so that encodings make no difference. raw/1 must be text in UTF-8.
// Errors wrap format.ErrInvalid if the source is at fault; what was read before
// one stays in the set.
func (s *Sketcher) Add(profile string, src format.Source) error {
	read, ok := readers[profile]
	if !ok {
		return fmt.Errorf("no text of profile %q: one of %s can be compared", profile, strings.Join(slices.Sorted(maps.Keys(readers)), ", "))
	}
	r, w := io.Pipe()
	defer r.Close()
	go func() { w.CloseWithError(canonical.Canonical(w, profile, src)) }()
	return read(s, r)
}

// table reads rows. What a cell says counts, not the column, which copies
// rename and reorder.
func (s *Sketcher) table(r io.Reader) error {
	in := stdcsv.NewReader(r)
	in.ReuseRecord = true
	var cells []uint64
	for {
		fields, err := in.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		cells = cells[:0]
		for _, field := range fields {
			cells = s.cell(cells, "", field)
		}
		s.row(cells)
	}
}

// cell appends the hash of a named value, unless it is empty.
func (s *Sketcher) cell(to []uint64, name, value string) []uint64 {
	if value = plain(value); value == "" {
		return to
	}
	return append(to, s.hash(asCell, []byte(name+"="+value)))
}

// plain writes a value as copies agree on it: without space around it, in lower
// case, a decimal without zeros at its end.
func plain(value string) string {
	value = strings.ToLower(strings.TrimSpace(value))
	whole, fraction, ok := strings.Cut(value, ".")
	if !ok || strings.Trim(strings.TrimPrefix(whole, "-"), "0123456789") != "" || strings.Trim(fraction, "0123456789") != "" {
		return value
	}
	return strings.TrimSuffix(whole+"."+strings.TrimRight(fraction, "0"), ".")
}

// prose reads words.
func (s *Sketcher) prose(r io.Reader) error {
	in, w := bufio.NewReader(r), words{sketcher: s}
	for {
		c, size, err := in.ReadRune()
		switch {
		case errors.Is(err, io.EOF):
			w.finish()
			return nil
		case err != nil:
			return err
		case c == 0 || c == utf8.RuneError && size == 1:
			return errNoText
		}
		w.rune(c)
	}
}

// rune takes the next character. Letters and digits are words; case does not
// count.
func (w *words) rune(c rune) {
	if !unicode.IsLetter(c) && !unicode.IsDigit(c) && !unicode.IsMark(c) || len(w.word) >= maxWord {
		w.end()
		return
	}
	w.word = utf8.AppendRune(w.word, unicode.ToLower(c))
}

// variants reads variant calls: each variant, and each variant with each
// genotype that has it. So annotations, filters, samples left out and the order
// of samples do not matter.
func (s *Sketcher) variants(r io.Reader) error {
	in := bufio.NewReaderSize(r, 256<<10)
	for {
		line, err := in.ReadBytes('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if len(line) > 0 && line[0] != '#' {
			s.variant(bytes.Split(bytes.TrimSuffix(line, []byte("\n")), []byte("\t")))
		}
		if err != nil {
			return nil
		}
	}
}

func (s *Sketcher) variant(fields [][]byte) {
	const chrom, pos, ref, alt, layout, samples = 0, 1, 3, 4, 8, 9
	if len(fields) <= alt || string(fields[alt]) == "." {
		return
	}
	where := bytes.TrimPrefix(bytes.ToLower(fields[chrom]), []byte("chr"))
	variant := bytes.ToUpper(bytes.Join([][]byte{where, fields[pos], fields[ref], fields[alt]}, []byte("\t")))
	s.shingle(s.hash(asVariant, variant))
	if len(fields) <= samples || !bytes.HasPrefix(fields[layout], []byte("GT")) {
		return
	}
	var seen []string
	for _, sample := range fields[samples:] {
		genotype := genotype(sample)
		if genotype == "" || slices.Contains(seen, genotype) {
			continue
		}
		seen = append(seen, genotype)
		s.shingle(s.hash(asVariant, append(append(variant[:len(variant):len(variant)], '\t'), genotype...)))
	}
}

// genotype returns the alleles of a sample in order, without phase; "" if none
// is the variant's.
func genotype(sample []byte) string {
	call, _, _ := bytes.Cut(sample, []byte(":"))
	alleles := strings.FieldsFunc(string(call), func(c rune) bool { return c == '/' || c == '|' })
	if !slices.ContainsFunc(alleles, func(a string) bool { return a != "0" && a != "." }) {
		return ""
	}
	slices.Sort(alleles)
	return strings.Join(alleles, "/")
}
