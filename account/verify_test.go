package account_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dmdl-network/dmdl/account"
	"github.com/dmdl-network/dmdl/proof"
	"github.com/dmdl-network/dmdl/x/access"
)

func TestACompleteAccountSaysSo(t *testing.T) {
	c := newLedger(t, chainID, 0)
	report, err := account.Verify(c.make(t, late, story(patient)), c.root)
	require.NoError(t, err)
	require.True(t, report.Complete)
	require.EqualValues(t, 8, report.Count)
	require.Contains(t, report.Proven[0], "Complete: 8 entries, nothing left out, as of height 8")
	require.Equal(t, account.Party{Number: 2, Name: "Birch <Clinic> & Sons"}, report.Entries[0].Institution)
	require.Equal(t, "document", report.Entries[0].Records[0].Class)
	require.Empty(t, report.Entries[7].Records[1].Class, "nobody knew it")
	require.Greater(t, len(report.Steps), 1)
	require.Contains(t, report.String(), "not proven:")
}

func TestAnAccountThatWasDroppedIsCompleteForWhoeverKeptIt(t *testing.T) {
	c := newLedger(t, chainID, 2)
	report, err := account.Verify(c.make(t, late, story(patient)), c.root)
	require.NoError(t, err)
	require.True(t, report.Complete)

	older, err := account.Parse(newLedger(t, chainID, 0).make(t, early, story(patient)))
	require.NoError(t, err)
	kept, err := older.Disclosures()
	require.NoError(t, err)
	require.Len(t, kept, 3)
	report, err = account.Verify(c.make(t, late, append(kept, story(patient)[2:]...)), c.root)
	require.NoError(t, err)
	require.True(t, report.Complete)
}

func TestAPartialAccountSaysFromWhereOnItIsProven(t *testing.T) {
	c := newLedger(t, chainID, 2)
	report, err := account.Verify(c.make(t, late, story(patient)[2:]), c.root)
	require.NoError(t, err)
	require.False(t, report.Complete)
	require.EqualValues(t, 3, report.First)
	require.Contains(t, report.Proven[0], "Entries 3 to 8, nothing left out between them")
	require.Contains(t, report.NotProven[0], "Entries 1 to 2")

	_, _, err = account.Make(context.Background(), newLedger(t, chainID, 8), c.root, c.request(late, nil))
	require.Error(t, err, "there is nothing left to show")
}

func TestAnAccountWithoutEntriesIsComplete(t *testing.T) {
	c := newLedger(t, chainID, 0)
	q := c.request(late, nil)
	q.Subject.Number = 1000
	bundle, _, err := account.Make(context.Background(), c, c.root, q)
	require.NoError(t, err)
	report, err := account.Verify(bundle, c.root)
	require.NoError(t, err)
	require.True(t, report.Complete)
	require.Zero(t, report.Count)
	require.Contains(t, report.Page().Summary[1], "Nothing was ever entered")
}

func TestTheListOfANodeMayLackEntriesThatItProves(t *testing.T) {
	c := newLedger(t, chainID, 0)
	report, err := account.Verify(c.make(t, late, story(patient)[:5]), c.root)
	require.NoError(t, err)
	require.True(t, report.Complete)
	require.Len(t, report.Entries, 8)
}

func TestAKeptEntryThatWasForgedMakesNoBundle(t *testing.T) {
	c := newLedger(t, chainID, 2)
	forged := story(patient)
	forged[0].Purpose = access.PURPOSE_HRESCH
	_, _, err := account.Make(context.Background(), c, c.root, c.request(late, forged))
	failsIn(t, account.PartEntries, err)
}

func TestAnySingleChangeToABundleIsRefused(t *testing.T) {
	for name, dropped := range map[string]int{"whole": 0, "partial": 2} {
		t.Run(name, func(t *testing.T) {
			c := newLedger(t, chainID, dropped)
			good := c.make(t, late, story(patient)[dropped:])
			rapid.Check(t, func(t *rapid.T) {
				changed := bytes.Clone(good)
				at := rapid.IntRange(0, len(good)-2).Draw(t, "at") // a line feed ends it
				with := rapid.Byte().Filter(func(b byte) bool { return b != good[at] }).Draw(t, "with")
				changed[at] = with
				_, err := account.Verify(changed, c.root)
				isRefused(t, err)
			})
		})
	}
}

func TestAnySingleBitOfAPartMatters(t *testing.T) {
	c := newLedger(t, chainID, 0)
	good := c.make(t, late, story(patient))
	var texts []string
	var collect func(v any)
	collect = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for _, inner := range v {
				collect(inner)
			}
		case []any:
			for _, inner := range v {
				collect(inner)
			}
		case string:
			if len(v) > 40 {
				texts = append(texts, v)
			}
		}
	}
	var parsed any
	require.NoError(t, json.Unmarshal(good, &parsed))
	collect(parsed)
	slices.Sort(texts)
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SampledFrom(texts).Draw(t, "part")
		raw, err := base64.StdEncoding.DecodeString(text)
		require.NoError(t, err)
		bit := rapid.IntRange(0, 8*len(raw)-1).Draw(t, "bit")
		raw[bit/8] ^= 1 << (bit % 8)
		_, err = account.Verify([]byte(strings.Replace(string(good), text, base64.StdEncoding.EncodeToString(raw), 1)), c.root)
		isRefused(t, err)
	})
}

// isRefused requires a refusal that names a part.
func isRefused(t require.TestingT, err error) {
	var failure *proof.Error
	require.ErrorAs(t, err, &failure)
}

func TestTheSchemaAcceptsWhatIsMade(t *testing.T) {
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(account.Schema()))
	require.NoError(t, err)
	compiler := jsonschema.NewCompiler()
	require.NoError(t, compiler.AddResource("account.json", document))
	schema, err := compiler.Compile("account.json")
	require.NoError(t, err)
	for _, dropped := range []int{0, 2} {
		bundle, err := jsonschema.UnmarshalJSON(bytes.NewReader(newLedger(t, chainID, dropped).make(t, late, story(patient)[dropped:])))
		require.NoError(t, err)
		require.NoError(t, schema.Validate(bundle))
		bundle.(map[string]any)["note"] = "x"
		require.Error(t, schema.Validate(bundle))
	}
}
