// Command inventory writes docs/data-on-chain.md: every protobuf field that can
// reach the ledger, and what it reveals about a patient, a person or an
// institution. What it reveals is said by hand, in fields.txt, a line a field.
//
//	go run ./tools/inventory          writes the document
//	go run ./tools/inventory -check   fails if a field has no line, a line has no field, or the document is not fresh
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"log"
	"os"
	"path/filepath"
)

// Paths below the root of the tree.
const (
	notesFile = "tools/inventory/fields.txt"
	document  = "docs/data-on-chain.md"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("inventory: ")
	check := flag.Bool("check", false, "compare instead of writing")
	flag.Parse()
	if err := run(".", *check); err != nil {
		log.Fatal(err)
	}
}

// run writes or checks the document of a tree.
func run(tree string, check bool) error {
	fresh, err := generate(tree)
	if err != nil {
		return err
	}
	path := filepath.Join(tree, document)
	if !check {
		return os.WriteFile(path, fresh, 0o644)
	}
	return checkFresh(path, fresh)
}

// generate returns the document of a tree, or an error that names every field
// without a line in fields.txt and every line without a field.
func generate(tree string) ([]byte, error) {
	text, err := os.ReadFile(filepath.Join(tree, notesFile))
	if err != nil {
		return nil, err
	}
	notes, err := parseNotes(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", notesFile, err)
	}
	files, err := compileTree(tree)
	if err != nil {
		return nil, err
	}
	messages, err := reached(files, foreign)
	if err != nil {
		return nil, err
	}
	if err := notes.check(messages); err != nil {
		return nil, fmt.Errorf("%s: %w", notesFile, err)
	}
	return render(messages, notes), nil
}

func checkFresh(path string, fresh []byte) error {
	present, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if !bytes.Equal(present, fresh) {
		return fmt.Errorf("%s is not fresh: run \"go run ./tools/inventory\" and read what changed", document)
	}
	return nil
}
