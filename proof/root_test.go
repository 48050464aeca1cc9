package proof_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/genesis"
	"github.com/dmdl-network/dmdl/proof"
)

func TestEveryRootOfTrustIsNamedAndLeadsToTheRecord(t *testing.T) {
	f := newFixture(t)
	bundle := f.make(t, f.large.request(t, 777, late), nil)
	parsed, err := proof.Parse(bundle)
	require.NoError(t, err)
	require.Len(t, parsed.Blocks, 2, "one step over the third change, one to the end")

	hash, err := genesis.Hash(f.genesis(t))
	require.NoError(t, err)
	require.Contains(t, f.root.String(), hex.EncodeToString(hash))
	require.Contains(t, f.root.String(), "dmdl-test-1 with 4 validators")
	for _, root := range []proof.Root{f.root, f.headerRoot(t, late+1), proof.CheckpointRoot(proof.CheckpointOf(f.blocks[late+1].Header))} {
		report, err := proof.Verify(bundle, root, proof.Options{})
		require.NoError(t, err)
		require.Equal(t, root.String(), report.RootOfTrust)
		require.Contains(t, report.String(), root.String())
	}
}

func TestAPinnedHeaderNeedsOneBlockAndNoTrustingPeriod(t *testing.T) {
	f := newFixture(t)
	root := f.headerRoot(t, late+1)
	bundle := f.makeFrom(t, root, f.large.request(t, 777, late), nil)
	report, err := proof.Verify(bundle, root, proof.Options{})
	require.NoError(t, err)
	require.Len(t, report.Steps, 1)
	require.NotContains(t, report.String(), "trusting period")

	report, err = proof.Verify(f.make(t, f.large.request(t, 777, late), nil), f.root, proof.Options{})
	require.NoError(t, err)
	require.Contains(t, report.String(), "no trusting period applies")
}

func TestABundleLeadsOnFromAnOlderCheckpoint(t *testing.T) {
	f := newFixture(t)
	root := f.headerRoot(t, early)
	bundle := f.makeFrom(t, root, f.large.request(t, 777, late), nil)
	report, err := proof.Verify(bundle, root, proof.Options{})
	require.NoError(t, err)
	require.EqualValues(t, early, report.Steps[0].Height)
	require.EqualValues(t, late+1, report.Steps[len(report.Steps)-1].Height)
}

func TestAWrongRootOfTrustIsRefused(t *testing.T) {
	f := newFixture(t)
	twin := newFixtureOf(t, "dmdl-twin-1")
	bundle := f.make(t, f.listed.request(t, 1, middle), nil)
	good := proof.CheckpointOf(f.blocks[middle+1].Header)
	altered := func(alter func(*proof.Checkpoint)) proof.Root {
		c := good
		alter(&c)
		return proof.CheckpointRoot(c)
	}
	for name, root := range map[string]proof.Root{
		"none chosen":            {},
		"a later header":         f.headerRoot(t, end),
		"a header not in it":     f.headerRoot(t, early),
		"a twin's header":        twin.headerRoot(t, middle+1),
		"another hash":           altered(func(c *proof.Checkpoint) { c.HeaderHash = strings.Repeat("0", 64) }),
		"another chain":          altered(func(c *proof.Checkpoint) { c.ChainID = "dmdl-twin-1" }),
		"another validator set":  altered(func(c *proof.Checkpoint) { c.ValidatorsHash = strings.Repeat("0", 64) }),
		"an unread checkpoint":   altered(func(c *proof.Checkpoint) { c.ValidatorsHash = "?" }),
		"a checkpoint of no one": altered(func(c *proof.Checkpoint) { c.Height = 0 }),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := proof.Verify(bundle, root, proof.Options{})
			failsIn(t, proof.PartRoot, err)
		})
	}
	_, err := proof.Verify(bundle, twin.root, proof.Options{})
	failsIn(t, proof.PartHeader, err)
}

