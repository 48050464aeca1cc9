package ante

import (
	"cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/dmdl-network/dmdl/x/access"
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
	return checkAccessLists(msg)
}

// checkAccessLists does what checkLists does for the messages of x/access.
func checkAccessLists(msg sdk.Msg) error {
	switch m := msg.(type) {
	case *access.MsgEnrolSubjects:
		return checkList(msg, "enrolments", len(m.Enrolments), access.MaxEnrolments)
	case *access.MsgGrantConsent:
		if err := checkList(msg, "consents to supersede", len(m.Supersedes), access.MaxSupersedes); err != nil {
			return err
		}
		return checkPermits(msg, m.Permits, access.MaxPermits)
	case *access.MsgWithdrawConsents:
		return checkList(msg, "consents", len(m.Consents), access.MaxConsents)
	case *access.MsgPublishTemplate:
		return checkPermits(msg, m.Permits, access.MaxPermits)
	case *access.MsgSetPolicy:
		permits := make([]access.Permit, len(m.Permits))
		for i, p := range m.Permits {
			permits[i] = p.Permit
		}
		return checkPermits(msg, permits, access.MaxPolicyPermits)
	case *access.MsgApproveStudy:
		return checkList(msg, "institutions", len(m.Institutions), access.MaxStudyInstitutions)
	case *access.MsgRequestAccess:
		if err := checkList(msg, "obligations", len(m.Accepts), len(access.Obligation_name)); err != nil {
			return err
		}
		return checkList(msg, "classes", len(m.Request.Classes), len(records.RecordClass_name))
	case *access.MsgBreakGlass:
		return checkList(msg, "classes", len(m.Classes), len(records.RecordClass_name))
	case *access.MsgRelease:
		return checkItems(msg, m.Items)
	case *access.MsgReportEmergencies:
		return checkEntries(msg, m.Entries)
	}
	return checkCopyrightLists(msg)
}

func checkPermits(msg sdk.Msg, permits []access.Permit, most int) error {
	if err := checkList(msg, "permits", len(permits), most); err != nil {
		return err
	}
	for _, p := range permits {
		for _, list := range []struct {
			field        string
			length, most int
		}{
			{"purposes", len(p.Purposes), access.MaxPurposes},
			{"classes", len(p.Classes), len(records.RecordClass_name)},
			{"actions", len(p.Actions), len(access.Action_name)},
			{"obligations", len(p.Obligations), len(access.Obligation_name)},
		} {
			if err := checkList(msg, list.field, list.length, list.most); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkItems(msg sdk.Msg, items []access.ReleaseItem) error {
	if err := checkList(msg, "items", len(items), access.MaxReleased); err != nil {
		return err
	}
	for _, item := range items {
		if err := checkPath(msg, item.Record); err != nil {
			return err
		}
	}
	return nil
}

func checkEntries(msg sdk.Msg, entries []access.JournalEntry) error {
	if err := checkList(msg, "entries", len(entries), access.MaxJournalEntries); err != nil {
		return err
	}
	for _, e := range entries {
		if err := checkList(msg, "records", len(e.Records), access.MaxReleased); err != nil {
			return err
		}
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
