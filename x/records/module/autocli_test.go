package module_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"

	autocliv1 "cosmossdk.io/api/cosmos/autocli/v1"
	"cosmossdk.io/client/v2/autocli"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/codec/address"
	"github.com/cosmos/cosmos-sdk/crypto/keyring"
	sdk "github.com/cosmos/cosmos-sdk/types"
	moduletestutil "github.com/cosmos/cosmos-sdk/types/module/testutil"

	"github.com/dmdl-network/dmdl/x/records"
	"github.com/dmdl-network/dmdl/x/records/module"
)

// root returns a command tree with the module's commands, and the configuration
// that reads what they write.
func root(t *testing.T) (*cobra.Command, moduletestutil.TestEncodingConfig) {
	t.Helper()
	config := moduletestutil.MakeTestEncodingConfig()
	records.RegisterInterfaces(config.InterfaceRegistry)
	ctx := client.Context{}.
		WithCodec(config.Codec).
		WithInterfaceRegistry(config.InterfaceRegistry).
		WithTxConfig(config.TxConfig).
		WithKeyring(keyring.NewInMemory(config.Codec)).
		WithViper("")

	cmd := &cobra.Command{Use: "dmdld", PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
		return client.SetCmdClientContextHandler(ctx.WithCmdContext(cmd.Context()), cmd)
	}}
	prefix := sdk.GetConfig().GetBech32AccountAddrPrefix() // --from is read with the global configuration
	require.NoError(t, autocli.AppOptions{
		ModuleOptions:         map[string]*autocliv1.ModuleOptions{records.ModuleName: module.AppModule{}.AutoCLIOptions()},
		AddressCodec:          address.NewBech32Codec(prefix),
		ValidatorAddressCodec: address.NewBech32Codec(prefix + "valoper"),
		ConsensusAddressCodec: address.NewBech32Codec(prefix + "valcons"),
		ClientCtx:             ctx,
	}.EnhanceRootCommand(cmd))
	return cmd, config
}

// generate runs a transaction command and returns the message it would send.
func generate(t *testing.T, args ...string) sdk.Msg {
	t.Helper()
	cmd, config := root(t)
	var out bytes.Buffer
	cmd.SetOut(&out)
	from := sdk.AccAddress(bytes.Repeat([]byte{1}, 20)).String()
	cmd.SetArgs(slices.Concat([]string{"tx", records.ModuleName}, args,
		[]string{"--from", from, "--generate-only", "--offline", "--account-number", "1", "--sequence", "1"}))
	require.NoError(t, cmd.ExecuteContext(t.Context()))
	tx, err := config.TxConfig.TxJSONDecoder()(out.Bytes())
	require.NoError(t, err)
	require.Len(t, tx.GetMsgs(), 1)
	return tx.GetMsgs()[0]
}

func TestEveryMethodHasACommandWithAnExample(t *testing.T) {
	cmd, _ := root(t)
	for path, methods := range map[string]int{
		"query": len(records.Query_serviceDesc.Methods),
		"tx":    len(records.Msg_serviceDesc.Methods),
	} {
		parent, _, err := cmd.Find([]string{path, records.ModuleName})
		require.NoError(t, err)
		require.Len(t, parent.Commands(), methods)
		for _, c := range parent.Commands() {
			require.NotContains(t, c.Short, "RPC method")
			require.True(t, strings.HasPrefix(c.Example, "dmdld "+path+" records "+c.Name()), c.Name())
		}
	}
}

func TestABatchIsAnchoredFromTheCommandLine(t *testing.T) {
	root := bytes.Repeat([]byte{0xAB}, records.CommitmentSize)
	require.Equal(t, &records.MsgAnchorBatch{
		Vault: sdk.AccAddress(bytes.Repeat([]byte{1}, 20)).String(), Number: 3, Root: root, Leaves: 1000,
	}, generate(t, "anchor-batch", "3", fmt.Sprintf("%x", root), "1000"))
}

func TestRecordsAreAnchoredFromTheCommandLine(t *testing.T) {
	commitment := bytes.Repeat([]byte{0xCD}, records.CommitmentSize)
	text := fmt.Sprintf(`{"descriptor": {"class": "RECORD_CLASS_DATASET", "size": "SIZE_CLASS_1_GIB"},
		"content": %[1]q, "sealed": %[1]q}`, base64.StdEncoding.EncodeToString(commitment))
	result := records.Leaf{
		Descriptor_: records.Descriptor{
			Subject: &records.SubjectId{Institution: 1, Number: 7},
			Class:   records.RECORD_CLASS_RESULT, Size_: records.SIZE_CLASS_16_KIB,
		},
		Content: commitment, Sealed: commitment,
	}
	dataset := records.Leaf{
		Descriptor_: records.Descriptor{Class: records.RECORD_CLASS_DATASET, Size_: records.SIZE_CLASS_1_GIB},
		Content:     commitment, Sealed: commitment,
	}
	require.Equal(t, &records.MsgAnchorRecords{
		Vault:   sdk.AccAddress(bytes.Repeat([]byte{1}, 20)).String(),
		Number:  42,
		Records: []records.Leaf{result, dataset},
	}, generate(t, "anchor-records", "42", "--records", "testdata/result.json", "--records", text))
}
