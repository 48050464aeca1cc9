// Package genesis is the ceremony in which hospitals that do not trust each
// other begin a chain: each makes and signs an entry of its own, anyone gathers
// the entries into one file, and all compare the hash of that file. The same
// entry serves an institution that joins later, as a proposal.
package genesis

import (
	"fmt"
	"net"
	"strings"

	"github.com/cometbft/cometbft/crypto"

	"github.com/dmdl-network/dmdl/lp"
	"github.com/dmdl-network/dmdl/x/consortium"
)

// entryDomain separates signatures of entries from all others of the key.
const entryDomain = "dmdl/genesis-entry/1"

// Entry is what one institution brings to the ceremony.
type Entry struct {
	// ChainID is the chain that the entry is for. It is good for no other.
	ChainID string `json:"chain_id"`
	// Name is the public name.
	Name string `json:"name"`
	// Kind is the institution's kind, such as INSTITUTION_KIND_HOSPITAL.
	Kind string `json:"kind"`
	// LegalGroup names the owner that ultimately controls the institution.
	LegalGroup string `json:"legal_group"`
	// Operator is the address of the operator's account.
	Operator string `json:"operator"`
	// ConsensusKey is the validator key.
	ConsensusKey *consortium.ConsensusKey `json:"consensus_key"`
	// Node is where peers reach the institution's node: ID@host:port.
	Node string `json:"node"`
	// KeyProof is the consensus key's signature over consortium.KeyProofBytes.
	KeyProof []byte `json:"key_proof"`
	// Signature is the consensus key's signature over all of the above.
	Signature []byte `json:"signature"`
}

// Sign completes an entry with the consensus key and its two signatures.
func (e *Entry) Sign(key crypto.PrivKey) error {
	public := consortium.NewKey(key.PubKey())
	e.ConsensusKey = &public
	i, err := e.institution()
	if err != nil {
		return err
	}
	proof, err := consortium.KeyProofBytes(e.ChainID, i)
	if err != nil {
		return err
	}
	if e.KeyProof, err = key.Sign(proof); err != nil {
		return err
	}
	e.Signature, err = key.Sign(e.signBytes(proof))
	return err
}

// signBytes is what the signature of an entry covers: what the proof of
// possession covers, the proof itself, and the node. It does not depend on how
// the file is written.
func (e *Entry) signBytes(proof []byte) []byte {
	return lp.Concat([]byte(entryDomain), proof, e.KeyProof, []byte(e.Node))
}

// Verify checks an entry: that it is for the chain, complete and signed by its
// own consensus key.
func (e *Entry) Verify(chainID string) error {
	if e.ChainID != chainID {
		return fmt.Errorf("entry of %q is for chain %q, not %q: its institution must make it again", e.Name, e.ChainID, chainID)
	}
	i, err := e.institution()
	if err != nil {
		return fmt.Errorf("entry of %q: %w", e.Name, err)
	}
	i.Number = 1 // any number: entries are numbered when they are gathered
	if err := i.Validate(); err != nil {
		return fmt.Errorf("entry of %q: %w", e.Name, err)
	}
	if err := consortium.VerifyKeyProof(chainID, i, e.KeyProof); err != nil {
		return fmt.Errorf("entry of %q: %w", e.Name, err)
	}
	key, err := consortium.DecodeKey(i.ConsensusKey)
	if err != nil {
		return err
	}
	proof, err := consortium.KeyProofBytes(chainID, i)
	if err != nil {
		return err
	}
	if !key.VerifySignature(e.signBytes(proof), e.Signature) {
		return fmt.Errorf("entry of %q was changed after it was signed: its institution must make it again", e.Name)
	}
	return nil
}

// institution returns the institution that the entry describes, without number.
func (e *Entry) institution() (consortium.Institution, error) {
	kind, known := consortium.InstitutionKind_value[e.Kind]
	if !known {
		return consortium.Institution{}, fmt.Errorf("kind %q is unknown, want one of %s", e.Kind, strings.Join(Kinds(), ", "))
	}
	if err := checkNode(e.Node); err != nil {
		return consortium.Institution{}, err
	}
	return consortium.Institution{
		Name: e.Name, Kind: consortium.InstitutionKind(kind), LegalGroup: e.LegalGroup, Operator: e.Operator,
		ConsensusKey: e.ConsensusKey, Status: consortium.INSTITUTION_STATUS_ACTIVE, Nodes: []string{e.Node},
	}, nil
}

// Admission returns the message by which a vote admits the entry's institution
// to a running chain.
func (e *Entry) Admission(authority string) (*consortium.MsgAdmitInstitution, error) {
	if err := e.Verify(e.ChainID); err != nil {
		return nil, err
	}
	i, err := e.institution()
	if err != nil {
		return nil, err
	}
	return &consortium.MsgAdmitInstitution{
		Authority: authority, Name: i.Name, Kind: i.Kind, LegalGroup: i.LegalGroup, Operator: i.Operator,
		ConsensusKey: i.ConsensusKey, Proof: e.KeyProof, Nodes: i.Nodes,
	}, nil
}

// Kinds lists the names of the kinds of institutions.
func Kinds() []string {
	var names []string
	for n := 1; ; n++ {
		name, known := consortium.InstitutionKind_name[int32(n)]
		if !known {
			return names
		}
		names = append(names, name)
	}
}

// checkNode checks that a node is given as ID@host:port.
func checkNode(node string) error {
	_, address, found := strings.Cut(node, "@")
	if !found {
		return fmt.Errorf("node %q is not of the form ID@host:port", node)
	}
	if _, _, err := net.SplitHostPort(address); err != nil {
		return fmt.Errorf("node %q: %w", node, err)
	}
	return nil
}
