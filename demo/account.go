package demo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/dmdl-network/dmdl/account"
)

// account exports the account of the patient's data, verifies it offline from the
// genesis document, and prints it for the patient.
func (s *story) account(ctx context.Context) (string, error) {
	c := s.cast
	err := c.end()
	c.end = nil
	if err != nil {
		return "", err
	}
	bundle := filepath.Join(s.home, "account.json")
	if err := s.archive.dmdld(ctx, s.Binary, nil, "account", "export", c.name(), bundle); err != nil {
		return "", err
	}
	if err := s.keep(bundle, "account.json"); err != nil {
		return "", err
	}
	document, err := os.ReadFile(bundle)
	if err != nil {
		return "", err
	}
	root, err := s.genesisRoot()
	if err != nil {
		return "", err
	}
	report, err := account.Verify(document, root)
	if err != nil {
		return "", err
	}
	if !report.Complete {
		return "", errors.New("the account is not whole")
	}
	kinds := make(map[string]int)
	for _, e := range report.Entries {
		kinds[e.Kind]++
	}
	for _, want := range []string{"release", "receipt", "break glass", "late", "review"} {
		if kinds[want] == 0 {
			return "", fmt.Errorf("the account tells of no %s: %v", want, kinds)
		}
	}
	return fmt.Sprintf("%d entries, nothing left out, offline from the genesis document: %d releases, %d receipts, a broken glass, one without the ledger, and their reviews",
		report.Count, kinds["release"], kinds["receipt"]), nil
}
