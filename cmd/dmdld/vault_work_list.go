package main

import (
	"bufio"
	"fmt"
	"io"
	"iter"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dmdl-network/dmdl/hospital/server"
	"github.com/dmdl-network/dmdl/x/copyright"
	"github.com/dmdl-network/dmdl/x/records"
)

// readList reads the ids of a list, all of them before the vault is asked: nobody writes
// to it while a work is added, and whoever gives the list may be slow.
func readList(cmd *cobra.Command, path string) (ids []records.RecordId, err error) {
	in := io.NopCloser(cmd.InOrStdin())
	if path != "-" {
		if in, err = os.Open(fileName(cmd, path)); err != nil {
			return nil, err
		}
	}
	defer in.Close()
	lines := bufio.NewScanner(in)
	for n := 1; lines.Scan(); n++ {
		text := strings.TrimSpace(lines.Text())
		if text == "" {
			continue
		}
		id, err := server.ParseRecord(text)
		switch {
		case err != nil:
			return nil, fmt.Errorf("line %d: %w", n, err)
		case len(ids) == copyright.MaxRecords:
			return nil, fmt.Errorf("line %d: a work has at most %d records", n, copyright.MaxRecords)
		}
		ids = append(ids, id)
	}
	return ids, lines.Err()
}

func sliceOfIDs(ids []records.RecordId) iter.Seq2[records.RecordId, error] {
	return func(yield func(records.RecordId, error) bool) {
		for _, id := range ids {
			if !yield(id, nil) {
				return
			}
		}
	}
}
