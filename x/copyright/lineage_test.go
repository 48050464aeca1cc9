package copyright_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/copyright"
)

// origin is a parent (2, 1) with a licence in force for institution 1.
func origin(change func(*copyright.Origin)) copyright.Origin {
	id := copyright.WorkId{Institution: 2, Number: 1}
	o := copyright.Origin{
		Parent: copyright.Parent{Work: id, Relation: copyright.RELATION_DERIVED, Licence: 5}, Work: copyright.Work{Id: id},
		Licence: &copyright.Licence{
			Id: access.LicenceId{Institution: 2, Number: 5}, Work: id, Terms: liberal(), Licensee: 1, Status: copyright.LICENCE_STATUS_GRANTED,
		},
	}
	change(&o)
	return o
}

func TestAParentIsRefused(t *testing.T) {
	past := start
	for name, row := range map[string]struct {
		change func(*copyright.Origin)
		err    error
		says   string
	}{
		"given up":         {func(o *copyright.Origin) { o.Work.Status = copyright.WORK_STATUS_WITHDRAWN }, copyright.ErrParent, "work (2, 1) is WORK_STATUS_WITHDRAWN"},
		"rejected":         {func(o *copyright.Origin) { o.Work.Status = copyright.WORK_STATUS_REJECTED }, copyright.ErrParent, "WORK_STATUS_REJECTED"},
		"no licence named": {func(o *copyright.Origin) { o.Parent.Licence = 0 }, copyright.ErrUnlicensed, "name the licence"},
		"no such licence":  {func(o *copyright.Origin) { o.Licence = nil }, copyright.ErrUnlicensed, "licence (2, 5) for work (2, 1) is not in force for institution 1"},
		"of another work":  {func(o *copyright.Origin) { o.Licence.Work.Number = 2 }, copyright.ErrUnlicensed, "is not in force"},
		"another's":        {func(o *copyright.Origin) { o.Licence.Licensee = 3 }, copyright.ErrUnlicensed, "is not in force"},
		"not granted":      {func(o *copyright.Origin) { o.Licence.Status = copyright.LICENCE_STATUS_REQUESTED }, copyright.ErrUnlicensed, "is not in force"},
		"terminated":       {func(o *copyright.Origin) { o.Licence.Status = copyright.LICENCE_STATUS_TERMINATED }, copyright.ErrUnlicensed, "is not in force"},
		"expired":          {func(o *copyright.Origin) { o.Licence.ExpiresAt = &past }, copyright.ErrUnlicensed, "is not in force"},
		"no derivatives":   {func(o *copyright.Origin) { o.Licence.Terms.Derivatives = copyright.DERIVATIVES_FORBIDDEN }, copyright.ErrUnlicensed, "licence (2, 5): it allows no derivatives"},
		"another approved one": {func(o *copyright.Origin) {
			o.Licence.Terms.Derivatives, o.Licence.Approved = copyright.DERIVATIVES_BY_APPROVAL, [][]byte{digest(8)}
		}, copyright.ErrUnlicensed, "has not approved"},
		"too deep": {func(o *copyright.Origin) { o.Work.Depth = copyright.MaxDepth }, copyright.ErrTooDeep, "work (2, 1) has depth 64"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := copyright.CheckParents(copyright.MsgRegisterWork{Description: digest(7)}, 1, []copyright.Origin{origin(row.change)}, start)
			require.ErrorIs(t, err, row.err)
			require.ErrorContains(t, err, row.says)
		})
	}
}

// TestEachRelationNeedsItsPermission tries every relation under every way to allow
// derivatives, with the permission of the relation alone and with all but it.
func TestEachRelationNeedsItsPermission(t *testing.T) {
	for relation := copyright.RELATION_DERIVED; relation <= copyright.RELATION_EVALUATED; relation++ {
		for derivatives := copyright.DERIVATIVES_ALLOWED; derivatives <= copyright.DERIVATIVES_FORBIDDEN; derivatives++ {
			for _, permitted := range []bool{true, false} {
				o := origin(func(o *copyright.Origin) {
					o.Parent.Relation, o.Licence.Terms.Derivatives, o.Licence.Approved = relation, derivatives, [][]byte{digest(6), digest(7)}
					o.Licence.Terms.Training = (relation == copyright.RELATION_TRAINED) == permitted
					o.Licence.Terms.FineTuning = (relation == copyright.RELATION_FINE_TUNED) == permitted
					o.Licence.Terms.Evaluation = (relation == copyright.RELATION_EVALUATED) == permitted
				})
				_, _, err := copyright.CheckParents(copyright.MsgRegisterWork{Description: digest(7)}, 1, []copyright.Origin{o}, start)
				want := derivatives != copyright.DERIVATIVES_FORBIDDEN
				switch relation {
				case copyright.RELATION_EVALUATED:
					want = permitted
				case copyright.RELATION_TRAINED, copyright.RELATION_FINE_TUNED:
					want = want && permitted
				}
				require.Equal(t, want, err == nil, "%s under %s, permitted %t: %v", relation, derivatives, permitted, err)
			}
		}
	}
}

func TestAnOwnParentNeedsNoLicence(t *testing.T) {
	floor := liberal()
	own := origin(func(o *copyright.Origin) {
		o.Parent.Work.Institution, o.Work.Id.Institution, o.Parent.Licence, o.Licence = 1, 1, 0, nil
		o.Work.Floor, o.Work.Depth = &floor, 9
	})
	for status := copyright.WORK_STATUS_CLAIMED; status <= copyright.WORK_STATUS_UPHELD; status++ {
		own.Work.Status = status
		got, depth, err := copyright.CheckParents(copyright.MsgRegisterWork{}, 1, []copyright.Origin{own, origin(func(*copyright.Origin) {})}, start)
		require.NoError(t, err)
		require.EqualValues(t, 10, depth)
		require.Empty(t, got.Weaker(floor))
	}
	own.Parent.Licence = 5
	_, _, err := copyright.CheckParents(copyright.MsgRegisterWork{}, 1, []copyright.Origin{own}, start)
	require.ErrorIs(t, err, copyright.ErrUnlicensed)
}

func TestWithoutParentsThereIsNoFloor(t *testing.T) {
	floor, depth, err := copyright.CheckParents(copyright.MsgRegisterWork{}, 1, nil, time.Time{})
	require.NoError(t, err)
	require.Nil(t, floor)
	require.Zero(t, depth)
}
