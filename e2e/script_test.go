package e2e_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"
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

// listed is a line of a help text that names a command and says what it does.
var listed = regexp.MustCompile(`^  ([a-z0-9][a-zA-Z0-9_-]*)\s+(.*)$`)

func TestEveryCommandOfTheTreeSaysWhatItDoes(t *testing.T) {
	home := filepath.Join(t.TempDir(), "home")
	seen := make(map[string]bool)
	var walk func(path ...string)
	walk = func(path ...string) {
		cmd := exec.CommandContext(t.Context(), binary, append(path, "--help", "--home="+home)...)
		help, err := cmd.CombinedOutput()
		require.NoError(t, err, "%v: %s", path, help)
		require.Contains(t, string(help), "Usage:", "%v", path)
		_, list, _ := strings.Cut(string(help), "Available Commands:\n")
		list, _, _ = strings.Cut(list, "\n\n")
		for line := range strings.Lines(list) {
			found := listed.FindStringSubmatch(strings.TrimRight(line, "\n"))
			require.NotNil(t, found, "%v lists %q", path, line)
			require.NotEmpty(t, strings.TrimSpace(found[2]), "%v %s has no short text", path, found[1])
			require.NotContains(t, found[2], "RPC method", "%v %s has a generated text", path, found[1])
			if found[1] == "completion" || found[1] == "help" {
				continue // the library's own
			}
			child := append(append([]string{}, path...), found[1])
			seen[strings.Join(child, " ")] = true
			walk(child...)
		}
	}
	walk()
	for _, command := range []string{
		"init", "start", "export", "genesis entry", "genesis gather", "genesis verify", "genesis admission", "genesis prove", "genesis restart",
		"localnet start", "bench", "demo", "keys add", "query consortium institutions", "query records record",
		"tx consortium enrol", "tx consortium propose", "tx records anchor-records", "tx records anchor-batch",
		"tx access grant-consent", "tx access withdraw-consents", "tx access request-access", "tx access break-glass",
		"query access check", "query access account",
		"tx copyright register-work", "tx copyright offer-licence", "tx copyright request-licence", "query copyright work",
		"query copyright lineage", "query copyright odrl-agreement", "vault work make", "vault work attest", "vault copies ask",
	} {
		require.True(t, seen[command], "%q is gone", command)
	}
	require.NoDirExists(t, home)
}
