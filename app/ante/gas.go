package ante

import (
	"slices"

	"cosmossdk.io/errors"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/copyright"
	"github.com/dmdl-network/dmdl/x/records"
)

// The schedule. One unit of gas is about 10 ns of one core, measured over whole
// blocks. Nobody pays for it: it bounds the work of a block.
const (
	// gasPerTx is for decoding, the signature and the account.
	gasPerTx = 20_000
	// gasPerByte is for hashing, storing and passing on the transaction.
	gasPerByte = 5
	// gasPerRecord is for an explicit record.
	gasPerRecord = 300
	// gasPerSubject is for the entry of a listed batch by a subject, the one
	// write whose place in the store is random.
	gasPerSubject = 2_500
	// gasPerBatch is for a batch.
	gasPerBatch = 5_000
	// gasPerStanding is for a change in the life of a record, with the inclusion
	// paths that may be shown.
	gasPerStanding = 10_000
	// gasPerPatient is for a patient's entry in x/access.
	gasPerPatient = 5_000
	// gasPerEntry is for an act in x/access that writes an entry or two: of a
	// subject, of its account, or of what an institution publishes.
	gasPerEntry = 15_000
	// gasPerPermit is for a permit, of a consent, a template or a base policy.
	gasPerPermit = 2_000
	// gasPerEnding is for a consent that ends. It is charged when the consent is
	// granted, so that to withdraw all of them is charged like withdrawing one.
	gasPerEnding = 5_000
	// gasPerDecision is for a decision on the most consents that a subject may have,
	// of one permit each. The widest permits take three times as long; what an
	// institution can do with such subjects is bounded by its lanes.
	gasPerDecision = 100_000
	// gasPerReleased is for a record that is released, with the inclusion path that may
	// be shown.
	gasPerReleased = 2_000
	// gasPerEmergency is for a broken glass. It is charged less than a decision, so
	// that no emergency lane runs short of it.
	gasPerEmergency = 20_000
	// gasPerWork is for a claim on a work.
	gasPerWork = 30_000
	// gasPerParent is for a work that another is made from, with its licence, and
	// gasPerContributor for somebody who made it.
	gasPerParent      = 15_000
	gasPerContributor = 2_000
	// gasPerClaim is for what is said or done about a claim or a licence, with the
	// inclusion paths that may be shown.
	gasPerClaim = 20_000
	// gasPerEnrolment is for a participant, whose account may be new.
	gasPerEnrolment = 8_000
	// gasPerAct is for an act of an operator, which reads every institution.
	gasPerAct = 50_000
	// gasPerVote also covers the proposal that the vote may execute.
	gasPerVote = 500_000
)

// Schedule returns the gas of a transaction of a size in bytes. It fails for a
// message that no transaction may carry.
func Schedule(msgs []sdk.Msg, size int) (uint64, error) {
	total := uint64(gasPerTx + gasPerByte*size)
	for _, msg := range msgs {
		gas, err := scheduleOf(msg)
		if err != nil {
			return 0, err
		}
		total += gas
	}
	return total, nil
}

func scheduleOf(msg sdk.Msg) (uint64, error) {
	switch m := msg.(type) {
	case *records.MsgAnchorRecords:
		return uint64(gasPerRecord*len(m.Records) + gasPerSubject*len(records.PlacesBySubject(m.Records))), nil
	case *records.MsgAnchorBatch:
		return gasPerBatch, nil
	case *records.MsgReplaceRecord, *records.MsgRetractRecord, *records.MsgOfferCustody, *records.MsgAcceptCustody,
		*records.MsgEraseRecord:
		return gasPerStanding, nil
	case *consortium.MsgEnrolParticipants:
		return uint64(gasPerAct + gasPerEnrolment*len(m.Enrolments)), nil
	case *consortium.MsgCastVote:
		return gasPerVote, nil
	case *consortium.MsgWithdrawRoles, *consortium.MsgRotateConsensusKey, *consortium.MsgReturnToDuty,
		*consortium.MsgChangeOperator, *consortium.MsgDeclareNodes, *consortium.MsgSubmitProposal:
		return gasPerAct, nil
	}
	if gas, known := scheduleOfAccess(msg); known {
		return gas, nil
	}
	if gas, known := scheduleOfCopyright(msg); known {
		return gas, nil
	}
	if url := sdk.MsgTypeURL(msg); !slices.Contains(consortium.ProposalMessages, url) {
		return 0, errors.Wrapf(ErrMessageType, "%s is no message of this network", url)
	}
	return 0, errors.Wrapf(ErrMessageType, "%s can only be part of a proposal", sdk.MsgTypeURL(msg))
}

