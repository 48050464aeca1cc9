package copyright

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"cosmossdk.io/errors"

	"github.com/dmdl-network/dmdl/x/access"
)

const day = 24 * time.Hour

var (
	// spdxForm is the form of SPDX licence identifiers (SPDX 2.3, annex D): the list
	// itself changes too often for a ledger.
	spdxForm     = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.+-]*$`)
	countryForm  = regexp.MustCompile(`^[A-Z]{2}$`)
	currencyForm = regexp.MustCompile(`^[A-Z]{3}$`)
)

// Validate checks what can be checked of terms that are offered.
func (t Terms) Validate() error {
	switch {
	case (t.Spdx == "") == (len(t.Text) == 0):
		return errors.Wrap(ErrTerms, "name an SPDX identifier or the digest of own terms, not both")
	case t.Spdx != "" && (len(t.Spdx) > MaxText || !spdxForm.MatchString(t.Spdx)):
		return errors.Wrapf(ErrTerms, "spdx %q is no SPDX identifier", t.Spdx)
	case t.Spdx == "":
		if err := CheckDigest("text", t.Text); err != nil {
			return err
		}
	}
	if err := checkList("purposes", t.Purposes, 1, MaxPurposes, access.Purpose_name); err != nil {
		return err
	}
	for _, never := range []access.Purpose{access.PURPOSE_BTG, access.PURPOSE_PATRQT} {
		if slices.Contains(t.Purposes, never) {
			return errors.Wrapf(ErrTerms, "purposes: no licence is for %s", never)
		}
	}
	if err := validateUses(t.DataUses); err != nil {
		return err
	}
	if err := validateTerritory(t.Territory); err != nil {
		return err
	}
	for _, err := range []error{
		checkCode("derivatives", t.Derivatives, Derivatives_name),
		checkCode("withdrawal", t.Withdrawal, Withdrawal_name),
	} {
		if err != nil {
			return err
		}
	}
	if t.Period < 0 || t.Period%day != 0 {
		return errors.Wrapf(ErrTerms, "period %s, want whole days, or 0 for no end", t.Period)
	}
	return t.Price.validate()
}

func (p Price) validate() error {
	if p.Amount == 0 && p.Currency == "" {
		return nil
	}
	if p.Amount == 0 || !currencyForm.MatchString(p.Currency) {
		return errors.Wrapf(ErrTerms, "price of %d %q: give an amount with its ISO 4217 code, or neither", p.Amount, p.Currency)
	}
	return nil
}

func validateTerritory(countries []string) error {
	if len(countries) > MaxTerritory {
		return errors.Wrapf(ErrTooMany, "%d countries, want at most %d", len(countries), MaxTerritory)
	}
	for i, c := range countries {
		if !countryForm.MatchString(c) {
			return errors.Wrapf(ErrTerms, "territory %q is no ISO 3166-1 alpha-2 code", c)
		}
		if i > 0 && countries[i-1] >= c {
			return errors.Wrapf(ErrTerms, "territory %q is repeated or out of order", c)
		}
	}
	return nil
}

// bindsText says whether works made under the terms must be under the same text.
func (t Terms) bindsText() bool {
	return t.Derivatives == DERIVATIVES_SHARE_ALIKE
}

// asFloor returns what terms demand of works that are made under them: without price,
// and with their text only if that must be kept.
func (t Terms) asFloor() Terms {
	if !t.bindsText() {
		t.Spdx, t.Text = "", nil
	}
	t.Price = Price{}
	return t
}

// meet returns the weakest floor that is as strict as both, or each point on which
// there is none.
func meet(a, b Terms) (Terms, []string) {
	m, conflicts := a, []string(nil)
	if a.hasText() && b.hasText() && !sameText(a, b) {
		conflicts = append(conflicts, fmt.Sprintf("text: share alike under %s and under %s", a.textName(), b.textName()))
	}
	if !a.hasText() {
		m.Spdx, m.Text = b.Spdx, b.Text
	}
	if m.Purposes = intersect(a.Purposes, b.Purposes); len(m.Purposes) == 0 {
		conflicts = append(conflicts, "purposes: no purpose is common to "+purposeNames(a.Purposes)+" and "+purposeNames(b.Purposes))
	}
	uses, differ := meetUses(a.DataUses, b.DataUses)
	m.DataUses, conflicts = uses, append(conflicts, differ...)
	switch {
	case len(a.Territory) == 0:
		m.Territory = b.Territory
	case len(b.Territory) > 0:
		if m.Territory = intersect(a.Territory, b.Territory); len(m.Territory) == 0 {
			conflicts = append(conflicts, fmt.Sprintf("territory: nothing is common to %v and %v", a.Territory, b.Territory))
		}
	}
	if a.Period == 0 || b.Period != 0 && b.Period < a.Period {
		m.Period = b.Period
	}
	m.Commercial = a.Commercial && b.Commercial
	m.Attribution = a.Attribution || b.Attribution
	m.Derivatives = max(a.Derivatives, b.Derivatives)
	m.Training, m.FineTuning, m.Evaluation = a.Training && b.Training, a.FineTuning && b.FineTuning, a.Evaluation && b.Evaluation
	m.Redistribution = a.Redistribution && b.Redistribution
	m.Withdrawal = max(a.Withdrawal, b.Withdrawal)
	return m, conflicts
}

func (t Terms) hasText() bool { return t.Spdx != "" || len(t.Text) > 0 }

func sameText(a, b Terms) bool { return a.Spdx == b.Spdx && bytes.Equal(a.Text, b.Text) }

func (t Terms) textName() string {
	if t.Spdx != "" {
		return t.Spdx
	}
	return fmt.Sprintf("own terms %x", t.Text)
}

func purposeNames(purposes []access.Purpose) string {
	names := make([]string, len(purposes))
	for i, p := range purposes {
		names[i] = strings.TrimPrefix(p.String(), "PURPOSE_")
	}
	return strings.Join(names, ", ")
}

// Weaker lists each point on which terms are weaker than a floor. There is none if
// they are as strict.
func (t Terms) Weaker(floor Terms) []string {
	var weaker []string
	point := func(is bool, format string, args ...any) {
		if is {
			weaker = append(weaker, fmt.Sprintf(format, args...))
		}
	}
	point(floor.hasText() && !sameText(t, floor), "text: %s, the parents ask for %s", t.textName(), floor.textName())
	point(!subset(t.Purposes, floor.Purposes), "purposes: %s, the parents allow %s", purposeNames(t.Purposes), purposeNames(floor.Purposes))
	weaker = append(weaker, weakerUses(t.DataUses, floor.DataUses)...)
	point(len(floor.Territory) > 0 && (len(t.Territory) == 0 || !subset(t.Territory, floor.Territory)), "territory: the parents allow %v", floor.Territory)
	point(floor.Period != 0 && (t.Period == 0 || t.Period > floor.Period), "period: the parents allow %d days", floor.Period/day)
	point(t.Commercial && !floor.Commercial, "commercial: the parents do not allow it")
	point(!t.Attribution && floor.Attribution, "attribution: the parents demand it")
	point(t.Derivatives < floor.Derivatives, "derivatives: %s, the parents ask for %s", t.Derivatives, floor.Derivatives)
	point(t.Training && !floor.Training, "training: the parents do not allow it")
	point(t.FineTuning && !floor.FineTuning, "fine tuning: the parents do not allow it")
	point(t.Evaluation && !floor.Evaluation, "evaluation: the parents do not allow it")
	point(t.Redistribution && !floor.Redistribution, "redistribution: the parents do not allow it")
	point(t.Withdrawal < floor.Withdrawal, "withdrawal: %s, the parents ask for %s", t.Withdrawal, floor.Withdrawal)
	return weaker
}

// weakerUses lists the codes of a floor that a list does not heed.
func weakerUses(uses, floor []DataUse) []string {
	met, conflicts := meetUses(uses, floor)
	if len(conflicts) > 0 {
		return conflicts
	}
	if slices.Equal(met, uses) {
		return nil
	}
	return []string{"data uses: " + useNames(uses) + ", the parents ask for " + useNames(floor)}
}

func useNames(uses []DataUse) string {
	if len(uses) == 0 {
		return "none"
	}
	names := make([]string, len(uses))
	for i, d := range uses {
		names[i] = d.Name()
	}
	return strings.Join(names, ", ")
}

func subset[T comparable](a, b []T) bool {
	return !slices.ContainsFunc(a, func(v T) bool { return !slices.Contains(b, v) })
}
