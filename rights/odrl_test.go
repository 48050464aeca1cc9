package rights_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dmdl-network/dmdl/rights"
	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/copyright"
)

func offered(t require.TestingT, terms copyright.Terms) []byte {
	document, err := chain.Offer(dataset(1, 1), copyright.Offer{Work: id(1, 1), Index: 2, Terms: terms}, access.DefaultParams())
	require.NoError(t, err)
	return document
}

func agreement(t *testing.T, l copyright.Licence) []byte {
	t.Helper()
	document, err := chain.Agreement(dataset(1, 1), l, access.DefaultParams())
	require.NoError(t, err)
	return document
}

// policies are the documents that are kept in testdata.
func policies(t *testing.T) map[string][]byte {
	t.Helper()
	approved := licensed(rich())
	approved.Approved = [][]byte{digest(7)}
	return map[string][]byte{
		"offer-rich.jsonld": offered(t, rich()), "offer-plain.jsonld": offered(t, plain()),
		"licence-rich.jsonld": agreement(t, approved), "licence-plain.jsonld": agreement(t, licensed(plain())),
	}
}

func TestPoliciesAreAsTheyWere(t *testing.T) {
	for name, document := range policies(t) {
		golden(t, name, document)
	}
}

// changes are values that a field of a kind may be given instead.
func changes(v reflect.Value) []reflect.Value {
	var values []reflect.Value
	add := func(all ...any) {
		for _, a := range all {
			if c := reflect.ValueOf(a).Convert(v.Type()); !reflect.DeepEqual(c.Interface(), v.Interface()) {
				values = append(values, c)
			}
		}
	}
	switch v.Kind() {
	case reflect.Bool:
		add(!v.Bool())
	case reflect.Int32:
		add(v.Int()+1, v.Int()-1)
	case reflect.Int64:
		add(v.Int()+int64(day), 0)
	case reflect.Uint32, reflect.Uint64:
		add(v.Uint()+1, v.Uint()-1)
	case reflect.String:
		add("MIT", "AT", "ZW", "JPY", "MONDO:9999999", "2031-02-28", "7")
	case reflect.Slice:
		if v.Len() > 0 {
			values = append(values, v.Slice(0, v.Len()-1), v.Slice(1, v.Len()))
		}
		if v.Type().Elem().Kind() == reflect.Uint8 {
			add(digest(77))
		}
	}
	return values
}

// walk visits each field of a value, and each of its parts, by its path.
func walk(v reflect.Value, path string, visit func(path string, v reflect.Value)) {
	switch {
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			walk(v.Field(i), path+"."+v.Type().Field(i).Name, visit)
		}
		return
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() != reflect.Uint8:
		for i := range v.Len() {
			walk(v.Index(i), path+"[]", visit)
		}
	}
	visit(path, v)
}

func TestNoFieldOfTheTermsIsLeftOut(t *testing.T) {
	tried, fields := map[string]int{}, map[string]bool{}
	for _, base := range []func() copyright.Terms{rich, plain} {
		before := offered(t, base())
		terms := base()
		walk(reflect.ValueOf(&terms).Elem(), "Terms", func(path string, v reflect.Value) {
			fields[path] = true
			old := reflect.New(v.Type()).Elem()
			old.Set(v)
			for _, changed := range changes(v) {
				v.Set(changed)
				if terms.Validate() == nil {
					tried[path]++
					require.NotEqual(t, string(before), string(offered(t, terms)), "%s became %v", path, changed)
				}
				v.Set(old)
			}
		})
	}
	require.GreaterOrEqual(t, len(fields), reflect.TypeFor[copyright.Terms]().NumField())
	for path := range fields {
		require.NotZero(t, tried[path], "%s was never changed: give changes a value that it may have", path)
	}
}

func TestDifferentTermsAreNeverWrittenTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawTerms(t), drawTerms(t)
		require.Equal(t, a.String() == b.String(), string(offered(t, a)) == string(offered(t, b)))
	})
}

