package main

import (
	"path"
	"slices"
	"strings"
)

// module is the import path of the tree's root.
const module = "github.com/dmdl-network/dmdl"

// rule forbids imports in a part of the tree.
type rule struct {
	// why is told to whoever breaks the rule.
	why string
	// in are the folders that the rule binds; without any it binds the tree.
	in []string
	// imports are patterns of what they must not import. "*" is one element of
	// a path, "..." at the end is any number of them.
	imports []string
	// product says that tests and generated code are spared.
	product bool
	// except are files that are spared.
	except []string
}

var rules = []rule{
	{
		why: "consensus code never imports what one hospital runs", in: []string{"x", "app"},
		imports: []string{module + "/hospital/...", module + "/bench/...", module + "/cmd/...", module + "/proof/..."},
		product: true,
	},
	{
		why: "the state must not depend on the machine", in: []string{"x", "app"},
		imports: []string{"os/...", "math/rand/...", "crypto/rand"}, product: true,
	},
	{
		why: "the chain serves HTTP in one place", in: []string{"x", "app"},
		imports: []string{"net/http/..."}, product: true, except: []string{"app/api.go"},
	},
	{
		why: "modules do not know the application", in: []string{"x"}, imports: []string{module + "/app/..."},
	},
	{
		why: "what verifies evidence needs neither chain nor hospital", in: []string{"proof", "account"},
		imports: []string{module + "/app/...", module + "/hospital/...", module + "/x/*/*/..."}, product: true,
	},
	{
		why: "hospitals know the chain through the root packages of its modules", in: []string{"hospital"},
		imports: []string{module + "/app/...", module + "/x/*/*/..."}, product: true,
	},
	{
		why:     "neither free for production nor maintained",
		imports: []string{"github.com/cosmos/cosmos-sdk/enterprise/...", "github.com/cosmos/cosmos-sdk/contrib/..."},
	},
	{why: "the application is wired by hand", imports: []string{"cosmossdk.io/depinject/..."}},
	{
		why: "transactions are signed as protobuf only",
		imports: []string{
			"github.com/tendermint/go-amino/...", "github.com/cosmos/cosmos-sdk/codec/legacy/...",
			"github.com/cosmos/cosmos-sdk/types/tx/amino/...", "github.com/cosmos/cosmos-sdk/x/tx/signing/aminojson/...",
			"cosmossdk.io/x/tx/signing/aminojson/...", "cosmossdk.io/api/amino/...",
		},
	},
}

// forbids says whether the rule keeps the file from importing a package.
func (r rule) forbids(f file, imported string) bool {
	if r.product && (f.isTest() || f.isGenerated()) || slices.Contains(r.except, f.path) {
		return false
	}
	bound := len(r.in) == 0 || slices.ContainsFunc(r.in, f.isBelow)
	return bound && slices.ContainsFunc(r.imports, func(pattern string) bool { return matches(pattern, imported) })
}

// matches says whether an import path is what a pattern describes.
func matches(pattern, imported string) bool {
	want, open := strings.CutSuffix(pattern, "/...")
	elements := strings.Split(imported, "/")
	if n := strings.Count(want, "/") + 1; open && len(elements) > n {
		elements = elements[:n]
	}
	ok, err := path.Match(want, strings.Join(elements, "/"))
	return ok && err == nil
}

// moduleOf returns the name of the chain's module that a folder or an import
// path, without the prefix of the tree, belongs to, or "".
func moduleOf(folder string) string {
	elements := strings.Split(folder, "/")
	if len(elements) < 2 || elements[0] != "x" {
		return ""
	}
	return elements[1]
}

// keeperOf returns the module whose keeper an import path is, or "".
func keeperOf(imported string) string {
	if !matches(module+"/x/*/keeper/...", imported) {
		return ""
	}
	return moduleOf(strings.TrimPrefix(imported, module+"/"))
}

// clock are the functions of package time that ask for or wait on the time of
// the machine. Block time is the only one that all nodes share.
var clock = []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"}
