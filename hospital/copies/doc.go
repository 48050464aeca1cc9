// Package copies finds near-duplicates of a work's records in the vaults of other
// institutions. A claimant's vault sends the fingerprints of the work's records to
// another vault, which compares them with those of its own records; both keep a report.
// Nothing of it goes on the ledger, and it decides nothing: somebody looks into it, and
// may contest the work.
//
// # Who may ask
//
// Vaults talk over HTTPS with mutual TLS 1.3. The certificates of other institutions are
// pinned, one file for each in the vault's folder peers: the public key of the leaf is
// compared, and no authority is trusted. An institution may ask about works that the
// ledger shows as its own claims, about no more records than these have, and about a
// limited number of fingerprints in 24 hours.
//
// # What an answer reveals
//
// For each record of the asker's: that there is a near-duplicate, how similar it is in
// hundredths, and whether it was anchored earlier. Not which one, unless it is the
// earlier one and the vault's settings allow it. An institution that has an image can so
// learn whether another one has it too, which is what is asked; it pays for each guess
// with a claim that all see, and the privacy officer of the other one sees every
// question. Small texts, which could be guessed, are not compared. The time at which the
// asker's record was anchored is the asker's word; both times are on the ledger for
// whoever looks into it.
package copies
