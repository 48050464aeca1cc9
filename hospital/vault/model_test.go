package vault

import (
	"context"
	"flag"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// model is what a vault should be, in plain maps.
type model struct {
	t     *testing.T
	v     *Vault
	dir   string
	clock time.Time

	records map[uint64]*modelRecord
	byText  map[int]uint64
	batches uint64
	next    int
}

type modelRecord struct {
	text  int
	state State
	held  bool
	batch uint64
	leaf  uint64
}

func (m *model) open() {
	var err error
	m.v, err = Open(context.Background(), m.dir, Options{})
	require.NoError(m.t, err)
	m.v.now = func() time.Time { return m.clock }
	if m.batches%2 == 1 { // bodies are in both places
		inBlobs(m.v)
	}
}

// some draws a record that is not erased, or fails to.
func (m *model) some(rt *rapid.T) (uint64, *modelRecord) {
	var ids []uint64
	for id := uint64(1); id <= uint64(len(m.records)); id++ {
		if m.records[id].state != Erased {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		rt.Skip("nothing is kept")
	}
	id := rapid.SampledFrom(ids).Draw(rt, "record")
	return id, m.records[id]
}

// Add adds new texts and, at times, one that is there or was.
func (m *model) Add(rt *rapid.T) {
	numbers := []int{m.next, m.next + 1}
	m.next += 2
	numbers = append(numbers, rapid.IntRange(0, m.next-1).Draw(rt, "again"))
	group := make([]NewRecord, len(numbers))
	for i, n := range numbers {
		group[i] = newRecord(0, text(n))
	}
	added, err := m.v.Add(context.Background(), group)
	require.NoError(rt, err)
	for i, n := range numbers {
		id, known := m.byText[n]
		require.Equal(rt, known, added[i].Known)
		if !known {
			id = uint64(len(m.records) + 1)
			m.byText[n], m.records[id] = id, &modelRecord{text: n, state: Staged}
		}
		require.Equal(rt, id, added[i].ID)
	}
}

func (m *model) Seal(rt *rapid.T) {
	limit := rapid.IntRange(1, 4).Draw(rt, "limit")
	var staged []*modelRecord
	for id := uint64(1); id <= uint64(len(m.records)) && len(staged) < limit; id++ {
		if m.records[id].state == Staged {
			staged = append(staged, m.records[id])
		}
	}
	batch, some, err := m.v.Seal(context.Background(), limit)
	require.NoError(rt, err)
	require.Equal(rt, len(staged) > 0, some)
	if !some {
		return
	}
	m.batches++
	require.Equal(rt, m.batches, batch.Number)
	for leaf, r := range staged {
		r.state, r.batch, r.leaf = Batched, m.batches, uint64(leaf)
	}
}

func (m *model) Anchor(rt *rapid.T) {
	pending, err := m.v.Pending(context.Background())
	require.NoError(rt, err)
	if len(pending) == 0 {
		rt.Skip("nothing is pending")
	}
	b := rapid.SampledFrom(pending).Draw(rt, "batch")
	require.NoError(rt, m.v.Anchored(context.Background(), b.Number, 10+b.Number, m.clock))
	for _, r := range m.records {
		if r.batch == b.Number && r.state == Batched {
			r.state = Anchored
		}
	}
}

func (m *model) Erase(rt *rapid.T) {
	id, r := m.some(rt)
	err := m.v.Erase(context.Background(), id, "gdpr-17")
	if r.held {
		require.ErrorIs(rt, err, ErrHeld)
		return
	}
	require.NoError(rt, err)
	r.state = Erased
	delete(m.byText, r.text)
}

func (m *model) Hold(rt *rapid.T) {
	id, r := m.some(rt)
	if r.held = !r.held; r.held {
		require.NoError(rt, m.v.Hold(context.Background(), id, "case-1"))
		return
	}
	require.NoError(rt, m.v.ReleaseHold(context.Background(), id))
}

func (m *model) Rotate(rt *rapid.T) {
	require.NoError(rt, m.v.Rotate(context.Background()))
	if rapid.Bool().Draw(rt, "rewrap") {
		require.NoError(rt, m.v.Rewrap(context.Background(), nil))
	}
	m.clock = m.clock.Add(time.Duration(rapid.IntRange(0, 100).Draw(rt, "days")) * day)
	_, err := m.v.RetireKeys(context.Background(), m.clock)
	require.NoError(rt, err)
}

func (m *model) Reopen(rt *rapid.T) {
	require.NoError(rt, m.v.Close())
	m.open()
}

// check compares every record with the vault.
func (m *model) check(rt *rapid.T) {
	all, err := m.v.List(context.Background(), Filter{}, 0, 0)
	require.NoError(rt, err)
	require.Len(rt, all, len(m.records))
	for _, got := range all {
		want := m.records[got.ID]
		require.Equal(rt, want.state, got.State)
		require.Equal(rt, [2]uint64{want.batch, want.leaf}, [2]uint64{got.Batch, got.Leaf})
		require.Equal(rt, want.held, got.Hold != "")
		plain, err := read(m.v, got.ID)
		if want.state == Erased {
			require.ErrorIs(rt, err, ErrErased)
		} else {
			require.NoError(rt, err)
			require.Equal(rt, text(want.text), plain)
		}
		if want.batch != 0 {
			_, err := m.v.Proof(context.Background(), got.ID)
			require.NoError(rt, err)
		}
	}
}

func TestAVaultIsWhatItsHistorySays(t *testing.T) {
	if checks := flag.Lookup("rapid.checks"); checks.Value.String() == checks.DefValue {
		require.NoError(t, checks.Value.Set("25")) // each is some thirty durable steps
	}
	rapid.Check(t, func(rt *rapid.T) {
		dir, _ := home(t)
		m := &model{t: t, dir: dir, clock: noon(0), records: map[uint64]*modelRecord{}, byText: map[int]uint64{}}
		m.open()
		defer func() { require.NoError(t, m.v.Close()) }()
		rt.Repeat(map[string]func(*rapid.T){
			"add": m.Add, "seal": m.Seal, "anchor": m.Anchor, "erase": m.Erase, "hold": m.Hold, "rotate": m.Rotate, "reopen": m.Reopen,
		})
		m.check(rt)
		requireHealthy(rt, m.v)
		requireNoPlaintext(rt, dir)
	})
}
