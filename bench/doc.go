// Package bench loads a running network and reports what it committed. It
// starts no node: endpoints and keys are given as a Target.
//
// What counts is what is in the blocks. After a run every block is read back
// and matched with what was sent, so that nothing rests on a node's promise.
package bench
