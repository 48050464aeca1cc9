package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"github.com/spf13/cobra"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/client/flags"
	"github.com/cosmos/cosmos-sdk/crypto/keyring"
	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	"github.com/dmdl-network/dmdl/x/consortium"
)

// withoutHome keeps "tx" and "query" from making the folder of --home: a look
// for a key's name would make it. Without the folder there are no keys to find,
// so whoever wants to sign is told, and whoever reads gets an empty keyring.
func withoutHome(cmd *cobra.Command, ctx client.Context) (client.Context, error) {
	parent := family(cmd)
	if parent != "tx" && parent != "query" {
		return ctx, nil
	}
	home, err := cmd.Flags().GetString(flags.FlagHome)
	if err != nil {
		return ctx, err
	}
	if _, err := os.Stat(home); !errors.Is(err, os.ErrNotExist) {
		return ctx, err
	}
	if from := cmd.Flags().Lookup(flags.FlagFrom); from != nil && from.Changed && !cmd.Flags().Changed(flags.FlagKeyringDir) {
		return ctx, fmt.Errorf("%s does not exist, so it holds no key %q: name the folder with your keys by --home", home, from.Value)
	}
	return ctx.WithKeyring(keyring.NewInMemory(ctx.Codec)), nil
}

// accounts finds out about accounts for those who sign, and says of one that
// the ledger does not know what it lacks.
type accounts struct{ authtypes.AccountRetriever }

// EnsureExists returns consortium.ErrStranger if the ledger does not know the
// account: only those whom an institution vouches for have one.
func (a accounts) EnsureExists(ctx client.Context, address sdk.AccAddress) error {
	err := a.AccountRetriever.EnsureExists(ctx, address)
	if status.Code(err) == codes.NotFound {
		return fmt.Errorf("%s: %w: its operator enrols it with \"dmdld tx consortium enrol\"", address, consortium.ErrStranger)
	}
	return err
}

// advised says an error plainly, and what to do about it where the libraries do not say.
func advised(err error) error {
	if err == nil {
		return nil
	}
	text := plainly(err.Error())
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		text += ": nothing listens there: start it, or name another address"
	case errors.Is(err, syscall.EADDRINUSE):
		text += ": something else listens there: end that, or give another address"
	case errors.Is(err, fs.ErrExist):
		text += ": nothing is overwritten, name another"
	case errors.Is(err, syscall.EAGAIN):
		text += ": another process has it open: stop that first"
	case isFull(err):
		text += ": make room on that disk, or raise its quota, and run the command again: it goes on where it stopped"
	}
	return said{error: err, text: text}
}

// said is an error in other words.
type said struct {
	error
	text string
}

func (s said) Error() string { return s.text }
func (s said) Unwrap() error { return s.error }

// isFull says whether there was no room to write, which SQLite says in its own
// words: of the memory that it shares over a file it only says that it cannot
// have it.
func isFull(err error) bool {
	var index *sqlite.Error
	if errors.As(err, &index) && (index.Code() == sqlite3.SQLITE_FULL || index.Code() == sqlite3.SQLITE_IOERR_SHMSIZE) {
		return true
	}
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}
