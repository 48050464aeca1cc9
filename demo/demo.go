// Package demo tells the story of a consortium on real processes and checks
// every sentence of it: hospitals begin a chain, record, admit, vote, fail and
// come back. Each step prints a tick and its figures, or a cross and the reason.
package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/dmdl-network/dmdl/app/ante"
	"github.com/dmdl-network/dmdl/bench"
	"github.com/dmdl-network/dmdl/hospital/ledger"
	"github.com/dmdl-network/dmdl/localnet"
	"github.com/dmdl-network/dmdl/x/records"
)

// Config says how the story is told.
type Config struct {
	// Binary is the dmdld binary; Successor the one that the upgrade swaps in.
	Binary, Successor string
	// Data is a folder of medical files, or empty for the project's own sample.
	Data string
	// Keep is a folder that the genesis documents and bundles are kept in, or
	// empty.
	Keep string
	// Out is where the story is printed.
	Out io.Writer
}

// limit is how long a step may take before the story is given up.
const limit = 3 * time.Minute

// step is one sentence of the story. It returns its figures.
type step struct {
	says string
	run  func(context.Context) (string, error)
}

// story is what the steps share.
type story struct {
	Config
	home   string
	net    *localnet.Network
	client *ledger.Client
	// senders are the hospitals that anchor, with their counters of sequences.
	senders []*bench.Institution
	// known are records that are surely on the ledger.
	known []records.RecordId
	// archive is the vault of the fourth hospital.
	archive *archive
	// cast is who acts in the chapter about access.
	cast *cast
	// rights are the works of the chapter about copyright.
	rights *rights
	// fifth is the hospital that is admitted on the way.
	fifth *localnet.Node
	// height is a height that all nodes have passed.
	height int64
}

// Run tells the story. It returns an error if a step failed.
func Run(ctx context.Context, c Config) error {
	home, err := os.MkdirTemp("", "dmdl-demo-")
	if err != nil {
		return err
	}
	s := &story{Config: c, home: home}
	begun := time.Now()
	passed, failed := s.tell(ctx, s.steps())
	if err := s.end(); err != nil {
		fmt.Fprintf(c.Out, "✗ nothing is left behind: %s\n", err)
		failed++
	} else {
		fmt.Fprintf(c.Out, "✓ nothing is left behind: every process has ended, the folder is removed\n")
		passed++
	}
	fmt.Fprintf(c.Out, "%s\n", time.Since(begun).Round(time.Second))
	fmt.Fprintf(c.Out, "demo: %d passed, %d failed\n", passed, failed)
	if failed > 0 {
		return fmt.Errorf("%d steps failed", failed)
	}
	return nil
}

// steps is the story in order. Each step stands on the ones before.
func (s *story) steps() []step {
	return []step{
		{"four hospitals hold a ceremony, compare one hash and begin a chain", s.begin},
		{"all four agree on one state", s.agree},
		{"participants are enrolled with roles, and a stranger is refused", s.enrol},
		{"three hospitals anchor ten thousand explicit records at once", s.anchorRecords},
		{"three hospitals anchor a million records in batches at once", s.anchorBatches},
		{"a hospital opens a vault and connects it to the ledger", s.openVault},
		{"every file of the data is taken into the vault, encrypted and anchored", s.ingest},
		{"every record verifies offline from its bundle, also from a copy in other bytes", s.verifyAll},
		{"a copy with one changed bit is named", s.tamper},
		{"one record is erased for good, and what was proven before stays proven", s.erase},
		{"hospitals and a patient get their roles, and the vault opens its gate", s.openGate},
		{"a request without consent is denied, in the words for a patient who never was", s.deny},
		{"the patient consents to a hospital for treatment, and it gets the record", s.treat},
		{"the ticket in another hand is refused, and what is erased looks like what never was", s.steal},
		{"research is denied, then permitted without what a sealed rule withholds", s.research},
		{"a consent is withdrawn: the next fetch fails, on tickets from before too", s.revoke},
		{"a clinician breaks the glass: released at once, and reviewed", s.breakGlass},
		{"a vault that is cut off from the ledger serves the emergency and accounts for it later", s.cutOff},
		{"the patient takes over with an own key and fetches their own record", s.takeOver},
		{"the patient's account lists each of these uses and proves to be whole", s.account},
		{"a dataset is claimed, attested by its custodian, and passes its window", s.claim},
		{"a second claim on the same records is refused, one on a subset is contested and voted down", s.squat},
		{"a copy in other bytes is found vault to vault, and reported to both, deciding nothing", s.copy},
		{"a licence is offered, asked for, granted, and opens exactly the records that the patient consented to", s.license},
		{"a model is registered under the licence, and neither without one nor on weaker terms", s.derive},
		{"the patient withdraws, and whoever made the model is told", s.notice},
		{"nothing readable of the data is in blocks, state, events, logs or metrics", s.scan},
		{"one hospital floods, and the others barely notice", s.flood},
		{"a fifth hospital is admitted by vote and validates", s.admit},
		{"a hospital rotates its consensus key and goes on validating", s.rotate},
		{"a double signer is suspended by the evidence", s.doubleSign},
		{"a validator is killed, blocks go on, it comes back and catches up", s.kill},
		{"the software is upgraded by vote, with a swap of binaries", s.upgrade},
		{"the exported state begins a new chain that gives the same answers", s.restart},
	}
}

// tell runs steps until one fails: the rest stands on it.
func (s *story) tell(ctx context.Context, steps []step) (passed, failed int) {
	for _, step := range steps {
		begun := time.Now()
		stepCtx, cancel := context.WithTimeout(ctx, limit)
		figures, err := step.run(stepCtx)
		cancel()
		if err != nil {
			fmt.Fprintf(s.Out, "✗ %s: %s\n", step.says, err)
			return passed, len(steps) - passed
		}
		fmt.Fprintf(s.Out, "✓ %s (%.1f s)\n    %s\n", step.says, time.Since(begun).Seconds(), figures)
		passed++
	}
	return passed, 0
}

// end stops everything and removes the folder.
func (s *story) end() error {
	var err error
	if s.cast != nil && s.cast.end != nil {
		err = s.cast.end()
	}
	if s.client != nil {
		err = errors.Join(err, s.client.Close())
	}
	if s.net != nil {
		err = errors.Join(err, s.net.Stop())
		for _, n := range s.net.Nodes {
			if n.Running() {
				err = errors.Join(err, fmt.Errorf("%s still runs", n.Name))
			}
		}
	}
	return errors.Join(err, os.RemoveAll(s.home))
}

// connect opens a client of the nodes that run at present.
func (s *story) connect() error {
	if s.client != nil {
		if err := s.client.Close(); err != nil {
			return err
		}
	}
	var err error
	s.client, err = s.net.Client(ledger.Config{Gas: ante.Schedule})
	return err
}

// keep copies a file into the folder of what is kept.
func (s *story) keep(file, name string) error {
	if s.Keep == "" {
		return nil
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(s.Keep, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(s.Keep, name), raw, 0o644)
}
