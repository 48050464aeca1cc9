package genesis_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/cometbft/cometbft/crypto"
	"github.com/cometbft/cometbft/crypto/ed25519"
	dbm "github.com/cosmos/cosmos-db"
	"github.com/stretchr/testify/require"

	"cosmossdk.io/log/v2"

	sdk "github.com/cosmos/cosmos-sdk/types"
	genutiltypes "github.com/cosmos/cosmos-sdk/x/genutil/types"

	"github.com/dmdl-network/dmdl/app"
	"github.com/dmdl-network/dmdl/genesis"
	"github.com/dmdl-network/dmdl/x/consortium"
)

const chainID = "dmdl-test-1"

var begin = time.Date(2026, 8, 1, 0, 0, 0, 0, time.UTC)

// theCodec is made once: it only reads and writes.
var theCodec = func() genesis.Codec {
	a, err := app.New(log.NewNopLogger(), dbm.NewMemDB(), options{})
	if err != nil {
		panic(err) // no test could run
	}
	return genesis.Codec{Codec: a.Codec, Basics: a.Basics}
}()

type options struct{}

func (options) Get(string) any { return nil }

// secret is the consensus key of a member.
func secret(number int) crypto.PrivKey { return ed25519.GenPrivKeyFromSecret([]byte{byte(number)}) }

func operator(number int) string {
	return sdk.MustBech32ifyAddressBytes(app.Prefix, ed25519.GenPrivKeyFromSecret([]byte{byte(number), 1}).PubKey().Address())
}

// unsigned is the entry of a member before it is signed.
func unsigned(number int) genesis.Entry {
	name := fmt.Sprintf("Hospital %02d", number)
	return genesis.Entry{
		ChainID: chainID, Name: name, Kind: "INSTITUTION_KIND_HOSPITAL", LegalGroup: name, Operator: operator(number),
		Node: fmt.Sprintf("%040d@node%d.example.org:26656", number, number),
	}
}

// signed is the entry of a member after a change and the signature.
func signed(t require.TestingT, number int, change ...func(*genesis.Entry)) genesis.Entry {
	e := unsigned(number)
	for _, c := range change {
		c(&e)
	}
	require.NoError(t, e.Sign(secret(number)))
	return e
}

// entries are those of so many members.
func entries(t require.TestingT, count int) []genesis.Entry {
	var all []genesis.Entry
	for number := range count {
		all = append(all, signed(t, number+1))
	}
	return all
}

func gather(t require.TestingT, all []genesis.Entry) *genutiltypes.AppGenesis {
	doc, err := genesis.Gather(theCodec, chainID, begin, all)
	require.NoError(t, err)
	return doc
}

// members reads the state of a document that is in order.
func members(t *testing.T, doc *genutiltypes.AppGenesis) *consortium.GenesisState {
	t.Helper()
	state, err := genesis.State(theCodec, doc)
	require.NoError(t, err)
	return state
}