func TestHeadersAndCheckpointsAreReadStrictly(t *testing.T) {
	f := newFixture(t)
	c := proof.CheckpointOf(f.blocks[middle].Header)
	encoded, err := proof.Encode(c)
	require.NoError(t, err)
	again, err := proof.ParseCheckpoint(encoded)
	require.NoError(t, err)
	require.Equal(t, c, again)

	text := strings.TrimSpace(string(encoded))
	for name, bad := range map[string]string{
		"empty":            "",
		"two":              text + text,
		"another format":   strings.Replace(text, "dmdl-checkpoint/1", "dmdl-checkpoint/2", 1),
		"an unknown field": strings.Replace(text, `"height"`, `"note":"","height"`, 1),
		"a repeated field": strings.Replace(text, `"height"`, `"height":"9","height"`, 1),
		"no chain":         strings.Replace(text, chainID, "", 1),
		"height 0":         strings.Replace(text, `"height":"14"`, `"height":"0"`, 1),
		"a number":         strings.Replace(text, `"height":"14"`, `"height":14`, 1),
		"upper case":       strings.Replace(text, c.HeaderHash, strings.ToUpper(c.HeaderHash), 1),
		"a short hash":     strings.Replace(text, c.HeaderHash, c.HeaderHash[2:], 1),
		"a long file":      text + strings.Repeat(" ", 5000),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := proof.ParseCheckpoint([]byte(bad))
			failsIn(t, proof.PartRoot, err)
		})
	}
	for _, bad := range []struct {
		height int64
		hash   string
	}{{0, c.HeaderHash}, {-1, c.HeaderHash}, {1, ""}, {1, c.HeaderHash[1:]}, {1, "x" + c.HeaderHash[1:]}} {
		_, err := proof.HeaderRoot(bad.height, bad.hash)
		failsIn(t, proof.PartRoot, err)
	}
}

func TestAGenesisDocumentIsReadAsNodesReadIt(t *testing.T) {
	f := newFixture(t)
	document := f.genesis(t)
	var indented bytes.Buffer
	require.NoError(t, json.Indent(&indented, document, "", "  "))
	root, err := proof.GenesisRoot(indented.Bytes())
	require.NoError(t, err)
	require.Equal(t, f.root.String(), root.String(), "white space does not change the hash")

	text := string(document)
	for name, bad := range map[string]string{
		"empty":              "",
		"a repeated key":     strings.Replace(text, `"auth"`, `"consortium":{},"auth"`, 1),
		"no consortium":      strings.Replace(text, `"consortium"`, `"other"`, 1),
		"no members":         strings.Replace(text, `"institutions"`, `"hospitals"`, 1),
		"nobody validates":   strings.ReplaceAll(text, `"idle":false`, `"idle":true`),
		"no time":            strings.Replace(text, `"2026-08-01T12:00:00Z"`, `"0001-01-01T00:00:00Z"`, 1),
		"no chain":           strings.Replace(text, `"chain_id":"dmdl-test-1"`, `"chain_id":""`, 1),
		"a key of no type":   strings.Replace(text, `"ed25519"`, `"rsa"`, 1),
		"an unknown field":   strings.Replace(text, `"idle"`, `"lazy"`, 1),
		"a bad predecessor":  strings.Replace(text, `"predecessor":null`, `"predecessor":7`, 1),
		"validators as text": strings.Replace(text, `"institutions":[`, `"institutions":"`, 1),
	} {
		t.Run(name, func(t *testing.T) {
			require.NotEqual(t, text, bad)
			_, err := proof.GenesisRoot([]byte(bad))
			failsIn(t, proof.PartRoot, err)
		})
	}
}

func TestAPinnedGenesisNamesTheChainItContinues(t *testing.T) {
	old := newSecret(t, "dmdl-old-1", 1, "old")
	b := newBatch(t, chainID, listedID, 1, map[int]secret{0: old})
	c := newChain(t, chainID, map[int64][]int{1: {1, 2, 3, 4}})
	b.anchor(t, c)
	c.seal(t, 3)
	document := bytes.Replace(c.genesis(t), []byte(`"predecessor":null`), []byte(`"predecessor":{"chain_id":"dmdl-old-1","height":"9"}`), 1)
	root, err := proof.GenesisRoot(document)
	require.NoError(t, err)
	q := b.request(t, 0, 1)
	content := old.open()
	content.ChainID = "dmdl-old-1"
	f := &fixture{chain: c, root: root}
	q.Standing = false
	_, err = proof.Verify(f.make(t, q, content), root, proof.Options{})
	require.NoError(t, err)
}
