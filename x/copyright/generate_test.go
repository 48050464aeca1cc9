package copyright_test

import (
	"bytes"
	"cmp"
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/copyright"
)

const day = 24 * time.Hour

var start = time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)

func digest(n byte) []byte { return bytes.Repeat([]byte{n}, copyright.DigestSize) }

// liberal are terms that allow everything that is for health research.
func liberal() copyright.Terms {
	return copyright.Terms{
		Spdx: "CC-BY-4.0", Purposes: []access.Purpose{access.PURPOSE_HRESCH}, Commercial: true, Derivatives: copyright.DERIVATIVES_ALLOWED,
		Training: true, FineTuning: true, Evaluation: true, Redistribution: true, Withdrawal: copyright.WITHDRAWAL_STOP,
	}
}

// with is liberal terms with a change.
func with(change func(*copyright.Terms)) copyright.Terms {
	terms := liberal()
	change(&terms)
	return terms
}

// uses are codes without parameters.
func uses(codes ...uint32) []copyright.DataUse {
	list := make([]copyright.DataUse, len(codes))
	for i, code := range codes {
		list[i].Code = code
	}
	return list
}

// use is a code with a parameter.
func use(code uint32, value string) copyright.DataUse {
	return copyright.DataUse{Code: code, Value: value}
}

// some draws a part of a list, in its order.
func some[T any](t *rapid.T, name string, least int, list ...T) []T {
	var part []T
	for i, v := range list {
		if rapid.Bool().Draw(t, name) || len(list)-i <= least-len(part) {
			part = append(part, v)
		}
	}
	return part
}

func one[T any](t *rapid.T, name string, list ...T) T { return rapid.SampledFrom(list).Draw(t, name) }

// drawUses draws valid data uses.
func drawUses(t *rapid.T) []copyright.DataUse {
	var list []copyright.DataUse
	switch permission := one(t, "permission", 0, uint32(4), 42, 6, 7, 11); permission {
	case 0:
	case 7:
		list = some(t, "disease", 1, use(7, "MONDO:0000001"), use(7, "MONDO:0000002"), use(7, "MONDO:0000003"))
	default:
		list = uses(permission)
	}
	list = append(list, some(t, "modifier", 0, uses(15, 18, 43, 45, 46)...)...)
	list = append(list, some(t, "country", 0, use(22, "DE"), use(22, "FR"))...)
	if date := one(t, "moratorium", "", "2026-12-31", "2027-01-31"); date != "" {
		list = append(list, use(24, date))
	}
	if months := one(t, "months", "", "9", "10", "24"); months != "" {
		list = append(list, use(25, months))
	}
	slices.SortFunc(list, func(a, b copyright.DataUse) int {
		return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.Value, b.Value))
	})
	return list
}

// drawTerms draws valid terms from few values, so that many are comparable.
func drawTerms(t *rapid.T) copyright.Terms {
	terms := copyright.Terms{
		Purposes:  some(t, "purpose", 1, access.PURPOSE_TREAT, access.PURPOSE_HRESCH, access.PURPOSE_CLINTRCH),
		DataUses:  drawUses(t),
		Territory: some(t, "territory", 0, "CN", "DE", "FR"),
		Period:    one(t, "period", 0, day, 2*day),
		Withdrawal: one(t, "withdrawal", copyright.WITHDRAWAL_STOP, copyright.WITHDRAWAL_REPLACE,
			copyright.WITHDRAWAL_DESTROY),
		Derivatives: one(t, "derivatives", copyright.DERIVATIVES_ALLOWED, copyright.DERIVATIVES_SHARE_ALIKE,
			copyright.DERIVATIVES_BY_APPROVAL, copyright.DERIVATIVES_FORBIDDEN),
		Commercial: rapid.Bool().Draw(t, "commercial"), Attribution: rapid.Bool().Draw(t, "attribution"),
		Training: rapid.Bool().Draw(t, "training"), FineTuning: rapid.Bool().Draw(t, "fine tuning"),
		Evaluation: rapid.Bool().Draw(t, "evaluation"), Redistribution: rapid.Bool().Draw(t, "redistribution"),
	}
	if terms.Spdx = one(t, "spdx", "", "CC-BY-4.0", "MIT"); terms.Spdx == "" {
		terms.Text = digest(1)
	}
	return terms
}
