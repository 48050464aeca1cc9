package access_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/records"
)

func TestWhatIsReleasedOfManyIsWhatIsReleasedOfEach(t *testing.T) {
	law(t, func(rt *rapid.T, q access.Question, f access.Facts) bool {
		kept := rapid.SliceOfN(rapid.Custom(drawObject), 1, 5).Draw(rt, "records")
		all, some := classes, []records.RecordClass{rapid.SampledFrom(classes).Draw(rt, "one class")}
		from := rapid.IntRange(-4, 0).Draw(rt, "from")
		whole, part := released(q, f, kept, all, -9), released(q, f, kept, some, from)
		for i, o := range kept {
			asked := slices.Contains(some, o.Class) && !o.Occurred.Before(day(from))
			require.Equal(rt, whole[i] && asked, part[i])
			alone := released(q, f, []access.Object{o}, []records.RecordClass{o.Class}, -9)
			require.Equal(rt, whole[i], alone[0] && slices.Contains(all, o.Class))
		}
		return slices.Contains(part, true) && slices.Contains(whole, false)
	})
}

// released says of each record whether a request for some classes since some day
// releases it.
func released(q access.Question, f access.Facts, kept []access.Object, of []records.RecordClass, from int) []bool {
	out := make([]bool, len(kept))
	for i, o := range kept {
		if slices.Contains(of, o.Class) && !o.Occurred.Before(day(from)) {
			q.Object, q.Request.Classes = o, of
			out[i] = access.Decide(q, f).Permitted
		}
	}
	return out
}

func TestTheLedgerDecidesOnThePublicPartAlone(t *testing.T) {
	law(t, func(rt *rapid.T, q access.Question, f access.Facts) bool {
		f.Sealed = true
		vault := access.Decide(q, f)
		f.Sealed = false
		ledger := access.Decide(q, f)
		public := f
		public.Consents = slices.Clone(f.Consents)
		for i := range public.Consents {
			public.Consents[i].Sealed = sealedParts.Draw(rt, "another sealed part")
		}
		other := q
		other.Object = drawObject(rt)
		other.Object.Class, other.Object.Channel = q.Object.Class, q.Object.Channel
		require.Equal(rt, ledger, access.Decide(other, public), "nothing sealed counts")

		public.Sealed = true
		for i := range public.Consents {
			public.Consents[i].Sealed = &access.Sealed{}
		}
		require.Equal(rt, ledger, access.Decide(q, public), "it is the vault's decision without restrictions")
		return vault.Permitted != ledger.Permitted
	})
}

func TestTheVaultPermitsOnlyWhatTheLedgerPermits(t *testing.T) {
	law(t, func(rt *rapid.T, q access.Question, f access.Facts) bool {
		f.Sealed = false
		ledger := access.Decide(q, f)
		f.Sealed = true
		vault := access.Decide(q, f)
		narrower(rt, ledger, vault)
		return vault.Permitted && (vault.Basis != ledger.Basis || len(vault.Consents) < len(ledger.Consents))
	})
}
