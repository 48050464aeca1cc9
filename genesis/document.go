package genesis

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	cmttypes "github.com/cometbft/cometbft/types"

	"cosmossdk.io/core/address"

	"github.com/cosmos/cosmos-sdk/codec"
	"github.com/cosmos/cosmos-sdk/types/module"
	genutiltypes "github.com/cosmos/cosmos-sdk/x/genutil/types"

	"github.com/dmdl-network/dmdl/x/consortium"
)

// ConsensusParams are the consensus parameters that a chain begins with. Blocks
// are at most 4 MiB and about 0.3 s of work. Evidence counts for three weeks,
// longer than light clients trust a header.
func ConsensusParams() *cmttypes.ConsensusParams {
	params := cmttypes.DefaultConsensusParams()
	params.Block = cmttypes.BlockParams{MaxBytes: 4 << 20, MaxGas: 15_000_000}
	params.Evidence = cmttypes.EvidenceParams{MaxAgeNumBlocks: 2_000_000, MaxAgeDuration: 21 * 24 * time.Hour, MaxBytes: 64 << 10}
	params.Validator = cmttypes.ValidatorParams{PubKeyTypes: []string{cmttypes.ABCIPubKeyTypeEd25519, cmttypes.ABCIPubKeyTypeMlDsa65}}
	return params
}

// Codec is what this package needs to write and read the application's state.
type Codec struct {
	Codec  codec.Codec
	Basics module.BasicManager
}

// addresses writes and reads accounts as the chain does.
func (c Codec) addresses() address.Codec {
	return c.Codec.InterfaceRegistry().SigningContext().AddressCodec()
}

// Gather makes the genesis document of a chain out of entries. The order in
// which they are given does not matter: institutions are numbered by name.
func Gather(c Codec, chainID string, at time.Time, entries []Entry) (*genutiltypes.AppGenesis, error) {
	if len(entries) == 0 {
		return nil, errors.New("a chain needs at least one entry, four to survive the loss of one")
	}
	entries = slices.Clone(entries)
	slices.SortFunc(entries, func(a, b Entry) int { return cmp.Compare(a.Name, b.Name) })
	state := consortium.DefaultGenesis()
	for n, e := range entries {
		if err := e.Verify(chainID); err != nil {
			return nil, err
		}
		i, err := e.institution()
		if err != nil {
			return nil, err
		}
		i.Number = uint64(n) + 1
		state.Institutions = append(state.Institutions, i)
		state.KeyProofs = append(state.KeyProofs, consortium.KeyProof{Institution: i.Number, Signature: e.KeyProof})
		state.KeyOwners = append(state.KeyOwners, consortium.KeyOwner{ConsensusKey: *i.ConsensusKey, Institution: i.Number})
	}
	if err := sortKeyOwners(state.KeyOwners); err != nil {
		return nil, err
	}
	if err := state.Validate(chainID, c.addresses()); err != nil {
		return nil, fmt.Errorf("the entries do not go together: %w", err)
	}
	modules := c.Basics.DefaultGenesis(c.Codec)
	modules[consortium.ModuleName] = c.Codec.MustMarshalJSON(state)
	return document(chainID, at, 1, modules, ConsensusParams())
}

func sortKeyOwners(owners []consortium.KeyOwner) error {
	var failed error
	addressOf := func(o consortium.KeyOwner) []byte {
		key, err := consortium.DecodeKey(&o.ConsensusKey)
		if err != nil {
			failed = err
			return nil
		}
		return key.Address()
	}
	slices.SortFunc(owners, func(a, b consortium.KeyOwner) int { return bytes.Compare(addressOf(a), addressOf(b)) })
	return failed
}

