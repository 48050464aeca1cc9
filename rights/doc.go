// Package rights writes works, licences and lineages of x/copyright in the forms that
// others read: offers and licences as ODRL 2.2 policies in JSON-LD; a lineage as W3C
// PROV-JSON, as FHIR R4 Provenance, as a tree for terminals and as a Graphviz graph. It
// also decides what a licence allows, from the terms as the ledger holds them.
//
// It reads no ledger itself: whoever calls it brings the works, offers and licences. A
// document says what the ledger held when it was written, and proves nothing.
package rights
