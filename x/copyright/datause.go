package copyright

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"time"

	"cosmossdk.io/errors"
)

// Permissions of the Data Use Ontology. All other codes are modifiers, which
// restrict, but for CC: it allows clinical care beside what a permission allows, and
// without one nothing else.
const (
	duNoRestriction = 4
	duDisease       = 7
	duHealth        = 6
	duPopulation    = 11
	duGeneral       = 42
	duGeographic    = 22
	duMoratorium    = 24
	duTimeLimit     = 25
	duClinicalCare  = 43
)

// strictness orders the permissions that include each other: whoever may do general
// research may do health research, and so on.
var strictness = map[uint32]int{duNoRestriction: 1, duGeneral: 2, duHealth: 3, duDisease: 4}

// values are the forms of the parameters of codes that have one.
var values = map[uint32]*regexp.Regexp{
	duDisease:    regexp.MustCompile(`^MONDO:[0-9]{7}$`),
	duGeographic: regexp.MustCompile(`^[A-Z]{2}$`),
	duMoratorium: regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}$`),
	duTimeLimit:  regexp.MustCompile(`^[1-9][0-9]{0,3}$`),
}

// dataUses are the codes of the Data Use Ontology (DUO) of GA4GH, release 2021-02-23,
// with their short names.
var dataUses = map[uint32]string{
	4: "NRES", 6: "HMB", 7: "DS", 11: "POA", 12: "RS", 15: "NMDS", 16: "GSO", 18: "NPUNCU", 19: "PUB", 20: "COL", 21: "IRB",
	22: "GS", 24: "MOR", 25: "TS", 26: "US", 27: "PS", 28: "IS", 29: "RTN", 42: "GRU", 43: "CC", 44: "NPOA", 45: "NPU", 46: "NCU",
}

// Name is the short name of a code with its parameter, such as "DS MONDO:0005148".
func (d DataUse) Name() string {
	name := dataUses[d.Code]
	if d.Value != "" {
		name += " " + d.Value
	}
	return name
}

// Term is the code as its ontology writes it, such as "DUO:0000007".
func (d DataUse) Term() string { return fmt.Sprintf("DUO:%07d", d.Code) }

func isPermission(code uint32) bool { return strictness[code] != 0 || code == duPopulation }

func (d DataUse) validate() error {
	if dataUses[d.Code] == "" {
		return errors.Wrapf(ErrUnknownCode, "%s is no listed data use", d.Term())
	}
	form := values[d.Code]
	switch {
	case form == nil && d.Value != "":
		return errors.Wrapf(ErrTerms, "%s has the value %q, it takes none", d.Term(), d.Value)
	case form != nil && !form.MatchString(d.Value):
		return errors.Wrapf(ErrTerms, "%s has the value %q, want the form %s", d.Term(), d.Value, form)
	}
	if d.Code == duMoratorium {
		if _, err := time.Parse(time.DateOnly, d.Value); err != nil {
			return errors.Wrapf(ErrTerms, "%s: %q is no date", d.Term(), d.Value)
		}
	}
	return nil
}

func compareUses(a, b DataUse) int {
	return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.Value, b.Value))
}

// validateUses checks a list of codes. Several values of DS or GS say that any of them
// will do.
func validateUses(uses []DataUse) error {
	if len(uses) > MaxDataUses {
		return errors.Wrapf(ErrTooMany, "%d data uses, want at most %d", len(uses), MaxDataUses)
	}
	permission := uint32(0)
	for i, d := range uses {
		if err := d.validate(); err != nil {
			return err
		}
		if i > 0 && compareUses(uses[i-1], d) >= 0 {
			return errors.Wrapf(ErrTerms, "data use %s is repeated or out of order", d.Term())
		}
		if i > 0 && uses[i-1].Code == d.Code && d.Code != duDisease && d.Code != duGeographic {
			return errors.Wrapf(ErrTerms, "data use %s is there twice", d.Term())
		}
		if isPermission(d.Code) {
			if permission != 0 && permission != d.Code {
				return errors.Wrapf(ErrTerms, "data uses %s and %s: one permission is enough", DataUse{Code: permission}.Term(), d.Term())
			}
			permission = d.Code
		}
	}
	return nil
}

// of returns the entries of one code.
func of(uses []DataUse, code uint32) []DataUse {
	var found []DataUse
	for _, d := range uses {
		if d.Code == code {
			found = append(found, d)
		}
	}
	return found
}

// permission returns the permission of a list, or 0.
func permission(uses []DataUse) uint32 {
	for _, d := range uses {
		if isPermission(d.Code) {
			return d.Code
		}
	}
	return 0
}

// allowsCare says whether a list allows clinical care: by its code, or because it has no
// permission that leaves care out.
func allowsCare(uses []DataUse) bool {
	p := permission(uses)
	return p == 0 || p == duNoRestriction || len(of(uses, duClinicalCare)) > 0
}

// isForCare says whether a list allows clinical care and nothing else.
func isForCare(uses []DataUse) bool {
	return permission(uses) == 0 && len(of(uses, duClinicalCare)) > 0
}

// meetPermissions returns the permission that is as strict as those of both lists, or
// says why there is none.
func meetPermissions(a, b []DataUse) (met []DataUse, conflict string) {
	pa, pb := permission(a), permission(b)
	switch {
	case isForCare(a) || isForCare(b):
		return nil, "for clinical care alone and for research alone"
	case pa == duDisease && pb == duDisease:
		if met = intersect(of(a, duDisease), of(b, duDisease)); len(met) == 0 {
			return nil, "for research on different diseases alone"
		}
		return met, ""
	case pa == duPopulation && strictness[pb] >= strictness[duHealth], pb == duPopulation && strictness[pa] >= strictness[duHealth]:
		return nil, "for research on ancestry alone and for research on health alone"
	case pb == duPopulation || pa != duPopulation && strictness[pb] > strictness[pa]:
		return of(b, pb), ""
	}
	return of(a, pa), ""
}

// meetUses returns the codes that are as strict as both lists, or says why there are
// none. Lists whose permissions do not meet may still have clinical care in common.
func meetUses(a, b []DataUse) ([]DataUse, []string) {
	var conflicts []string
	met, differ := meetPermissions(a, b)
	care := allowsCare(a) && allowsCare(b)
	if differ != "" && !care {
		conflicts = append(conflicts, "data uses: "+differ)
	}
	for _, code := range modifiers(a, b) {
		ma, mb := of(a, code), of(b, code)
		switch {
		case code == duClinicalCare:
			if care {
				met = append(met, DataUse{Code: code})
			}
		case len(ma) == 0:
			met = append(met, mb...)
		case len(mb) == 0:
			met = append(met, ma...)
		case code == duGeographic:
			common := intersect(ma, mb)
			if len(common) == 0 {
				conflicts = append(conflicts, "data uses: for research in different countries alone")
			}
			met = append(met, common...)
		default:
			met = append(met, stricter(ma[0], mb[0]))
		}
	}
	slices.SortFunc(met, compareUses)
	return met, conflicts
}

// stricter returns the stricter of two entries of one code: the shorter time limit, the
// later end of a moratorium.
func stricter(a, b DataUse) DataUse {
	switch a.Code {
	case duTimeLimit:
		if months(b) < months(a) {
			return b
		}
	case duMoratorium:
		if b.Value > a.Value {
			return b
		}
	}
	return a
}

// months is the value of a time limit, which is valid.
func months(d DataUse) int {
	n, _ := strconv.Atoi(d.Value)
	return n
}

// modifiers returns the codes of both lists that are no permissions, ascending.
func modifiers(a, b []DataUse) []uint32 {
	var codes []uint32
	for _, d := range slices.Concat(a, b) {
		if !isPermission(d.Code) {
			codes = append(codes, d.Code)
		}
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}

// intersect returns what is in both ascending lists.
func intersect[T comparable](a, b []T) []T {
	var common []T
	for _, v := range a {
		if slices.Contains(b, v) {
			common = append(common, v)
		}
	}
	return common
}
