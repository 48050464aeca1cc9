// Command depcheck holds the tree to the rules of who may import whom, and
// consensus code to being deterministic. It needs nothing but the sources.
//
//	go run ./tools/depcheck
package main

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
)

func main() {
	found, err := check(os.DirFS("."))
	if err != nil {
		fmt.Fprintln(os.Stderr, "depcheck:", err)
		os.Exit(1)
	}
	for _, finding := range found {
		fmt.Println(finding)
	}
	if len(found) > 0 {
		os.Exit(1)
	}
}

// check returns what in a tree breaks a rule, one line each, ordered by file.
func check(tree fs.FS) ([]string, error) {
	files, err := parse(tree)
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, errors.New("no Go file found: run it in the root of the tree")
	}
	var found []string
	for _, f := range files {
		found = append(found, f.imports()...)
		found = append(found, f.determinism()...)
	}
	return append(found, keepers(files)...), nil
}

// file is one parsed file and its path below the root.
type file struct {
	path string
	set  *token.FileSet
	tree *ast.File
}

// parse reads all Go files of the tree, ordered by path. Folders with products
// and test data, and hidden ones, are left out.
func parse(tree fs.FS) ([]file, error) {
	var files []file
	set := token.NewFileSet()
	err := fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		base := path.Base(name)
		switch {
		case err != nil:
			return err
		case entry.IsDir() && name != "." && (strings.HasPrefix(base, ".") || base == "testdata" || name == "build"):
			return fs.SkipDir
		case entry.IsDir() || path.Ext(name) != ".go":
			return nil
		}
		source, err := fs.ReadFile(tree, name)
		if err != nil {
			return err
		}
		parsed, err := parser.ParseFile(set, name, source, parser.SkipObjectResolution)
		files = append(files, file{path: name, set: set, tree: parsed})
		return err
	})
	return files, err
}

func (f file) isTest() bool { return strings.HasSuffix(f.path, "_test.go") }

func (f file) isGenerated() bool {
	return strings.HasSuffix(f.path, ".pb.go") || strings.HasSuffix(f.path, ".pb.gw.go")
}

func (f file) isBelow(folder string) bool { return strings.HasPrefix(f.path, folder+"/") }

func (f file) finding(at token.Pos, format string, args ...any) string {
	return fmt.Sprintf("%s:%d: ", f.path, f.set.Position(at).Line) + fmt.Sprintf(format, args...)
}

// imports checks what the file imports.
func (f file) imports() []string {
	var found []string
	for _, spec := range f.tree.Imports {
		imported, _ := strconv.Unquote(spec.Path.Value) // the parser took it
		for _, r := range rules {
			if r.forbids(f, imported) {
				found = append(found, f.finding(spec.Pos(), "imports %s: %s", imported, r.why))
			}
		}
		own, other := moduleOf(f.path), moduleOf(strings.TrimPrefix(imported, module+"/"))
		if matches(module+"/x/*/*/...", imported) && own != "" && own != other {
			found = append(found, f.finding(spec.Pos(), "imports %s: a module takes types from another's root, and states what else it needs in its needs.go", imported))
		}
	}
	return found
}

// determinism checks that consensus code neither reads a clock nor starts a
// goroutine.
func (f file) determinism() []string {
	if f.isTest() || f.isGenerated() || !f.isBelow("x") && !f.isBelow("app") {
		return nil
	}
	var found []string
	ast.Inspect(f.tree, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			found = append(found, f.finding(n.Pos(), "starts a goroutine: the order of events must be that of the block"))
		case *ast.SelectorExpr:
			if name, ok := n.X.(*ast.Ident); ok && name.Name == f.nameOf("time") && slices.Contains(clock, n.Sel.Name) {
				found = append(found, f.finding(n.Pos(), "uses time.%s: the only time is the block's", n.Sel.Name))
			}
		}
		return true
	})
	return found
}

// nameOf returns the name by which the file knows a package of the standard
// library, or "" if it does not import it.
func (f file) nameOf(imported string) string {
	for _, spec := range f.tree.Imports {
		switch {
		case spec.Path.Value != strconv.Quote(imported):
		case spec.Name != nil:
			return spec.Name.Name
		default:
			return path.Base(imported)
		}
	}
	return ""
}

// keepers checks that only the application knows keepers of two modules.
func keepers(files []file) []string {
	known := make(map[string]map[string]bool)
	for _, f := range files {
		folder := path.Dir(f.path)
		if f.isTest() || f.isBelow("app") {
			continue
		}
		for _, spec := range f.tree.Imports {
			imported, _ := strconv.Unquote(spec.Path.Value) // the parser took it
			if keeper := keeperOf(imported); keeper != "" {
				if known[folder] == nil {
					known[folder] = make(map[string]bool)
				}
				known[folder][keeper] = true
			}
		}
	}
	var found []string
	for _, folder := range slices.Sorted(maps.Keys(known)) {
		if names := slices.Sorted(maps.Keys(known[folder])); len(names) > 1 {
			found = append(found, fmt.Sprintf("%s: imports the keepers of %s: only app knows two", folder, strings.Join(names, " and ")))
		}
	}
	return found
}
