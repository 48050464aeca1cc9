package genesis_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	genutiltypes "github.com/cosmos/cosmos-sdk/x/genutil/types"

	"github.com/dmdl-network/dmdl/genesis"
	"github.com/dmdl-network/dmdl/x/consortium"
)

// rewrite changes one module's state in a document.
func rewrite(t *testing.T, doc *genutiltypes.AppGenesis, module string, state json.RawMessage) {
	t.Helper()
	var modules map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(doc.AppState, &modules))
	modules[module] = state
	if state == nil {
		delete(modules, module)
	}
	var err error
	doc.AppState, err = json.Marshal(modules)
	require.NoError(t, err)
}

// changedState returns a document of four members after a change of the state.
func changedState(t *testing.T, change func(*consortium.GenesisState)) *genutiltypes.AppGenesis {
	t.Helper()
	doc := gather(t, entries(t, 4))
	state := members(t, doc)
	change(state)
	rewrite(t, doc, consortium.ModuleName, theCodec.Codec.MustMarshalJSON(state))
	return doc
}

func TestADamagedStateIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*consortium.GenesisState)
		want   error
	}{
		"name":             {func(s *consortium.GenesisState) { s.Institutions[0].Name = "Hospital 00" }, consortium.ErrKeyProof},
		"kind":             {func(s *consortium.GenesisState) { s.Institutions[0].Kind = consortium.INSTITUTION_KIND_REGULATOR }, consortium.ErrKeyProof},
		"unknown kind":     {func(s *consortium.GenesisState) { s.Institutions[0].Kind = 77 }, consortium.ErrInvalid},
		"legal group":      {func(s *consortium.GenesisState) { s.Institutions[0].LegalGroup = "Another" }, consortium.ErrKeyProof},
		"operator":         {func(s *consortium.GenesisState) { s.Institutions[0].Operator = operator(9) }, consortium.ErrKeyProof},
		"upper-case":       {func(s *consortium.GenesisState) { s.Institutions[0].Operator = "DMDL1QQQQ" }, consortium.ErrInvalid},
		"the same account": {func(s *consortium.GenesisState) { s.Institutions[0].Operator = s.Institutions[1].Operator }, consortium.ErrAccountTaken},
		"the same name":    {func(s *consortium.GenesisState) { s.Institutions[1].Name = s.Institutions[0].Name }, consortium.ErrNameTaken},
		"key":              {func(s *consortium.GenesisState) { s.Institutions[0].ConsensusKey = s.Institutions[1].ConsensusKey }, consortium.ErrInvalid},
		"number":           {func(s *consortium.GenesisState) { s.Institutions[0].Number = 2 }, consortium.ErrInvalid},
		"status":           {func(s *consortium.GenesisState) { s.Institutions[0].Status = 0 }, consortium.ErrInvalid},
		"node":             {func(s *consortium.GenesisState) { s.Institutions[0].Nodes[0] = "node" }, consortium.ErrInvalid},
		"no proof":         {func(s *consortium.GenesisState) { s.KeyProofs = s.KeyProofs[1:] }, consortium.ErrKeyProof},
		"changed proof":    {func(s *consortium.GenesisState) { s.KeyProofs[0].Signature[0] ^= 1 }, consortium.ErrKeyProof},
		"proofs turned":    {func(s *consortium.GenesisState) { s.KeyProofs[0], s.KeyProofs[1] = s.KeyProofs[1], s.KeyProofs[0] }, consortium.ErrInvalid},
		"proof of nobody":  {func(s *consortium.GenesisState) { s.KeyProofs[3].Institution = 9 }, consortium.ErrInstitutionNotFound},
		"no key owner":     {func(s *consortium.GenesisState) { s.KeyOwners = s.KeyOwners[1:] }, consortium.ErrInvalid},
		"owners turned":    {func(s *consortium.GenesisState) { s.KeyOwners[0], s.KeyOwners[1] = s.KeyOwners[1], s.KeyOwners[0] }, consortium.ErrInvalid},
		"parameters":       {func(s *consortium.GenesisState) { s.Params.VotingPeriod = 0 }, consortium.ErrInvalid},
		"predecessor":      {func(s *consortium.GenesisState) { s.Predecessor = &consortium.Predecessor{ChainId: chainID} }, consortium.ErrInvalid},
		"absence":          {func(s *consortium.GenesisState) { s.Absences = []consortium.Absence{{Institution: 9, Blocks: 1}} }, consortium.ErrInvalid},
		"vote on nothing": {func(s *consortium.GenesisState) {
			s.Votes = []consortium.Vote{{Proposal: 1, Institution: 1, Option: consortium.VOTE_OPTION_YES}}
		}, consortium.ErrInvalid},
		"participant of nobody": {func(s *consortium.GenesisState) {
			s.Participants = []consortium.Participant{{Address: operator(9), Institution: 9, Person: make([]byte, 32)}}
		}, consortium.ErrInstitutionNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := genesis.State(theCodec, changedState(t, c.change))
			require.ErrorIs(t, err, c.want)
		})
	}
}

