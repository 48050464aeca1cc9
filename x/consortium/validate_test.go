package consortium_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	codectypes "github.com/cosmos/cosmos-sdk/codec/types"

	"github.com/dmdl-network/dmdl/x/consortium"
)

func nodeID(digit string) string { return strings.Repeat(digit, 40) }

func TestInstitutionsOfEveryStatusAreValid(t *testing.T) {
	suspended, removed, full := member(1), member(1), member(1)
	suspended.Status, suspended.Suspension = consortium.INSTITUTION_STATUS_SUSPENDED, consortium.SUSPENSION_CAUSE_DOUBLE_SIGN
	removed.Status, removed.ConsensusKey = consortium.INSTITUTION_STATUS_REMOVED, nil
	full.Name, full.LegalGroup = strings.Repeat("n", consortium.MaxNameBytes), "Krankenhaus für Ärzte & Söhne"
	full.ConsensusKey, full.Idle = public(postQuantumKey(t)), true
	full.Nodes = []string{nodeID("a"), nodeID("b") + "@node.example.org:26656", nodeID("c") + "@[2001:db8::1]:1", nodeID("d") + "@10.0.0.1:65535"}
	for _, i := range []consortium.Institution{member(1), suspended, removed, full} {
		require.NoError(t, i.Validate())
	}
}

func TestInstitutionValidateRefuses(t *testing.T) {
	for name, edit := range map[string]func(*consortium.Institution){
		"number zero":              func(i *consortium.Institution) { i.Number = 0 },
		"no name":                  func(i *consortium.Institution) { i.Name = "" },
		"a long name":              func(i *consortium.Institution) { i.Name = strings.Repeat("n", consortium.MaxNameBytes+1) },
		"a name that is not UTF-8": func(i *consortium.Institution) { i.Name = "St. \xff" },
		"a line break":             func(i *consortium.Institution) { i.Name = "St.\nElsewhere" },
		"an invisible character":   func(i *consortium.Institution) { i.Name = "St.\u200bElsewhere" },
		"a space in front":         func(i *consortium.Institution) { i.Name = " St. Elsewhere" },
		"a space behind":           func(i *consortium.Institution) { i.Name = "St. Elsewhere " },
		"no legal group":           func(i *consortium.Institution) { i.LegalGroup = "" },
		"a space behind the group": func(i *consortium.Institution) { i.LegalGroup += " " },
		"no kind":                  func(i *consortium.Institution) { i.Kind = 0 },
		"an unknown kind":          func(i *consortium.Institution) { i.Kind = 6 },
		"no status":                func(i *consortium.Institution) { i.Status = 0 },
		"an unknown status":        func(i *consortium.Institution) { i.Status = 4 },
		"an unknown cause":         func(i *consortium.Institution) { i.Suspension = 3 },
		"a cause while active":     func(i *consortium.Institution) { i.Suspension = consortium.SUSPENSION_CAUSE_VOTE },
		"suspended without cause":  func(i *consortium.Institution) { i.Status = consortium.INSTITUTION_STATUS_SUSPENDED },
		"removed with a key":       func(i *consortium.Institution) { i.Status = consortium.INSTITUTION_STATUS_REMOVED },
		"an empty key":             func(i *consortium.Institution) { i.ConsensusKey = &consortium.ConsensusKey{} },
		"seventeen nodes":          func(i *consortium.Institution) { i.Nodes = make([]string, consortium.MaxNodes+1) },
		"an empty node":            func(i *consortium.Institution) { i.Nodes = []string{""} },
		"an id of 39 digits":       func(i *consortium.Institution) { i.Nodes = []string{nodeID("a")[1:]} },
		"an id in capitals":        func(i *consortium.Institution) { i.Nodes = []string{nodeID("A")} },
		"an id that is not hex":    func(i *consortium.Institution) { i.Nodes = []string{nodeID("g")} },
		"an id twice":              func(i *consortium.Institution) { i.Nodes = []string{nodeID("a"), nodeID("a") + "@host:1"} },
		"no host":                  func(i *consortium.Institution) { i.Nodes = []string{nodeID("a") + "@:26656"} },
		"no port":                  func(i *consortium.Institution) { i.Nodes = []string{nodeID("a") + "@host"} },
		"port zero":                func(i *consortium.Institution) { i.Nodes = []string{nodeID("a") + "@host:0"} },
		"a port above 65535":       func(i *consortium.Institution) { i.Nodes = []string{nodeID("a") + "@host:65536"} },
		"a list in one node": func(i *consortium.Institution) {
			i.Nodes = []string{nodeID("a") + "@host:1," + nodeID("b") + "@host:1"}
		},
		"an empty address": func(i *consortium.Institution) { i.Nodes = []string{nodeID("a") + "@"} },
		"a long host": func(i *consortium.Institution) {
			i.Nodes = []string{nodeID("a") + "@" + strings.Repeat("h", 254) + ":1"}
		},
	} {
		i := member(1)
		edit(&i)
		require.ErrorIs(t, i.Validate(), consortium.ErrInvalid, name)
	}
}

