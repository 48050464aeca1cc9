package ledger

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	abci "github.com/cometbft/cometbft/abci/types"
	cmtjson "github.com/cometbft/cometbft/libs/json"
	ctypes "github.com/cometbft/cometbft/rpc/core/types"
	rpctypes "github.com/cometbft/cometbft/rpc/jsonrpc/types"
)

// MaxBatch is how many transactions a node takes in one call, as shipped.
const MaxBatch = 10

// BroadcastAll hands up to MaxBatch signed transactions to the node in one call,
// which costs both sides a fraction of as many calls, and returns what Broadcast
// would return for each.
func (n *Node) BroadcastAll(ctx context.Context, raws [][]byte) []error {
	refusals := make([]error, len(raws))
	answers, err := n.callAll(ctx, raws)
	for i := range refusals {
		switch answer := answers[i]; {
		case err != nil:
			refusals[i] = refusedByRPC(err)
		case answer == nil:
			refusals[i] = refusedByRPC(errors.New("the node did not answer this transaction of the batch"))
		case answer.Error != nil:
			refusals[i] = refusedByRPC(answer.Error)
		default:
			refusals[i] = refusedByResult(answer.Result)
		}
	}
	return refusals
}

func refusedByResult(encoded json.RawMessage) error {
	var result ctypes.ResultBroadcastTx
	if err := cmtjson.Unmarshal(encoded, &result); err != nil {
		return refusedByRPC(err)
	}
	if result.Code != abci.CodeTypeOK {
		return refusedBy(result.Codespace, result.Code, result.Log)
	}
	return nil
}

// callAll makes one batch request of JSON-RPC 2.0 and returns the answers by the
// places of their transactions.
func (n *Node) callAll(ctx context.Context, raws [][]byte) ([]*rpctypes.RPCResponse, error) {
	answers := make([]*rpctypes.RPCResponse, len(raws))
	requests := make([]rpctypes.RPCRequest, len(raws))
	for i, raw := range raws {
		request, err := rpctypes.MapToRequest(rpctypes.JSONRPCIntID(i), "broadcast_tx_sync", map[string]any{"tx": raw})
		if err != nil {
			return answers, err
		}
		requests[i] = request
	}
	body, err := json.Marshal(requests)
	if err != nil {
		return answers, err
	}
	call, err := http.NewRequestWithContext(ctx, http.MethodPost, n.address, bytes.NewReader(body))
	if err != nil {
		return answers, err
	}
	call.Header.Set("Content-Type", "application/json")
	response, err := n.calls.Do(call)
	if err != nil {
		return answers, err
	}
	defer response.Body.Close()
	var list []*rpctypes.RPCResponse
	if err := json.NewDecoder(response.Body).Decode(&list); err != nil {
		return answers, fmt.Errorf("status %s: the answer to a batch is none: %w", response.Status, err)
	}
	for _, answer := range list {
		if id, is := answer.ID.(rpctypes.JSONRPCIntID); is && id >= 0 && int(id) < len(answers) {
			answers[id] = answer
		}
	}
	return answers, nil
}