func TestAStateInWhichNobodyValidatesIsRefused(t *testing.T) {
	for name, change := range map[string]func(*consortium.Institution){
		"idle": func(i *consortium.Institution) { i.Idle = true },
		"suspended": func(i *consortium.Institution) {
			i.Status, i.Suspension = consortium.INSTITUTION_STATUS_SUSPENDED, consortium.SUSPENSION_CAUSE_VOTE
		},
	} {
		doc := changedState(t, func(s *consortium.GenesisState) {
			for at := range s.Institutions {
				change(&s.Institutions[at])
			}
		})
		_, err := genesis.State(theCodec, doc)
		require.ErrorContains(t, err, "nobody validates", name)
	}
	_, err := genesis.State(theCodec, changedState(t, func(s *consortium.GenesisState) { *s = *consortium.DefaultGenesis() }))
	require.ErrorContains(t, err, "nobody validates")
}

func TestADamagedDocumentIsRefused(t *testing.T) {
	for name, change := range map[string]func(*testing.T, *genutiltypes.AppGenesis){
		"other chain":           func(_ *testing.T, d *genutiltypes.AppGenesis) { d.ChainID = "dmdl-other-1" },
		"no chain":              func(_ *testing.T, d *genutiltypes.AppGenesis) { d.ChainID = "" },
		"negative height":       func(_ *testing.T, d *genutiltypes.AppGenesis) { d.InitialHeight = -1 },
		"no block":              func(_ *testing.T, d *genutiltypes.AppGenesis) { d.Consensus.Params.Block.MaxBytes = 0 },
		"state that is no JSON": func(_ *testing.T, d *genutiltypes.AppGenesis) { d.AppState = []byte("{") },
		"no members":            func(t *testing.T, d *genutiltypes.AppGenesis) { rewrite(t, d, "consortium", nil) },
		"no accounts":           func(t *testing.T, d *genutiltypes.AppGenesis) { rewrite(t, d, "auth", nil) },
		"no records":            func(t *testing.T, d *genutiltypes.AppGenesis) { rewrite(t, d, "records", nil) },
		"unknown field":         func(t *testing.T, d *genutiltypes.AppGenesis) { rewrite(t, d, "records", []byte(`{"secrets":[]}`)) },
		"empty record":          func(t *testing.T, d *genutiltypes.AppGenesis) { rewrite(t, d, "records", []byte(`{"records":[{}]}`)) },
		"unknown enum": func(t *testing.T, d *genutiltypes.AppGenesis) {
			rewrite(t, d, "consortium", []byte(`{"institutions":[{"kind":"CLINIC"}]}`))
		},
	} {
		t.Run(name, func(t *testing.T) {
			doc := gather(t, entries(t, 4))
			change(t, doc)
			_, err := genesis.State(theCodec, doc)
			require.Error(t, err)
		})
	}
}
