package app_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/dmdl-network/dmdl/app/ante"
	"github.com/dmdl-network/dmdl/app/lanes"
	"github.com/dmdl-network/dmdl/genesis"
	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/consortium"
)

// releasing is a release by the active vault. Its ticket need not exist.
func (s *scene) releasing() *access.MsgRelease {
	return release(s.active.vault, access.TicketId{Institution: 2, Number: 1}, record(1, 1, 0))
}

// releaseRefusals are about what stands beside a release.
var releaseRefusals = []refusal{
	{name: "release before something else", want: ante.ErrRelease, log: "2 messages", make: func(s *scene) []byte {
		return s.sign(s.active.vault, s.releasing(), batch(s.active.vault, 3))
	}},
	{name: "release behind something else", want: ante.ErrRelease, log: "2 messages", make: func(s *scene) []byte {
		return s.sign(s.active.vault, batch(s.active.vault, 3), s.releasing())
	}},
	{name: "two releases", want: ante.ErrRelease, log: "by itself", make: func(s *scene) []byte {
		return s.sign(s.active.vault, s.releasing(), s.releasing())
	}},
	{name: "ordered release", want: ante.ErrRelease, log: "set unordered", make: func(s *scene) []byte {
		return s.ordered(s.active.vault, 0, s.releasing()).sign(s.t)
	}},
}

func TestNoProposalReleases(t *testing.T) {
	n := newNetwork(t)
	n.care(careBatch)
	operator := n.members[0].operator
	msg := release(operator, access.TicketId{Institution: 2, Number: 1}, record(1, careBatch, 0))
	result := n.block(n.sign(operator, proposal(t, operator, msg))).TxResults[0]
	require.Equal(t, consortium.ModuleName, result.Codespace, result.Log)
	require.Equal(t, consortium.ErrMessageNotAllowed.ABCICode(), result.Code, result.Log)
}

// offered hands transactions to CheckTx, which takes each.
func (n *network) offered(txs ...[]byte) {
	n.t.Helper()
	for _, raw := range txs {
		res := n.check(raw)
		require.Zero(n.t, res.Code, res.Log)
	}
}

// Subject (1, 1) consents, institution 2 has a ticket, and in one block the consent is
// withdrawn and the record is released.
func TestAWithdrawalWinsAgainstAReleaseOfItsBlock(t *testing.T) {
	for name, order := range map[string][]int{
		"the withdrawal arrives first": {0, 1, 2}, "the release arrives first": {2, 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			n := newNetwork(t)
			n.care(careBatch)
			registrar, vault := n.ward(1).staff, n.members[0].vault
			ticket := access.TicketId{Institution: 2, Number: 1}
			withdrawal := n.sign(registrar, &access.MsgWithdrawConsents{Actor: registrar.Address(), Subject: subject(1)})
			late := n.sign(vault, release(vault, ticket, record(1, careBatch, 0)))
			emergency := n.sign(vault, release(vault, access.TicketId{Institution: 2, Number: 2}, record(1, careBatch, 1)))
			for _, at := range order {
				n.offered([][]byte{withdrawal, emergency, late}[at])
			}
			txs := n.propose(n.now, 4<<20)
			require.Len(t, txs, 3)
			require.Equal(t, withdrawal, txs[0])
			require.True(t, n.accepts(txs...))
			require.False(t, n.accepts(late, withdrawal), "a proposer that turns them round gets no vote")
			require.False(t, n.accepts(emergency, withdrawal, late))

			res := n.block(txs...)
			for i, raw := range txs {
				result := res.TxResults[i]
				if slices.Equal(raw, late) {
					require.Equal(t, access.ModuleName, result.Codespace, result.Log)
					require.Equal(t, access.ErrNoApplicablePermit.ABCICode(), result.Code, result.Log)
				} else {
					require.Zero(t, result.Code, result.Log)
				}
			}
			var told access.QueryAccountResponse
			n.ask("/dmdl.access.v1.Query/Account", &access.QueryAccountRequest{Institution: 1, Number: 1}, &told)
			for _, d := range told.Disclosures {
				require.Less(t, d.Height, uint64(n.LastBlockHeight()), "nothing was released in this block")
			}
		})
	}
}

func TestAReleaseStandsIfNothingIsWithdrawn(t *testing.T) {
	n := newNetwork(t)
	n.care(careBatch)
	vault := n.members[0].vault
	n.offered(
		n.sign(vault, release(vault, access.TicketId{Institution: 2, Number: 1}, record(1, careBatch, 0))),
		n.sign(vault, batch(vault, 1)))
	n.mustBlock(n.propose(n.now, 4<<20)...)
}

