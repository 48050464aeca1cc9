package keeper_test

import (
	"fmt"
	"slices"
	"testing"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/cometbft/cometbft/crypto"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/dmdl-network/dmdl/x/consortium"
)

// story is a chain whose members do what chance tells them.
type story struct {
	*fixture
	rt *rapid.T
	// asleep are the addresses of keys that do not sign.
	asleep map[string]bool
	// retired are the heights at which keys were given up, by address.
	retired map[string]int64
	// doubles are the addresses of keys that signed twice.
	doubles map[string]bool
	keys    int
	deeds   map[string]int
}

// TestTheValidatorSetIsAlwaysWhoShallValidate is the law of the module. Random
// members come and go, several in a block; the fixture hands every change to
// CometBFT's own validator set and compares it with consortium.Validating.
func TestTheValidatorSetIsAlwaysWhoShallValidate(t *testing.T) {
	deeds := make(map[string]int)
	rapid.Check(t, func(rt *rapid.T) {
		var members []consortium.Institution
		for number := range 9 - rapid.IntRange(1, 8).Draw(rt, "absent members") { // small draws are the likely ones
			i := member(uint64(number + 1))
			i.LegalGroup = group(rt)
			members = append(members, i)
		}
		s := &story{
			fixture: newChain(rt, genesis(rt, members...)), rt: rt, deeds: deeds,
			asleep: make(map[string]bool), retired: make(map[string]int64), doubles: make(map[string]bool),
		}
		for range 45 - rapid.IntRange(0, 35).Draw(rt, "blocks less") {
			s.next()
		}
		s.requireRoundTrip()
	})
	t.Log(deeds)
	for _, deed := range []string{
		"admit", "rotate", "suspend", "reinstate", "remove", "appoint", "idle", "return", "double sign", "old key", "forget",
	} {
		require.NotZero(t, deeds[deed], "%s never happened in %v", deed, deeds)
	}
}

func group(rt *rapid.T) string {
	return rapid.SampledFrom([]string{"A", "B", "C", "D", "E", "F"}).Draw(rt, "group")
}

// next runs one block.
func (s *story) next() {
	evidence := s.evidence()
	before := s.institutions()
	s.begin(s.absent(), evidence...)
	for _, e := range evidence {
		s.checkPunished(before, e.Validator.Address)
	}
	for at, i := range s.institutions() {
		if i.Idle && !before[at].Idle {
			s.deeds["idle"]++
		}
	}
	for range rapid.IntRange(0, 3).Draw(s.rt, "deeds") {
		s.act()
	}
	s.end()
	s.checkKeys()
}

func (s *story) absent() []crypto.Address {
	var absent []crypto.Address
	for _, v := range s.sets[max(s.ctx.BlockHeight(), firstHeight)].Validators {
		if s.asleep[v.Address.String()] {
			absent = append(absent, v.Address)
		}
	}
	return absent
}

// evidence is against at most two validators of any height of which CometBFT
// still accepts evidence, those who left since included.
func (s *story) evidence() []abci.Misbehavior {
	var evidence []abci.Misbehavior
	height := s.ctx.BlockHeight() + 1
	oldest := max(firstHeight, height-evidenceBlocks)
	if height <= oldest || rapid.IntRange(0, 15).Draw(s.rt, "honest") < 15 {
		return nil
	}
	for range rapid.IntRange(1, 2).Draw(s.rt, "double signers") {
		at := rapid.Int64Range(oldest, height-1).Draw(s.rt, "height")
		v := rapid.SampledFrom(s.sets[at].Validators).Draw(s.rt, "signer")
		evidence = append(evidence, double(v.Address, at))
	}
	return evidence
}

// checkPunished checks what became of the owner of a key that signed twice.
func (s *story) checkPunished(before []consortium.Institution, address crypto.Address) {
	owner := s.owner(address)
	require.NotNil(s.rt, owner, "%s is forgotten too early", address)
	require.True(s.rt, owner.DoubleSigned)
	s.deeds["double sign"]++
	if owner.RetiredHeight != 0 {
		s.deeds["old key"]++
		if s.doubles[address.String()] {
			return // punished earlier, and back with another key
		}
	}
	s.doubles[address.String()] = true
	now := s.institutions()
	i := now[owner.Institution-1]
	if before[i.Number-1].Status != consortium.INSTITUTION_STATUS_ACTIVE {
		return
	}
	if i.Status == consortium.INSTITUTION_STATUS_ACTIVE {
		now[i.Number-1].Status = consortium.INSTITUTION_STATUS_SUSPENDED
		require.Empty(s.rt, consortium.Validating(now), "institution %d was spared although others validate", i.Number)
		return
	}
	require.Equal(s.rt, consortium.SUSPENSION_CAUSE_DOUBLE_SIGN, i.Suspension)
}

