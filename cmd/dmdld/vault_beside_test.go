package main

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/hospital/control"
	"github.com/dmdl-network/dmdl/hospital/vault"
)

// leaves are the commands of a tree that do something.
func leaves(cmd *cobra.Command) (all []*cobra.Command) {
	if !cmd.HasSubCommands() {
		return []*cobra.Command{cmd}
	}
	for _, sub := range cmd.Commands() {
		all = append(all, leaves(sub)...)
	}
	return all
}

func TestEveryVaultCommandSaysWhatItDoesBesideServe(t *testing.T) {
	all := &cobra.Command{Use: "dmdld"}
	all.AddCommand(vaultCmd(), proofCmd(), accountCmd(), requesterCmd(), fetchCmd())
	for _, cmd := range leaves(all) {
		if cmd.Flag(flagVault) == nil {
			require.Empty(t, cmd.Annotations[besideServing])
			continue
		}
		require.Contains(t, []string{itself[besideServing], handedOver[besideServing], alone[besideServing]}, cmd.Annotations[besideServing],
			"%s: mark it, see vault_beside.go", cmd.CommandPath())
	}
}

func TestACommandIsHandedOverAsItWasGiven(t *testing.T) {
	type given struct {
		list []string
		wait time.Duration
		yes  bool
		text string
		args []string
	}
	parse := func(line []string) (g given, handed []string) {
		root := &cobra.Command{Use: "dmdld"}
		addOutputFlag(root)
		root.PersistentFlags().String("home", "", "")
		cmd := &cobra.Command{Use: "one", RunE: func(cmd *cobra.Command, args []string) error {
			g.args, handed = args, commandLine(cmd, args)
			return nil
		}}
		cmd.Flags().StringArrayVar(&g.list, "list", nil, "")
		cmd.Flags().DurationVar(&g.wait, "wait", time.Second, "")
		cmd.Flags().BoolVar(&g.yes, "yes", false, "")
		cmd.Flags().StringVarP(&g.text, "text", "t", "", "")
		group := &cobra.Command{Use: "group"}
		group.AddCommand(cmd)
		root.AddCommand(group)
		root.SetArgs(line)
		require.NoError(t, root.Execute())
		return g, handed
	}
	want, handed := parse([]string{"group", "--home", "mine", "one", "-", "--list", "a,b", "--list", "", "-o=json", "--yes", "--wait=1h0m5s", "-t", "x\n=y", "--", "--yes=no"})
	require.Equal(t, []string{"-", "--yes=no"}, want.args)
	require.Contains(t, handed, "--output=json")
	require.NotContains(t, strings.Join(handed, " "), "mine")
	got, _ := parse(handed)
	require.Equal(t, want, got)
}

// hospital is a vault that this process serves, without a ledger.
type hospital struct {
	t    *testing.T
	home string
	log  *bytes.Buffer
}

// newVault is an open vault, without a ledger.
func newVault(t *testing.T) (v *vault.Vault, home string) {
	t.Helper()
	recovery, err := age.GenerateHybridIdentity()
	require.NoError(t, err)
	home = filepath.Join(t.TempDir(), "vault")
	require.NoError(t, vault.Create(t.Context(), home, vault.Settings{Name: "test", ChainID: "dmdl-test-1", Institution: 1}, recovery.Recipient().String()))
	v, err = vault.Open(t.Context(), home, vault.Options{Resolver: files{}})
	require.NoError(t, err)
	return v, home
}

func newHospital(t *testing.T) *hospital {
	t.Helper()
	v, home := newVault(t)
	h := &hospital{t: t, home: home, log: new(bytes.Buffer)}
	listener, err := control.Listen(h.home)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- takeOver(ctx, listener, &served{home: h.home, vault: v}, slog.New(slog.NewTextHandler(h.log, nil)))
	}()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-ended)
		require.NoError(t, v.Close())
		require.NotContains(t, h.log.String(), "Wenceslaus", "arguments are not logged")
	})
	return h
}

// run runs a command as another process would.
func (h *hospital) run(in string, args ...string) (out string, err error) {
	h.t.Helper()
	root := &cobra.Command{Use: "dmdld", SilenceErrors: true, SilenceUsage: true}
	addOutputFlag(root)
	root.AddCommand(vaultCmd())
	var printed bytes.Buffer
	root.SetIn(strings.NewReader(in))
	root.SetOut(&printed)
	root.SetErr(io.Discard)
	root.SetArgs(append(args, "--vault", h.home))
	err = root.ExecuteContext(h.t.Context())
	return printed.String(), err
}

