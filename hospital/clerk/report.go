package clerk

import (
	"bytes"
	"context"
	"fmt"

	"github.com/dmdl-network/dmdl/hospital/vault"
	"github.com/dmdl-network/dmdl/x/access"
)

// Report tells the ledger of all lines of the journal that it does not know, and
// returns how many they were. It may be repeated after an interruption.
func (e *Emergencies) Report(ctx context.Context) (int, error) {
	e.writing.Lock()
	defer e.writing.Unlock()
	var lines []access.JournalEntry
	known := 0
	_, _, err := e.head(ctx, func(kept vault.JournalEntry, line access.JournalEntry) {
		if lines = append(lines, line); kept.Reported != 0 {
			known = len(lines)
		}
	})
	if err != nil || known == len(lines) {
		return 0, err
	}
	journal, err := e.told(ctx)
	if err != nil {
		return 0, err
	}
	told, err := placeOf(journal, lines, known)
	if err != nil {
		return 0, err
	}
	if told > known { // the answer of last time was lost
		if err := e.vault.JournalReported(ctx, uint64(told), journal.Height); err != nil {
			return 0, err
		}
	}
	for told < len(lines) {
		some := lines[told:min(told+access.MaxJournalEntries, len(lines))]
		result, err := e.ledger.Submit(ctx, e.key, &access.MsgReportEmergencies{Vault: e.key.Address(), Entries: some, Previous: journal.Head})
		if err != nil {
			return told - known, err
		}
		if journal.Head, err = headAfter(journal.Head, some); err != nil {
			return told - known, err
		}
		told += len(some)
		if err := e.vault.JournalReported(ctx, uint64(told), uint64(result.Height)); err != nil {
			return told - known, err
		}
	}
	return told - known, nil
}

// placeOf returns how many lines the ledger was told of, at least those that are known to
// be. The ledger's head is of the vault's account: a vault that got another one with its
// connection, as after a restore, begins anew with the line after those.
func placeOf(journal access.JournalHead, lines []access.JournalEntry, known int) (int, error) {
	for told := known; told <= len(lines) && journal.Entries <= uint64(len(lines)); told++ {
		if uint64(told) < journal.Entries {
			continue
		}
		head, err := headAfter(nil, lines[told-int(journal.Entries):told])
		if err != nil {
			return 0, err
		}
		if bytes.Equal(head, journal.Head) {
			return told, nil
		}
	}
	return 0, fmt.Errorf("%w: the ledger holds %d lines of this vault's account, and the last of them is not here: was the vault restored from an older backup?", access.ErrJournal, journal.Entries)
}

// headAfter returns the head of the journal after more lines.
func headAfter(head []byte, lines []access.JournalEntry) (_ []byte, err error) {
	for _, line := range lines {
		if head, err = access.NextJournalHead(head, line); err != nil {
			return nil, err
		}
	}
	return head, nil
}
