package main

import (
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

// tree makes a tree out of paths and sources, or import paths alone.
func tree(files map[string]string) fstest.MapFS {
	fake := make(fstest.MapFS)
	for path, source := range files {
		if source[0] == '"' {
			source = "import _ " + source
		}
		fake[path] = &fstest.MapFile{Data: []byte("package p\n" + source)}
	}
	return fake
}

func TestEveryRuleFindsWhatBreaksIt(t *testing.T) {
	const own = `"github.com/dmdl-network/dmdl/`
	for name, c := range map[string]struct{ path, source, want string }{
		"hospital in a module":   {"x/a/keeper/f.go", own + `hospital/ledger"`, "never imports what one hospital runs"},
		"hospital in the chain":  {"app/f.go", own + `hospital"`, "never imports what one hospital runs"},
		"benchmark in the chain": {"app/f.go", own + `bench"`, "never imports what one hospital runs"},
		"environment":            {"x/a/f.go", `"os"`, "must not depend on the machine"},
		"other process":          {"app/f.go", `"os/exec"`, "must not depend on the machine"},
		"pseudo-randomness":      {"app/lanes/f.go", `"math/rand/v2"`, "must not depend on the machine"},
		"randomness":             {"x/a/keeper/f.go", `"crypto/rand"`, "must not depend on the machine"},
		"HTTP":                   {"app/f.go", `"net/http"`, "serves HTTP in one place"},
		"HTTP below":             {"x/a/f.go", `"net/http/httputil"`, "serves HTTP in one place"},
		"application":            {"x/a/f_test.go", own + `app"`, "do not know the application"},
		"chain in proofs":        {"proof/f.go", own + `app/ante"`, "needs neither chain nor hospital"},
		"hospital in proofs":     {"proof/bundle/f.go", own + `hospital/ledger"`, "needs neither chain nor hospital"},
		"keeper in proofs":       {"proof/f.go", own + `x/a/keeper"`, "needs neither chain nor hospital"},
		"keeper in a hospital":   {"hospital/gate/f.go", own + `x/a/keeper"`, "through the root packages"},
		"chain in a hospital":    {"hospital/gate/f.go", own + `app"`, "through the root packages"},
		"enterprise":             {"cmd/f.go", `"github.com/cosmos/cosmos-sdk/enterprise/poa"`, "neither free"},
		"contrib":                {"app/f_test.go", `"github.com/cosmos/cosmos-sdk/contrib/x/nft"`, "neither free"},
		"injection":              {"app/f.go", `"cosmossdk.io/depinject"`, "wired by hand"},
		"amino":                  {"tools/f.go", `"github.com/tendermint/go-amino"`, "signed as protobuf"},
		"legacy codec":           {"x/a/f.go", `"github.com/cosmos/cosmos-sdk/codec/legacy"`, "signed as protobuf"},
		"amino JSON":             {"cmd/f.go", `"github.com/cosmos/cosmos-sdk/x/tx/signing/aminojson"`, "signed as protobuf"},
		"another's module":       {"x/a/f.go", own + `x/b/module"`, "states what else it needs"},
		"another's keeper":       {"x/a/keeper/f_test.go", own + `x/b/keeper"`, "states what else it needs"},
		"wall clock":             {"x/a/f.go", "import \"time\"\nvar now = time.Now()", "f.go:3: uses time.Now"},
		"wall clock as a value":  {"app/f.go", "import \"time\"\nvar now = time.Now", "uses time.Now"},
		"wall clock by a name":   {"app/f.go", "import clock \"time\"\nvar age = clock.Since", "uses time.Since"},
		"wait":                   {"x/a/keeper/f.go", "import \"time\"\nfunc f() { <-time.After(1) }", "uses time.After"},
		"goroutine":              {"x/a/f.go", "func f() { go f() }", "starts a goroutine"},
		"goroutine in a closure": {"app/f.go", "var f = func() { go println() }", "starts a goroutine"},
		"keepers of two modules": {"cmd/f.go", "import _ " + own + "x/a/keeper\"\nimport _ " + own + `x/b/keeper"`, "cmd: imports the keepers of a and b"},
	} {
		t.Run(name, func(t *testing.T) {
			found, err := check(tree(map[string]string{c.path: c.source}))
			require.NoError(t, err)
			require.Len(t, found, 1)
			require.Contains(t, found[0], c.want)
		})
	}
}

func TestWhatIsAllowedIsNotFound(t *testing.T) {
	const own = `"github.com/dmdl-network/dmdl/`
	found, err := check(tree(map[string]string{
		"app/api.go":             `"net/http"`,
		"app/app.go":             "import _ " + own + "x/a/keeper\"\nimport _ " + own + `x/b/keeper"`,
		"app/app_test.go":        "import _ " + own + "hospital/ledger\"\nimport _ \"os\"",
		"x/a/query.pb.gw.go":     "import _ \"net/http\"\nfunc f() { go f() }",
		"x/a/f.go":               "import \"time\"\nvar epoch = time.Unix(0, 0)",
		"x/a/f_test.go":          "import \"time\"\nvar now = time.Now()",
		"x/a/osx/f.go":           `"example.com/os"`,
		"x/a/module/module.go":   own + `x/a/keeper"`,
		"x/a/types.go":           own + `x/b"`,
		"hospital/gate/f.go":     "import _ " + own + "x/a\"\nimport _ \"os\"",
		"proof/f.go":             own + `x/a"`,
		"proof/f_test.go":        own + `app"`,
		"cmd/dmdld/main.go":      "import _ " + own + "app\"\nimport _ \"os\"",
		"build/tools/src/f.go":   `"cosmossdk.io/depinject"`,
		"x/a/testdata/f.go":      "this is not Go",
		".cache/x/f.go":          "this is not Go",
		"bench/kvstore/main.go":  `"math/rand/v2"`,
		"tools/protogen/main.go": `"os/exec"`,
	}))
	require.NoError(t, err)
	require.Empty(t, found)
}

func TestATreeThatCannotBeReadIsAnError(t *testing.T) {
	_, err := check(tree(map[string]string{"README.md": "no Go here"}))
	require.ErrorContains(t, err, "no Go file")

	_, err = check(tree(map[string]string{"x/a/f.go": "this is not Go"}))
	require.ErrorContains(t, err, "x/a/f.go")
}
