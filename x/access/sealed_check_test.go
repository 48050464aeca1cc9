package access_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/x/access"
)

func TestASealedPartIsWrittenInCodesThatCanBeJudged(t *testing.T) {
	late, early := day(2), day(1)
	require.NoError(t, access.Sealed{}.Check())
	require.NoError(t, access.Sealed{
		Exceptions: []access.Rule{{
			Requesters: []access.RuleRequester{{Institution: 2, Role: "emergency-clinician"}, {Participant: accounts[0], Role: "RESEARCHER"}},
			Purposes:   []string{"TREAT", "hresch"}, Classes: []string{"result"}, Kinds: []string{"anything"}, OccurredFrom: &early, OccurredUntil: &late,
		}},
		Denials: []access.Rule{{}, {OccurredUntil: &late}},
	}.Check())
	for want, rule := range map[string]access.Rule{
		`denials[1]: invalid value: purpose "PURPOSE_TREAT" is not listed: give one such as TREAT`: {Purposes: []string{"TREAT", "PURPOSE_TREAT"}},
		`class "imagng" is not listed: give one such as result`:                                    {Classes: []string{"imagng"}},
		`role "nurse" is not listed: give one such as researcher`:                                  {Requesters: []access.RuleRequester{{Role: "nurse"}}},
		`participant "dmdl1nobody" is not listed`:                                                  {Requesters: []access.RuleRequester{{Participant: "dmdl1nobody"}}},
		`is not before occurred_until`:                                                             {OccurredFrom: &late, OccurredUntil: new(time.Time)},
	} {
		require.ErrorContains(t, access.Sealed{Denials: []access.Rule{{}, rule}}.Check(), want)
	}
}
