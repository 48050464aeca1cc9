// Package sample makes the project's own sample data: one file or more of each
// kind that a hospital has, about three persons who do not exist.
//
// Everything is made here and from nothing, so there is no licence and no real
// patient behind it, and the bytes are the same at every call. Names and
// identifiers have at least six characters, so that a search for one in what
// the network shows finds the leak and not a coincidence. Some files have the
// awkward sides of real ones: spaces and identifiers in their names, endings in
// capitals, CRLF, a byte order mark, ISO-8859-1, gzip.
package sample

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
)

// Write writes the sample files below dir, which it makes if there is none.
// Files of the same names are overwritten, others stay.
func Write(dir string) error {
	for _, f := range files {
		body, err := f.make()
		if err != nil {
			return fmt.Errorf("sample %s: %w", f.name, err)
		}
		path := filepath.Join(dir, filepath.FromSlash(f.name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, body, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// file is one sample file by its path in slashes.
type file struct {
	name string
	make func() ([]byte, error)
}

var files = []file{
	{"fhir/transaction 1.json", func() ([]byte, error) { return transaction(people[0]) }},
	{"fhir/transaction 2.json", func() ([]byte, error) { return transaction(people[1]) }},
	{"fhir/transaction 3.json", func() ([]byte, error) { return transaction(people[2]) }},
	{"fhir/discharge.json", func() ([]byte, error) { return document(people[0]) }},
	{"fhir/bulk/Observation.ndjson", func() ([]byte, error) { return bulk(people[1]) }},
	{"fhir/patient.json", func() ([]byte, error) { return single(people[2]) }},
	{"imaging/CT/IMG00001.DCM", ct.encode},
	{"imaging/mr.dcm", mr.encode},
	{"messages/admission.hl7", func() ([]byte, error) { return admission(people[0]), nil }},
	{"messages/results.HL7", func() ([]byte, error) { return results(people[1]), nil }},
	{"documents/summary.xml", func() ([]byte, error) { return clinicalDocument(people[1], "UTF-8", "\n") }},
	{"documents/summary latin.xml", func() ([]byte, error) { return clinicalDocument(people[2], "ISO-8859-1", "\r\n") }},
	{"documents/" + people[0].number + " letter.pdf", func() ([]byte, error) { return letter(people[0]), nil }},
	{"genomics/exome.vcf", func() ([]byte, error) { return variants(people[0]), nil }},
	{"genomics/panel.vcf.gz", func() ([]byte, error) { return zipped(variants(people[2])) }},
	{"tables/laboratory.csv", table},
}

// person is somebody who does not exist.
type person struct {
	given, family, number, birth, sex string // birth is a day, sex in words of FHIR
	street, city, post, phone         string
}

var people = []person{
	{"Rosalind", "Quillfeather", "SYN-4471093", "1951-03-14", "female", "17 Invented Crescent", "Mockborough", "ZZ99 4QX", "+99-555-0177341"},
	{"Bartholomew", "Zangerle", "SYN-5820416", "1978-11-02", "male", "204 Fictional Parade", "Fabelhausen", "ZZ98 1TR", "+99-555-0128876"},
	{"Anneliese", "Vossbrüch", "SYN-6093257", "2004-07-23", "female", "8 Nonesuch Arcade", "Samplewick", "ZZ97 3BN", "+99-555-0160925"},
}

const (
	hospital  = "Invented Infirmary"
	clinician = "Hieronymus Placeholder"
	// arc is the OID of HL7 for examples.
	arc = "2.16.840.1.113883.19.5"
)

// initial returns the sex as HL7 v2, CDA and DICOM write it.
func (p person) initial() string {
	if p.sex == "female" {
		return "F"
	}
	return "M"
}

// day returns the birthday without hyphens.
func (p person) day() string { return p.birth[:4] + p.birth[5:7] + p.birth[8:] }

// draw returns a number below n that depends on the labels alone: what looks
// random in a sample is drawn by it, so that no file depends on another.
func draw(n int, labels ...any) int {
	sum := sha256.Sum256(fmt.Append(nil, labels...))
	return int(binary.BigEndian.Uint64(sum[:]) % uint64(n))
}

// uuid returns the identifier of what the labels say, as UUID version 8.
func uuid(labels ...any) string {
	b := sha256.Sum256(fmt.Append([]byte("uuid "), labels...))
	b[6], b[8] = b[6]&0x0f|0x80, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:16])
}

// uid returns a DICOM unique identifier of what the labels say.
func uid(labels ...any) string {
	sum := sha256.Sum256(fmt.Append([]byte("uid "), labels...))
	return "2.25." + new(big.Int).SetBytes(sum[:15]).String()
}