// drawTerms draws valid terms.
func drawTerms(t *rapid.T) copyright.Terms {
	codes := []copyright.DataUse{
		{Code: 4},
		{Code: 6},
		{Code: 7, Value: "MONDO:0000001"},
		{Code: 7, Value: "MONDO:0000002"},
		{Code: 11},
		{Code: 12},
		{Code: 15},
		{Code: 16},
		{Code: 18},
		{Code: 19},
		{Code: 20},
		{Code: 21},
		{Code: 22, Value: "DE"},
		{Code: 22, Value: "FR"},
		{Code: 24, Value: "2026-05-05"},
		{Code: 25, Value: "1"},
		{Code: 25, Value: "14"},
		{Code: 26},
		{Code: 27},
		{Code: 28},
		{Code: 29},
		{Code: 42},
		{Code: 43},
		{Code: 44},
		{Code: 45},
		{Code: 46},
	}
	some := func(name string, most int, of []string) []string {
		drawn := rapid.SliceOfNDistinct(rapid.SampledFrom(of), 0, most, rapid.ID[string]).Draw(t, name)
		slices.Sort(drawn)
		return drawn
	}
	flag := rapid.Bool()
	return rapid.Custom(func(t *rapid.T) copyright.Terms {
		v := copyright.Terms{
			Purposes:  rapid.SliceOfNDistinct(rapid.SampledFrom([]access.Purpose{1, 2, 7, 15, 19, 20, 22, 24, 25}), 1, 5, rapid.ID[access.Purpose]).Draw(t, "purposes"),
			Territory: some("territory", 2, []string{"DE", "FR", "JP"}), Period: time.Duration(rapid.SampledFrom([]int{0, 1, 365}).Draw(t, "period")) * day,
			Commercial: flag.Draw(t, "commercial"), Attribution: flag.Draw(t, "attribution"), Derivatives: copyright.Derivatives(rapid.IntRange(1, 4).Draw(t, "derivatives")),
			Training: flag.Draw(t, "training"), FineTuning: flag.Draw(t, "fine tuning"), Evaluation: flag.Draw(t, "evaluation"),
			Redistribution: flag.Draw(t, "redistribution"), Withdrawal: copyright.Withdrawal(rapid.IntRange(1, 3).Draw(t, "withdrawal")),
			Price: rapid.SampledFrom([]copyright.Price{{}, {Amount: 5, Currency: "EUR"}, {Amount: 5, Currency: "JPY"}, {Amount: 500, Currency: "JPY"}}).Draw(t, "price"),
		}
		if v.Spdx = rapid.SampledFrom([]string{"", "MIT"}).Draw(t, "spdx"); v.Spdx == "" {
			v.Text = digest(byte(rapid.IntRange(1, 2).Draw(t, "text")))
		}
		slices.Sort(v.Purposes)
		v.DataUses = rapid.SliceOfNDistinct(rapid.SampledFrom(codes), 0, 6, rapid.ID[copyright.DataUse]).Draw(t, "data uses")
		slices.SortFunc(v.DataUses, func(a, b copyright.DataUse) int { return strings.Compare(a.Term()+a.Value, b.Term()+b.Value) })
		return v
	}).Filter(func(v copyright.Terms) bool { return v.Validate() == nil }).Draw(t, "terms")
}

