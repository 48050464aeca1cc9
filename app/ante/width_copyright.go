package ante

import (
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/dmdl-network/dmdl/x/copyright"
)

// checkCopyrightLists does what checkLists does for the messages of x/copyright.
func checkCopyrightLists(msg sdk.Msg) error {
	switch m := msg.(type) {
	case *copyright.MsgRegisterWork:
		if err := checkContributors(msg, m.Contributors); err != nil {
			return err
		}
		if err := checkList(msg, "custodians", len(m.Custodians), copyright.MaxCustodians); err != nil {
			return err
		}
		return checkList(msg, "parents", len(m.Parents), copyright.MaxParents)
	case *copyright.MsgContestWork:
		if m.Overlap == nil {
			return nil
		}
		if err := checkList(msg, "hashes in a path", len(m.Overlap.Path), copyright.MaxPath); err != nil {
			return err
		}
		return checkList(msg, "hashes in the other path", len(m.Overlap.OtherPath), copyright.MaxPath)
	case *copyright.MsgOfferLicence:
		return checkTerms(msg, m.Terms)
	case *copyright.MsgNotifyWork:
		if err := checkList(msg, "records", len(m.Records), copyright.MaxNotified); err != nil {
			return err
		}
		for _, r := range m.Records {
			if err := checkList(msg, "hashes in a path", len(r.Path), copyright.MaxPath); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkContributors(msg sdk.Msg, all []copyright.Contributor) error {
	if err := checkList(msg, "contributors", len(all), copyright.MaxContributors); err != nil {
		return err
	}
	for _, c := range all {
		if err := checkList(msg, "credits", len(c.Credits), len(copyright.Credit_name)); err != nil {
			return err
		}
	}
	return nil
}

func checkTerms(msg sdk.Msg, t copyright.Terms) error {
	for _, list := range []struct {
		name        string
		count, most int
	}{
		{"purposes", len(t.Purposes), copyright.MaxPurposes},
		{"data uses", len(t.DataUses), copyright.MaxDataUses},
		{"countries", len(t.Territory), copyright.MaxTerritory},
	} {
		if err := checkList(msg, list.name, list.count, list.most); err != nil {
			return err
		}
	}
	return nil
}
