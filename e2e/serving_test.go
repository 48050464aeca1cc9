package e2e_test

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/x/records"
)

// clerkOf is somebody at the command line of a vault, in its parent folder, of whom
// everything is kept that was to be seen.
type clerkOf struct {
	*ward
	seen []string
}

// does runs a command with an input and returns what it printed.
func (c *clerkOf) does(input string, args ...string) string {
	c.t.Helper()
	cmd := exec.CommandContext(c.ctx, binary, args...)
	cmd.Dir = c.home
	cmd.Env = append(os.Environ(), "DMDLD_VAULT=vault")
	var out, failure bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(input), &out, &failure
	ended := "done"
	if err := cmd.Run(); err != nil {
		require.Equal(c.t, 1, cmd.ProcessState.ExitCode())
		ended = "refused"
	}
	c.seen = append(c.seen, fmt.Sprintf("%s: %s\n%s%s", strings.Join(args[:2], " "), ended, out.String(), failure.String()))
	return out.String()
}

var varying = regexp.MustCompile(`[0-9a-f]{64}|[0-9]+`)

// works does what a clerk does in a day, and returns what was to be seen but for numbers.
func (c *clerkOf) works(day int) []string {
	c.t.Helper()
	c.seen = nil
	data := fmt.Sprint("data", day)
	require.NoError(c.t, os.Mkdir(filepath.Join(c.home, data), 0o700))
	for n := range 3 {
		require.NoError(c.t, os.WriteFile(filepath.Join(c.home, data, fmt.Sprintf("%d.txt", n)), fmt.Appendf(nil, "note %d of day %d", n, day), 0o600))
	}
	c.does("", "vault", "ingest", data, "--patient", "Wenceslaus", "--anchor", "--output", "json")
	c.does("", "vault", "ingest", data+"/0.txt", "nowhere.txt", "--patient", "Wenceslaus")
	c.does("", "vault", "anchor")

	var err error
	shown := strings.TrimSpace(c.does("", "vault", "consent", "seal", "1", "part.json"))
	c.sealed, err = hex.DecodeString(shown)
	require.NoError(c.t, err)
	c.does("", "vault", "consent", "show", "1", shown)
	_, err = c.withdraws(c.ctx, c.subject, c.consents())
	require.NoError(c.t, err)

	c.does("", "vault", "work", "make", "--class", "document", "--description", "dataset.json")
	root := regexp.MustCompile(`[0-9a-f]{64}`).FindString(c.does("", "vault", "work", "make", "-o", "json"))
	c.does("", "vault", "document", "add", "part.json")
	list := c.run("vault", "work", "show", root)
	require.Contains(c.t, c.does(list, "vault", "work", "add", "-"), root, "the list that is read is the one that was shown")
	c.does(list+list, "vault", "work", "add", "-")
	c.does("", "vault", "work", "notify", "1/9")

	record := fmt.Sprint(3*day + 1)
	c.does("", "proof", "export", record, fmt.Sprintf("opened%d.json", day), "--with-opening", "--holder", c.net.Nodes[1].Operator.Address())
	c.does("", "proof", "verify", fmt.Sprintf("opened%d.json", day), "--genesis", c.net.GenesisFile())
	c.does("", "account", "export", "1", fmt.Sprintf("account%d.json", day))
	c.does("", "account", "export", "1", fmt.Sprintf("account%d.json", day))
	c.does("", "vault", "hold", record, "litigation")
	c.does("", "vault", "erase", record, "--basis", "objection", "--yes")
	c.does("", "vault", "release-hold", record)
	c.does("", "vault", "erase", record, "--basis", "objection", "--yes", "-o", "json")
	c.does("", "vault", "show", record)
	c.does("", "vault", "hold", "999", "litigation")
	c.does("", "vault", "rotate", "--output=json")
	c.does("", "vault", "retire-keys")
	for i, s := range c.seen {
		c.seen[i] = varying.ReplaceAllString(s, "N")
	}
	return c.seen
}

// serves starts the vault's service and returns how to end it, and its log after that.
func (c *clerkOf) serves() (end func(os.Signal) string) {
	c.t.Helper()
	cmd := exec.CommandContext(c.ctx, binary, "vault", "serve", "--listen", "127.0.0.1:0", "--cadence", "1h")
	cmd.Env = append(os.Environ(), "DMDLD_VAULT="+filepath.Join(c.home, "vault"))
	stderr, err := cmd.StderrPipe()
	require.NoError(c.t, err)
	require.NoError(c.t, cmd.Start())
	log := bufio.NewReader(stderr)
	first, err := log.ReadString('\n')
	require.NoError(c.t, err)
	require.Contains(c.t, first, "serving")
	rest := make(chan string, 1)
	go func() {
		text, _ := io.ReadAll(log) // to where it ended
		rest <- string(text)
	}()
	return func(s os.Signal) string {
		require.NoError(c.t, cmd.Process.Signal(s))
		text := <-rest
		_ = cmd.Wait() // it was interrupted, or killed
		return text
	}
}

func TestCommandsLookTheSameBesideAVaultThatServes(t *testing.T) {
	ctx, net, client := startNetwork(t, 2)
	c := &clerkOf{ward: &ward{keeper: &keeper{ctx: ctx, t: t, net: net, home: t.TempDir()}, client: client}}
	c.opensAVault(client)
	c.registers(1)
	c.subject = records.SubjectId{Institution: 1, Number: 1}
	require.NoError(t, os.WriteFile(c.file("part.json"), []byte(`{"version":1,"exceptions":[],"denials":[]}`), 0o600))
	require.NoError(t, os.WriteFile(c.file("dataset.json"), []byte(`{"identifiers": [], "creators": [{"name": "Alder"}],
		"titles": [{"title": "Notes"}], "publisher": {"name": "Alder"}, "publicationYear": "2026", "types": {"resourceTypeGeneral": "Dataset"}}`), 0o600))

	without := c.works(0)
	require.Contains(t, without[0], `"anchored": N`)
	require.Equal(t, 6, strings.Count(strings.Join(without, "\n"), ": refused\n"), "what is meant to be refused is, and nothing else: %s", without)
	end := c.serves()
	require.Equal(t, without, c.works(1))
	require.Contains(t, c.refused("vault", "doctor", "--repair"), "the vault is in use", "what is not handed over needs the vault for itself")
	require.Contains(t, c.refused("vault", "serve", "--listen", ""), "the vault is in use")
	require.Contains(t, c.run("vault", "doctor", "--deep"), "0 findings")
	log := end(os.Interrupt)
	require.Contains(t, log, `command="dmdld vault erase"`)
	require.NotContains(t, log, "Wenceslaus", "nothing readable is logged")
	require.NotContains(t, log, "litigation")

	end = c.serves()
	end(os.Kill)
	require.FileExists(t, c.file("vault/control.sock"))
	require.Equal(t, without, c.works(2), "whoever was killed is not waited for")
	end = c.serves()
	require.Equal(t, without, c.works(3))
	end(os.Interrupt)
	require.NoFileExists(t, c.file("vault/control.sock"))
	require.Contains(t, c.run("vault", "doctor", "--deep"), "0 findings")
}
