package app_test

import (
	"fmt"
	"maps"
	"time"

	sdk "github.com/cosmos/cosmos-sdk/types"
	upgradetypes "github.com/cosmos/cosmos-sdk/x/upgrade/types"

	"github.com/dmdl-network/dmdl/app"
	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/copyright"
	"github.com/dmdl-network/dmdl/x/records"
)

// operations are what a random transaction may be.
func (h *historian) operations() map[string]func() []byte {
	ops := map[string]func() []byte{
		"anchor": h.anchor, "second anchor": h.anchor, "batch": h.anchorBatch, "life": h.live, "second life": h.live, "enrol": h.enrol, "withdraw": h.withdraw,
		"by a person": h.byPerson, "ordered": h.inOrder, "rotate": h.rotate, "return": h.returnToDuty,
		"proposal": h.propose, "vote": h.castVote, "second vote": h.castVote, "third vote": h.castVote,
		"repeated": h.repeat, "noise": h.noise, "strange": h.strange,
	}
	maps.Copy(ops, h.accessOperations())
	maps.Copy(ops, h.copyrightOperations())
	return ops
}

func (h *historian) anchor() []byte {
	m := h.someone()
	h.fresh++
	msg := listed(m.vault, h.fresh)
	for range 1 + h.random.IntN(4) {
		msg.Records = append(msg.Records, leaf(h.random.Uint64(), h.random.Uint64N(5)+1))
	}
	if h.random.IntN(4) == 0 {
		msg.Number = 1 + h.random.Uint64N(30) // soon used
	}
	return h.sign(m.vault, msg)
}

func (h *historian) anchorBatch() []byte {
	vault := h.someone().vault
	return h.sign(vault, batch(vault, h.random.Uint64N(30)))
}

// live changes the standing of a record that may exist.
func (h *historian) live() []byte {
	m := h.someone()
	record := func() records.RecordRef {
		return records.RecordRef{Id: records.RecordId{Institution: m.number, Batch: 1 + h.random.Uint64N(h.fresh+1), Leaf: h.random.Uint64N(2)}}
	}
	vault := m.vault.Address()
	return h.sign(m.vault, []sdk.Msg{
		&records.MsgReplaceRecord{Vault: vault, Record: record(), Successor: record(), Status: records.RECORD_STATUS_AMENDED, Reason: records.RECORD_REASON_ADDENDUM},
		&records.MsgRetractRecord{Vault: vault, Record: record(), Reason: records.RECORD_REASON_WRONG_SUBJECT},
		&records.MsgOfferCustody{Vault: vault, Record: record(), To: h.random.Uint64N(4)},
		&records.MsgAcceptCustody{Vault: vault, Record: record().Id},
		&records.MsgEraseRecord{Vault: vault, Record: record(), Basis: records.ERASURE_BASIS_OBJECTION},
	}[h.random.IntN(5)])
}

func (h *historian) person() account { return h.people[h.random.IntN(len(h.people))] }

func (h *historian) enrol() []byte {
	operator, role := h.someone().operator, consortium.Role(1+h.random.IntN(consortium.MaxRoles))
	if h.random.IntN(2) == 0 {
		role = consortium.ROLE_VAULT
	}
	until := h.now.Add(time.Duration(h.random.IntN(120)) * time.Second)
	return h.sign(operator, enrolUntil(until, operator, h.person(), role))
}

func (h *historian) withdraw() []byte {
	operator := h.someone().operator
	return h.sign(operator, &consortium.MsgWithdrawRoles{Operator: operator.Address(), Participant: h.person().Address()})
}

// byPerson anchors for whoever vouches for a person, if it is a vault.
func (h *historian) byPerson() []byte {
	h.fresh++
	who := h.person()
	return h.sign(who, listed(who, h.fresh, leaf(h.fresh, 1)))
}

// inOrder sends the next sequence, or sometimes another.
func (h *historian) inOrder() []byte {
	operator := h.someone().operator
	sequence := h.sequences[operator.Address()]
	if h.random.IntN(5) == 0 {
		return h.ordered(operator, sequence+1, declareNodes(operator)).sign(h.t)
	}
	h.sequences[operator.Address()]++
	return h.ordered(operator, sequence, declareNodes(operator)).sign(h.t)
}

