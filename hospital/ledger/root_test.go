package ledger

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/require"

	"github.com/cosmos/cosmos-sdk/codec"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	txsigning "github.com/cosmos/cosmos-sdk/x/tx/signing"

	"github.com/dmdl-network/dmdl/genesis"
	"github.com/dmdl-network/dmdl/hospital/ledger/ledgertest"
)

// genesisOf is the document of a chain that begins at noon with those
// validators.
func genesisOf(t testing.TB, validators ...byte) []byte {
	t.Helper()
	registry, err := codectypes.NewInterfaceRegistryWithOptions(codectypes.InterfaceRegistryOptions{
		ProtoFiles:     proto.HybridResolver,
		SigningOptions: txsigning.Options{AddressCodec: addresses, ValidatorAddressCodec: addresses},
	})
	require.NoError(t, err)
	var entries []genesis.Entry
	for _, number := range validators {
		operator, err := KeyFromSeed(bytes.Repeat([]byte{100 + number}, 32))
		require.NoError(t, err)
		name := fmt.Sprintf("Hospital %02d", number)
		entry := genesis.Entry{
			ChainID: signedChain, Name: name, Kind: "INSTITUTION_KIND_HOSPITAL", LegalGroup: name, Operator: operator.Address(),
			Node: fmt.Sprintf("%040d@node%d.example.org:26656", number, number),
		}
		require.NoError(t, entry.Sign(ledgertest.Validator(number)))
		entries = append(entries, entry)
	}
	doc, err := genesis.Gather(genesis.Codec{Codec: codec.NewProtoCodec(registry)}, signedChain, noon, entries)
	require.NoError(t, err)
	encoded, err := json.Marshal(doc)
	require.NoError(t, err)
	return encoded
}

func TestAnotherGenesisIsNotTheRootOfThisChain(t *testing.T) {
	document := genesisOf(t, 1, 2, 3, 4)
	for name, c := range map[string]struct {
		document []byte
		want     string
	}{
		"other validators": {genesisOf(t, 1, 2, 3, 5), "as in the genesis document"},
		"fewer validators": {genesisOf(t, 1, 2, 3), "as in the genesis document"},
		"another time":     {bytes.Replace(document, []byte("T12:00:00Z"), []byte("T12:00:01Z"), 1), "not of 2026-08-01 12:00:01"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 1)
			var err error
			w.root, err = GenesisRoot(c.document)
			require.NoError(t, err)
			w.open(t)
			err = w.read(t.Context(), firstBatch)
			requireFault(t, err, ErrFalseHeader, w.primary)
			require.ErrorContains(t, err, c.want)
		})
	}
}

func TestAHeaderThatPeopleVouchForIsARoot(t *testing.T) {
	w := newWorld(t, 1)
	block := w.chain.Block(7)
	var err error
	w.root, err = HeaderRoot(signedChain, 7, block.Hash())
	require.NoError(t, err)
	w.open(t)
	require.Equal(t, uint64(10), w.leaves(t))

	w.root, err = HeaderRoot(signedChain, 7, w.chain.Block(6).Hash())
	require.NoError(t, err)
	w.open(t)
	err = w.read(t.Context(), firstBatch)
	requireFault(t, err, ErrFalseHeader, w.primary)
}

func TestANewerRootRenewsTrustThatHasExpired(t *testing.T) {
	w := newWorld(t, 1)
	require.Equal(t, uint64(10), w.leaves(t))
	late := ledgertest.NewSigned(t, signedChain, noon.Add(time.Hour), 48*time.Hour, ledgertest.Validators{1, 2, 3, 4}, "records")
	late.Grow(t, 20, anchored(t, firstBatch, 14))
	w.chain, w.primary, w.witnesses = late, late.Serve(t), []*ledgertest.Node{late.Serve(t)}
	w.open(t)
	err := w.read(t.Context(), firstBatch)
	require.ErrorIs(t, err, ErrTrustExpired)

	w.root, err = HeaderRoot(signedChain, 15, late.Block(15).Hash())
	require.NoError(t, err)
	w.open(t)
	require.Equal(t, uint64(14), w.leaves(t))
}

func TestARootThatIsTooOldIsRefused(t *testing.T) {
	w := newWorld(t, 1)
	w.later = TrustingPeriod
	err := w.read(t.Context(), firstBatch)
	require.ErrorIs(t, err, ErrTrustExpired)
	require.ErrorContains(t, err, "block 1, of 2026-08-01 12:00:00")
}

func TestAWitnessMayGiveTheRoot(t *testing.T) {
	w := newWorld(t, 1)
	w.primary.Lie(ledgertest.Lies{Oldest: 5})
	require.Equal(t, uint64(10), w.leaves(t))

	alone := newWorld(t, 1)
	alone.primary.Lie(ledgertest.Lies{Oldest: 5})
	alone.witnesses[0].Lie(ledgertest.Lies{Oldest: 6})
	err := alone.read(t.Context(), firstBatch)
	requireFault(t, err, ErrPruned, alone.primary)
	require.False(t, Retryable(err))
}

func TestRootsAndVerifiersThatCannotWorkAreRefused(t *testing.T) {
	document := genesisOf(t, 1, 2, 3, 4)
	for want, document := range map[string][]byte{
		"genesis document":        []byte("{"),
		"is repeated":             []byte(`{"chain_id":"a","chain_id":"b"}`),
		"no genesis_time":         bytes.Replace(document, []byte("2026-08-01T12:00:00Z"), []byte("0001-01-01T00:00:00Z"), 1),
		"proof of possession":     bytes.Replace(document, []byte(signedChain), []byte("dmdl-test-2"), 1),
		"the chain could not mak": []byte(`{"chain_id":"a","genesis_time":"2026-08-01T12:00:00Z","initial_height":1,"app_state":{"consortium":{}},"consensus":{}}`),
	} {
		_, err := GenesisRoot(document)
		require.ErrorContains(t, err, want)
	}
	for want, make := range map[string]func() (Root, error){
		"no chain id":      func() (Root, error) { return HeaderRoot("", 1, make([]byte, 32)) },
		"height 0":         func() (Root, error) { return HeaderRoot("a", 0, make([]byte, 32)) },
		"hash of 31 bytes": func() (Root, error) { return HeaderRoot("a", 1, make([]byte, 31)) },
	} {
		_, err := make()
		require.ErrorContains(t, err, want)
	}

	root, err := GenesisRoot(document)
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	const own, other = "http://127.0.0.1:1", "http://127.0.0.1:2"
	for want, config := range map[string]VerifierConfig{
		"no root of trust":   {Primary: own, Witnesses: []string{other}},
		"no witness":         {Root: root, Primary: own},
		"is given twice":     {Root: root, Primary: own, Witnesses: []string{own}},
		"out of range":       {Root: root, Primary: own, Witnesses: []string{other}, MaxAge: TrustingPeriod + 1},
		`"http://%"`:         {Root: root, Primary: own, Witnesses: []string{"http://%"}},
		"no folder":          {Root: root, Primary: own, Witnesses: []string{other}},
		"folder of verified": {Root: root, Primary: own, Witnesses: []string{other}, Folder: file},
	} {
		_, err := OpenVerifier(config)
		require.ErrorContains(t, err, want)
	}
}

func TestOneFolderServesOneProcess(t *testing.T) {
	w := newWorld(t, 1)
	_, err := OpenVerifier(VerifierConfig{Root: w.root, Primary: "http://127.0.0.1:1", Witnesses: []string{"http://127.0.0.1:2"}, Folder: w.folder})
	require.ErrorContains(t, err, w.folder)
}
