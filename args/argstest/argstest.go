// Package argstest runs the commands that AutoCLI makes of a module's options.
package argstest

import (
	"bytes"
	"slices"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"

	autocliv1 "cosmossdk.io/api/cosmos/autocli/v1"
	"cosmossdk.io/client/v2/autocli"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/codec/address"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	"github.com/cosmos/cosmos-sdk/crypto/keyring"
	sdk "github.com/cosmos/cosmos-sdk/types"
	moduletestutil "github.com/cosmos/cosmos-sdk/types/module/testutil"
)

// From is who signs. It has the framework's prefix: --from is read with its global
// configuration, which an application sets and tests do not.
var From = sdk.AccAddress(bytes.Repeat([]byte{1}, 20)).String()

// Module is a module with commands.
type Module struct {
	// Name is the module's name.
	Name string
	// Register registers its messages.
	Register func(codectypes.InterfaceRegistry)
	// Options are its commands.
	Options *autocliv1.ModuleOptions
}

// Root returns a command tree with the module's commands, and the configuration that
// reads what they write.
func (m Module) Root(t testing.TB) (*cobra.Command, client.TxConfig) {
	t.Helper()
	config := moduletestutil.MakeTestEncodingConfig()
	m.Register(config.InterfaceRegistry)
	ctx := client.Context{}.
		WithCodec(config.Codec).WithInterfaceRegistry(config.InterfaceRegistry).WithTxConfig(config.TxConfig).
		WithKeyring(keyring.NewInMemory(config.Codec)).WithViper("")
	root := &cobra.Command{Use: "dmdld", SilenceErrors: true, SilenceUsage: true, PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
		return client.SetCmdClientContextHandler(ctx.WithCmdContext(cmd.Context()), cmd)
	}}
	prefix := sdk.GetConfig().GetBech32AccountAddrPrefix()
	require.NoError(t, autocli.AppOptions{
		ModuleOptions:         map[string]*autocliv1.ModuleOptions{m.Name: m.Options},
		AddressCodec:          address.NewBech32Codec(prefix),
		ValidatorAddressCodec: address.NewBech32Codec(prefix + "valoper"),
		ConsensusAddressCodec: address.NewBech32Codec(prefix + "valcons"),
		ClientCtx:             ctx,
	}.EnhanceRootCommand(root))
	return root, config.TxConfig
}

// Generate runs a transaction command and returns the message that it would send.
func (m Module) Generate(t testing.TB, args ...string) sdk.Msg {
	t.Helper()
	root, config := m.Root(t)
	var out bytes.Buffer
	root.SetOut(&out)
	root.SetArgs(slices.Concat([]string{"tx", m.Name}, args,
		[]string{"--from", From, "--generate-only", "--offline", "--account-number", "1", "--sequence", "1"}))
	require.NoError(t, root.ExecuteContext(t.Context()))
	tx, err := config.TxJSONDecoder()(out.Bytes())
	require.NoError(t, err)
	require.Len(t, tx.GetMsgs(), 1)
	return tx.GetMsgs()[0]
}
