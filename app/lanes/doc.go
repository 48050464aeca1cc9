// Package lanes is the application's mempool and the handlers that make and
// check proposals. It lets no institution's flood delay another's transactions, nor
// its own emergencies, and lets whatever is withdrawn in a block be withdrawn before
// anything is released in it.
//
// Each institution has a FIFO lane for each [Class]: emergencies, what its operator
// sends, releases, and all else. A lane has a quota of bytes, of declared gas and of
// transactions. All ordinary quotas together are three blocks, and so are those for
// releases; the others are small, so that all of them fit a part of a block. A full
// lane refuses with [ErrLaneFull], and the sender tries again after the next block. A
// proposal serves emergencies first, then operators, then the ordinary lanes, and
// releases last; each class round robin, one transaction a turn, and the institution
// that starts changes with the height. For each class a quarter of the block is kept
// if it has need of it, so none is starved by those before it.
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
//     the same measures: the bytes, the gas that the transaction itself declares (not
//     what the ante chain made of it, which a validator does not see), and that
//     nothing but releases follows a release. What Prepare makes, Process accepts.
//     Neither runs the ante chain, and proposing removes nothing: the proposal may
//     not be the block that is decided.
//
// A lane holds raw bytes, so its memory is about its quota. Nothing in this package
// may influence the result of a transaction: every node's pool is different. Room
// therefore answers only for new transactions in CheckTx.
package lanes
