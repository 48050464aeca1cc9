package main

import (
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	cmtcfg "github.com/cometbft/cometbft/config"
	"github.com/cometbft/cometbft/p2p"
	"github.com/cometbft/cometbft/privval"
	"github.com/spf13/cobra"

	"github.com/cosmos/cosmos-sdk/client"
	"github.com/cosmos/cosmos-sdk/client/flags"
	serverconfig "github.com/cosmos/cosmos-sdk/server/config"
	genutiltypes "github.com/cosmos/cosmos-sdk/x/genutil/types"

	"github.com/dmdl-network/dmdl/app"
	"github.com/dmdl-network/dmdl/genesis"
)

// initOptions are the flags of init.
type initOptions struct {
	chainID, profile, genesis, keyring string
	peers, rpc, grpc, rest             string
	oneMachine                         bool
}

func (o *initOptions) addFlags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&o.chainID, flags.FlagChainID, "", "id of the chain")
	cmd.Flags().StringVar(&o.profile, "profile", profileValidator, "what the node keeps: "+strings.Join(profiles, ", "))
	cmd.Flags().StringVar(&o.genesis, "genesis", "", "genesis document of the chain")
	cmd.Flags().StringVar(&o.keyring, flags.FlagKeyringBackend, "os", "where the operator's key is kept: os, file, test (unprotected)")
	cmd.Flags().StringVar(&o.peers, "listen-peers", "0.0.0.0:26656", "host:port for peers")
	cmd.Flags().StringVar(&o.rpc, "listen-rpc", "127.0.0.1:26657", "host:port for CometBFT's RPC")
	cmd.Flags().StringVar(&o.grpc, "listen-grpc", "127.0.0.1:9090", "host:port for gRPC")
	cmd.Flags().StringVar(&o.rest, "listen-rest", "127.0.0.1:1317", "host:port for REST")
	cmd.Flags().BoolVar(&o.oneMachine, "one-machine", false, "accept peers with addresses of this machine, for a network on loopback")
}

// settings returns the shipped settings with what the flags change.
func (o *initOptions) settings(home, moniker string) (*cmtcfg.Config, *serverconfig.Config, error) {
	if err := checkProfile(o.profile); err != nil {
		return nil, nil, err
	}
	if o.genesis == "" && o.chainID == "" {
		return nil, nil, errors.New("name the chain with --chain-id or bring its document with --genesis")
	}
	comet, application := cometSettings(o.profile), appSettings(o.profile)
	comet.Moniker = moniker
	comet.SetRoot(home)
	comet.P2P.ListenAddress, comet.RPC.ListenAddress = "tcp://"+o.peers, "tcp://"+o.rpc
	comet.P2P.AddrBookStrict, comet.P2P.AllowDuplicateIP = !o.oneMachine, o.oneMachine
	application.GRPC.Address, application.API.Address = o.grpc, "tcp://"+o.rest
	return comet, application, nil
}

// initCmd makes a node's folder.
func initCmd(chain *app.App) *cobra.Command {
	var o initOptions
	cmd := &cobra.Command{
		Use:   "init [moniker]",
		Short: "Make a node's folder: settings and keys, and the genesis document if there is one",
		Long: `Make a node's folder with the shipped settings, a node key and a consensus key.

Before the ceremony, run it without --genesis and then "dmdld genesis entry".
After it, run it again with --genesis: keys that exist are kept, the document is
checked, its hash is printed and the members' nodes become peers. A node that
joins later needs nothing but the genesis document.`,
		Example: "dmdld init st-elsewhere --chain-id dmdl-1\ndmdld init st-elsewhere --genesis genesis.json",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			home := client.GetClientContextFromCmd(cmd).HomeDir
			comet, application, err := o.settings(home, args[0])
			if err != nil {
				return err
			}
			nodeID, err := makeKeys(home, comet)
			if err != nil {
				return err
			}
			if o.genesis != "" {
				if o.chainID, err = adoptGenesis(cmd, chain, o.genesis, nodeID, comet); err != nil {
					return err
				}
			}
			if err := writeSettings(home, &o, comet, application); err != nil {
				return err
			}
			cmd.Printf("node %s in %s\n", nodeID, home)
			return nil
		},
	}
	o.addFlags(cmd)
	return cmd
}

