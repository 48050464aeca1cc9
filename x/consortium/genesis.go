package consortium

import (
	"bytes"
	"slices"

	"cosmossdk.io/core/address"
	"cosmossdk.io/errors"
)

// DefaultGenesis returns a state without members. A chain cannot start with it:
// somebody must validate.
func DefaultGenesis() *GenesisState { return &GenesisState{Params: DefaultParams()} }

// Validate checks the state without a store. chainID is the id of the chain
// that begins with the state, which proofs of possession name. It does not ask
// for members, so that a file under construction can be checked.
func (gs GenesisState) Validate(chainID string, addresses address.Codec) error {
	if err := gs.ValidateState(addresses); err != nil {
		return err
	}
	return gs.checkKeyProofs(chainID)
}

// ValidateState checks all but what depends on the id of the new chain: the
// proofs of possession and the predecessor.
func (gs GenesisState) ValidateState(addresses address.Codec) error {
	if err := gs.Params.Validate(); err != nil {
		return err
	}
	g := genesisCheck{addresses: addresses, accounts: make(map[string]bool), keys: make(map[string]KeyOwner)}
	for _, step := range []func(GenesisState) error{
		g.checkKeyOwners, g.checkInstitutions, g.checkParticipants, g.checkProposals, g.checkVotes, g.checkAbsences,
	} {
		if err := step(gs); err != nil {
			return err
		}
	}
	return nil
}

// genesisCheck remembers what earlier steps of Validate saw.
type genesisCheck struct {
	addresses address.Codec
	accounts  map[string]bool
	keys      map[string]KeyOwner
}

// claim decodes an account and refuses one that was claimed before. Accounts
// are compared as text elsewhere, so there is one way to write them.
func (g genesisCheck) claim(account string) ([]byte, error) {
	bz, err := g.addresses.StringToBytes(account)
	if err != nil {
		return nil, errors.Wrapf(ErrInvalid, "account %q: %s", account, err)
	}
	if text, err := g.addresses.BytesToString(bz); err != nil || text != account {
		return nil, errors.Wrapf(ErrInvalid, "account %q is not written as %q", account, text)
	}
	if err := CheckAccount(bz); err != nil {
		return nil, err
	}
	if g.accounts[string(bz)] {
		return nil, errors.Wrap(ErrAccountTaken, account)
	}
	g.accounts[string(bz)] = true
	return bz, nil
}

func (g genesisCheck) checkKeyOwners(gs GenesisState) error {
	var last []byte
	for at, owner := range gs.KeyOwners {
		key, err := DecodeKey(&owner.ConsensusKey)
		if err != nil {
			return errors.Wrapf(err, "key_owners[%d]", at)
		}
		if bytes.Compare(last, key.Address()) >= 0 {
			return errors.Wrapf(ErrInvalid, "key_owners[%d]: addresses must strictly increase", at)
		}
		if owner.Institution == 0 || owner.Institution > uint64(len(gs.Institutions)) {
			return errors.Wrapf(ErrInstitutionNotFound, "key_owners[%d]: %d", at, owner.Institution)
		}
		if held := gs.Institutions[owner.Institution-1].HasKey(&owner.ConsensusKey); held == (owner.RetiredHeight != 0) {
			return errors.Wrapf(ErrInvalid, "key_owners[%d]: retired at height %d, held by institution %d: %t", at, owner.RetiredHeight, owner.Institution, held)
		}
		last = key.Address()
		g.keys[string(last)] = owner
	}
	return nil
}

func (g genesisCheck) checkInstitutions(gs GenesisState) error {
	names := make(map[string]bool)
	for at, i := range gs.Institutions {
		if err := i.Validate(); err != nil {
			return errors.Wrapf(err, "institutions[%d]", at)
		}
		if i.Number != uint64(at)+1 {
			return errors.Wrapf(ErrInvalid, "institutions[%d] has number %d, want %d", at, i.Number, at+1)
		}
		if _, err := g.claim(i.Operator); err != nil {
			return errors.Wrapf(err, "institutions[%d]", at)
		}
		if i.Status != INSTITUTION_STATUS_REMOVED {
			if names[i.Name] {
				return errors.Wrapf(ErrNameTaken, "institutions[%d]: %q", at, i.Name)
			}
			names[i.Name] = true
		}
		key, err := i.ConsensusAddress()
		if err != nil {
			return err
		}
		if key == nil {
			continue
		}
		owner, known := g.keys[string(key)]
		if !known || owner.Institution != i.Number {
			return errors.Wrapf(ErrInvalid, "institutions[%d]: key %s is not listed as its own in key_owners", at, key)
		}
	}
	return nil
}

