package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"

	dbm "github.com/cosmos/cosmos-db"

	"github.com/dmdl-network/dmdl/localnet"
)

// scan looks for every identifier of the data in all that the custodian's node
// keeps (blocks, results with their events, state, write-ahead log, log), in its
// metrics and in the vault's files. That it looks is shown by the names of the
// institutions, which must be there.
func (s *story) scan(ctx context.Context) (string, error) {
	secrets, err := identifiersIn(s.archive.data)
	if err != nil {
		return "", err
	}
	if len(secrets) == 0 {
		return "", errors.New("the data holds no identifier of six characters, so there is nothing to look for")
	}
	var names []string
	for _, n := range s.net.Nodes {
		names = append(names, n.Name)
	}
	sc := &scanning{secrets: patternsOf(secrets), names: patternsOf(names), seen: make(map[string]bool)}
	node := s.archive.node
	metrics, err := s.metrics(ctx, node)
	if err != nil {
		return "", err
	}
	if err := node.Stop(); err != nil {
		return "", err
	}
	sc.look("metrics", metrics)
	err = errors.Join(sc.databases(filepath.Join(node.Home, "data")), sc.files(filepath.Join(node.Home, "data")),
		sc.files(node.LogFile()), sc.files(s.archive.home), node.Start())
	if err != nil {
		return "", err
	}
	if len(sc.leaks) > 0 {
		leaks := slices.Compact(slices.Sorted(slices.Values(sc.leaks)))
		return "", fmt.Errorf("%d leaks, the first: %s", len(leaks), strings.Join(leaks[:min(len(leaks), 5)], "; "))
	}
	for _, name := range names {
		if !sc.seen[name] {
			return "", fmt.Errorf("the scan does not look: it did not find %q, which is on the ledger", name)
		}
	}
	height, err := s.client.Height(ctx)
	if err == nil {
		err = node.WaitHeight(ctx, height+1)
	}
	return fmt.Sprintf("%d identifiers were looked for in %.0f MB, raw, in hex and in base64: none is there, and the names of %d hospitals are",
		len(secrets), float64(sc.bytes)/1e6, len(names)), err
}

// scanning is one search through many places.
type scanning struct {
	secrets, names patterns
	bytes          int
	leaks          []string
	seen           map[string]bool
}

func (sc *scanning) look(where string, content []byte) {
	sc.bytes += len(content)
	sc.secrets.in(content, func(text string) {
		sc.leaks = append(sc.leaks, fmt.Sprintf("%q in %s", text, where))
	})
	sc.names.in(content, func(text string) { sc.seen[text] = true })
}

// databases looks through the node's databases, whose files are compressed.
func (sc *scanning) databases(folder string) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		name, is := strings.CutSuffix(entry.Name(), ".db")
		if !is {
			continue
		}
		if err := sc.database(folder, name); err != nil {
			return fmt.Errorf("%s: %w", entry.Name(), err)
		}
	}
	return nil
}

func (sc *scanning) database(folder, name string) error {
	db, err := dbm.NewDB(name, dbm.GoLevelDBBackend, folder)
	if err != nil {
		return err
	}
	it, err := db.Iterator(nil, nil)
	if err != nil {
		return errors.Join(err, db.Close())
	}
	for ; it.Valid(); it.Next() {
		sc.look(name, it.Key())
		sc.look(name, it.Value())
	}
	return errors.Join(it.Error(), it.Close(), db.Close())
}

// files looks through a file, or all files below a folder, as they are.
func (sc *scanning) files(folder string) error {
	return filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		sc.look("the name of a file", []byte(path))
		content, err := os.ReadFile(path)
		sc.look(entry.Name(), content)
		return err
	})
}

// metrics starts a node again with its metrics served, and reads them.
func (s *story) metrics(ctx context.Context, n *localnet.Node) ([]byte, error) {
	address, err := n.ServeMetrics()
	if err != nil {
		return nil, err
	}
	if err := n.Stop(); err != nil {
		return nil, err
	}
	if err := n.Start(); err != nil {
		return nil, err
	}
	height, err := s.client.Height(ctx)
	if err != nil {
		return nil, err
	}
	if err := n.WaitHeight(ctx, height+2); err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/metrics", nil)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	return io.ReadAll(response.Body)
}
