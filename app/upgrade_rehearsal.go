//go:build rehearsal

package app

// A binary built with the tag rehearsal knows one more upgrade, which changes
// nothing. The members rehearse the swap of binaries with it.
func init() { upgrades = append(upgrades, Upgrade{Name: "rehearsal"}) }
