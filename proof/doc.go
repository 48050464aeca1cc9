// Package proof makes and verifies evidence bundles: files that prove, years
// later and without asking anyone, that a ledger held a record's commitment.
//
// A bundle is a chain of small proofs, each of which ends where the next one
// begins:
//
//	leaf -> inclusion path -> batch -> store proof -> app hash of a header
//	     -> commit by more than two thirds -> path of light blocks -> root of trust
//
// The root of trust is the verifier's own choice, see Root; nothing in a bundle
// can replace it. An existence bundle holds no opening: it shows that a record
// exists and reveals nothing about it, also after the record was erased. A
// content bundle holds the openings too, and with them an original can be
// compared with what was recorded.
//
// What is proven is that validators with more than two thirds of the power
// signed a state which holds the commitment. It is neither proven that the
// record is true, nor who wrote it, nor a time in the sense of the law. Report
// says so in words.
//
// Verification needs neither a network nor a clock. The trusting period of light
// clients does not apply, because a bundle is read years after it was made: so
// whoever has the keys of more than a third of the validators that a step of the
// path starts from can invent what follows, also if those validators left long
// ago. A verifier who fears that pins a header or checkpoint that is as young as
// the bundle.
//
// The format is described in README.md and schema.json.
package proof
