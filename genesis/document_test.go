package genesis_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dmdl-network/dmdl/genesis"
	"github.com/dmdl-network/dmdl/x/consortium"
)

func encoded(t require.TestingT, document any) []byte {
	text, err := json.Marshal(document)
	require.NoError(t, err)
	return text
}

func TestTheOrderOfEntriesDoesNotMatter(t *testing.T) {
	all := entries(t, 7)
	want := encoded(t, gather(t, all))
	rapid.Check(t, func(rt *rapid.T) {
		require.Equal(rt, want, encoded(rt, gather(rt, rapid.Permutation(all).Draw(rt, "order"))))
	})
	require.Equal(t, entries(t, 7), all, "the entries themselves stay as they were")
}

func TestWhoGathersGetsTheMembersAndTheShippedLimits(t *testing.T) {
	doc := gather(t, entries(t, 5))
	require.Equal(t, chainID, doc.ChainID)
	require.EqualValues(t, 1, doc.InitialHeight)
	require.Equal(t, begin, doc.GenesisTime)
	require.EqualValues(t, 4<<20, doc.Consensus.Params.Block.MaxBytes)
	state := members(t, doc)
	require.Len(t, state.Institutions, 5)
	require.Len(t, state.KeyProofs, 5)
	for at, i := range state.Institutions {
		require.EqualValues(t, at+1, i.Number)
		require.Equal(t, consortium.INSTITUTION_STATUS_ACTIVE, i.Status)
	}
}

func TestEntriesThatDoNotGoTogetherAreRefused(t *testing.T) {
	two := func(change func(*genesis.Entry)) []genesis.Entry {
		return append(entries(t, 3), signed(t, 4, change))
	}
	sameKey := unsigned(4)
	require.NoError(t, sameKey.Sign(secret(1)))
	for name, c := range map[string]struct {
		entries []genesis.Entry
		want    error
	}{
		"same name":     {two(func(e *genesis.Entry) { e.Name = "Hospital 02" }), consortium.ErrNameTaken},
		"same operator": {two(func(e *genesis.Entry) { e.Operator = operator(2) }), consortium.ErrAccountTaken},
		"same key":      {append(entries(t, 3), sameKey), consortium.ErrInvalid},
		"same entry":    {append(entries(t, 3), signed(t, 3)), consortium.ErrInvalid},
		"no operator":   {two(func(e *genesis.Entry) { e.Operator = "" }), consortium.ErrInvalid},
		"other prefix":  {two(func(e *genesis.Entry) { e.Operator = "cosmos1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqnrql8a" }), consortium.ErrInvalid},
	} {
		for range 2 { // in either order
			_, err := genesis.Gather(theCodec, chainID, begin, c.entries)
			require.ErrorIs(t, err, c.want, name)
			slices.Reverse(c.entries)
		}
	}
	_, err := genesis.Gather(theCodec, chainID, begin, nil)
	require.ErrorContains(t, err, "at least one entry")
	_, err = genesis.Gather(theCodec, "dmdl-other-1", begin, entries(t, 4))
	require.ErrorContains(t, err, "must make it again")
}

func TestTheHashIgnoresSpaceAndOrderOfKeys(t *testing.T) {
	text := encoded(t, gather(t, entries(t, 4)))
	want, err := genesis.Hash(text)
	require.NoError(t, err)
	require.Len(t, want, 32)

	var spaced bytes.Buffer
	require.NoError(t, json.Indent(&spaced, text, " ", "\t"))
	var keys map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(text, &keys))
	turned := []byte("{")
	names := []string{"consensus", "chain_id", "app_state", "app_name", "app_version", "initial_height", "genesis_time", "app_hash"}
	require.Len(t, keys, len(names))
	for _, name := range names {
		turned = append(turned, `"`+name+`": `...)
		turned = append(append(turned, keys[name]...), ',')
	}
	turned[len(turned)-1] = '}'
	for _, same := range [][]byte{spaced.Bytes(), turned, append(slices.Clone(text), " \n"...)} {
		got, err := genesis.Hash(same)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
}

func TestTheHashTellsEverythingElseApart(t *testing.T) {
	seen := make(map[string]string)
	for _, text := range []string{
		`{}`, `[]`, `null`, `""`, `0`, `false`, `{"a":1}`, `{"a":1.0}`, `{"a":1e0}`, `{"a":"1"}`, `{"a":null}`, `{"A":1}`, `{"a":[1]}`,
		`{"a":{"b":1}}`, `{"a":{"A":1}}`, `{"a":1,"b":1}`, `[1,2]`, `[2,1]`, `[[1],2]`, `[1,2,null]`, `"a b"`, `"ab"`, `18446744073709551615`, `18446744073709551616`,
	} {
		digest, err := genesis.Hash([]byte(text))
		require.NoError(t, err)
		require.Empty(t, seen[string(digest)], "%s has the hash of another", text)
		seen[string(digest)] = text
	}
}

func TestADocumentThatReadersMayReadDifferentlyHasNoHash(t *testing.T) {
	for want, text := range map[string]string{
		`"a" is repeated`:      `{"a":1,"a":2}`,
		`"b" is repeated`:      `{"a":[{"b":1,"c":{"b":1},"b":1}]}`,
		`"App_State" is rep`:   `{"app_state":1,"App_State":2}`,
		`"ſ" is repeated`:      `{"s":1,"ſ":2}`, // readers that ignore case take a long s for an s
		"after top-level":      `{"a":1}{"a":2}`,
		"unexpected end":       `{"a":1`,
		"exceeded max depth":   string(bytes.Repeat([]byte("["), 100_000)),
		"invalid character 'c": `chain`,
	} {
		_, err := genesis.Hash([]byte(text))
		require.ErrorContains(t, err, want)
	}
}

func TestPeersAreTheNodesThatCanBeDialled(t *testing.T) {
	state := members(t, gather(t, entries(t, 4)))
	state.Institutions[1].Status = consortium.INSTITUTION_STATUS_SUSPENDED
	state.Institutions[2].Nodes = append(state.Institutions[2].Nodes, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb@b:1")
	own := consortium.NodeID(state.Institutions[0].Nodes[0])
	require.Equal(t, []string{
		state.Institutions[2].Nodes[0], "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb@b:1", state.Institutions[3].Nodes[0],
	}, genesis.Peers(state, own))
	require.Len(t, genesis.Peers(state, ""), 4)
}