// document puts a genesis document together.
func document(chainID string, at time.Time, height int64, modules map[string]json.RawMessage, params *cmttypes.ConsensusParams) (*genutiltypes.AppGenesis, error) {
	state, err := json.MarshalIndent(modules, "", "  ")
	if err != nil {
		return nil, err
	}
	doc := &genutiltypes.AppGenesis{
		AppName: "dmdld", GenesisTime: at.UTC().Round(0), ChainID: chainID, InitialHeight: height, AppState: state,
		Consensus: &genutiltypes.ConsensusGenesis{Params: params},
	}
	return doc, doc.ValidateAndComplete()
}

// Hash is the SHA-256 digest of a genesis document, whatever its white space
// and order of keys. Members who read the same hash begin the same chain. A key
// that is repeated is refused, for readers differ in which one they believe; so is
// one that differs in case alone, since Go's reader believes the last of those.
func Hash(document []byte) ([]byte, error) {
	if err := json.Unmarshal(document, new(any)); err != nil { // bounds the depth and refuses what stands behind
		return nil, fmt.Errorf("genesis document: %w", err)
	}
	decoder := json.NewDecoder(bytes.NewReader(document))
	decoder.UseNumber()
	parsed, err := parse(decoder)
	if err != nil {
		return nil, fmt.Errorf("genesis document: %w", err)
	}
	canonical, err := json.Marshal(parsed) // keys of maps are sorted
	if err != nil {
		return nil, err
	}
	digest := sha256.Sum256(canonical)
	return digest[:], nil
}

// parse reads one value of a valid document.
func parse(decoder *json.Decoder) (any, error) {
	token, err := decoder.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('['):
		list := []any{}
		for decoder.More() {
			value, err := parse(decoder)
			if err != nil {
				return nil, err
			}
			list = append(list, value)
		}
		_, err = decoder.Token()
		return list, err
	case json.Delim('{'):
		return parseObject(decoder)
	}
	return token, nil
}

func parseObject(decoder *json.Decoder) (any, error) {
	object, seen := make(map[string]any), make(map[string]bool)
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return nil, err
		}
		key := token.(string)                           // the document is valid
		folded := strings.ToLower(strings.ToUpper(key)) // also the two letters beyond ASCII that fold into it
		if seen[folded] {
			return nil, fmt.Errorf("key %q is repeated before byte %d", key, decoder.InputOffset())
		}
		seen[folded] = true
		if object[key], err = parse(decoder); err != nil {
			return nil, err
		}
	}
	_, err := decoder.Token()
	return object, err
}

// State returns the members that a genesis document begins with, after having
// checked all of it: every module's state, and the proofs of possession.
func State(c Codec, doc *genutiltypes.AppGenesis) (*consortium.GenesisState, error) {
	if err := doc.ValidateAndComplete(); err != nil {
		return nil, err
	}
	var modules map[string]json.RawMessage
	if err := json.Unmarshal(doc.AppState, &modules); err != nil {
		return nil, fmt.Errorf("app_state: %w", err)
	}
	if err := c.Basics.ValidateGenesis(c.Codec, nil, modules); err != nil {
		return nil, err
	}
	var state consortium.GenesisState
	if err := c.Codec.UnmarshalJSON(modules[consortium.ModuleName], &state); err != nil {
		return nil, fmt.Errorf("app_state.consortium: %w", err)
	}
	if len(consortium.Validating(state.Institutions)) == 0 {
		return nil, errors.New("nobody validates: the chain could not make a block")
	}
	return &state, state.Validate(doc.ChainID, c.addresses())
}

// Peers lists the nodes of all institutions, as CometBFT's persistent_peers
// writes them, without the one with the given id and without those that say no
// address: CometBFT would not start with one.
func Peers(state *consortium.GenesisState, ownID string) []string {
	var peers []string
	for _, i := range state.Institutions {
		for _, node := range i.Nodes {
			id := consortium.NodeID(node)
			if i.Status == consortium.INSTITUTION_STATUS_ACTIVE && id != ownID && id != node {
				peers = append(peers, node)
			}
		}
	}
	return peers
}