// checkKeys checks that the chain knows the keys in use and those of which
// evidence may arrive, and no others but those that signed twice.
func (s *story) checkKeys() {
	gs, err := s.keeper.ExportGenesis(s.ctx)
	require.NoError(s.rt, err)
	known := make(map[string]bool)
	for _, owner := range gs.KeyOwners {
		key, err := consortium.DecodeKey(&owner.ConsensusKey)
		require.NoError(s.rt, err)
		address := key.Address().String()
		known[address] = true
		require.Equal(s.rt, s.doubles[address], owner.DoubleSigned)
		held := gs.Institutions[owner.Institution-1].HasKey(&owner.ConsensusKey)
		require.Equal(s.rt, held, owner.RetiredHeight == 0)
		if _, noted := s.retired[address]; !held && !noted {
			s.retired[address] = s.ctx.BlockHeight()
		}
	}
	for address, height := range s.retired {
		old := s.ctx.BlockHeight()-height > evidenceBlocks+10
		require.Equal(s.rt, !old || s.doubles[address], known[address], "%s was given up at %d", address, height)
		if !known[address] {
			delete(s.retired, address)
			s.deeds["forget"]++
		}
	}
}

// act has somebody do something, which may be refused.
func (s *story) act() {
	all := s.institutions()
	i := rapid.SampledFrom(all).Draw(s.rt, "who")
	bold := rapid.Bool().Draw(s.rt, "bold")
	switch deed := rapid.SampledFrom([]string{
		"admit", "rotate", "suspend", "reinstate", "remove", "appoint", "return", "sleep", "sleep", "wake",
	}).Draw(s.rt, "deed"); deed {
	case "admit":
		if len(all) == 14 {
			return
		}
		msg := s.admit(uint64(len(all)+1), func(i *consortium.Institution) { i.LegalGroup = group(s.rt) })
		if bold {
			msg.ConsensusKey = nil
		}
		s.enact(deed, msg)
	case "rotate":
		if i.ConsensusKey != nil {
			s.try(deed, s.rotate(i.Number, s.newKey()))
		}
	case "suspend":
		s.enact(deed, &consortium.MsgSuspendInstitution{Authority: authority, Institution: i.Number, AllowBelowFour: bold})
	case "remove":
		if rapid.IntRange(0, 3).Draw(s.rt, "earnest") == 3 {
			s.enact(deed, &consortium.MsgRemoveInstitution{Authority: authority, Institution: i.Number, AllowBelowFour: bold})
		}
	case "reinstate":
		s.enact(deed, reinstate(i.Number))
	case "appoint":
		s.enact(deed, s.appoint(i.Number, s.newKey()))
	case "return":
		if at := slices.IndexFunc(all, func(i consortium.Institution) bool { return i.Idle }); at >= 0 {
			s.try(deed, &consortium.MsgReturnToDuty{Operator: all[at].Operator})
		}
	case "sleep", "wake":
		if address, err := i.ConsensusAddress(); err == nil && address != nil {
			s.asleep[address.String()] = deed == "sleep"
		}
	}
}

// newKey names a key: mostly a fresh one, at times one that may be in use.
func (s *story) newKey() string {
	if rapid.IntRange(0, 3).Draw(s.rt, "stale") == 0 {
		return fmt.Sprintf("key %d", rapid.IntRange(1, 14).Draw(s.rt, "key"))
	}
	s.keys++
	return fmt.Sprintf("fresh %d", s.keys)
}

// try delivers a message and counts it if it succeeds.
func (s *story) try(deed string, msg sdk.Msg) {
	if _, err := s.deliver(msg); err == nil {
		s.deeds[deed]++
	}
}

// enact has everybody who may vote for a message until the vote is decided.
func (s *story) enact(deed string, msg sdk.Msg) {
	voters := consortium.Validating(s.institutions())
	res, err := s.deliver(s.submit(voters[0].Operator, msg))
	require.NoError(s.rt, err)
	id := res.MsgResponses[0].GetCachedValue().(*consortium.MsgSubmitProposalResponse).Id
	decided := slices.ContainsFunc(voters, func(i consortium.Institution) bool {
		return s.vote(&consortium.MsgCastVote{Operator: i.Operator, Proposal: id, Option: consortium.VOTE_OPTION_YES}) != open
	})
	require.True(s.rt, decided, "all voted for it")
	if s.proposal(id).Status == executed {
		s.deeds[deed]++
	}
}