func (h *historian) rotate() []byte {
	m := h.someone()
	key, proof := h.proveKey(h.institution(m.number), h.newKey())
	return h.sign(m.operator, &consortium.MsgRotateConsensusKey{Operator: m.operator.Address(), ConsensusKey: key, Proof: proof})
}

func (h *historian) returnToDuty() []byte {
	operator := h.members[2].operator
	return h.sign(operator, &consortium.MsgReturnToDuty{Operator: operator.Address()})
}

func (h *historian) castVote() []byte {
	h.voters++
	operator := h.members[h.voters%uint64(len(h.members))].operator
	msg := vote(operator, h.subject)
	if h.random.IntN(12) == 0 {
		msg.Option = consortium.VOTE_OPTION_NO
	}
	return h.sign(operator, msg)
}

// repeat returns a transaction of the last block.
func (h *historian) repeat() []byte {
	if txs := h.blocks[len(h.blocks)-1].req.Txs; len(txs) > 0 {
		return txs[h.random.IntN(len(txs))]
	}
	return nil
}

func (h *historian) noise() []byte {
	raw := h.anchor()
	raw[h.random.IntN(len(raw))] ^= 1 << h.random.IntN(8)
	return raw
}

// strange returns a transaction that the ante chain refuses.
func (h *historian) strange() []byte {
	d := h.draft(h.someone().operator, declareNodes(h.someone().operator))
	switch h.random.IntN(5) {
	case 0:
		d.auth.Fee.GasLimit = h.random.Uint64()
	case 1:
		d.body.Memo = "memo"
	case 2:
		d.auth.SignerInfos = nil
	case 3:
		d.chainID = "dmdl-other-1"
	case 4:
		d.body.TimeoutTimestamp = at(begin)
	}
	return d.sign(h.t)
}

// propose puts a random change to the vote.
func (h *historian) propose() []byte {
	authority, number := app.Authority(), h.number()
	switch h.random.IntN(12) {
	case 0:
		return h.submit(&consortium.MsgSuspendInstitution{Authority: authority, Institution: number})
	case 1, 2, 9:
		return h.submit(&consortium.MsgReinstateInstitution{Authority: authority, Institution: number})
	case 3:
		return h.submit(&consortium.MsgRemoveInstitution{Authority: authority, Institution: 2 + number%5})
	case 4:
		return h.submit(h.admission())
	case 5:
		key, proof := h.proveKey(h.institution(number), h.newKey())
		return h.submit(&consortium.MsgAppointValidator{Authority: authority, Institution: number, ConsensusKey: key, Proof: proof})
	case 6:
		return h.submit(&consortium.MsgUpdateConsensusParams{
			Authority: authority, BlockMaxBytes: 4 << 20, BlockMaxGas: 15_000_000 + h.random.Int64N(1000),
			EvidenceMaxAgeBlocks: 2_000_000, EvidenceMaxAgeDuration: 21 * 24 * time.Hour, EvidenceMaxBytes: 64 << 10,
			PubKeyTypes: []string{"ed25519", "ml_dsa_65"},
		})
	case 10, 11:
		return h.submit(&copyright.MsgDecideWork{Authority: authority, Work: h.disputable().Id, Upheld: h.random.IntN(2) == 0})
	case 7:
		return h.submit(&upgradetypes.MsgSoftwareUpgrade{Authority: authority, Plan: upgradetypes.Plan{
			Name: "never", Height: h.LastBlockHeight() + h.random.Int64N(2)*1_000_000, // some are in the past
		}})
	}
	return h.submit(&upgradetypes.MsgCancelUpgrade{Authority: authority})
}

// admission admits a member of its own group, whose operator acts from then on.
func (h *historian) admission() sdk.Msg {
	h.fresh++
	name := fmt.Sprintf("Newcomer %d", h.fresh)
	i := consortium.Institution{
		Name: name, LegalGroup: name, Kind: consortium.INSTITUTION_KIND_LABORATORY,
		Operator: newAccount(h.t, 5, byte(h.fresh>>8), byte(h.fresh)).Address(),
	}
	key, proof := h.proveKey(i, h.newKey())
	return &consortium.MsgAdmitInstitution{
		Authority: app.Authority(), Name: name, Kind: i.Kind, LegalGroup: name, Operator: i.Operator, ConsensusKey: &key, Proof: proof,
	}
}
