package module_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"testing"
	"time"

	"github.com/cometbft/cometbft/crypto/ed25519"
	"github.com/stretchr/testify/require"

	autocliv1 "cosmossdk.io/api/cosmos/autocli/v1"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/dmdl-network/dmdl/args/argstest"
	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/consortium/module"
)

var cli = argstest.Module{Name: consortium.ModuleName, Register: consortium.RegisterInterfaces, Options: module.AppModule{}.AutoCLIOptions()}

var (
	operator = argstest.From
	ada      = sdk.AccAddress(bytes.Repeat([]byte{2}, 20)).String()
)

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
			require.Equal(t, tc.want, cli.Generate(t, tc.args...))
		})
	}
}

// TestWhatOnlyProposalsDoIsNoCommand holds because nobody has the key of the
// account that would sign it.
func TestWhatOnlyProposalsDoIsNoCommand(t *testing.T) {
	root, _ := cli.Root(t)
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
