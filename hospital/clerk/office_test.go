package clerk_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/require"

	"github.com/cosmos/cosmos-sdk/codec"
	"github.com/cosmos/cosmos-sdk/codec/address"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	txsigning "github.com/cosmos/cosmos-sdk/x/tx/signing"

	"github.com/dmdl-network/dmdl/genesis"
	"github.com/dmdl-network/dmdl/hospital/clerk"
	"github.com/dmdl-network/dmdl/hospital/ledger"
	"github.com/dmdl-network/dmdl/hospital/ledger/ledgertest"
)

// genesisOf is the document of a chain of one hospital.
func genesisOf(t *testing.T, chainID string, begins time.Time) []byte {
	t.Helper()
	addresses := address.NewBech32Codec("dmdl")
	registry, err := codectypes.NewInterfaceRegistryWithOptions(codectypes.InterfaceRegistryOptions{
		ProtoFiles:     proto.HybridResolver,
		SigningOptions: txsigning.Options{AddressCodec: addresses, ValidatorAddressCodec: addresses},
	})
	require.NoError(t, err)
	operator, err := ledger.NewKey()
	require.NoError(t, err)
	entry := genesis.Entry{
		ChainID: chainID, Name: "Alder", Kind: "INSTITUTION_KIND_HOSPITAL", LegalGroup: "Alder", Operator: operator.Address(),
		Node: fmt.Sprintf("%040d@alder.example.org:26656", 1),
	}
	require.NoError(t, entry.Sign(ledgertest.Validator(1)))
	doc, err := genesis.Gather(genesis.Codec{Codec: codec.NewProtoCodec(registry)}, chainID, begins, []genesis.Entry{entry})
	require.NoError(t, err)
	encoded, err := json.Marshal(doc)
	require.NoError(t, err)
	return encoded
}

var (
	begun   = time.Date(2027, 1, 4, 8, 0, 0, 0, time.UTC)
	reached = clerk.Config{Node: clerk.Endpoint{RPC: "http://127.0.0.1:26657", GRPC: "127.0.0.1:9090"}, Witnesses: []string{"https://node.birch.example:26657"}}
)

func TestAVaultConnectsAgainWithItsAccount(t *testing.T) {
	home, document := t.TempDir(), genesisOf(t, "story-1", begun)
	first, err := clerk.Setup(home, "story-1", reached, document)
	require.NoError(t, err)

	moved := reached
	moved.Node.RPC = "http://10.0.0.7:26657"
	again, err := clerk.Setup(home, "story-1", moved, document)
	require.NoError(t, err)
	require.Equal(t, first, again)
	config, err := os.ReadFile(filepath.Join(home, "ledger.json"))
	require.NoError(t, err)
	require.Contains(t, string(config), moved.Node.RPC)

	_, err = clerk.Setup(home, "story-1", reached, genesisOf(t, "story-1", begun.Add(time.Hour)))
	require.ErrorContains(t, err, "has pinned another genesis document")
}

func TestAnInterruptedConnectionIsMadeAgain(t *testing.T) {
	for _, left := range []string{"ledger.key", "genesis.json"} {
		home, document := t.TempDir(), genesisOf(t, "story-1", begun)
		first, err := clerk.Setup(home, "story-1", reached, document)
		require.NoError(t, err)
		for _, name := range []string{"ledger.key", "genesis.json", "ledger.json"} {
			if name != left {
				require.NoError(t, os.Remove(filepath.Join(home, name)))
			}
		}
		again, err := clerk.Setup(home, "story-1", reached, document)
		require.NoError(t, err)
		require.Equal(t, left == "ledger.key", first == again)
	}
}

func TestAConnectionThatCannotBeIsRefusedBeforeAnythingIsWritten(t *testing.T) {
	document := genesisOf(t, "story-1", begun)
	for want, change := range map[string]func(c *clerk.Config){
		`RPC address "127.0.0.1:26657": give it as http://`: func(c *clerk.Config) { c.Node.RPC = "127.0.0.1:26657" },
		`RPC address "nonsense": give it as http://`:        func(c *clerk.Config) { c.Witnesses = []string{"https://node.birch.example:26657", "nonsense"} },
		"cannot be its own witness":                         func(c *clerk.Config) { c.Witnesses = []string{c.Node.RPC} },
		"trust_hash is not in hex":                          func(c *clerk.Config) { c.TrustHeight, c.TrustHash = 7, "zz" },
		"height -4":                                         func(c *clerk.Config) { c.TrustHeight, c.TrustHash = -4, "00" },
	} {
		home, c := t.TempDir(), reached
		change(&c)
		_, err := clerk.Setup(home, "story-1", c, document)
		require.ErrorContains(t, err, want)
		requireEmpty(t, home)
	}
	home := t.TempDir()
	_, err := clerk.Setup(home, "story-2", reached, document)
	require.ErrorContains(t, err, `of chain "story-1", this vault's is "story-2"`)
	requireEmpty(t, home)
}

func requireEmpty(t *testing.T, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, entries)
}
