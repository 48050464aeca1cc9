package main

import (
	"bytes"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// helpLine is a line of a help text that names a command and says what it does.
var helpLine = regexp.MustCompile(`^  ([a-z0-9][a-zA-Z0-9_-]*)\s+(.*)$`)

func TestEveryCommandOfTheTreeSaysWhatItDoes(t *testing.T) {
	root, err := newRootCmd()
	require.NoError(t, err)
	home := filepath.Join(t.TempDir(), "home")
	seen := make(map[string]bool)
	var walk func(path ...string)
	walk = func(path ...string) {
		var help bytes.Buffer
		root.SetOut(&help)
		root.SetErr(&help)
		root.SetArgs(append(path, "--help", "--home="+home))
		require.NoError(t, root.ExecuteContext(withContexts(t.Context())), "%v: %s", path, &help)
		require.Contains(t, help.String(), "Usage:", "%v", path)
		_, list, _ := strings.Cut(help.String(), "Available Commands:\n")
		list, _, _ = strings.Cut(list, "\n\n")
		for line := range strings.Lines(list) {
			found := helpLine.FindStringSubmatch(strings.TrimRight(line, "\n"))
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
		"query copyright lineage", "query copyright odrl-agreement", "query copyright licence-allows", "vault work make", "vault work attest", "vault copies ask",
	} {
		require.True(t, seen[command], "%q is gone", command)
	}
	require.NoDirExists(t, home)
}
