package app_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/stretchr/testify/require"

	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	txtypes "github.com/cosmos/cosmos-sdk/types/tx"

	"github.com/dmdl-network/dmdl/hospital/ledger"
	"github.com/dmdl-network/dmdl/x/records"
)

// transcript is all that a chain shows of itself: of every block what went in,
// what came of it, and the whole state behind it.
type transcript struct {
	pages []page
	// commitments are the values that the hospital committed by, by what they
	// are: all that may tell one transcript from another.
	commitments map[string][]byte
}

// page is what one block shows.
type page struct {
	request, response []byte
	// state holds every key and value by the store.
	state map[string][][2][]byte
	// hashes are the root hashes of the stores.
	hashes  map[string][]byte
	appHash []byte
}

// note writes the newest block down.
func (tr *transcript) note(n *network) {
	n.t.Helper()
	last := n.blocks[len(n.blocks)-1]
	request, err := last.req.Marshal()
	require.NoError(n.t, err)
	outcome := *last.res
	outcome.AppHash = nil // it is compared by itself
	response, err := outcome.Marshal()
	require.NoError(n.t, err)

	stores := n.CommitMultiStore().(interface {
		StoreKeysByName() map[string]storetypes.StoreKey
		GetCommitInfo(version int64) (*storetypes.CommitInfo, error)
	})
	p := page{
		request: request, response: response, appHash: last.res.AppHash,
		state: make(map[string][][2][]byte), hashes: make(map[string][]byte),
	}
	for name, key := range stores.StoreKeysByName() {
		entries := n.CommitMultiStore().GetKVStore(key).Iterator(nil, nil)
		for ; entries.Valid(); entries.Next() {
			p.state[name] = append(p.state[name], [2][]byte{entries.Key(), entries.Value()})
		}
		require.NoError(n.t, entries.Close())
	}
	info, err := stores.GetCommitInfo(n.LastBlockHeight())
	require.NoError(n.t, err)
	for _, store := range info.StoreInfos {
		p.hashes[store.Name] = store.CommitId.Hash
	}
	tr.pages = append(tr.pages, p)
	tr.signatures(n.t, last.req)
}

// signatures takes the signatures of those transactions for commitments that
// hold one: nothing else makes the signature of a deterministic key differ.
func (tr *transcript) signatures(t require.TestingT, req *abci.RequestFinalizeBlock) {
	for at, raw := range req.Txs {
		var tx txtypes.TxRaw
		require.NoError(t, tx.Unmarshal(raw))
		if tr.mentions(tx.BodyBytes) {
			tr.commitments[fmt.Sprintf("signature %d/%d", req.Height, at)] = tx.Signatures[0]
		}
	}
}

func (tr *transcript) mentions(raw []byte) bool {
	for _, value := range tr.commitments {
		if bytes.Contains(raw, value) {
			return true
		}
	}
	return false
}

// lines are the transcript, line by line, with the name of a commitment in the
// place of each commitment, however it is written.
func (tr *transcript) lines() []string {
	var masks []func([]byte) []byte
	for _, what := range slices.Sorted(maps.Keys(tr.commitments)) {
		value := tr.commitments[what]
		name := fmt.Appendf(nil, "<%-*s>", len(value)-2, what)
		for _, write := range []func([]byte) string{
			func(b []byte) string { return string(b) }, hex.EncodeToString,
			func(b []byte) string { return fmt.Sprintf("%X", b) }, base64.StdEncoding.EncodeToString,
		} {
			masks = append(masks, func(raw []byte) []byte { return bytes.ReplaceAll(raw, []byte(write(value)), []byte(write(name))) })
		}
	}
	masked := func(raw []byte) []byte {
		for _, mask := range masks {
			raw = mask(raw)
		}
		return raw
	}
	var all []string
	for at, p := range tr.pages {
		all = append(all, fmt.Sprintf("block %d: %q", at, masked(p.request)), fmt.Sprintf("outcome %d: %q", at, masked(p.response)))
		for _, store := range slices.Sorted(maps.Keys(p.state)) {
			var entries []string
			for _, entry := range p.state[store] {
				entries = append(entries, fmt.Sprintf("state %d, %s: %q = %q", at, store, masked(entry[0]), masked(entry[1])))
			}
			all = append(all, slices.Sorted(slices.Values(entries))...) // a key may hold a commitment
		}
	}
	return all
}

// desk is a chain as the clerk of its first hospital sees it: what the clerk
// sends has a block of its own. Every block is written down.
type desk struct {
	*network
	*transcript
	vault account
}

// Submit implements clerk.Ledger.
func (d *desk) Submit(_ context.Context, _ ledger.Key, msgs ...sdk.Msg) (ledger.Result, error) {
	d.mustBlock(d.sign(d.vault, msgs...))
	d.note(d.network)
	return ledger.Result{Height: d.LastBlockHeight()}, nil
}

// newest is what the clerk reads of the ledger.
func (d *desk) newest(context.Context) (ledger.State, error) { return deskState{desk: d}, nil }

// deskState tells of batches and standings alone, which is all that the clerk asks.
type deskState struct {
	ledger.State
	desk *desk
}

func (s deskState) Batch(_ context.Context, id records.BatchId) (*records.Batch, error) {
	batch := new(records.Batch)
	return batch, batch.Unmarshal(s.desk.stored(records.BatchKey(id)))
}

func (s deskState) Standing(_ context.Context, id records.RecordId) (*records.Standing, error) {
	value := s.desk.stored(records.StandingKey(id))
	if len(value) == 0 {
		return nil, nil
	}
	standing := new(records.Standing)
	return standing, standing.Unmarshal(value)
}

// stored returns what the store of records has under a key.
func (d *desk) stored(key []byte) []byte {
	d.t.Helper()
	res, err := d.Query(d.t.Context(), &abci.RequestQuery{Path: "/store/" + records.StoreKey + "/key", Data: key})
	require.NoError(d.t, err)
	require.Zero(d.t, res.Code, res.Log)
	return res.Value
}