// scheduleOfAccess is scheduleOf for the messages of x/access.
func scheduleOfAccess(msg sdk.Msg) (gas uint64, known bool) {
	switch m := msg.(type) {
	case *access.MsgEnrolSubjects:
		return uint64(gasPerPatient * len(m.Enrolments)), true
	case *access.MsgGrantConsent:
		return uint64(gasPerEntry + gasPerEnding + gasPerPermit*len(m.Permits)), true
	case *access.MsgPublishTemplate:
		return uint64(gasPerEntry + gasPerPermit*len(m.Permits)), true
	case *access.MsgSetPolicy:
		return uint64(gasPerEntry + gasPerPermit*len(m.Permits)), true
	case *access.MsgRequestAccess:
		return gasPerDecision, true
	case *access.MsgBreakGlass:
		return gasPerEmergency, true
	case *access.MsgRelease:
		return uint64(gasPerDecision + gasPerReleased*len(m.Items)), true
	case *access.MsgReportEmergencies:
		return uint64(gasPerEntry * len(m.Entries)), true
	case *access.MsgProposeController, *access.MsgApproveController, *access.MsgStopController, *access.MsgSetDelegate,
		*access.MsgWithdrawConsents, *access.MsgRetireTemplate, *access.MsgApproveStudy, *access.MsgReviewEmergency,
		*access.MsgReceive, *access.MsgRefuse, *access.MsgDispute:
		return gasPerEntry, true
	}
	return 0, false
}

// scheduleOfCopyright is scheduleOf for the messages of x/copyright.
func scheduleOfCopyright(msg sdk.Msg) (gas uint64, known bool) {
	switch m := msg.(type) {
	case *copyright.MsgRegisterWork:
		return uint64(gasPerWork + gasPerParent*len(m.Parents) + gasPerContributor*len(m.Contributors)), true
	case *copyright.MsgNotifyWork:
		return uint64(gasPerClaim + gasPerReleased*len(m.Records)), true
	case *copyright.MsgAttestWork, *copyright.MsgWithdrawWork, *copyright.MsgContestWork, *copyright.MsgWithdrawContest,
		*copyright.MsgOfferLicence, *copyright.MsgCloseOffer, *copyright.MsgRequestLicence, *copyright.MsgAnswerLicence,
		*copyright.MsgTerminateLicence, *copyright.MsgReportBreach, *copyright.MsgApproveDerivative:
		return gasPerClaim, true
	}
	return 0, false
}

// gas sets the gas meter and charges the schedule at once. Reading and writing
// cost nothing more, so what a transaction costs is known before it is sent.
type gas struct{}

// AnteHandle implements sdk.AnteDecorator.
func (gas) AnteHandle(ctx sdk.Context, t sdk.Tx, simulate bool, next sdk.AnteHandler) (sdk.Context, error) {
	declared, ok := t.(sdk.GasTx)
	if !ok {
		return ctx.WithGasMeter(storetypes.NewGasMeter(0)), errors.Wrapf(sdkerrors.ErrTxDecode, "%T declares no gas", t)
	}
	if err := checkWidth(t.GetMsgs()); err != nil {
		return ctx.WithGasMeter(storetypes.NewGasMeter(0)), err
	}
	limit := declared.GetGas()
	ctx = ctx.WithGasMeter(storetypes.NewGasMeter(limit)).WithKVGasConfig(storetypes.GasConfig{}).WithTransientKVGasConfig(storetypes.GasConfig{})
	scheduled, err := Schedule(t.GetMsgs(), len(ctx.TxBytes()))
	if err != nil {
		return ctx, err
	}
	switch {
	case simulate:
		ctx = ctx.WithGasMeter(storetypes.NewInfiniteGasMeter())
	case limit < scheduled:
		return ctx, errors.Wrapf(ErrGasTooLow, "%d, declare %d", limit, scheduled)
	case limit > 2*scheduled:
		return ctx, errors.Wrapf(ErrGasTooHigh, "%d, declare %d", limit, scheduled)
	}
	ctx.GasMeter().ConsumeGas(scheduled, "schedule")
	return next(ctx, t, simulate)
}
