package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"github.com/cosmos/cosmos-sdk/client/flags"

	"github.com/dmdl-network/dmdl/hospital/clerk"
	"github.com/dmdl-network/dmdl/hospital/control"
	"github.com/dmdl-network/dmdl/hospital/vault"
)

// besideServing is the annotation of a command with a --vault that says what it does while
// "vault serve" has the vault, as one of the values below. Every command has it.
const besideServing = "beside-serving"

var (
	// itself: it does not write to the vault, or not to what serve holds, and runs as ever.
	itself = map[string]string{besideServing: "itself"}
	// handedOver: it is run by the process that serves, see hospital/control. What it calls
	// must be safe beside everything that serve does, and beside itself; it finds files by
	// fileName, and its input, output and errors by cobra's methods.
	handedOver = map[string]string{besideServing: "handed over"}
	// alone: it needs the vault for itself, so serve must be stopped for it.
	alone = map[string]string{besideServing: "alone"}
)

// served is the vault that a command finds open when it was handed over.
type served struct {
	home   string
	vault  *vault.Vault
	office *clerk.Office
	// folder is where the command was given.
	folder string
}

type servedKey struct{}

// servedIn returns what a command finds open, or nil.
func servedIn(ctx context.Context) *served {
	s, _ := ctx.Value(servedKey{}).(*served)
	return s
}

// fileName is the whole name of a file that a command was given: what is relative is meant
// from where the command was given, and errors name it alike whoever runs the command.
func fileName(cmd *cobra.Command, name string) string {
	if name == "" || filepath.IsAbs(name) {
		return name
	}
	if s := servedIn(cmd.Context()); s != nil {
		return filepath.Join(s.folder, name)
	}
	if whole, err := filepath.Abs(name); err == nil {
		return whole
	}
	return name
}

// handOver has the commands of a tree that are marked so run by the process that serves
// the vault, if there is one.
func handOver(cmd *cobra.Command) {
	for _, sub := range cmd.Commands() {
		handOver(sub)
	}
	if cmd.Annotations[besideServing] != handedOver[besideServing] {
		return
	}
	run := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if servedIn(cmd.Context()) == nil {
			if err := handToServer(cmd, args); !errors.Is(err, control.ErrNobody) {
				return err
			}
		}
		return run(cmd, args)
	}
}

// handToServer fails with control.ErrNobody if nobody serves the vault.
func handToServer(cmd *cobra.Command, args []string) error {
	home, err := vaultHome(cmd)
	if err != nil {
		return err
	}
	folder, err := os.Getwd()
	if err != nil {
		return err
	}
	request := control.Request{Home: home, Folder: folder, Args: commandLine(cmd, args)}
	if f, ok := cmd.ErrOrStderr().(*os.File); ok {
		request.Terminal = term.IsTerminal(int(f.Fd()))
	}
	return control.Run(cmd.Context(), request, control.Streams{In: cmd.InOrStdin(), Out: cmd.OutOrStdout(), Err: cmd.ErrOrStderr()})
}

// commandLine is the command as it was given, without the flags that say whose it is.
func commandLine(cmd *cobra.Command, args []string) []string {
	line := strings.Fields(cmd.CommandPath())[1:]
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if f.Name == flagVault || cmd.InheritedFlags().Lookup(f.Name) != nil && f.Name != flags.FlagOutput {
			return
		}
		values := []string{f.Value.String()}
		if list, ok := f.Value.(pflag.SliceValue); ok {
			values = list.GetSlice()
		}
		for _, value := range values {
			line = append(line, "--"+f.Name+"="+value)
		}
	})
	return append(append(line, "--"), args...)
}

// takeOver runs the commands that are handed to this process, until the context ends.
func takeOver(ctx context.Context, from *control.Listener, open *served, log *slog.Logger) error {
	return from.Serve(ctx, log, func(ctx context.Context, c control.Call) error {
		s := *open
		s.folder = c.Folder
		return advised(runServed(context.WithValue(ctx, servedKey{}, &s), c, log))
	})
}

// runServed runs one command.
func runServed(ctx context.Context, c control.Call, log *slog.Logger) error {
	if !sameFolder(c.Home, servedIn(ctx).home) {
		return fmt.Errorf("%s is not the vault that is served at its socket: remove %s from it", c.Home, control.SocketName)
	}
	if err := checkNames(c.Args, c.Folder); err != nil {
		return err
	}
	root := &cobra.Command{Use: "dmdld", SilenceErrors: true, SilenceUsage: true, CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true}}
	addOutputFlag(root)
	root.AddCommand(vaultCmd(), proofCmd(), accountCmd())
	cmd, _, err := root.Find(c.Args)
	if err != nil || cmd.Annotations[besideServing] != handedOver[besideServing] {
		return errors.New("the process that serves the vault does not take this command over: if it is of an older version, restart it")
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error {
		return fmt.Errorf("the process that serves the vault knows this command otherwise, restart it: %w", err)
	})
	root.SetArgs(c.Args)
	root.SetIn(c.In)
	root.SetOut(c.Out)
	root.SetErr(c.Err)
	err = root.ExecuteContext(ctx)
	log.Info("a command was run", "command", cmd.CommandPath(), "failed", err != nil) // its arguments may name patients
	return err
}

func sameFolder(one, other string) bool {
	a, first := os.Stat(one)
	b, second := os.Stat(other)
	return first == nil && second == nil && os.SameFile(a, b)
}

// checkNames refuses names that mean another file in each process, and files that reading
// may never come to the end of: nothing cancels that, so the process could not end either.
func checkNames(line []string, folder string) error {
	for _, name := range line {
		if _, value, is := strings.Cut(name, "="); is && strings.HasPrefix(name, "--") {
			name = value
		}
		name = filepath.Clean(name)
		for _, own := range []string{"/dev/stdin", "/dev/fd", "/proc/self", "/proc/thread-self"} {
			if name == own || strings.HasPrefix(name, own+"/") {
				return fmt.Errorf("%s is another file in the process that serves the vault: give one with a name of its own, or stop \"dmdld vault serve\" for this", name)
			}
		}
		if !filepath.IsAbs(name) {
			name = filepath.Join(folder, name)
		}
		if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() && !info.IsDir() {
			return fmt.Errorf("%s is a pipe or a device, which the process that serves the vault does not read: give a file, or stop \"dmdld vault serve\" for this", name)
		}
	}
	return nil
}