func TestOnlyWhatIsGrantedIsAnAgreement(t *testing.T) {
	type l = copyright.Licence
	type w = copyright.Work
	for name, c := range map[string]struct {
		licence func(*l)
		work    func(*w)
		says    string
	}{
		"it was not answered":     {func(v *l) { v.Status, v.GrantedAt = copyright.LICENCE_STATUS_REQUESTED, nil }, nil, "licence 1/4 is requested"},
		"it was refused":          {func(v *l) { v.Status, v.GrantedAt = copyright.LICENCE_STATUS_REFUSED, nil }, nil, "licence 1/4 is refused"},
		"it was ended":            {func(v *l) { v.Status = copyright.LICENCE_STATUS_TERMINATED }, nil, "licence 1/4 is terminated"},
		"the claim was withdrawn": {nil, func(v *w) { v.Status = copyright.WORK_STATUS_WITHDRAWN }, "work 1/1 is withdrawn"},
		"it is for another work":  {func(v *l) { v.Work = id(1, 2) }, nil, "the licence is for work 1/2, not for 1/1"},
		"its terms are not valid": {func(v *l) { v.Terms.Purposes = nil }, nil, "0 purposes"},
	} {
		t.Run(name, func(t *testing.T) {
			licence, work := licensed(rich()), dataset(1, 1)
			if c.licence != nil {
				c.licence(&licence)
			}
			if c.work != nil {
				c.work(&work)
			}
			_, err := chain.Agreement(work, licence, access.DefaultParams())
			require.ErrorContains(t, err, c.says)
		})
	}
	_, err := chain.Offer(dataset(1, 1), copyright.Offer{Work: id(2, 1), Terms: rich()}, access.DefaultParams())
	require.ErrorContains(t, err, "the offer is of work 2/1, not of 1/1")
}

func TestAPriceIsWrittenInTheMainUnit(t *testing.T) {
	for _, c := range []struct {
		price copyright.Price
		want  string
	}{
		{copyright.Price{Amount: 123456, Currency: "EUR"}, "1234.56"},
		{copyright.Price{Amount: 5, Currency: "USD"}, "0.05"},
		{copyright.Price{Amount: 500, Currency: "JPY"}, "500"},
		{copyright.Price{Amount: 1, Currency: "KWD"}, "0.001"},
		{copyright.Price{Amount: 18446744073709551615, Currency: "CLF"}, "1844674407370955.1615"},
	} {
		terms := plain()
		terms.Price = c.price
		document := string(offered(t, terms))
		require.Contains(t, document, `"@value": "`+c.want+`"`)
		require.Contains(t, document, `"@id": "currency:`+c.price.Currency+`"`)
	}
}

func TestTheProfileDefinesTheTermsThatPoliciesUse(t *testing.T) {
	profile := string(rights.ProfileTurtle())
	defined, used := map[string]bool{}, map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^(dmdl:\w+) a `).FindAllStringSubmatch(profile, -1) {
		defined[m[1]] = true
	}
	documents := policies(t)
	open := plain()
	open.Purposes, open.FineTuning = []access.Purpose{access.PURPOSE_TREAT}, false
	documents["no adapting"] = offered(t, open)
	closed, err := chain.Offer(dataset(1, 1), copyright.Offer{Work: id(1, 1), Index: 1, Terms: open, Closed: true}, access.DefaultParams())
	require.NoError(t, err)
	documents["closed"] = closed
	for _, document := range documents {
		for _, term := range regexp.MustCompile(`dmdl:[a-zA-Z]+`).FindAllString(strings.ReplaceAll(string(document), "urn:dmdl:", ""), -1) {
			used[term] = true
		}
	}
	require.Equal(t, defined, used)
	require.Contains(t, profile, "<"+rights.Profile+"> a ")
	for class, purposes := range classesOf {
		for _, p := range purposes {
			require.Regexp(t, fmt.Sprintf(`(?m)^%s dmdl:covers .*\b%s\b`, class, p), profile)
		}
	}
}

func TestAnOfferThatIsClosedSaysSo(t *testing.T) {
	document, err := chain.Offer(dataset(1, 1), copyright.Offer{Work: id(1, 1), Index: 2, Terms: rich(), Closed: true}, access.DefaultParams())
	require.NoError(t, err)
	var read map[string]any
	require.NoError(t, json.Unmarshal(document, &read))
	require.Equal(t, true, read["dmdl:closed"])
	require.NotContains(t, string(offered(t, rich())), "dmdl:closed")
}