func TestAccountsHave20BytesAndAreNotTheModules(t *testing.T) {
	require.NoError(t, consortium.CheckAccount(bytesOf(t, "ada")))
	require.ErrorIs(t, consortium.CheckAccount(nil), consortium.ErrInvalid)
	require.ErrorIs(t, consortium.CheckAccount(make([]byte, 32)), consortium.ErrInvalid)
	require.ErrorIs(t, consortium.CheckAccount(consortium.Authority), consortium.ErrAccountTaken)
}

func TestParticipantValidateRefuses(t *testing.T) {
	valid := participant("ada", 1)
	require.NoError(t, valid.Validate())
	valid.Roles = nil
	require.NoError(t, valid.Validate(), "all roles may be withdrawn")
	for name, edit := range map[string]func(*consortium.Participant){
		"no institution":      func(p *consortium.Participant) { p.Institution = 0 },
		"a short commitment":  func(p *consortium.Participant) { p.Person = p.Person[1:] },
		"a long commitment":   func(p *consortium.Participant) { p.Person = append(p.Person, 0) },
		"the zero role":       func(p *consortium.Participant) { p.Roles[0].Role = 0 },
		"an unknown role":     func(p *consortium.Participant) { p.Roles[1].Role = consortium.MaxRoles + 1 },
		"a role twice":        func(p *consortium.Participant) { p.Roles[1].Role = p.Roles[0].Role },
		"roles out of order":  func(p *consortium.Participant) { p.Roles[0], p.Roles[1] = p.Roles[1], p.Roles[0] },
		"more roles than are": func(p *consortium.Participant) { p.Roles = make([]consortium.RoleGrant, consortium.MaxRoles+1) },
	} {
		p := participant("ada", 1)
		edit(&p)
		require.ErrorIs(t, p.Validate(), consortium.ErrInvalid, name)
	}
}

func TestARoleIsHeldUntilItExpires(t *testing.T) {
	p := participant("ada", 1)
	p.Roles[1].ExpiresAt = start.Add(time.Hour)
	before, between, after := start.Add(-time.Nanosecond), start, start.Add(time.Hour)
	require.True(t, p.Holds(consortium.ROLE_CLINICIAN, before))
	require.False(t, p.Holds(consortium.ROLE_CLINICIAN, between))
	require.True(t, p.Holds(consortium.ROLE_VAULT, between))
	require.False(t, p.Holds(consortium.ROLE_VAULT, after))
	require.False(t, p.Holds(consortium.ROLE_AUDITOR, before))
	require.True(t, p.HoldsAny(between))
	require.False(t, p.HoldsAny(after))
}

func TestParamsValidate(t *testing.T) {
	require.NoError(t, consortium.DefaultParams().Validate())
	for _, p := range []consortium.Params{
		{VotingPeriod: time.Minute, IdleAfterBlocks: 10}, {VotingPeriod: 90 * 24 * time.Hour, IdleAfterBlocks: 1_000_000},
	} {
		require.NoError(t, p.Validate())
	}
	for _, p := range []consortium.Params{
		{},
		{VotingPeriod: time.Minute - 1, IdleAfterBlocks: 10},
		{VotingPeriod: 90*24*time.Hour + 1, IdleAfterBlocks: 10},
		{VotingPeriod: time.Minute, IdleAfterBlocks: 9},
		{VotingPeriod: time.Minute, IdleAfterBlocks: 1_000_001},
	} {
		require.ErrorIs(t, p.Validate(), consortium.ErrInvalid, "%+v", p)
	}
}

func TestProposalAndVoteValidateRefuse(t *testing.T) {
	require.NoError(t, proposal(t, 1).Validate())
	for name, edit := range map[string]func(*consortium.Proposal){
		"id zero":                func(p *consortium.Proposal) { p.Id = 0 },
		"no proposer":            func(p *consortium.Proposal) { p.Proposer = 0 },
		"no message":             func(p *consortium.Proposal) { p.Messages = nil },
		"nine messages":          func(p *consortium.Proposal) { p.Messages = append(p.Messages, make([]*codectypes.Any, 8)...) },
		"a document of 31 bytes": func(p *consortium.Proposal) { p.Document = make([]byte, 31) },
		"no status":              func(p *consortium.Proposal) { p.Status = 0 },
		"an unknown status":      func(p *consortium.Proposal) { p.Status = 5 },
		"no time to vote":        func(p *consortium.Proposal) { p.Deadline = p.SubmittedAt },
	} {
		p := proposal(t, 1)
		edit(&p)
		require.ErrorIs(t, p.Validate(), consortium.ErrInvalid, name)
	}
	require.NoError(t, consortium.Vote{Proposal: 1, Institution: 1, Option: consortium.VOTE_OPTION_NO}.Validate())
	for _, v := range []consortium.Vote{
		{Institution: 1, Option: 1}, {Proposal: 1, Option: 1}, {Proposal: 1, Institution: 1}, {Proposal: 1, Institution: 1, Option: 3},
	} {
		require.ErrorIs(t, v.Validate(), consortium.ErrInvalid, "%+v", v)
	}
}
