// Package fingerprint finds near-duplicate copies: of images by what they show,
// of tables and texts by what they say. It is pure: it reads what it is given
// and writes nothing. A fingerprint decides nothing; it gives a figure between 0
// and 1 that somebody must look into.
//
// # Images
//
// Image is 256 bits of one frame. A first step takes away what a copy may change
// without showing anything else:
//
//   - The frame becomes one luminance a pixel. MONOCHROME1 is turned around.
//   - The object is separated from the background by Otsu's threshold. A square
//     around the object's centre, whose side is 3.6 times the object's mean
//     spread, is cut out and averaged into 64 by 64 cells. So margins, crops and
//     scale matter little.
//   - Each cell becomes its rank among the cells. So window, level and any other
//     mapping that keeps the order matter little.
//
// Then come the signs of the 256 discrete cosine coefficients of lowest
// frequency, the mean left out. All arithmetic that decides a bit is of
// integers, or of floating point that every machine does alike.
//
// The distance of two images is the number of bits in which they differ. Their
// similarity is 1 - distance/128, but not under 0: 1 is equal, and unrelated
// frames, which differ in about half of their bits, are near 0.
//
// # Tables and texts
//
// Text is a sketch of a set of shingles. In tables, FHIR resources, segments of
// HL7 v2 and coded elements of CDA a shingle is three cells of a row; which three
// the hashes of the cells decide, so that the order of columns and of rows does
// not matter. In prose it is five words, in variant calls a variant and a
// variant with its genotype.
//
// Each cell is hashed with HMAC-SHA-256 under a key that the comparing
// institutions share. From the shingles' hashes the sketch keeps the 1,024
// smallest, and for look-up the MinHash of 128 permutations. The smallest hashes
// of two sketches are a fair sample of both sets together: from it come the
// similarity (the shared part of the union, Jaccard's coefficient) and which
// part of each set the other one has, which finds a subset of a large table. The
// 128 permutations would give the same similarity with about three times the error
// (TestTheSketchWasChosenByMeasuring), so they serve the bands of Texts alone.
//
// # What a fingerprint reveals
//
// Fingerprints are about patients and stay in vaults, which exchange them over
// their own connections; none may be put on the ledger.
//
//   - Image has no key: two images can be compared by anybody who has both
//     fingerprints. From the 256 signs a coarse, blurred outline can be drawn
//     again, enough to guess the region of the body, not a face or a finding.
//     Whoever has an image can tell whether it was fingerprinted.
//   - Text shows anybody the number of shingles (exactly up to 1,024, about 3 %
//     off above) and, by comparing, the overlap of two sketches of one key. Who
//     lacks the key learns nothing of the contents: a guess cannot be tested.
//   - Who has the key can test a guess: "does a row with these three cells
//     exist?" is answered for every shingle of a set of up to 1,024, and above it
//     for those among the 1,024 smallest. Rare variants and rows that others know
//     can so be recognised. Give a key to institutions that may know this, make
//     one for each group of them, and change it when one leaves. Sets of fewer
//     than MinShingles are refused, since of them everything could be guessed.
package fingerprint
