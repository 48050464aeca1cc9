package lanes

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// census counts the transactions of a block by the class of their lanes.
func census(p *Pool, txs [][]byte) map[Class]int {
	count := make(map[Class]int)
	for _, raw := range txs {
		count[p.find(raw).lane.class]++
	}
	return count
}

// flood fills the lanes of a class of ten institutions, from the first number on.
func flood(t testing.TB, p *Pool, class Class, first uint64) {
	t.Helper()
	for institution := range uint64(10) {
		fill(t, p, of(class, first+institution), 50)
	}
}

func TestAClassFindsAQuarterOfTheBlockFreeAndMayTakeWhatIsLeft(t *testing.T) {
	block := params(4<<20, 100) // of 1 gas each
	for name, c := range map[string]struct {
		flooded []Class
		few     Class // waits with 10 transactions of one institution
		want    map[Class]int
	}{
		"releases beside a flood":                  {[]Class{Ordinary}, Release, map[Class]int{Ordinary: 90, Release: 10}},
		"operators beside a flood of emergencies":  {[]Class{Emergency}, Operator, map[Class]int{Emergency: 90, Operator: 10}},
		"emergencies beside a flood of operators":  {[]Class{Operator}, Emergency, map[Class]int{Emergency: 10, Operator: 90}},
		"ordinary ones beside a flood of releases": {[]Class{Release}, Ordinary, map[Class]int{Ordinary: 10, Release: 90}},
		"operators beside two floods": {
			[]Class{Emergency, Release},
			Operator,
			map[Class]int{Emergency: 65, Operator: 10, Release: 25},
		},
		"releases beside three floods": {
			[]Class{Emergency, Operator, Ordinary},
			Release,
			map[Class]int{Emergency: 40, Operator: 25, Ordinary: 25, Release: 10},
		},
		"ordinary ones beside two small floods": {
			[]Class{Emergency, Operator},
			Ordinary,
			map[Class]int{Emergency: 65, Operator: 25, Ordinary: 10},
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := emptyPool()
			for i, class := range c.flooded {
				flood(t, p, class, uint64(10+20*i))
			}
			fill(t, p, of(c.few, 1), 10)
			require.Equal(t, c.want, census(p, propose(t, p, block, 1, 4<<20)))
		})
	}
}

func TestFloodsOfAllClassesGetAQuarterEach(t *testing.T) {
	p := emptyPool()
	for i, class := range serving {
		flood(t, p, class, uint64(10+20*i))
	}
	require.Equal(t, map[Class]int{Emergency: 25, Operator: 25, Ordinary: 25, Release: 25},
		census(p, propose(t, p, params(4<<20, 100), 1, 4<<20)))
}

func TestManyReleasesLeaveTheOthersThreeQuarters(t *testing.T) {
	p := emptyPool()
	flood(t, p, Ordinary, 10)
	flood(t, p, Release, 30)
	txs := propose(t, p, params(4<<20, 100), 1, 4<<20)
	require.Equal(t, map[Class]int{Ordinary: 75, Release: 25}, census(p, txs))
	for _, raw := range txs[75:] {
		require.Equal(t, Release, p.find(raw).lane.class)
	}
}

func TestOneInstitutionsReleasesDoNotDelayAnothers(t *testing.T) {
	p := emptyPool()
	flood(t, p, Ordinary, 10)
	fill(t, p, of(Release, 1), 500)
	fill(t, p, of(Release, 2), 3)
	require.Subset(t, numbers(t, propose(t, p, params(4<<20, 100), 1, 4<<20)), []uint64{2000, 2001, 2002})
}

// Else it would wait for as long as there are always transactions of later classes.
func TestTheFirstOfAClassMayTakeWhatIsKeptForOthers(t *testing.T) {
	p := emptyPool()
	block := params(4<<20, 100)
	require.NoError(t, insert(p, nil, ordinary(1), fakeTx{gas: 95, number: 1, size: 100}))
	require.NoError(t, insert(p, nil, ordinary(1), fakeTx{gas: 1, number: 2, size: 100}))
	fill(t, p, of(Release, 2), 30)
	require.Equal(t, []uint64{1, 2000, 2001, 2002, 2003, 2004}, numbers(t, propose(t, p, block, 1, 4<<20)))
}

func TestWhatNoBlockHoldsKeepsNoRoom(t *testing.T) {
	p := emptyPool()
	block := params(4<<20, 100)
	flood(t, p, Ordinary, 10)
	require.NoError(t, insert(p, nil, of(Release, 1), fakeTx{gas: 101, size: 100, class: Release}))
	require.Len(t, propose(t, p, block, 1, 4<<20), 100)
}

// The quotas bound what a flood of broken glasses can hold, whoever sends them.
func TestAFloodOfOneClassFillsNoOtherLane(t *testing.T) {
	p := emptyPool()
	block := params(4<<20, 4_000_000)
	for _, class := range serving {
		a := Admission{Institution: 1, Class: class, Members: 4}
		tx := fakeTx{gas: 20_000, size: 100, number: uint64(class) << 32}
		if class == Release {
			tx.class = Release
		}
		count := 0
		for ; p.Room(checkCtx(block), a, tx.size, tx.gas) == nil; count++ {
			require.NoError(t, insert(p, block, a, tx))
			tx.number++
		}
		require.Equal(t, map[Class]int{Emergency: 9, Operator: 9, Ordinary: 150, Release: 150}[class], count, "%s", class)
	}
}
