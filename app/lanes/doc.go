// Package lanes is the application's mempool and the handlers that make and
// check proposals. It lets no institution's flood delay another's transactions.
//
// Each institution has a FIFO lane, and a small reserved lane for what its
// operators send. A lane has a quota of bytes and of declared gas; all ordinary
// quotas together are three blocks. A full lane refuses with [ErrLaneFull], and
// the sender tries again after the next block. A proposal serves the reserved
// lanes first, then the others, round robin, one transaction a turn; the
// institution that starts changes with the height.
//
// The parts and who calls them:
//   - The ante chain's membership decorator puts an [Admission] into the context
//     and asks [Pool.Room] before signatures are verified. It must ask: BaseApp
//     writes the ante chain's state before it inserts, so a refusal by Insert
//     alone would leave sequence or nonce used until the next block.
//   - BaseApp inserts in CheckTx and removes what it executes. A transaction whose
//     ante chain fails in a block is not removed by BaseApp, and CometBFT does not
//     recheck it either; so the application tells every block to [Pool.Committed].
//   - [CheckTx] spares rechecks: an unordered transaction depends on no sequence,
//     and Committed has dropped it if it ran or expired. A look-up decides.
//   - [PrepareProposal] and [ProcessProposal] share one accounting of a block, over
//     the same measures: the bytes, and the gas that the transaction itself declares
//     (not what the ante chain made of it, which a validator does not see). What
//     Prepare makes, Process accepts. Neither runs the ante chain, and proposing
//     removes nothing: the proposal may not be the block that is decided.
//
// A lane holds raw bytes, so its memory is about its quota. Nothing in this package
// may influence the result of a transaction: every node's pool is different. Room
// therefore answers only for new transactions in CheckTx.
package lanes