// flooded fills a lane with a message of one account and returns how many it took.
func (n *network) flooded(who account, msg func(uint64) sdk.Msg) (count uint64) {
	n.t.Helper()
	for {
		res := n.check(n.sign(who, msg(1000+count)))
		if res.Code == lanes.ErrLaneFull.ABCICode() && res.Codespace == lanes.Codespace {
			return count
		}
		require.Zero(n.t, res.Code, res.Log)
		count++
	}
}

func TestAFloodOfAVaultDelaysNoEmergencyOfItsInstitution(t *testing.T) {
	n := newNetwork(t)
	n.care(careBatch)
	clinic := n.members[1]
	clinician := n.ward(2).staff
	n.flooded(clinic.vault, func(number uint64) sdk.Msg { return batch(clinic.vault, number) })
	full := n.check(n.sign(clinician, request(clinician, subject(1), 1)))
	require.Equal(t, lanes.ErrLaneFull.ABCICode(), full.Code, full.Log)
	wide := n.sign(clinician, breakGlass(clinician, subject(2), 1), breakGlass(clinician, subject(2), 1))
	n.offered(wide)
	require.Equal(t, wide, n.propose(n.now, 4<<20)[0])

	ordered := n.ordered(clinician, 0, breakGlass(clinician, subject(2), 1)).sign(t)
	require.Equal(t, lanes.ErrLaneFull.ABCICode(), n.check(ordered).Code, "an ordered one keeps its place among the others")
	n.offered(n.sign(clinic.vault, release(clinic.vault, access.TicketId{Institution: 2, Number: 1}, record(2, 1, 0))))
}

func TestAFloodOfBrokenGlassesCrowdsOutNobody(t *testing.T) {
	n := newNetwork(t)
	n.care(careBatch)
	clinic := n.members[1]
	clinician := n.ward(2).staff
	glasses := func(uint64) sdk.Msg { return breakGlass(clinician, subject(2), 1) }
	require.Less(t, n.flooded(clinician, glasses), uint64(20))
	n.offered(
		n.sign(clinic.operator, &consortium.MsgWithdrawRoles{Operator: clinic.operator.Address(), Participant: clinician.Address()}),
		n.sign(clinic.vault, batch(clinic.vault, 1)))
	txs := n.propose(n.now, 4<<20)
	require.True(t, n.accepts(txs...))
	n.block(txs...)
	// The role is gone, and with it the lane.
	res := n.check(n.sign(clinician, glasses(0)))
	require.Equal(t, consortium.ErrNoRole.ABCICode(), res.Code, res.Log)
}

func TestOnlyEmergencyCliniciansHaveAnEmergencyLane(t *testing.T) {
	n := newNetwork(t)
	n.care(careBatch)
	vault, clinician := n.members[1].vault, n.ward(2).staff
	n.flooded(vault, func(number uint64) sdk.Msg { return batch(vault, number) })
	res := n.check(n.sign(vault, breakGlass(vault, subject(2), 1)))
	require.Equal(t, lanes.ErrLaneFull.ABCICode(), res.Code, res.Log)
	require.Contains(t, res.Log, "the lane of institution 2")
	n.offered(n.sign(clinician, breakGlass(clinician, subject(2), 1)))
}

// A forger names the key of another institution's vault in a transaction for which its
// own lane has no room.
func TestAFullLaneIsRememberedOfItsOwnSenderAlone(t *testing.T) {
	n := newNetwork(t)
	forger, victim := n.members[0].vault, n.members[1].vault
	n.flooded(forger, func(number uint64) sdk.Msg { return batch(forger, number) })
	require.Contains(t, n.check(n.sign(forger, batch(forger, 9999))).Log, "since the last block")

	n.mustBlock()
	forged := n.draft(forger, batch(forger, 9999))
	forged.auth.SignerInfos[0].PublicKey = pack(t, victim.private.PubKey())
	res := n.check(forged.sign(t))
	require.Equal(t, lanes.ErrLaneFull.ABCICode(), res.Code, res.Log)
	n.offered(n.sign(victim, batch(victim, 1), batch(victim, 2)))
}

// Else one release could wait for ever behind what is kept for it.
func TestTheLargestReleaseFitsWhatIsKeptForReleases(t *testing.T) {
	gas, err := ante.Schedule([]sdk.Msg{&access.MsgRelease{Items: make([]access.ReleaseItem, access.MaxReleased)}}, ante.MaxTxBytes)
	require.NoError(t, err)
	block := genesis.ConsensusParams().Block
	require.Less(t, 2*gas, uint64(block.MaxGas)/4)
	require.Less(t, int64(ante.MaxTxBytes), block.MaxBytes/4)
}
