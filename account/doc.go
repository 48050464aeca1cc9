// Package account makes, verifies and shows a subject's account of disclosures:
// who received the patient's records, and why.
//
// A bundle holds all entries of the account and the proof of the subject's one
// entry on the ledger, which counts them and holds the head of the hash chain over
// them. So whoever verifies it, with nothing but a root of trust, see proof.Root,
// knows that nothing was left out, also after the ledger dropped old entries.
//
// What is shown to people follows from a Report, which only Verify makes: nothing
// unverified is ever printed. The format is described in README.md and schema.json.
package account