func (g genesisCheck) checkParticipants(gs GenesisState) error {
	var last uint64
	var lastAccount []byte
	for at, p := range gs.Participants {
		if err := p.Validate(); err != nil {
			return errors.Wrapf(err, "participants[%d]", at)
		}
		if p.Institution > uint64(len(gs.Institutions)) {
			return errors.Wrapf(ErrInstitutionNotFound, "participants[%d]: %d", at, p.Institution)
		}
		account, err := g.claim(p.Address)
		if err != nil {
			return errors.Wrapf(err, "participants[%d]", at)
		}
		if p.Institution < last || p.Institution == last && bytes.Compare(lastAccount, account) >= 0 {
			return errors.Wrapf(ErrInvalid, "participants[%d] is out of order", at)
		}
		last, lastAccount = p.Institution, account
	}
	return g.checkFormerOperators(gs)
}

func (g genesisCheck) checkFormerOperators(gs GenesisState) error {
	var last []byte
	for at, former := range gs.FormerOperators {
		account, err := g.claim(former.Address)
		if err != nil {
			return errors.Wrapf(err, "former_operators[%d]", at)
		}
		if former.Institution == 0 || former.Institution > uint64(len(gs.Institutions)) {
			return errors.Wrapf(ErrInstitutionNotFound, "former_operators[%d]: %d", at, former.Institution)
		}
		if bytes.Compare(last, account) >= 0 {
			return errors.Wrapf(ErrInvalid, "former_operators[%d] is out of order", at)
		}
		last = account
	}
	return nil
}

func (g genesisCheck) checkProposals(gs GenesisState) error {
	for at, p := range gs.Proposals {
		if err := p.Validate(); err != nil {
			return errors.Wrapf(err, "proposals[%d]", at)
		}
		if p.Id != uint64(at)+1 {
			return errors.Wrapf(ErrInvalid, "proposals[%d] has id %d, want %d", at, p.Id, at+1)
		}
		if p.Proposer > uint64(len(gs.Institutions)) {
			return errors.Wrapf(ErrInstitutionNotFound, "proposals[%d]: %d", at, p.Proposer)
		}
		for _, message := range p.Messages {
			if url := message.GetTypeUrl(); p.Status == PROPOSAL_STATUS_OPEN && !slices.Contains(ProposalMessages, url) {
				return errors.Wrapf(ErrMessageNotAllowed, "proposals[%d]: %q", at, url)
			}
		}
	}
	return nil
}

func (g genesisCheck) checkVotes(gs GenesisState) error {
	var last Vote
	for at, v := range gs.Votes {
		if err := v.Validate(); err != nil {
			return errors.Wrapf(err, "votes[%d]", at)
		}
		if v.Proposal > uint64(len(gs.Proposals)) || v.Institution > uint64(len(gs.Institutions)) {
			return errors.Wrapf(ErrInvalid, "votes[%d] names proposal %d and institution %d", at, v.Proposal, v.Institution)
		}
		if v.Proposal < last.Proposal || v.Proposal == last.Proposal && v.Institution <= last.Institution {
			return errors.Wrapf(ErrInvalid, "votes[%d] is out of order", at)
		}
		last = v
	}
	return nil
}

func (g genesisCheck) checkAbsences(gs GenesisState) error {
	var last uint64
	for at, a := range gs.Absences {
		if a.Institution <= last || a.Institution > uint64(len(gs.Institutions)) || a.Blocks == 0 {
			return errors.Wrapf(ErrInvalid, "absences[%d]: %d blocks of institution %d", at, a.Blocks, a.Institution)
		}
		last = a.Institution
	}
	return nil
}

// checkKeyProofs verifies every proof of possession. A new chain needs one for
// each key; the keys of a chain with a predecessor were proven there, under
// another chain id.
func (gs GenesisState) checkKeyProofs(chainID string) error {
	proven := make(map[uint64]bool)
	var last uint64
	for at, proof := range gs.KeyProofs {
		if proof.Institution == 0 || proof.Institution > uint64(len(gs.Institutions)) {
			return errors.Wrapf(ErrInstitutionNotFound, "key_proofs[%d]: %d", at, proof.Institution)
		}
		if proof.Institution <= last {
			return errors.Wrapf(ErrInvalid, "key_proofs[%d] is out of order", at)
		}
		last = proof.Institution
		if err := VerifyKeyProof(chainID, gs.Institutions[proof.Institution-1], proof.Signature); err != nil {
			return errors.Wrapf(err, "key_proofs[%d]", at)
		}
		proven[proof.Institution] = true
	}
	if p := gs.Predecessor; p != nil {
		if p.ChainId == "" || p.ChainId == chainID {
			return errors.Wrapf(ErrInvalid, "predecessor %q of chain %q: it must be another chain", p.ChainId, chainID)
		}
		return nil
	}
	for _, i := range gs.Institutions {
		if i.ConsensusKey != nil && !proven[i.Number] {
			return errors.Wrapf(ErrKeyProof, "institution %d, %q, brings none", i.Number, i.Name)
		}
	}
	return nil
}
