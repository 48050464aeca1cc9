package consortium_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dmdl-network/dmdl/x/consortium"
)

// groups returns validators numbered from 1, one a letter, whose legal group is
// the letter. A lower-case letter is idle, a dot has no key, a dash is
// suspended.
func groups(letters string) []consortium.Institution {
	var all []consortium.Institution
	for at, letter := range letters {
		i := member(uint64(at + 1))
		i.LegalGroup = string(letter)
		switch {
		case letter == '.':
			i.ConsensusKey = nil
		case letter == '-':
			i.Status, i.Suspension = consortium.INSTITUTION_STATUS_SUSPENDED, consortium.SUSPENSION_CAUSE_VOTE
		case letter >= 'a':
			i.LegalGroup, i.Idle = string(letter-'a'+'A'), true
		}
		all = append(all, i)
	}
	return all
}

func numbers(set []consortium.Institution) []uint64 {
	var all []uint64
	for _, i := range set {
		all = append(all, i.Number)
	}
	return all
}

func TestValidating(t *testing.T) {
	for letters, want := range map[string][]uint64{
		"":           nil,
		".-a":        nil,
		"A":          {1},
		"AAA":        {1, 2, 3},             // fewer than four: groups do not matter
		"ABCD":       {1, 2, 3, 4},          // a quarter each
		"A.B-Cd":     {1, 3, 5},             // only the active with a key that are not idle
		"AAAA":       {1, 2, 3},             // one group alone: down to three, not to none
		"AABC":       {1, 3, 4},             // half is too much: the younger of A waits
		"AABB":       {1, 3, 4},             // of equals the one that sorts first gives way
		"ABCDA":      {1, 2, 3, 4},          // two of five
		"ABCDEA":     {1, 2, 3, 4, 5},       // two of six are a third
		"ABCDEFA":    {1, 2, 3, 4, 5, 6, 7}, // two of seven are less
		"ABBCAD":     {1, 2, 4, 6},          // A and B are equal: first A gives way, then B
		"BAABCD":     {1, 2, 5, 6},
		"aABCD":      {2, 3, 4, 5},                    // the older of A is idle, the younger takes its place
		"AAABBBCCCD": {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, // three of ten
		"AAABBBCCC":  {1, 4, 7},                       // three groups alone cannot each hold less than a third of four
	} {
		require.Equal(t, want, numbers(consortium.Validating(groups(letters))), letters)
	}
}

func TestMayIdle(t *testing.T) {
	for _, tc := range []struct {
		letters string
		number  uint64
		want    bool
	}{
		{"ABCD", 4, false},        // three would be left
		{"ABCDE", 5, true},        // four of five
		{"ABCDEf", 5, true},       // four of six admitted
		{"ABCDEfg", 5, false},     // four of seven
		{"ABCDE.-", 5, true},      // who cannot validate was not admitted
		{"ABCDD", 4, true},        // the younger of D takes the place
		{"AABCDEF", 7, true},      // five of seven: with F the younger of A leaves too
		{"AAABBBCCCD", 10, false}, // without D the rule of groups leaves three
	} {
		require.Equal(t, tc.want, consortium.MayIdle(groups(tc.letters), tc.number), "%s without %d", tc.letters, tc.number)
	}
}

// letters draws institutions of few groups, so that groups are often too heavy.
func letters(rt *rapid.T) []consortium.Institution {
	return groups(rapid.StringOfN(rapid.SampledFrom([]rune("ABCDEFGab.-")), 0, 16, -1).Draw(rt, "institutions"))
}

func TestNoGroupHoldsAThirdOfFourOrMore(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		all := letters(rt)
		set := consortium.Validating(all)
		members := make(map[string]int)
		last := uint64(0)
		for _, i := range set {
			members[i.LegalGroup]++
			require.Greater(rt, i.Number, last)
			last = i.Number
			require.Equal(rt, all[i.Number-1], i)
			require.True(rt, i.Status == consortium.INSTITUTION_STATUS_ACTIVE && i.ConsensusKey != nil && !i.Idle)
		}
		for group, n := range members {
			require.True(rt, len(set) < consortium.SafeSize || 3*n < len(set), "%s holds %d of %d", group, n, len(set))
		}
	})
}

func TestNobodyWaitsWithoutNeed(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		all := letters(rt)
		set := consortium.Validating(all)
		var able []consortium.Institution
		for _, i := range all {
			if i.Status == consortium.INSTITUTION_STATUS_ACTIVE && i.ConsensusKey != nil && !i.Idle {
				able = append(able, i)
			}
		}
		require.GreaterOrEqual(rt, len(set), min(len(able), consortium.SafeSize-1))
		require.Equal(rt, set, consortium.Validating(set), "the rule is satisfied")
		for _, i := range able {
			if slices.Contains(numbers(set), i.Number) {
				continue
			}
			for _, v := range set {
				require.False(rt, v.LegalGroup == i.LegalGroup && v.Number > i.Number, "%d waits for the younger %d", i.Number, v.Number)
			}
		}
	})
}

func TestWhoJoinsNeverMakesTheSetSmaller(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		all := letters(rt)
		before := len(consortium.Validating(all))
		joined := groups(rapid.SampledFrom([]string{"A", "B", "H"}).Draw(rt, "group"))[0]
		joined.Number = uint64(len(all) + 1)
		require.GreaterOrEqual(rt, len(consortium.Validating(append(all, joined))), before)
	})
}

func TestTheSetFollowsFromTheInstitutionsAlone(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		all := letters(rt)
		before := slices.Clone(all)
		set := consortium.Validating(all)
		require.Equal(rt, set, consortium.Validating(all))
		require.Equal(rt, before, all, "the argument is not touched")
	})
}

func TestIdlingLeavesFourAndTwoThirds(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		all := letters(rt)
		admitted := 0
		for _, i := range all {
			if i.Status == consortium.INSTITUTION_STATUS_ACTIVE && i.ConsensusKey != nil {
				admitted++
			}
		}
		for at, i := range all {
			after := slices.Clone(all)
			after[at].Idle = true
			left := len(consortium.Validating(after))
			require.Equal(rt, left >= consortium.SafeSize && 3*left >= 2*admitted, consortium.MayIdle(all, i.Number))
		}
	})
}
