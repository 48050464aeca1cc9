package consortium

import (
	"bytes"
	"net"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"cosmossdk.io/errors"
)

// Validate checks what can be checked without state.
func (i Institution) Validate() error {
	if i.Number == 0 {
		return errors.Wrap(ErrInvalid, "institution number is 0, numbers start at 1")
	}
	if err := validateText("name", i.Name); err != nil {
		return err
	}
	if err := validateText("legal group", i.LegalGroup); err != nil {
		return err
	}
	if _, known := InstitutionKind_name[int32(i.Kind)]; !known || i.Kind == INSTITUTION_KIND_UNSPECIFIED {
		return errors.Wrapf(ErrInvalid, "institution kind %d is unknown", i.Kind)
	}
	if _, known := InstitutionStatus_name[int32(i.Status)]; !known || i.Status == INSTITUTION_STATUS_UNSPECIFIED {
		return errors.Wrapf(ErrInvalid, "institution status %d is unknown", i.Status)
	}
	if _, known := SuspensionCause_name[int32(i.Suspension)]; !known {
		return errors.Wrapf(ErrInvalid, "suspension cause %d is unknown", i.Suspension)
	}
	if (i.Status == INSTITUTION_STATUS_SUSPENDED) != (i.Suspension != SUSPENSION_CAUSE_UNSPECIFIED) {
		return errors.Wrapf(ErrInvalid, "status %s with suspension cause %s", i.Status, i.Suspension)
	}
	if i.Status == INSTITUTION_STATUS_REMOVED && i.ConsensusKey != nil {
		return errors.Wrapf(ErrInvalid, "institution %d is removed but has a consensus key", i.Number)
	}
	if i.ConsensusKey != nil {
		if _, err := DecodeKey(i.ConsensusKey); err != nil {
			return err
		}
	}
	return validateNodes(i.Nodes)
}

// validateText checks a public name: 1 to MaxNameBytes bytes of printable
// text that does not begin or end with a space.
func validateText(field, text string) error {
	if text == "" || len(text) > MaxNameBytes {
		return errors.Wrapf(ErrInvalid, "%s has %d bytes, want 1 to %d", field, len(text), MaxNameBytes)
	}
	if !utf8.ValidString(text) {
		return errors.Wrapf(ErrInvalid, "%s is not UTF-8", field)
	}
	for _, r := range text {
		if !unicode.IsPrint(r) {
			return errors.Wrapf(ErrInvalid, "%s holds the unprintable character %U", field, r)
		}
	}
	if text[0] == ' ' || text[len(text)-1] == ' ' {
		return errors.Wrapf(ErrInvalid, "%s %q begins or ends with a space", field, text)
	}
	return nil
}

// CheckAccount refuses accounts that nobody can act with: those of another
// size than 20 bytes and the module's own.
func CheckAccount(account []byte) error {
	switch {
	case bytes.Equal(account, Authority):
		return errors.Wrap(ErrAccountTaken, "the module's own account acts for nobody")
	case len(account) != len(Authority):
		return errors.Wrapf(ErrInvalid, "account %x has %d bytes, want %d", account, len(account), len(Authority))
	}
	return nil
}

// validateNodes checks a list of nodes, each "ID" or "ID@host:port".
func validateNodes(nodes []string) error {
	if len(nodes) > MaxNodes {
		return errors.Wrapf(ErrInvalid, "%d nodes, at most %d may be declared", len(nodes), MaxNodes)
	}
	seen := make(map[string]bool, len(nodes))
	for _, node := range nodes {
		id := NodeID(node)
		if !isNodeID(id) {
			return errors.Wrapf(ErrInvalid, "node id %q is not 40 lower-case hex digits", id)
		}
		if seen[id] {
			return errors.Wrapf(ErrInvalid, "node id %s is repeated", id)
		}
		seen[id] = true
		if id == node {
			continue
		}
		if err := validateAddress(strings.TrimPrefix(node, id+"@")); err != nil {
			return err
		}
	}
	return nil
}

// NodeID returns the id of a node that is given as "ID" or "ID@host:port".
func NodeID(node string) string {
	id, _, _ := strings.Cut(node, "@")
	return id
}

