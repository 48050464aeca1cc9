package e2e_test

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/app/ante"
	"github.com/dmdl-network/dmdl/hospital/ledger"
	"github.com/dmdl-network/dmdl/localnet"
	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/records"
)

// lifetime is how long a transaction may wait for its block where nodes lose power:
// what only a dead node's memory held is sent again after it.
const lifetime = 15 * time.Second

// startNetwork begins a chain of some validators and returns it with a client.
func startNetwork(t *testing.T, validators int) (context.Context, *localnet.Network, *ledger.Client) {
	t.Helper()
	ctx, home := newStory(t)
	net, err := localnet.New(ctx, localnet.Options{Binary: binary, Home: home, Validators: validators})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, net.Stop()) })
	require.NoError(t, net.Start(ctx))
	client := openClient(t, net, ledger.Config{Gas: ante.Schedule})
	require.NoError(t, net.Enrol(ctx, client))
	return ctx, net, client
}

// openClient returns a client of a network until the story ends.
func openClient(t *testing.T, net *localnet.Network, config ledger.Config) *ledger.Client {
	t.Helper()
	client, err := net.Client(config)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, client.Close()) })
	return client
}

// leaf is a leaf that only its number tells from others.
func leaf(number uint64) records.Leaf {
	commitment := bytes.Repeat([]byte{byte(number)}, records.CommitmentSize)
	return records.Leaf{
		Descriptor_: records.Descriptor{
			Subject: &records.SubjectId{Institution: 1, Number: 1 + number%5},
			Class:   records.RECORD_CLASS_RESULT, Size_: records.SIZE_CLASS_16_KIB,
		},
		Content: commitment, Sealed: commitment,
	}
}

// stream anchors records one by one for a hospital until it is told to stop,
// several at a time.
type stream struct {
	ctx    context.Context
	client *ledger.Client
	vault  ledger.Key

	mu       sync.Mutex
	last     uint64
	stopped  bool
	heights  map[uint64]int64 // sequence -> height of the block that holds it
	failures []error
	workers  sync.WaitGroup
}

func startStream(ctx context.Context, client *ledger.Client, vault ledger.Key) *stream {
	s := &stream{ctx: ctx, client: client, vault: vault, heights: make(map[uint64]int64)}
	const atOnce = 5
	for range atOnce {
		s.workers.Go(s.work)
	}
	return s
}

func (s *stream) work() {
	for {
		s.mu.Lock()
		if s.stopped {
			s.mu.Unlock()
			return
		}
		s.last++
		sequence := s.last
		s.mu.Unlock()
		result, err := s.anchor(sequence)
		s.mu.Lock()
		if err != nil {
			s.failures, s.stopped = append(s.failures, err), true
		} else {
			s.heights[sequence] = result.Height
		}
		s.mu.Unlock()
	}
}

// anchor anchors one record as a vault does: what the client calls expired or
// refused for now is sent again, and the chain must not know it yet.
func (s *stream) anchor(sequence uint64) (ledger.Result, error) {
	for {
		result, err := s.client.Submit(s.ctx, s.vault, &records.MsgAnchorRecords{
			Vault: s.vault.Address(), Number: sequence, Records: []records.Leaf{leaf(sequence)},
		})
		if !errors.Is(err, ledger.ErrExpired) && !ledger.Retryable(err) {
			return result, err
		}
	}
}

// stop waits for what is on the way and returns how many were submitted.
func (s *stream) stop() uint64 {
	s.mu.Lock()
	s.stopped = true
	s.mu.Unlock()
	s.workers.Wait()
	return s.last
}

// requireAgreed checks that all nodes have the same block and app hash at a
// height, and returns the app hash.
func requireAgreed(ctx context.Context, t *testing.T, net *localnet.Network, height int64) []byte {
	t.Helper()
	require.NoError(t, net.WaitHeight(ctx, height))
	var appHash, block []byte
	for _, n := range net.Nodes {
		node, err := ledger.NewNode(n.RPC())
		require.NoError(t, err)
		defer node.Close()
		found, err := node.Block(ctx, height)
		require.NoError(t, err, n.Name)
		if block != nil {
			require.Equal(t, appHash, []byte(found.AppHash), n.Name)
			require.Equal(t, block, []byte(found.Hash()), n.Name)
		}
		appHash, block = found.AppHash, found.Hash()
	}
	return appHash
}

func TestAPowerCutLosesNothing(t *testing.T) {
	ctx, net, _ := startNetwork(t, 4)
	client := openClient(t, net, ledger.Config{Gas: ante.Schedule, Lifetime: lifetime})
	anchoring := startStream(ctx, client, net.Nodes[0].Vault)

	// The node that the client speaks to loses power while records flow.
	victim := net.Nodes[0]
	before, err := net.Nodes[1].Height(ctx)
	require.NoError(t, err)
	require.NoError(t, net.Nodes[1].WaitHeight(ctx, before+3))
	victim.Kill()
	before, err = net.Nodes[1].Height(ctx)
	require.NoError(t, err)
	require.NoError(t, net.Nodes[1].WaitHeight(ctx, before+6), "blocks must go on")
	require.NoError(t, victim.Start())
	require.NoError(t, victim.WaitHeight(ctx, before+6))
	submitted := anchoring.stop()
	require.Empty(t, anchoring.failures)
	require.Greater(t, submitted, uint64(10))
	require.Len(t, anchoring.heights, int(submitted))
	requireRecords(ctx, t, client, anchoring)

	height, err := net.Nodes[1].Height(ctx)
	require.NoError(t, err)
	appHash := requireAgreed(ctx, t, net, height)

	// All lose power at once, again while records flow.
	again := startStream(ctx, client, net.Nodes[1].Vault)
	require.NoError(t, net.Nodes[1].WaitHeight(ctx, height+3))
	var cut sync.WaitGroup
	for _, n := range net.Nodes {
		cut.Go(n.Kill)
	}
	cut.Wait()
	require.NoError(t, net.Start(ctx))
	require.NoError(t, net.WaitHeight(ctx, height+6))
	submitted = again.stop()
	require.Empty(t, again.failures)
	require.Len(t, again.heights, int(submitted))
	require.Equal(t, appHash, requireAgreed(ctx, t, net, height), "history")
	requireRecords(ctx, t, client, anchoring)
	requireRecords(ctx, t, client, again)
	latest, err := net.Nodes[1].Height(ctx)
	require.NoError(t, err)
	requireAgreed(ctx, t, net, latest)
}

// requireRecords checks that the ledger holds all that a stream submitted, each
// in the block that the client was told.
func requireRecords(ctx context.Context, t *testing.T, client *ledger.Client, s *stream) {
	t.Helper()
	query := records.NewQueryClient(client)
	owner, err := consortium.NewQueryClient(client).Participant(ctx, &consortium.QueryParticipantRequest{Address: s.vault.Address()})
	require.NoError(t, err)
	for sequence, height := range s.heights {
		answer, err := query.Record(ctx, &records.QueryRecordRequest{Institution: owner.Participant.Institution, Batch: sequence})
		require.NoError(t, err)
		require.Equal(t, uint64(height), answer.Record.AnchoredHeight)
		require.Equal(t, leaf(sequence), answer.Record.Leaf)
	}
}
