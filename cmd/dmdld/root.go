package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"

	cmtcfg "github.com/cometbft/cometbft/config"
	dbm "github.com/cosmos/cosmos-db"
	"github.com/spf13/cobra"

	"cosmossdk.io/client/v2/autocli"
	"cosmossdk.io/log/v2"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/client/config"
	"github.com/cosmos/cosmos-sdk/client/flags"
	"github.com/cosmos/cosmos-sdk/client/keys"
	"github.com/cosmos/cosmos-sdk/codec/address"
	"github.com/cosmos/cosmos-sdk/runtime/services"
	"github.com/cosmos/cosmos-sdk/server"
	serverconfig "github.com/cosmos/cosmos-sdk/server/config"
	simtestutil "github.com/cosmos/cosmos-sdk/testutil/sims"
	sdk "github.com/cosmos/cosmos-sdk/types"
	authcmd "github.com/cosmos/cosmos-sdk/x/auth/client/cli"

	"github.com/dmdl-network/dmdl/app"
)

// withContexts gives a command the contexts that the framework fills in.
func withContexts(ctx context.Context) context.Context {
	ctx = context.WithValue(ctx, client.ClientContextKey, &client.Context{})
	return context.WithValue(ctx, server.ServerContextKey, server.NewDefaultContext())
}

// sealConfig sets the address prefixes of the SDK's global configuration. The
// chain uses address codecs; this is for the parts of the SDK that still call
// String on an address, such as the key commands.
var sealConfig = sync.OnceFunc(func() {
	cfg := sdk.GetConfig()
	cfg.SetBech32PrefixForAccount(app.Prefix, app.Prefix+"pub")
	cfg.SetBech32PrefixForValidator(app.Prefix+"valoper", app.Prefix+"valoperpub")
	cfg.SetBech32PrefixForConsensusNode(app.Prefix+"valcons", app.Prefix+"valconspub")
	cfg.Seal()
})

// defaultHome is the node's folder unless --home or DMDLD_HOME names another.
func defaultHome() string {
	if home := os.Getenv("DMDLD_HOME"); home != "" {
		return home
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return ".dmdld"
	}
	return filepath.Join(home, ".dmdld")
}

// newRootCmd builds the command tree. The application over an empty memory
// database is there only to learn its codec and its modules' commands.
func newRootCmd() (*cobra.Command, error) {
	sealConfig()
	chain, err := app.New(log.NewNopLogger(), dbm.NewMemDB(), simtestutil.EmptyAppOptions{})
	if err != nil {
		return nil, err
	}
	ctx := client.Context{}.
		WithCodec(chain.Codec).
		WithInterfaceRegistry(chain.Codec.InterfaceRegistry()).
		WithTxConfig(chain.TxConfig).
		WithAccountRetriever(accounts{}).
		WithInput(os.Stdin).
		WithHomeDir(defaultHome()).
		WithViper("DMDLD")

	root := &cobra.Command{
		Use:           "dmdld",
		Short:         "Run a hospital's node and work with the ledger",
		SilenceErrors: true,
		SilenceUsage:  true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			cmd.SetOut(cmd.OutOrStdout()) // cobra prints to standard error by default
			return prepare(cmd, ctx)
		},
	}
	root.PersistentFlags().String(flags.FlagHome, defaultHome(), "folder of the node's configuration, keys and data")
	addOutputFlag(root)
	root.PersistentFlags().String(flags.FlagLogLevel, "info", "log level: trace, debug, info, warn, error, disabled, or module:level,...")
	root.PersistentFlags().String(flags.FlagLogFormat, "plain", "log format: plain or json")
	root.PersistentFlags().Bool(flags.FlagLogNoColor, false, "log without colours")

	tx := &cobra.Command{Use: "tx", Short: "Send transactions", RunE: client.ValidateCmd}
	tx.AddCommand(authcmd.GetSignCommand(), authcmd.GetBroadcastCommand(), authcmd.GetEncodeCommand(), authcmd.GetDecodeCommand())
	query := &cobra.Command{Use: "query", Aliases: []string{"q"}, Short: "Read the chain", RunE: client.ValidateCmd}
	query.AddCommand(server.QueryBlockCmd(), server.QueryBlocksCmd(), server.QueryBlockResultsCmd(), authcmd.QueryTxCmd())
	root.AddCommand(tx, query, keys.Commands(), server.StatusCommand(), initCmd(chain), genesisCmd(chain), localnetCmd(), benchCmd(), demoCmd(),
		vaultCmd(), requesterCmd(), fetchCmd(), proofCmd(), accountCmd())
	addNodeCommands(root)

	options := autocli.AppOptions{
		ModuleOptions:         services.ExtractAutoCLIOptions(chain.Modules.Modules),
		AddressCodec:          address.NewBech32Codec(app.Prefix),
		ValidatorAddressCodec: address.NewBech32Codec(app.Prefix + "valoper"),
		ConsensusAddressCodec: address.NewBech32Codec(app.Prefix + "valcons"),
		ClientCtx:             ctx,
	}
	if err := options.EnhanceRootCommand(root); err != nil {
		return nil, err
	}
	if err := addProposeCommand(root, chain); err != nil {
		return nil, err
	}
	if err := addCheckCommand(root); err != nil {
		return nil, err
	}
	if err := addCopyrightCommands(root); err != nil {
		return nil, err
	}
	scheduleGas(root)
	return root, nil
}