func TestCommandsThatWriteRunBesideServe(t *testing.T) {
	h := newHospital(t)
	t.Chdir(t.TempDir())
	require.NoError(t, os.WriteFile("Wenceslaus.txt", []byte("a note"), 0o600))
	require.NoError(t, os.WriteFile("part.json", []byte(`{"version":1,"exceptions":[],"denials":[]}`), 0o600))

	out, err := h.run("", "vault", "ingest", "Wenceslaus.txt", "--patient", "Wenceslaus", "-o", "json")
	require.NoError(t, err)
	require.Contains(t, out, `"records": 1,`)
	out, err = h.run("", "vault", "list", "-o", "json")
	require.NoError(t, err)
	require.Contains(t, out, `"number": "1"`)
	out, err = h.run("", "vault", "consent", "seal", "1", "part.json")
	require.NoError(t, err)
	require.Len(t, out, 65, "a commitment in hex and a line end")
	out, err = h.run("2-1-0\n2-1-1\n", "vault", "work", "add", "-")
	require.NoError(t, err)
	require.Contains(t, out, "records      2\n")
	_, err = h.run("2-1-1\n2-1-x\n", "vault", "work", "add", "-")
	require.ErrorContains(t, err, "line 2:")
	_, err = h.run("", "vault", "hold", "1", "litigation")
	require.NoError(t, err)
	_, err = h.run("", "vault", "hold", "2", "litigation")
	require.ErrorContains(t, err, "record 2: not in this vault")
	out, err = h.run("", "vault", "rotate")
	require.NoError(t, err)
	require.Contains(t, out, "0 keys")

	_, err = h.run("", "vault", "doctor", "--repair")
	require.ErrorIs(t, err, vault.ErrBusy, "what is not handed over finds the lock")
	_, err = h.run("", "vault", "serve")
	require.ErrorIs(t, err, vault.ErrBusy)
}

func TestWhatMayNotBeHandedOverIsRefused(t *testing.T) {
	h := newHospital(t)
	pipes := t.TempDir()
	require.NoError(t, syscall.Mkfifo(filepath.Join(pipes, "pipe"), 0o600))
	for name, c := range map[string]struct {
		want string
		args []string
	}{
		"nothing":                   {"does not take this command over", nil},
		"serve itself":              {"does not take this command over", []string{"vault", "serve"}},
		"one that reads":            {"does not take this command over", []string{"vault", "export", "--", "1", "Wenceslaus"}},
		"the doctor":                {"does not take this command over", []string{"vault", "doctor", "--repair"}},
		"none of a vault":           {"does not take this command over", []string{"start"}},
		"one that is not known":     {"does not take this command over", []string{"vault", "Wenceslaus"}},
		"a flag that is not known":  {"restart it", []string{"vault", "hold", "--Wenceslaus"}},
		"the input as a file":       {"is another file", []string{"vault", "work", "add", "--", "/dev/stdin"}},
		"a descriptor as a file":    {"is another file", []string{"vault", "work", "make", "--description=/dev/fd/63"}},
		"a pipe":                    {"is a pipe or a device", []string{"vault", "work", "add", "--", "pipe"}},
		"a pipe in a flag":          {"is a pipe or a device", []string{"vault", "work", "make", "--description=" + filepath.Join(pipes, "pipe")}},
		"a device":                  {"is a pipe or a device", []string{"vault", "ingest", "--", "/dev/zero"}},
		"a descriptor by its owner": {"is another file", []string{"vault", "ingest", "--", "/proc/self/fd/../fd/3"}},
	} {
		t.Run(name, func(t *testing.T) {
			err := control.Run(t.Context(), control.Request{Home: h.home, Folder: pipes, Args: c.args}, control.Streams{In: strings.NewReader(""), Out: io.Discard, Err: io.Discard})
			require.ErrorContains(t, err, c.want)
		})
	}
	another := control.Call{Request: control.Request{Home: t.TempDir(), Args: []string{"vault", "anchor"}}}
	err := runServed(context.WithValue(t.Context(), servedKey{}, &served{home: h.home}), another, slog.New(slog.DiscardHandler))
	require.ErrorContains(t, err, "is not the vault that is served")
}
