package clerk

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/dmdl-network/dmdl/hospital/ledger"
	"github.com/dmdl-network/dmdl/hospital/vault"
)

// Names of the clerk's files in a vault's home.
const (
	configFile  = "ledger.json"
	keyFile     = "ledger.key"
	genesisFile = "genesis.json"
	headersDir  = "headers"
)

// Config says how a vault reaches the ledger, in ledger.json.
type Config struct {
	// Node is the own node.
	Node Endpoint `json:"node"`
	// Witnesses are RPC addresses of nodes of other institutions, at least one:
	// what the own node shows is compared with what they show.
	Witnesses []string `json:"witnesses"`
	// TrustHeight and TrustHash name the header that trust begins at, for a chain
	// older than the trusting period of two weeks. Without them it begins at the
	// genesis document.
	TrustHeight int64  `json:"trust_height,omitempty"`
	TrustHash   string `json:"trust_hash,omitempty"`
}

// root is where trust begins.
func (c Config) root(chainID string, genesis []byte) (ledger.Root, error) {
	if c.TrustHeight == 0 {
		return ledger.GenesisRoot(genesis)
	}
	hash, err := hex.DecodeString(c.TrustHash)
	if err != nil {
		return ledger.Root{}, fmt.Errorf("trust_hash is not in hex: %w", err)
	}
	return ledger.HeaderRoot(chainID, c.TrustHeight, hash)
}

// Endpoint says where a node listens.
type Endpoint struct {
	// RPC is CometBFT's RPC, such as http://127.0.0.1:26657.
	RPC string `json:"rpc"`
	// GRPC is the application's gRPC, such as 127.0.0.1:9090.
	GRPC string `json:"grpc"`
}

// Setup puts into a vault's home what the clerk needs: how to reach the ledger,
// the genesis document of the vault's chain that all members have compared, and a
// fresh account key. It returns the account's address, which the institution's
// operator must enrol with the role vault. Again, it changes how to reach the ledger
// alone: the account stays, and so does the genesis document.
func Setup(home, chainID string, c Config, genesis []byte) (address string, err error) {
	if err := errors.Join(c.validate(), c.checkAddresses()); err != nil {
		return "", err
	}
	if _, err := c.root(chainID, genesis); err != nil {
		return "", err
	}
	root, err := ledger.GenesisRoot(genesis)
	if err != nil {
		return "", err
	}
	if root.ChainID() != chainID {
		return "", fmt.Errorf("the genesis document is of chain %q, this vault's is %q: give the one that its members have compared", root.ChainID(), chainID)
	}
	text, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return "", err
	}
	if err := keep(filepath.Join(home, keyFile), []byte(hex.EncodeToString(ledger.NewSeed())+"\n")); err != nil {
		return "", err
	}
	key, err := readKey(home)
	if err != nil {
		return "", err
	}
	if err := keep(filepath.Join(home, genesisFile), genesis); err != nil {
		return "", err
	}
	if pinned, err := os.ReadFile(filepath.Join(home, genesisFile)); err != nil {
		return "", err
	} else if !bytes.Equal(pinned, genesis) {
		return "", fmt.Errorf("this vault has pinned another genesis document, %s: give that one", filepath.Join(home, genesisFile))
	}
	return key.Address(), replace(filepath.Join(home, configFile), append(text, '\n'))
}

func (c Config) validate() error {
	if c.Node.RPC == "" || c.Node.GRPC == "" {
		return errors.New("the own node's RPC or gRPC address is missing")
	}
	if len(c.Witnesses) == 0 {
		return errors.New("no witness is named: give the RPC address of a node of another institution")
	}
	return nil
}

// checkAddresses fails on what could only be a mistake of whoever connects the vault.
func (c Config) checkAddresses() error {
	for _, address := range append([]string{c.Node.RPC}, c.Witnesses...) {
		if u, err := url.Parse(address); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			return fmt.Errorf("RPC address %q: give it as http://host:port or https://host:port", address)
		}
	}
	if slices.Contains(c.Witnesses, c.Node.RPC) {
		return fmt.Errorf("%s is the own node and cannot be its own witness: name a node of another institution", c.Node.RPC)
	}
	return nil
}

// keep writes a file unless it is there.
func keep(path string, content []byte) error {
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return replace(path, content)
}

// replace writes a file for this user alone, whole or not at all.
func replace(path string, content []byte) error {
	fresh := path + ".new"
	f, err := os.OpenFile(fresh, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(fresh, path)
}

// ErrNoLedger says that a vault's home does not say how to reach the ledger.
var ErrNoLedger = errors.New("the vault is not connected to a ledger")

// Office is a vault's connection to the ledger.
type Office struct {
	*Clerk
	Client   *ledger.Client
	Verifier *ledger.Verifier
	Genesis  []byte
	vault    *vault.Vault
	home     string
	// journal is held by whoever adds to the journal of emergencies or reports it.
	journal sync.Mutex
}

// Open connects a vault to the ledger, by the files that Setup made. Gas is the
// chain's schedule. Report is told of faults of witnesses, see ledger.
func Open(home string, v *vault.Vault, gas func([]sdk.Msg, int) (uint64, error), report func(error)) (*Office, error) {
	config, err := readConfig(home)
	if err != nil {
		return nil, err
	}
	key, err := readKey(home)
	if err != nil {
		return nil, err
	}
	genesis, err := os.ReadFile(filepath.Join(home, genesisFile))
	if err != nil {
		return nil, err
	}
	root, err := config.root(v.Settings().ChainID, genesis)
	if err != nil {
		return nil, err
	}
	client, err := ledger.Open(ledger.Config{
		ChainID: v.Settings().ChainID, Gas: gas,
		Nodes: []ledger.Endpoint{{RPC: config.Node.RPC, GRPC: config.Node.GRPC}},
	})
	if err != nil {
		return nil, err
	}
	verifier, err := ledger.OpenVerifier(ledger.VerifierConfig{
		Root: root, Primary: config.Node.RPC, Witnesses: config.Witnesses,
		Folder: filepath.Join(home, headersDir), Report: report,
	})
	if err != nil {
		return nil, errors.Join(err, client.Close())
	}
	return &Office{Clerk: New(v, client, verifier.State, key), Client: client, Verifier: verifier, Genesis: genesis, vault: v, home: home}, nil
}

// Close ends the connection.
func (o *Office) Close() error { return errors.Join(o.Verifier.Close(), o.Client.Close()) }

func readConfig(home string) (Config, error) {
	var c Config
	text, err := os.ReadFile(filepath.Join(home, configFile))
	if errors.Is(err, fs.ErrNotExist) {
		return c, fmt.Errorf("%w: run \"dmdld vault connect\"", ErrNoLedger)
	}
	if err != nil {
		return c, err
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&c); err != nil {
		return c, fmt.Errorf("%s: %w", configFile, err)
	}
	if err := c.validate(); err != nil {
		return c, fmt.Errorf("%s: %w", configFile, err)
	}
	return c, nil
}

// readKey returns the account key of a vault's home.
func readKey(home string) (ledger.Key, error) {
	text, err := os.ReadFile(filepath.Join(home, keyFile))
	if err != nil {
		return ledger.Key{}, err
	}
	seed, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil {
		return ledger.Key{}, fmt.Errorf("%s does not hold a seed in hex", keyFile)
	}
	return ledger.KeyFromSeed(seed)
}
