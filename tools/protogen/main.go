// Command protogen turns proto/ into Go, REST gateways and the OpenAPI document,
// offline: imports come from the module cache, the compiler is a library, and
// only the plugins, which go.mod names as tools, are processes.
//
//	go run ./tools/protogen          writes the files
//	go run ./tools/protogen -check   fails if a file is not what it would write
package main

import (
	"bytes"
	"flag"
	"fmt"
	"io/fs"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// module is the import path that generated files are below.
const module = "github.com/dmdl-network/dmdl"

// generated says which files of the tree are ours to write and to delete.
func generated(path string) bool {
	return strings.HasSuffix(path, ".pb.go") || strings.HasSuffix(path, ".pb.gw.go") || path == openAPIFile
}

func main() {
	log.SetFlags(0)
	log.SetPrefix("protogen: ")
	check := flag.Bool("check", false, "compare instead of writing")
	flag.Parse()

	files, err := generate()
	if err != nil {
		log.Fatal(err)
	}
	existing, err := existingFiles(".")
	if err != nil {
		log.Fatal(err)
	}
	if *check {
		if stale := differences(files, existing); len(stale) > 0 {
			log.Fatalf("these files are not fresh, run \"make proto\": %s", strings.Join(stale, ", "))
		}
		return
	}
	if err := write(files, existing); err != nil {
		log.Fatal(err)
	}
}

// existingFiles lists the generated files of the tree.
func existingFiles(root string) ([]string, error) {
	var found []string
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && path != root && strings.HasPrefix(entry.Name(), ".") {
			return filepath.SkipDir
		}
		if !entry.IsDir() && generated(filepath.ToSlash(path)) {
			found = append(found, filepath.ToSlash(path))
		}
		return nil
	})
	return found, err
}

// differences names every file that is missing, other than generated, or left
// over from a proto file that no longer exists.
func differences(files map[string][]byte, existing []string) []string {
	var stale []string
	for path, want := range files {
		got, err := os.ReadFile(path)
		if err != nil || !bytes.Equal(got, want) {
			stale = append(stale, path)
		}
	}
	for _, path := range existing {
		if _, wanted := files[path]; !wanted {
			stale = append(stale, path)
		}
	}
	slices.Sort(stale)
	return stale
}

func write(files map[string][]byte, existing []string) error {
	for _, path := range existing {
		if _, wanted := files[path]; wanted {
			continue
		}
		if err := os.Remove(path); err != nil {
			return err
		}
	}
	for path, content := range files {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, content, 0o644); err != nil {
			return err
		}
	}
	fmt.Printf("wrote %d files\n", len(files))
	return nil
}
