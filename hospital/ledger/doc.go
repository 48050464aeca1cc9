// Package ledger is the client of the chain that vaults, load generators and
// stories use: it signs transactions, sends them to a node, and waits until a
// block holds them or can no longer hold them.
//
// It knows the chain only through the messages of its modules. A Client trusts
// the node it speaks to. Wherever a value decides something, a Verifier reads it
// with a proof that leads to a header which the validators signed and another
// institution's node shows as well; a node that lies is named by a Fault.
package ledger
