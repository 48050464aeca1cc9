package copyright_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/copyright"
)

func TestALicenceIsInForceFromItsGrantToItsEnd(t *testing.T) {
	at := start.Add(time.Second / 3)
	l := copyright.Licence{Terms: with(func(t *copyright.Terms) { t.Period = 2 * day }), Status: copyright.LICENCE_STATUS_REQUESTED}
	require.False(t, l.InForce(at))
	granted := l.Grant(at)
	require.Equal(t, at, *granted.GrantedAt)
	require.Equal(t, start.Add(2*day), *granted.ExpiresAt, "whole seconds, as keys hold them")
	require.True(t, granted.InForce(at))
	require.True(t, granted.InForce(granted.ExpiresAt.Add(-time.Nanosecond)))
	require.False(t, granted.InForce(*granted.ExpiresAt))
	granted.Status = copyright.LICENCE_STATUS_TERMINATED
	require.False(t, granted.InForce(at))
	l.Terms.Period = 0
	require.Nil(t, l.Grant(at).ExpiresAt)
	require.True(t, l.Grant(at).InForce(at.AddDate(500, 0, 0)))
}

func TestAUseIsRefused(t *testing.T) {
	p := access.DefaultParams()
	w := copyright.Work{Id: copyright.WorkId{Institution: 1, Number: 1}, Status: copyright.WORK_STATUS_UPHELD}
	l := copyright.Licence{Work: w.Id, Licensee: 2, Terms: with(func(t *copyright.Terms) {
		t.Purposes, t.Commercial, t.Redistribution = []access.Purpose{access.PURPOSE_TREAT}, false, false
	})}.Grant(start)
	r := access.Request{Purpose: access.PURPOSE_COC, Action: access.ACTION_ACCESS}
	require.NoError(t, l.CheckUse(w, 2, r, p, start), "treatment covers the coordination of care")
	for name, row := range map[string]struct {
		change func(*copyright.Licence, *copyright.Work, *access.Request)
		says   string
	}{
		"another work": {func(_ *copyright.Licence, w *copyright.Work, _ *access.Request) { w.Id.Number++ }, "the claim on its work does not stand"},
		"a rejected work": {func(_ *copyright.Licence, w *copyright.Work, _ *access.Request) {
			w.Status = copyright.WORK_STATUS_REJECTED
		}, "does not stand"},
		"another's": {func(l *copyright.Licence, _ *copyright.Work, _ *access.Request) { l.Licensee = 3 }, "it is another institution's"},
		"terminated": {func(l *copyright.Licence, _ *copyright.Work, _ *access.Request) {
			l.Status = copyright.LICENCE_STATUS_TERMINATED
		}, "it is not in force"},
		"another purpose": {func(_ *copyright.Licence, _ *copyright.Work, r *access.Request) { r.Purpose = access.PURPOSE_HRESCH }, "its purposes are TREAT"},
		"commercial":      {func(_ *copyright.Licence, _ *copyright.Work, r *access.Request) { r.Commercial = true }, "commercial use"},
		"passed on":       {func(_ *copyright.Licence, _ *copyright.Work, r *access.Request) { r.Action = access.ACTION_DISCLOSE }, "pass copies on"},
	} {
		t.Run(name, func(t *testing.T) {
			l, w, r := l, w, r
			row.change(&l, &w, &r)
			err := l.CheckUse(w, 2, r, p, start)
			require.ErrorIs(t, err, copyright.ErrNotInForce)
			require.ErrorContains(t, err, row.says)
		})
	}
}

func TestParamsAreRefused(t *testing.T) {
	require.NoError(t, copyright.DefaultParams().Validate())
	for _, period := range []time.Duration{0, time.Second - 1, 365*day + 1, -day} {
		require.ErrorIs(t, copyright.Params{ChallengePeriod: period}.Validate(), copyright.ErrInvalid, "%s", period)
	}
	for _, period := range []time.Duration{time.Second, 365 * day} {
		require.NoError(t, copyright.Params{ChallengePeriod: period}.Validate())
	}
}
