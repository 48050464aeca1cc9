package keeper_test

import (
	"slices"
	"testing"
	"time"

	dbm "github.com/cosmos/cosmos-db"
	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/copyright"
)

const (
	// layers is the depth of the lineage that is measured.
	layers = 50
	// derivativesPerBlock makes blocks of so many derivatives.
	derivativesPerBlock = 100
)

// BenchmarkRegisterDerivative registers works that are made from two licensed works at
// the bottom of a lineage of depth 50, in IAVL stores on disk. An operation is a block of
// 100 in a lineage of 100 works and one in a lineage of 10,000, in turn, so that what else
// the machine does falls on both alike. It reports the median of each for one work, and
// of their ratio. "deliver" is what the module costs; "deliver and commit" adds what the
// stores cost.
func BenchmarkRegisterDerivative(b *testing.B) {
	b.Run("deliver", func(b *testing.B) { benchmarkRegister(b, false) })
	b.Run("deliver and commit", func(b *testing.B) { benchmarkRegister(b, true) })
}

func benchmarkRegister(b *testing.B, commit bool) {
	small, large := newLineage(b, 100), newLineage(b, 10_000)
	var took, tookLarge, ratios []float64
	for b.Loop() {
		a, z := small.block(b, commit), large.block(b, commit)
		took, tookLarge, ratios = append(took, a), append(tookLarge, z), append(ratios, z/a)
	}
	b.ReportMetric(median(took), "lineage_register_us")
	b.ReportMetric(median(tookLarge), "lineage_register_10000_us")
	b.ReportMetric(median(ratios), "ratio")
}

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}

// lineage is a fixture with a claim that is registered again and again.
type lineage struct {
	*fixture
	msg *copyright.MsgRegisterWork
}

func newLineage(b testing.TB, works int) lineage {
	b.Helper()
	db, err := dbm.NewGoLevelDB("bench", b.TempDir(), nil)
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, db.Close()) })
	f := newFixtureOver(b, db)
	msg := f.lineage50(b, works)
	f.stores.Commit()
	return lineage{f, msg}
}

// block registers derivatives and returns how long one took, in microseconds.
func (l lineage) block(b *testing.B, commit bool) float64 {
	b.Helper()
	before := time.Now()
	block, register := l.stores.CacheMultiStore(), l.router.Handler(l.msg)
	for range derivativesPerBlock {
		tx := block.CacheMultiStore()
		if _, err := register(l.ctx.WithMultiStore(tx).WithEventManager(sdk.NewEventManager()), l.msg); err != nil {
			b.Fatal(err)
		}
		tx.Write()
	}
	if commit {
		block.Write()
		l.stores.Commit()
	}
	return float64(time.Since(before).Nanoseconds()) / 1000 / derivativesPerBlock
}

// lineage50 registers so many works in layers, each from two works of the layer above
// and the first under a licence, so that all have a floor. It returns a claim on a work
// from two licensed works of the last layer.
func (f *fixture) lineage50(b testing.TB, works int) *copyright.MsgRegisterWork {
	b.Helper()
	top := f.upheld(b, model(3))
	id := f.licensed(b, top, liberal(), 1)
	above := []copyright.Parent{trained(top.Id, id.Number)}
	width := works / layers
	for range layers - 1 {
		var layer []copyright.Parent
		for i := range width {
			parents := []copyright.Parent{above[i%len(above)]}
			if next := above[(i+1)%len(above)]; next.Work != parents[0].Work {
				parents = append(parents, next)
			}
			if len(parents) == 2 && parents[0].Work.Number > parents[1].Work.Number {
				parents[0], parents[1] = parents[1], parents[0]
			}
			res, err := f.deliver(model(1, parents...))
			require.NoError(b, err)
			layer = append(layer, trained(res.MsgResponses[0].GetCachedValue().(*copyright.MsgRegisterWorkResponse).Work, 0))
		}
		above = layer
	}
	f.after(31 * day)
	parents := above[:2]
	for i := range parents {
		parent, licence := copyright.Work{Id: parents[i].Work}, access.LicenceId{Institution: 1, Number: uint64(i + 1)}
		for _, msg := range []sdk.Msg{offer(parent, liberal()), ask(parent, 2, 1), grant(licence)} {
			_, err := f.deliver(msg)
			require.NoError(b, err)
		}
		parents[i].Licence = licence.Number
	}
	require.EqualValues(b, layers-1, f.work(b, parents[0].Work).Depth)
	return model(2, parents...)
}

// TestADerivativeCostsItsParentsAlone compares what the stores are asked for, which time
// is only a measure of.
func TestADerivativeCostsItsParentsAlone(t *testing.T) {
	gas := func(works int) float64 {
		l := newLineage(t, works)
		before := l.ctx.GasMeter().GasConsumed()
		_, err := l.deliver(l.msg)
		require.NoError(t, err)
		return float64(l.ctx.GasMeter().GasConsumed() - before)
	}
	require.InEpsilon(t, gas(100), gas(1000), 0.01, "numbers are a byte longer, and that is all")
}