func addOutputFlag(root *cobra.Command) {
	root.PersistentFlags().StringP(flags.FlagOutput, "o", flags.OutputFormatText, "how results are printed: text or json")
}

// prepare reads what a command needs. A command that needs a node's folder
// fails if there is none; no command makes one but init.
func prepare(cmd *cobra.Command, ctx client.Context) error {
	ctx, err := withoutHome(cmd, ctx)
	if err != nil {
		return err
	}
	if err := checkNode(cmd); err != nil {
		return err
	}
	if ctx, err = client.ReadPersistentCommandFlags(ctx.WithCmdContext(cmd.Context()), cmd.Flags()); err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(ctx.HomeDir, "config", "client.toml")); err == nil {
		if ctx, err = config.ReadFromClientConfig(ctx); err != nil {
			return err
		}
	} else if !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := client.SetCmdClientContextHandler(ctx, cmd); err != nil {
		return err
	}
	if !needsNode(cmd) {
		return nil
	}
	if _, err := os.Stat(filepath.Join(ctx.HomeDir, "config", "config.toml")); err != nil {
		return fmt.Errorf("%s holds no node (%w): run \"dmdld init\" or name another folder with --home", ctx.HomeDir, err)
	}
	return server.InterceptConfigsPreRunHandler(cmd, serverconfig.DefaultConfigTemplate, serverconfig.DefaultConfig(), cmtcfg.DefaultConfig())
}

// checkNode refuses the address of a node without the scheme, which the library's help
// shows and its client does not take.
func checkNode(cmd *cobra.Command) error {
	node := cmd.Flags().Lookup(flags.FlagNode)
	if node == nil {
		return nil
	}
	if u, err := url.Parse(node.Value.String()); err != nil || u.Opaque != "" {
		return fmt.Errorf("--node %q: give it as http://host:port", node.Value)
	}
	return nil
}

// scheduleGas lets transactions declare what the chain's schedule asks for,
// unless the sender gives a number.
func scheduleGas(cmd *cobra.Command) {
	if gas := cmd.Flags().Lookup(flags.FlagGas); gas != nil {
		gas.DefValue = flags.GasFlagAuto
		_ = gas.Value.Set(flags.GasFlagAuto) // "auto" is a value the flag knows
	}
	if adjustment := cmd.Flags().Lookup(flags.FlagGasAdjustment); adjustment != nil {
		adjustment.DefValue = "1.3"
		_ = adjustment.Value.Set("1.3") // the signature is not part of what is simulated
	}
	for _, sub := range cmd.Commands() {
		scheduleGas(sub)
	}
}
