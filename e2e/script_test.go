package e2e_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestTheCommandLineKeepsItsWord(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("PATH", filepath.Dir(binary)+string(os.PathListSeparator)+env.Getenv("PATH"))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"save": save, "replace": replace, "respace": respace,
		},
	})
}

// save puts the standard output of the last command into a variable:
// save NAME.
func save(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: save NAME")
	}
	ts.Setenv(args[0], strings.TrimSpace(ts.ReadFile("stdout")))
}

// replace writes a changed copy of a file, and fails if nothing changes:
// replace FILE OLD NEW COPY.
func replace(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 4 {
		ts.Fatalf("usage: replace FILE OLD NEW COPY")
	}
	before := ts.ReadFile(args[0])
	after := strings.ReplaceAll(before, args[1], args[2])
	if after == before {
		ts.Fatalf("%s does not hold %q", args[0], args[1])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[3]), []byte(after), 0o600))
}

// respace writes a copy of a JSON file with other white space and other order
// of keys: respace FILE COPY.
func respace(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: respace FILE COPY")
	}
	var parsed any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &parsed))
	var copied bytes.Buffer
	encoder := json.NewEncoder(&copied)
	encoder.SetIndent("\n", "\t")
	ts.Check(encoder.Encode(parsed))
	if copied.String() == ts.ReadFile(args[0]) {
		ts.Fatalf("%s is written like this already", args[0])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), copied.Bytes(), 0o600))
}
