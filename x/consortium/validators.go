package consortium

// Validating returns the institutions that shall validate, in the given order,
// which must be by number. It is a pure function, so the validator set never
// depends on the order in which messages arrived.
//
// An institution validates if it is active, holds a key and is not idle. While
// four or more would validate and one legal group would hold a third of the
// power or more, the youngest member of that group waits; of two such groups
// the one with more members gives way first, then the one that sorts first.
func Validating(institutions []Institution) []Institution {
	var set []Institution
	members := make(map[string]int)
	for _, i := range institutions {
		if i.mayValidate() && !i.Idle {
			set = append(set, i)
			members[i.LegalGroup]++
		}
	}
	for len(set) >= SafeSize {
		group := heaviest(set, members)
		if 3*members[group] < len(set) {
			break
		}
		set = withoutYoungest(set, group)
		members[group]--
	}
	return set
}

// mayValidate says whether the institution would validate if it were not idle.
func (i Institution) mayValidate() bool {
	return i.Status == INSTITUTION_STATUS_ACTIVE && i.ConsensusKey != nil
}

// heaviest returns the group with the most members in the set; of equals the
// one that sorts first.
func heaviest(set []Institution, members map[string]int) string {
	best := set[0].LegalGroup
	for _, i := range set {
		if n, top := members[i.LegalGroup], members[best]; n > top || n == top && i.LegalGroup < best {
			best = i.LegalGroup
		}
	}
	return best
}

// withoutYoungest returns the set without the group's member of the highest
// number.
func withoutYoungest(set []Institution, group string) []Institution {
	youngest := -1
	for at, i := range set {
		if i.LegalGroup == group {
			youngest = at
		}
	}
	rest := make([]Institution, 0, len(set)-1)
	rest = append(rest, set[:youngest]...)
	return append(rest, set[youngest+1:]...)
}

// MayIdle says whether an absent validator may be set idle: the rest must not
// be fewer than four, nor fewer than two thirds of those that could validate.
func MayIdle(institutions []Institution, number uint64) bool {
	admitted := 0
	without := make([]Institution, 0, len(institutions))
	for _, i := range institutions {
		if i.mayValidate() {
			admitted++
		}
		if i.Number != number {
			without = append(without, i)
		}
	}
	left := len(Validating(without))
	return left >= SafeSize && 3*left >= 2*admitted
}
