package module_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"testing"
	"time"

	"github.com/cometbft/cometbft/crypto/ed25519"
	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"

	autocliv1 "cosmossdk.io/api/cosmos/autocli/v1"
	"cosmossdk.io/client/v2/autocli"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/codec/address"
	"github.com/cosmos/cosmos-sdk/crypto/keyring"
	sdk "github.com/cosmos/cosmos-sdk/types"
	moduletestutil "github.com/cosmos/cosmos-sdk/types/module/testutil"

	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/consortium/module"
)

// The accounts are written with the framework's prefix: --from is read with
// its global configuration, which an application sets and this test does not.
var (
	operator = sdk.AccAddress(bytes.Repeat([]byte{1}, 20)).String()
	ada      = sdk.AccAddress(bytes.Repeat([]byte{2}, 20)).String()
)

// newRoot returns a command tree with the module's commands, and what decodes
// their output.
func newRoot(t *testing.T) (*cobra.Command, client.TxConfig) {
	t.Helper()
	config := moduletestutil.MakeTestEncodingConfig()
	consortium.RegisterInterfaces(config.InterfaceRegistry)
	ctx := client.Context{}.
		WithCodec(config.Codec).WithInterfaceRegistry(config.InterfaceRegistry).WithTxConfig(config.TxConfig).
		WithKeyring(keyring.NewInMemory(config.Codec)).WithViper("")
	root := &cobra.Command{Use: "dmdld", SilenceErrors: true, SilenceUsage: true, PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
		return client.SetCmdClientContextHandler(ctx.WithCmdContext(cmd.Context()), cmd)
	}}
	prefix := sdk.GetConfig().GetBech32AccountAddrPrefix()
	require.NoError(t, autocli.AppOptions{
		ModuleOptions:         map[string]*autocliv1.ModuleOptions{consortium.ModuleName: module.AppModule{}.AutoCLIOptions()},
		AddressCodec:          address.NewBech32Codec(prefix),
		ValidatorAddressCodec: address.NewBech32Codec(prefix + "valoper"),
		ConsensusAddressCodec: address.NewBech32Codec(prefix + "valcons"),
		ClientCtx:             ctx,
	}.EnhanceRootCommand(root))
	return root, config.TxConfig
}

func TestEveryMethodIsACommandOrIsLeftOutOnPurpose(t *testing.T) {
	options := module.AppModule{}.AutoCLIOptions()
	for _, side := range []struct {
		commands *autocliv1.ServiceCommandDescriptor
		methods  int
	}{{options.Query, len(consortium.Query_serviceDesc.Methods)}, {options.Tx, len(consortium.Msg_serviceDesc.Methods)}} {
		require.Len(t, side.commands.RpcCommandOptions, side.methods)
		named := make(map[string]bool)
		for _, o := range side.commands.RpcCommandOptions {
			require.True(t, o.Skip || o.Short != "", o.RpcMethod)
			named[o.RpcMethod] = true
		}
		require.Len(t, named, side.methods)
	}
}

func TestMessagesAreWrittenOnTheCommandLine(t *testing.T) {
	key := consortium.NewKey(ed25519.GenPrivKeyFromSecret([]byte("new")).PubKey())
	person, proof := bytes.Repeat([]byte{7}, 32), bytes.Repeat([]byte{8}, 64)
	base := base64.StdEncoding.EncodeToString
	node := "0123456789abcdef0123456789abcdef01234567"
	at := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	for name, tc := range map[string]struct {
		args []string
		want sdk.Msg
	}{
		"enrol": {
			[]string{"enrol", fmt.Sprintf(`{"address":%q,"roles":[{"role":"ROLE_VAULT","expires_at":"2030-01-01T00:00:00Z"}],"person":%q}`, ada, base(person))},
			&consortium.MsgEnrolParticipants{Operator: operator, Enrolments: []consortium.Enrolment{
				{Address: ada, Roles: []consortium.RoleGrant{{Role: consortium.ROLE_VAULT, ExpiresAt: at}}, Person: person},
			}},
		},
		"withdraw all": {[]string{"withdraw", ada}, &consortium.MsgWithdrawRoles{Operator: operator, Participant: ada}},
		"withdraw a role": {[]string{"withdraw", ada, "--roles", "clinician"}, &consortium.MsgWithdrawRoles{
			Operator: operator, Participant: ada, Roles: []consortium.Role{consortium.ROLE_CLINICIAN},
		}},
		"rotate": {
			[]string{"rotate-consensus-key", fmt.Sprintf(`{"type":"ed25519","value":%q}`, base(key.Value)), base(proof)},
			&consortium.MsgRotateConsensusKey{Operator: operator, ConsensusKey: key, Proof: proof},
		},
		"return":   {[]string{"return-to-duty"}, &consortium.MsgReturnToDuty{Operator: operator}},
		"operator": {[]string{"change-operator", ada}, &consortium.MsgChangeOperator{Operator: operator, NewOperator: ada}},
		"nodes": {[]string{"declare-nodes", node, node + "@host:26656"}, &consortium.MsgDeclareNodes{
			Operator: operator, Nodes: []string{node, node + "@host:26656"},
		}},
		"vote": {[]string{"vote", "3", "yes"}, &consortium.MsgCastVote{
			Operator: operator, Proposal: 3, Option: consortium.VOTE_OPTION_YES,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			root, config := newRoot(t)
			var out bytes.Buffer
			root.SetOut(&out)
			root.SetArgs(append(append([]string{"tx", consortium.ModuleName}, tc.args...),
				"--from", operator, "--generate-only", "--offline", "--account-number", "1", "--sequence", "1"))
			require.NoError(t, root.ExecuteContext(t.Context()))
			tx, err := config.TxJSONDecoder()(out.Bytes())
			require.NoError(t, err)
			require.Equal(t, []sdk.Msg{tc.want}, tx.GetMsgs())
		})
	}
}

// TestWhatOnlyProposalsDoIsNoCommand holds because nobody has the key of the
// account that would sign it.
func TestWhatOnlyProposalsDoIsNoCommand(t *testing.T) {
	root, _ := newRoot(t)
	parent, _, err := root.Find([]string{"tx", consortium.ModuleName})
	require.NoError(t, err)
	var names []string
	for _, c := range parent.Commands() {
		names = append(names, c.Name())
	}
	require.ElementsMatch(t, []string{
		"enrol", "withdraw", "rotate-consensus-key", "return-to-duty", "change-operator", "declare-nodes", "vote",
	}, names)
}
