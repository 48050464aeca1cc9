package sample

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"fmt"
	"strings"
)

// admission returns an ADT^A01 message with segments ended by CR, as the
// standard wants.
func admission(p person) []byte {
	return []byte(message("\r", header("ADT^A01^ADT_A01", p),
		"EVN|A01|20240229081500",
		identity(p),
		"PV1|1|I|WARD-7^214^2||||4711^Placeholder^Hieronymus|||MED||||||||VISIT-"+p.number[4:],
	))
}

// results returns an ORU^R01 message with CRLF, as many files have it.
func results(p person) []byte {
	segments := make([]string, 0, 3+len(measures))
	segments = append(segments,
		header("ORU^R01^ORU_R01", p), identity(p),
		"OBR|1|ORD-"+p.number[4:]+"|LAB-"+p.number[4:]+"|51990-0^Basic metabolic panel^LN|||20240229074500")
	for n, m := range measures {
		name, _, _ := strings.Cut(m.name, " [")
		segments = append(segments, fmt.Sprintf("OBX|%d|NM|%s^%s^LN||%s|%s|||||F|||20240229074500", n+1, m.code, name, m.value(p, n), m.unit))
	}
	return []byte(message("\r\n", segments...))
}

func message(end string, segments ...string) string { return strings.Join(segments, end) + end }

func header(kind string, p person) string {
	return `MSH|^~\&|ADMIT|` + hospital + `|DMDL|VAULT|20240229081501||` + kind + `|MSG-` + p.number[4:] + `|P|2.5.1|||||GBR|UNICODE UTF-8`
}

func identity(p person) string {
	return fmt.Sprintf("PID|1||%s^^^%s^MR||%s^%s||%s|%s|||%s^^%s^^%s||%s",
		p.number, strings.ReplaceAll(hospital, " ", ""), p.family, p.given, p.day(), p.initial(), p.street, p.city, p.post, p.phone)
}

// variants returns a VCF file of one sample.
func variants(p person) []byte {
	var out strings.Builder
	out.WriteString("##fileformat=VCFv4.3\n##source=invented\n##contig=<ID=chr20,length=64444167>\n" +
		"##INFO=<ID=DP,Number=1,Type=Integer,Description=\"Total depth\">\n" +
		"##FORMAT=<ID=GT,Number=1,Type=String,Description=\"Genotype\">\n" +
		"#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t" + p.number + "\n")
	position := 60_000
	for n := range 200 {
		position += 1 + draw(9_000, p.number, "gap", n)
		from := draw(4, p.number, "ref", n)
		to := (from + 1 + draw(3, p.number, "alt", n)) % 4
		genotype := []string{"0/1", "1/1", "0|1", "1|0"}[draw(4, p.number, "genotype", n)]
		fmt.Fprintf(&out, "chr20\t%d\t.\t%c\t%c\t%d\tPASS\tDP=%d\tGT\t%s\n",
			position, "ACGT"[from], "ACGT"[to], 20+draw(60, p.number, "quality", n), 10+draw(50, p.number, "depth", n), genotype)
	}
	return []byte(out.String())
}

func zipped(body []byte) ([]byte, error) {
	var out bytes.Buffer
	w := gzip.NewWriter(&out) // without a time, so that the bytes are the same
	if _, err := w.Write(body); err != nil {
		return nil, err
	}
	err := w.Close()
	return out.Bytes(), err
}

// table returns laboratory results of all persons as CSV with a byte order mark
// and CRLF, as spreadsheets write it.
func table() ([]byte, error) {
	var out bytes.Buffer
	out.WriteString("\ufeff")
	w := csv.NewWriter(&out)
	w.UseCRLF = true
	rows := make([][]string, 0, 1+12*len(people))
	rows = append(rows, []string{"number", "name", "day", "code", "test", "value", "unit", "remark"})
	for n := range 12 {
		for _, p := range people {
			m := measures[n%len(measures)]
			remark := []string{"", "repeat", "drawn late, see \"note\"", "two\nlines"}[draw(4, p.number, "remark", n)]
			rows = append(rows, []string{p.number, p.family + ", " + p.given, when(p, n), m.code, m.name, m.value(p, n), m.unit, remark})
		}
	}
	err := w.WriteAll(rows)
	return out.Bytes(), err
}

// letter returns a PDF of one page with a few lines of text.
func letter(p person) []byte {
	lines := []string{
		hospital, "Concerning " + p.given + " " + p.family + ", born " + p.birth, "Number " + p.number,
		"The stay was without incident.", clinician,
	}
	var page strings.Builder
	page.WriteString("BT /F1 12 Tf 72 770 Td 18 TL\n")
	for _, line := range lines {
		fmt.Fprintf(&page, "(%s) Tj T*\n", line)
	}
	page.WriteString("ET")
	objects := []string{
		"<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
		fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", page.Len(), page.String()),
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
	}
	var out bytes.Buffer
	out.WriteString("%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
	var index strings.Builder
	index.WriteString("0000000000 65535 f \n")
	for n, object := range objects {
		fmt.Fprintf(&index, "%010d 00000 n \n", out.Len())
		fmt.Fprintf(&out, "%d 0 obj\n%s\nendobj\n", n+1, object)
	}
	start := out.Len()
	fmt.Fprintf(&out, "xref\n0 %d\n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, index.String(), len(objects)+1, start)
	return out.Bytes()
}
