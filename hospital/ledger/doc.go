// Package ledger is the client of the chain that vaults, load generators and
// stories use: it signs transactions, sends them to a node, and waits until a
// block holds them or can no longer hold them.
//
// It knows the chain only through the messages of its modules. It trusts the
// node it speaks to; what must not depend on that trust is read with proof.
package ledger
