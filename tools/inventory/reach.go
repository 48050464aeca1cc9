package main

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bufbuild/protocompile"
	"github.com/bufbuild/protocompile/linker"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// imports names the modules that our proto files import from, and the folder of
// each that import paths start at.
var imports = []struct{ module, folder string }{
	{"github.com/cosmos/cosmos-sdk", "proto"},
	{"github.com/cosmos/gogoproto", "."},
	{"github.com/cosmos/cosmos-proto", "proto"},
	{"github.com/cometbft/cometbft", "proto"},
}

// Ways in which a message reaches the ledger.
const (
	inTransactions = "transactions"
	inResults      = "results"
	inState        = "state"
	inEvents       = "events"
	inBlocks       = "blocks"
)

// root is a message of others that reaches the ledger.
type root struct{ file, message, way string }

// foreign are the messages of others that reach the ledger, beside what our own
// refer to. Proposals carry theirs packed, so no reference leads there.
var foreign = []root{
	{"cosmos/tx/v1beta1/tx.proto", "cosmos.tx.v1beta1.Tx", inTransactions},
	{"cosmos/upgrade/v1beta1/tx.proto", "cosmos.upgrade.v1beta1.MsgSoftwareUpgrade", inTransactions},
	{"cosmos/upgrade/v1beta1/tx.proto", "cosmos.upgrade.v1beta1.MsgCancelUpgrade", inTransactions},
	{"cosmos/auth/v1beta1/auth.proto", "cosmos.auth.v1beta1.BaseAccount", inState},
	{"cosmos/upgrade/v1beta1/upgrade.proto", "cosmos.upgrade.v1beta1.Plan", inState},
	{"tendermint/types/types.proto", "tendermint.types.Header", inBlocks},
	{"tendermint/types/types.proto", "tendermint.types.Commit", inBlocks},
}

// message is a message that can reach the ledger, and how.
type message struct {
	protoreflect.MessageDescriptor
	ways []string
}

// compileTree compiles our proto files and those of the foreign messages.
func compileTree(tree string) (linker.Files, error) {
	list := exec.Command("go", "list", "-m", "-f", "{{.Dir}}")
	for _, from := range imports {
		list.Args = append(list.Args, from.module)
	}
	list.Dir = tree
	dirs, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("a module with proto files is not in the module cache, run \"go mod download\": %w", err)
	}
	paths := []string{filepath.Join(tree, "proto")}
	for i, dir := range strings.Split(strings.TrimSpace(string(dirs)), "\n") {
		paths = append(paths, filepath.Join(dir, imports[i].folder))
	}
	files, err := protoFiles(paths[0])
	if err != nil {
		return nil, err
	}
	for _, f := range foreign {
		files = append(files, f.file)
	}
	return compile(&protocompile.SourceResolver{ImportPaths: paths}, files)
}

func compile(source protocompile.Resolver, files []string) (linker.Files, error) {
	slices.Sort(files)
	compiler := protocompile.Compiler{Resolver: protocompile.WithStandardImports(source)}
	return compiler.Compile(context.Background(), slices.Compact(files)...)
}

// protoFiles lists the proto files below a folder by their import path. Queries
// are left out: what they answer is in the state already.
func protoFiles(root string) ([]string, error) {
	var files []string
	err := filepath.WalkDir(root, func(name string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(name) != ".proto" || filepath.Base(name) == "query.proto" {
			return err
		}
		relative, err := filepath.Rel(root, name)
		files = append(files, filepath.ToSlash(relative))
		return err
	})
	return files, err
}

// reached returns every message that can reach the ledger, our own first, each
// package in the order of its files: what services named Msg take and answer,
// what files named genesis.proto and events.proto define, the messages of
// others, and all that these hold.
func reached(files linker.Files, others []root) ([]message, error) {
	ways := make(map[protoreflect.FullName]map[string]bool)
	found := make(map[protoreflect.FullName]protoreflect.MessageDescriptor)
	var reach func(m protoreflect.MessageDescriptor, way string)
	reach = func(m protoreflect.MessageDescriptor, way string) {
		if ways[m.FullName()][way] || wellKnown(m) {
			return
		}
		if found[m.FullName()] = m; ways[m.FullName()] == nil {
			ways[m.FullName()] = make(map[string]bool)
		}
		ways[m.FullName()][way] = true
		for i := range m.Fields().Len() {
			if inner := m.Fields().Get(i).Message(); inner != nil {
				reach(inner, way)
			}
		}
	}
	for _, file := range files {
		if strings.HasPrefix(string(file.Package()), "dmdl.") {
			reachOwn(file, reach)
		}
	}
	for _, other := range others {
		m := files.FindFileByPath(other.file).Messages().ByName(protoreflect.FullName(other.message).Name())
		if m == nil {
			return nil, fmt.Errorf("%s has no message %s: mend the list of foreign messages", other.file, other.message)
		}
		reach(m, other.way)
	}
	messages := make([]message, 0, len(found))
	for name, m := range found {
		messages = append(messages, message{m, inOrder(ways[name])})
	}
	slices.SortFunc(messages, compare)
	return messages, nil
}

// reachOwn visits the messages of one of our files by which others are reached.
func reachOwn(file linker.File, reach func(protoreflect.MessageDescriptor, string)) {
	for i := range file.Services().Len() {
		service := file.Services().Get(i)
		if service.Name() != "Msg" {
			continue
		}
		for j := range service.Methods().Len() {
			reach(service.Methods().Get(j).Input(), inTransactions)
			reach(service.Methods().Get(j).Output(), inResults)
		}
	}
	way := map[string]string{"genesis.proto": inState, "events.proto": inEvents}[path.Base(file.Path())]
	for i := range file.Messages().Len() {
		if way != "" {
			reach(file.Messages().Get(i), way)
		}
	}
}

// wellKnown says whether a message is one of protobuf's own, which are annotated
// where they are used.
func wellKnown(m protoreflect.MessageDescriptor) bool {
	return m.ParentFile().Package() == "google.protobuf"
}

func inOrder(set map[string]bool) []string {
	var ways []string
	for _, way := range []string{inTransactions, inResults, inState, inEvents, inBlocks} {
		if set[way] {
			ways = append(ways, way)
		}
	}
	return ways
}

// compare orders by package, ours first, then by file and place in it.
func compare(a, b message) int {
	fa, fb := a.ParentFile(), b.ParentFile()
	ours := func(f protoreflect.FileDescriptor) int {
		if strings.HasPrefix(string(f.Package()), "dmdl.") {
			return 0
		}
		return 1
	}
	return cmp.Or(cmp.Compare(ours(fa), ours(fb)), cmp.Compare(fa.Package(), fb.Package()), cmp.Compare(fa.Path(), fb.Path()),
		slices.Compare(place(a), place(b)))
}

// place is where in its file a message stands, outermost first.
func place(d protoreflect.Descriptor) []int {
	if _, isFile := d.(protoreflect.FileDescriptor); isFile {
		return nil
	}
	return append(place(d.Parent()), d.Index())
}