// makeKeys makes the node's folders and those of its keys that do not exist.
func makeKeys(home string, comet *cmtcfg.Config) (p2p.ID, error) {
	for _, folder := range []string{"config", "data"} {
		if err := os.MkdirAll(filepath.Join(home, folder), 0o700); err != nil {
			return "", err
		}
	}
	nodeKey, err := p2p.LoadOrGenNodeKey(comet.NodeKeyFile())
	if err != nil {
		return "", err
	}
	if err := checkSignState(comet); err != nil {
		return "", err
	}
	privval.LoadOrGenFilePV(comet.PrivValidatorKeyFile(), comet.PrivValidatorStateFile())
	return nodeKey.ID(), nil
}

// checkSignState refuses a consensus key without the record of what it signed:
// a validator that forgot could sign twice and be suspended for it.
func checkSignState(comet *cmtcfg.Config) error {
	key, state := comet.PrivValidatorKeyFile(), comet.PrivValidatorStateFile()
	if _, err := os.Stat(key); err != nil {
		return nil //nolint:nilerr // without a key there is nothing to remember
	}
	if _, err := os.Stat(state); err != nil {
		return fmt.Errorf("%s holds a key but %s is missing, so the key could sign twice (%w): restore it, or on a new chain begin with {\"height\":\"0\",\"round\":0,\"step\":0}", key, state, err)
	}
	return nil
}

// adoptGenesis checks a genesis document, prints its hash, stores it in the
// node's folder and makes the members' nodes peers.
func adoptGenesis(cmd *cobra.Command, chain *app.App, file string, nodeID p2p.ID, comet *cmtcfg.Config) (string, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	hash, err := genesis.Hash(raw)
	if err != nil {
		return "", err
	}
	doc, err := genutiltypes.AppGenesisFromFile(file)
	if err != nil {
		return "", err
	}
	state, err := genesis.State(ceremonyCodec(chain), doc)
	if err != nil {
		return "", fmt.Errorf("%s: %w", file, err)
	}
	comet.P2P.PersistentPeers = strings.Join(genesis.Peers(state, string(nodeID)), ",")
	cmd.Printf("genesis %s\n", hex.EncodeToString(hash))
	return doc.ChainID, os.WriteFile(comet.GenesisFile(), raw, 0o600)
}

// clientSettings is client.toml.
const clientSettings = `# Settings of the command line.

# The id of the chain.
chain-id = %q
# Where the operator's key is kept: os, file, test (unprotected).
keyring-backend = %q
# The key that signs unless --from names another.
keyring-default-keyname = "operator"
# How results are printed: text or json.
output = "text"
# The node that commands ask.
node = %q
# Whether a command waits until its transaction was checked: sync or async.
broadcast-mode = "sync"
`

// writeSettings writes the three files of settings.
func writeSettings(home string, o *initOptions, comet *cmtcfg.Config, application *serverconfig.Config) error {
	if err := comet.ValidateBasic(); err != nil {
		return err
	}
	cmtcfg.WriteConfigFile(filepath.Join(home, "config", "config.toml"), comet)
	serverconfig.SetConfigTemplate(serverconfig.DefaultConfigTemplate)
	serverconfig.WriteConfigFile(filepath.Join(home, "config", "app.toml"), application)
	text := fmt.Sprintf(clientSettings, o.chainID, o.keyring, "tcp://"+o.rpc)
	return os.WriteFile(filepath.Join(home, "config", "client.toml"), []byte(text), 0o600)
}

// ceremonyCodec is what package genesis needs of the application.
func ceremonyCodec(chain *app.App) genesis.Codec {
	return genesis.Codec{Codec: chain.Codec, Basics: chain.Basics}
}
