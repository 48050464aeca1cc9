package rights

import (
	"slices"
	"strconv"
	"time"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/copyright"
)

// Codes of the Data Use Ontology that this package reads by their meaning.
const (
	duoNoRestriction = 4
	duoHealth        = 6
	duoDisease       = 7
	duoAncestry      = 11
	duoNonProfit     = 18
	duoGeographic    = 22
	duoMoratorium    = 24
	duoTimeLimit     = 25
	duoInstitution   = 28
	duoGeneral       = 42
	duoClinical      = 43
	duoNoAncestry    = 44
	duoNonCommercial = 46
)

var health = []access.Purpose{
	access.PURPOSE_HRESCH, access.PURPOSE_BIORCH, access.PURPOSE_CLINTRCH, access.PURPOSE_DSRCH, access.PURPOSE_TRANSRCH,
}

// classes says which purposes belong to the uses that a code permits. A code that is
// not here permits none by itself; duoNoRestriction permits all.
var classes = map[uint32][]access.Purpose{
	duoGeneral:  append(slices.Clone(health), access.PURPOSE_POARCH),
	duoHealth:   health,
	duoDisease:  health,
	duoAncestry: {access.PURPOSE_POARCH},
	duoClinical: {access.PURPOSE_TREAT, access.PURPOSE_COC, access.PURPOSE_ETREAT, access.PURPOSE_ERTREAT, access.PURPOSE_CAREMGT},
}

// decided are the modifiers that a time, a place, a purpose or commerce decides. All
// others are for the user to heed. duoNonProfit is both: who may use it is not on the
// ledger, that the use is not commercial is.
var decided = []uint32{duoGeographic, duoMoratorium, duoTimeLimit, duoClinical, duoNoAncestry, duoNonCommercial}

func permits(code uint32) bool { return code == duoNoRestriction || classes[code] != nil }

// permissions are the codes of a list that say for what data may be used.
func permissions(uses []copyright.DataUse) []uint32 {
	var codes []uint32
	for _, d := range uses {
		if permits(d.Code) && !slices.Contains(codes, d.Code) {
			codes = append(codes, d.Code)
		}
	}
	return codes
}

// heeded are the codes of a list that the user must declare to heed.
func heeded(uses []copyright.DataUse) []uint32 {
	var codes []uint32
	for _, d := range uses {
		if !permits(d.Code) && !slices.Contains(decided, d.Code) {
			codes = append(codes, d.Code)
		}
	}
	return codes
}

// valuesOf are the parameters of all entries of a code.
func valuesOf(uses []copyright.DataUse, code uint32) []string {
	var values []string
	for _, d := range uses {
		if d.Code == code {
			values = append(values, d.Value)
		}
	}
	return values
}

func hasUse(uses []copyright.DataUse, code uint32) bool { return len(valuesOf(uses, code)) > 0 }

func isClass(code uint32, purpose access.Purpose) bool {
	return code == duoNoRestriction || slices.Contains(classes[code], purpose)
}

// endOfMonths is when a number of months has passed, on the last day of a month that
// is too short (XML Schema 1.1 part 2, appendix E.3.3).
func endOfMonths(from time.Time, months string) (time.Time, error) {
	n, err := strconv.Atoi(months)
	if err != nil {
		return time.Time{}, err
	}
	year, month, day := from.Date()
	hour, minute, second := from.Clock()
	last := time.Date(year, month+time.Month(n)+1, 0, 0, 0, 0, 0, from.Location()).Day()
	return time.Date(year, month+time.Month(n), min(day, last), hour, minute, second, from.Nanosecond(), from.Location()), nil
}
