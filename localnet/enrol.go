package localnet

import (
	"context"
	"crypto/sha256"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/dmdl-network/dmdl/hospital/ledger"
	"github.com/dmdl-network/dmdl/x/consortium"
)

// Enrol makes each node's vault account, and further accounts of the node, a
// participant with the role vault.
func (n *Node) Enrol(ctx context.Context, client *ledger.Client, further ...ledger.Key) error {
	msg := &consortium.MsgEnrolParticipants{Operator: n.Operator.Address()}
	for _, key := range append([]ledger.Key{n.Vault}, further...) {
		person := sha256.Sum256([]byte(key.Address())) // a machine: nothing about it is secret
		msg.Enrolments = append(msg.Enrolments, consortium.Enrolment{
			Address: key.Address(), Person: person[:],
			Roles: []consortium.RoleGrant{{Role: consortium.ROLE_VAULT, ExpiresAt: time.Now().AddDate(1, 0, 0)}},
		})
	}
	_, err := client.Submit(ctx, n.Operator, msg)
	return err
}

// Enrol makes the vault accounts of all nodes participants.
func (net *Network) Enrol(ctx context.Context, client *ledger.Client) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, n := range net.Nodes {
		group.Go(func() error { return n.Enrol(ctx, client) })
	}
	return group.Wait()
}