// validateAddress checks host:port without looking the host up.
func validateAddress(address string) error {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return errors.Wrapf(ErrInvalid, "node address %q is not host:port", address)
	}
	if number, err := strconv.ParseUint(port, 10, 16); err != nil || number == 0 {
		return errors.Wrapf(ErrInvalid, "port of node address %q is not between 1 and 65535", address)
	}
	if len(host) == 0 || len(host) > 253 {
		return errors.Wrapf(ErrInvalid, "host of node address %q has %d bytes, want 1 to 253", address, len(host))
	}
	for _, c := range []byte(host) {
		if !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:", rune(c)) {
			return errors.Wrapf(ErrInvalid, "host of node address %q holds the character %q", address, c)
		}
	}
	return nil
}

func isNodeID(id string) bool {
	if len(id) != 40 {
		return false
	}
	for _, c := range []byte(id) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// Validate checks what can be checked without state: known roles, ordered,
// none twice, and a commitment of the right size.
func (p Participant) Validate() error {
	if p.Institution == 0 {
		return errors.Wrapf(ErrInvalid, "participant %s has no institution", p.Address)
	}
	if len(p.Person) != PersonSize {
		return errors.Wrapf(ErrInvalid, "person of %s has %d bytes, want %d", p.Address, len(p.Person), PersonSize)
	}
	for at, grant := range p.Roles {
		if _, known := Role_name[int32(grant.Role)]; !known || grant.Role == ROLE_UNSPECIFIED {
			return errors.Wrapf(ErrInvalid, "role %d of %s is unknown", grant.Role, p.Address)
		}
		if at > 0 && p.Roles[at-1].Role >= grant.Role {
			return errors.Wrapf(ErrInvalid, "roles of %s: %s is repeated or out of order", p.Address, grant.Role)
		}
	}
	return nil
}

// Holds says whether the participant holds a role at a time.
func (p Participant) Holds(role Role, at time.Time) bool {
	for _, grant := range p.Roles {
		if grant.Role == role {
			return at.Before(grant.ExpiresAt)
		}
	}
	return false
}

// HoldsAny says whether the participant holds any role at a time.
func (p Participant) HoldsAny(at time.Time) bool {
	for _, grant := range p.Roles {
		if at.Before(grant.ExpiresAt) {
			return true
		}
	}
	return false
}

// DefaultParams gives a week to vote and a validator half an hour of blocks of
// one second to come back.
func DefaultParams() Params {
	return Params{VotingPeriod: 7 * 24 * time.Hour, IdleAfterBlocks: 1800}
}

// Validate checks that every parameter is in its range.
func (p Params) Validate() error {
	if p.VotingPeriod < time.Minute || p.VotingPeriod > 90*24*time.Hour {
		return errors.Wrapf(ErrInvalid, "voting period %s is not between 1 minute and 90 days", p.VotingPeriod)
	}
	if p.IdleAfterBlocks < 10 || p.IdleAfterBlocks > 1_000_000 {
		return errors.Wrapf(ErrInvalid, "idle after %d blocks is not between 10 and 1,000,000", p.IdleAfterBlocks)
	}
	return nil
}

// Validate checks what can be checked without state.
func (p Proposal) Validate() error {
	if p.Id == 0 || p.Proposer == 0 {
		return errors.Wrapf(ErrInvalid, "proposal %d of institution %d: numbers start at 1", p.Id, p.Proposer)
	}
	if n := len(p.Messages); n == 0 || n > MaxProposalMessages {
		return errors.Wrapf(ErrInvalid, "proposal has %d messages, want 1 to %d", n, MaxProposalMessages)
	}
	if len(p.Document) != 0 && len(p.Document) != 32 {
		return errors.Wrapf(ErrInvalid, "document digest has %d bytes, want 0 or 32", len(p.Document))
	}
	if _, known := ProposalStatus_name[int32(p.Status)]; !known || p.Status == PROPOSAL_STATUS_UNSPECIFIED {
		return errors.Wrapf(ErrInvalid, "proposal status %d is unknown", p.Status)
	}
	if !p.Deadline.After(p.SubmittedAt) {
		return errors.Wrapf(ErrInvalid, "proposal %d ends before it begins", p.Id)
	}
	return nil
}

// Validate checks what can be checked without state.
func (v Vote) Validate() error {
	if v.Proposal == 0 || v.Institution == 0 {
		return errors.Wrapf(ErrInvalid, "vote of institution %d on proposal %d: numbers start at 1", v.Institution, v.Proposal)
	}
	if v.Option != VOTE_OPTION_YES && v.Option != VOTE_OPTION_NO {
		return errors.Wrapf(ErrInvalid, "vote option %d is unknown", v.Option)
	}
	return nil
}
