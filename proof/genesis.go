package proof

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"github.com/cosmos/cosmos-sdk/codec"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	genutiltypes "github.com/cosmos/cosmos-sdk/x/genutil/types"

	"github.com/dmdl-network/dmdl/genesis"
	"github.com/dmdl-network/dmdl/x/consortium"
)

// GenesisRoot pins a genesis document: the chain's id and its first validators,
// which follow from the members that it lists. The root's name holds the hash
// that members compare at the ceremony, see genesis.Hash. The document is
// believed as it is: whether its members proved their keys was the ceremony's
// business.
func GenesisRoot(document []byte) (Root, error) {
	hash, err := genesis.Hash(document)
	if err != nil {
		return Root{}, failed(PartRoot, "%w", err)
	}
	doc, err := genutiltypes.AppGenesisFromReader(bytes.NewReader(document))
	if err != nil {
		return Root{}, failed(PartRoot, "genesis document: %w", err)
	}
	if doc.GenesisTime.IsZero() {
		return Root{}, failed(PartRoot, "genesis document: it has no genesis_time")
	}
	if err := doc.ValidateAndComplete(); err != nil {
		return Root{}, failed(PartRoot, "genesis document: %w", err)
	}
	members, err := membersOf(doc.AppState)
	if err != nil {
		return Root{}, failed(PartRoot, "genesis document: %w", err)
	}
	set, err := genesis.Validators(members.institutions)
	if err != nil {
		return Root{}, failed(PartRoot, "genesis document: validators: %w", err)
	}
	return Root{
		name: fmt.Sprintf("genesis document %x of chain %s with %d validators", hash, doc.ChainID, set.Size()),
		genesis: &trust{
			chainID: doc.ChainID,
			// The first block is as if announced by one before it, and carries
			// the time of the document.
			height: doc.InitialHeight - 1, time: doc.GenesisTime.Add(-time.Nanosecond),
			validators: set, next: set.Hash(),
		},
		predecessor: members.predecessor,
	}, nil
}

// members is what a genesis document says of the consortium.
type members struct {
	institutions []consortium.Institution
	predecessor  string
}

// membersOf reads the members alone, since the rest of the state may be large
// and is none of a verifier's business.
func membersOf(appState json.RawMessage) (members, error) {
	var modules, fields map[string]json.RawMessage
	if err := json.Unmarshal(appState, &modules); err != nil {
		return members{}, fmt.Errorf("app_state: %w", err)
	}
	if err := json.Unmarshal(modules[consortium.ModuleName], &fields); err != nil {
		return members{}, fmt.Errorf("app_state.%s: %w", consortium.ModuleName, err)
	}
	var list []json.RawMessage
	if err := json.Unmarshal(fields["institutions"], &list); err != nil {
		return members{}, fmt.Errorf("app_state.%s.institutions: %w", consortium.ModuleName, err)
	}
	cdc := codec.NewProtoCodec(codectypes.NewInterfaceRegistry())
	m := members{institutions: make([]consortium.Institution, len(list))}
	for i, encoded := range list {
		if err := cdc.UnmarshalJSON(encoded, &m.institutions[i]); err != nil {
			return members{}, fmt.Errorf("institution %d: %w", i+1, err)
		}
	}
	if encoded := fields["predecessor"]; len(encoded) > 0 && !bytes.Equal(encoded, []byte("null")) {
		var p consortium.Predecessor
		if err := cdc.UnmarshalJSON(encoded, &p); err != nil {
			return members{}, fmt.Errorf("predecessor: %w", err)
		}
		m.predecessor = p.ChainId
	}
	return m, nil
}
