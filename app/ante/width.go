package ante

import (
	"cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/records"
)

// checkWidth refuses messages with longer lists than their handlers take. The
// handlers check that too, but before them the framework looks for the signers,
// which takes half a second for the widest message that fits a transaction, and
// anybody may send one.
func checkWidth(msgs []sdk.Msg) error {
	for _, msg := range msgs {
		if err := checkLists(msg); err != nil {
			return err
		}
	}
	return nil
}

func checkLists(msg sdk.Msg) error {
	switch m := msg.(type) {
	case *records.MsgAnchorRecords:
		return checkList(msg, "records", len(m.Records), records.MaxListedLeaves)
	case *records.MsgReplaceRecord:
		if err := checkPath(msg, m.Successor); err != nil {
			return err
		}
		return checkPath(msg, m.Record)
	case *records.MsgRetractRecord:
		return checkPath(msg, m.Record)
	case *records.MsgOfferCustody:
		return checkPath(msg, m.Record)
	case *records.MsgEraseRecord:
		return checkPath(msg, m.Record)
	case *consortium.MsgEnrolParticipants:
		if err := checkList(msg, "enrolments", len(m.Enrolments), consortium.MaxEnrolments); err != nil {
			return err
		}
		for _, e := range m.Enrolments {
			if err := checkList(msg, "roles", len(e.Roles), consortium.MaxRoles); err != nil {
				return err
			}
		}
	case *consortium.MsgWithdrawRoles:
		return checkList(msg, "roles", len(m.Roles), consortium.MaxRoles)
	case *consortium.MsgDeclareNodes:
		return checkList(msg, "nodes", len(m.Nodes), consortium.MaxNodes)
	case *consortium.MsgSubmitProposal:
		return checkList(msg, "messages", len(m.Messages), consortium.MaxProposalMessages)
	}
	return nil
}

func checkPath(msg sdk.Msg, ref records.RecordRef) error {
	return checkList(msg, "hashes in a path", len(ref.Path), records.MaxPath)
}

func checkList(msg sdk.Msg, field string, length, most int) error {
	if length > most {
		return errors.Wrapf(ErrTooWide, "%s has %d %s, at most %d", sdk.MsgTypeURL(msg), length, field, most)
	}
	return nil
}
