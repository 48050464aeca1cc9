package app_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	dbm "github.com/cosmos/cosmos-db"
	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/dmdl-network/dmdl/app/ante"
	"github.com/dmdl-network/dmdl/genesis"
	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/copyright"
	"github.com/dmdl-network/dmdl/x/records"
)

// Every message of the chain's own modules is sent in transactions or decided
// by proposals, and never both.
func TestNoMessageIsForgotten(t *testing.T) {
	a := newApp(t, dbm.NewMemDB(), options{}, chainID)
	registry := a.Codec.InterfaceRegistry()
	own := 0
	for _, url := range registry.ListImplementations(sdk.MsgInterfaceProtoName) {
		if !strings.HasPrefix(url, "/dmdl.") {
			continue
		}
		own++
		message, err := registry.Resolve(url)
		require.NoError(t, err)
		require.NotNil(t, a.MsgServiceRouter().HandlerByTypeURL(url), "%s has no handler", url)
		_, err = ante.Schedule([]sdk.Msg{message}, 0)
		scheduled := err == nil
		proposed := slices.Contains(consortium.ProposalMessages, url)
		require.NotEqual(t, scheduled, proposed, "%s: in the schedule %t, for proposals %t", url, scheduled, proposed)
	}
	require.Equal(t, 58, own, "messages of the chain's own modules; count a new one here")
	for _, url := range consortium.ProposalMessages {
		require.NotNil(t, a.MsgServiceRouter().HandlerByTypeURL(url), "a proposal with %s could only fail", url)
	}
}

func TestTheScheduleGrowsWithTheWork(t *testing.T) {
	gas := func(size int, msgs ...sdk.Msg) uint64 {
		t.Helper()
		scheduled, err := ante.Schedule(msgs, size)
		require.NoError(t, err)
		return scheduled
	}
	one := &records.MsgAnchorRecords{Records: make([]records.Leaf, 1)}
	many := &records.MsgAnchorRecords{Records: make([]records.Leaf, records.MaxListedLeaves)}
	require.Less(t, gas(0, one), gas(1, one))
	require.Less(t, gas(0, one), gas(0, many))
	require.Equal(t, gas(0, one, many)-gas(0, one), gas(0, many)-gas(0))
	require.Equal(t, gas(0, &records.MsgAnchorBatch{Leaves: 1}), gas(0, &records.MsgAnchorBatch{Leaves: records.MaxBatchLeaves}))

	require.Less(t, gas(0, &access.MsgRelease{Items: make([]access.ReleaseItem, 1)}), gas(0, &access.MsgRelease{Items: make([]access.ReleaseItem, access.MaxReleased)}))
	require.Equal(t, gas(0, &access.MsgWithdrawConsents{}), gas(0, &access.MsgWithdrawConsents{Consents: make([]uint64, access.MaxConsents)}))

	require.Less(t, gas(0, program(account{})), gas(0, program(account{}, copyright.Parent{})))
	require.Equal(t, gas(0, &copyright.MsgContestWork{}), gas(0, &copyright.MsgContestWork{Overlap: &copyright.Overlap{Path: make([][]byte, copyright.MaxPath)}}))

	report := &access.MsgReportEmergencies{Entries: make([]access.JournalEntry, access.MaxJournalEntries)}
	for _, widest := range []sdk.Msg{
		many, report,
		&access.MsgEnrolSubjects{Enrolments: make([]access.SubjectEnrolment, access.MaxEnrolments)},
		&access.MsgSetPolicy{Permits: make([]access.PolicyPermit, access.MaxPolicyPermits)},
		&access.MsgRequestAccess{}, &access.MsgGrantConsent{Permits: make([]access.Permit, access.MaxPermits)},
		&copyright.MsgRegisterWork{
			Contributors: make([]copyright.Contributor, copyright.MaxContributors), Parents: make([]copyright.Parent, copyright.MaxParents),
		},
		&copyright.MsgNotifyWork{Records: make([]copyright.WorkRecord, copyright.MaxNotified)}, &copyright.MsgContestWork{},
	} {
		most := gas(ante.MaxTxBytes, slices.Repeat([]sdk.Msg{widest}, ante.MaxMessages)...)
		require.Less(t, 2*most, uint64(genesis.ConsensusParams().Block.MaxGas), "the largest transaction with %T fits a block, whatever it may declare", widest)
	}
}

// What the protocol allows must not be too large to be sent: each of these is as wide
// as its lists may be, with addresses, hashes and texts of full length.
func TestTheWidestMessagesOnWorksFitATransaction(t *testing.T) {
	who := newAccount(t, 1)
	claim := dataset(who, workRecords...)
	claim.Custodians, claim.Size_ = make([]uint64, copyright.MaxCustodians), copyright.MaxRecords
	contributor := copyright.Contributor{Account: who.Address(), Share: copyright.WholeShare, Credits: make([]copyright.Credit, len(copyright.Credit_name))}
	claim.Contributors = slices.Repeat([]copyright.Contributor{contributor}, copyright.MaxContributors)
	id := copyright.WorkId{Institution: math.MaxUint64, Number: math.MaxUint64}
	claim.Parents = slices.Repeat([]copyright.Parent{{Work: id, Relation: copyright.RELATION_TRAINED, Licence: math.MaxUint64}}, copyright.MaxParents)
	path := slices.Repeat([][]byte{secret}, copyright.MaxPath)
	member := copyright.WorkRecord{Record: records.RecordId{Institution: math.MaxUint64, Batch: math.MaxUint64, Leaf: math.MaxUint64}, Place: copyright.MaxRecords, Path: path}
	widest := terms(slices.Repeat([]string{"CN"}, copyright.MaxTerritory)...)
	widest.Spdx = strings.Repeat("x", copyright.MaxText)
	widest.DataUses = slices.Repeat([]copyright.DataUse{{Code: 7, Value: widest.Spdx}}, copyright.MaxDataUses)

	n := newNetwork(t)
	for _, msg := range []sdk.Msg{
		claim, &copyright.MsgOfferLicence{Officer: who.Address(), Work: id, Terms: widest},
		&copyright.MsgContestWork{Officer: who.Address(), Work: id, Other: &id, Evidence: secret, Overlap: overlap(member, member)},
		&copyright.MsgNotifyWork{Vault: who.Address(), Work: id, Records: slices.Repeat([]copyright.WorkRecord{member}, copyright.MaxNotified)},
	} {
		require.LessOrEqual(t, len(n.sign(who, msg)), ante.MaxTxBytes, "%T", msg)
	}
}
