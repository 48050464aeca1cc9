package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dmdl-network/dmdl/app/ante"
	"github.com/dmdl-network/dmdl/hospital/canonical"
	"github.com/dmdl-network/dmdl/hospital/canonical/format"
	"github.com/dmdl-network/dmdl/hospital/clerk"
	"github.com/dmdl-network/dmdl/hospital/sample"
	"github.com/dmdl-network/dmdl/hospital/vault"
	"github.com/dmdl-network/dmdl/localnet"
	"github.com/dmdl-network/dmdl/proof"
	"github.com/dmdl-network/dmdl/x/consortium"
)

// custodian is the place of the hospital whose vault takes in the data. It
// anchors nothing else, so the numbers of its batches are the vault's own.
const custodian = 3

// archive is a hospital's vault in the story.
type archive struct {
	home string
	node *localnet.Node
	// data is the folder that is taken in.
	data string
	// releases is the address at which it hands out releases.
	releases string
}

// dmdld runs a command on the vault and reads its answer.
func (a *archive) dmdld(ctx context.Context, binary string, into any, args ...string) error {
	cmd := exec.CommandContext(ctx, binary, append(args, "--vault", a.home, "--output", "json")...)
	var out, failure bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &failure
	err := cmd.Run()
	if err != nil {
		err = fmt.Errorf("dmdld %s: %w: %s", args[1], err, strings.TrimSpace(failure.String()))
	}
	if into != nil && out.Len() > 0 { // a command may answer and fail
		err = errors.Join(err, json.Unmarshal(out.Bytes(), into))
	}
	return err
}

// openVault makes a vault for the fourth hospital, connects it to the ledger
// and has its account enrolled.
func (s *story) openVault(ctx context.Context) (string, error) {
	node, witness := s.net.Nodes[custodian], s.net.Nodes[0]
	s.archive = &archive{home: filepath.Join(s.home, "vault"), node: node, data: s.Data}
	recovery := filepath.Join(s.home, "recovery.key")
	var made struct{ Recipient string }
	if err := s.archive.dmdld(ctx, s.Binary, &made, "vault", "recovery-key", recovery); err != nil {
		return "", err
	}
	if err := s.archive.dmdld(ctx, s.Binary, nil, "vault", "init", "--chain-id", s.net.ChainID,
		"--institution", strconv.Itoa(custodian+1), "--recovery", made.Recipient); err != nil {
		return "", err
	}
	if err := s.connectVault(ctx, s.archive, witness); err != nil {
		return "", err
	}
	return fmt.Sprintf("%s keeps a vault; %s witnesses what its node shows", node.Name, witness.Name), nil
}

// connectVault connects a vault to the ledger and has its account enrolled.
func (s *story) connectVault(ctx context.Context, a *archive, witness *localnet.Node) error {
	var made struct{ Address string }
	if err := a.dmdld(ctx, s.Binary, &made, "vault", "connect", "--node", a.node.RPC(), "--grpc", a.node.GRPC(),
		"--witness", witness.RPC(), "--genesis", s.net.GenesisFile()); err != nil {
		return err
	}
	_, err := s.client.Submit(ctx, a.node.Operator, &consortium.MsgEnrolParticipants{
		Operator: a.node.Operator.Address(),
		Enrolments: []consortium.Enrolment{{
			Address: made.Address, Person: make([]byte, 32),
			Roles: []consortium.RoleGrant{{Role: consortium.ROLE_VAULT, ExpiresAt: time.Now().Add(365 * 24 * time.Hour)}},
		}},
	})
	return err
}

// ingest takes in every file of the data.
func (s *story) ingest(ctx context.Context) (string, error) {
	if s.archive.data == "" {
		s.archive.data = filepath.Join(s.home, "sample")
		if err := sample.Write(s.archive.data); err != nil {
			return "", err
		}
	}
	var result struct {
		Files, Records, Known int
		Bytes                 int64
		Anchored              uint64
		Kinds                 map[string]int
		Failures              []struct{ Path, Error string }
		Seconds               float64
	}
	err := s.archive.dmdld(ctx, s.Binary, &result, "vault", "ingest", s.archive.data, "--anchor")
	if err != nil && len(result.Failures) == 0 {
		return "", err
	}
	if result.Records == 0 || int(result.Anchored) != result.Records-result.Known {
		return "", fmt.Errorf("%d records were found, %d of them twice, and %d anchored", result.Records, result.Known, result.Anchored)
	}
	figures := fmt.Sprintf("%d files, %.1f MB, %d records of %d kinds, %.0f records a second with their anchoring",
		result.Files, float64(result.Bytes)/1e6, result.Records, len(result.Kinds), float64(result.Records)/result.Seconds)
	var refused strings.Builder
	for _, f := range result.Failures {
		fmt.Fprintf(&refused, "\n    not taken in: %s: %s", f.Path, f.Error)
	}
	return figures + refused.String(), nil
}

// office opens the vault with its connection to the ledger.
func (s *story) office(ctx context.Context, use func(*vault.Vault, *clerk.Office) error) error {
	v, err := vault.Open(ctx, s.archive.home, vault.Options{})
	if err != nil {
		return err
	}
	o, err := clerk.Open(s.archive.home, v, ante.Schedule, nil)
	if err != nil {
		return errors.Join(err, v.Close())
	}
	return errors.Join(use(v, o), o.Close(), v.Close())
}

// verifyAll makes a bundle of every record and verifies it offline, against the
// original and against a copy that was written anew.
func (s *story) verifyAll(ctx context.Context) (string, error) {
	var verified, same, largest int
	var took time.Duration
	root, err := s.genesisRoot()
	if err != nil {
		return "", err
	}
	err = s.office(ctx, func(v *vault.Vault, o *clerk.Office) error {
		bundles, err := o.Bundles(ctx)
		if err != nil {
			return err
		}
		return eachRecord(ctx, v, func(r vault.Record) error {
			bundle, _, err := bundles.Make(ctx, r.ID, s.archive.node.Operator.Address())
			if err != nil {
				return fmt.Errorf("bundle of record %d: %w", r.ID, err)
			}
			if err := s.keepBundle(r.ID, bundle); err != nil {
				return err
			}
			original, err := readRecord(ctx, v, r.ID)
			if err != nil {
				return err
			}
			begun := time.Now()
			anew, err := compare(bundle, root, original)
			took += time.Since(begun)
			if err != nil {
				return fmt.Errorf("record %d: %w", r.ID, err)
			}
			verified, largest = verified+1, max(largest, len(bundle))
			if anew {
				same++
			}
			return nil
		})
	})
	return fmt.Sprintf("%d bundles verified from the genesis document, %.1f ms each with the original's digests, at most %.1f kB; %d copies were other bytes and the same content",
		verified, took.Seconds()*1000/float64(max(verified, 1)), float64(largest)/1e3, same), err
}

// compare verifies a bundle with the original, which must be EXACT, and with a
// copy that a program wrote anew, which must be SAME CONTENT if its bytes are
// other ones. It says whether they were.
func compare(bundle []byte, root proof.Root, original []byte) (anew bool, err error) {
	report, err := proof.Verify(bundle, root, proof.Options{Original: inMemory(original)})
	if err != nil {
		return false, err
	}
	if report.Original.Result != proof.Exact {
		return false, fmt.Errorf("the original is said to be %s", report.Original.Result)
	}
	var copied bytes.Buffer
	if err := canonical.Canonical(&copied, report.Original.Profile, format.Bytes(original, "")); err != nil {
		return false, err
	}
	if bytes.Equal(copied.Bytes(), original) {
		return false, nil
	}
	report, err = proof.Verify(bundle, root, proof.Options{Original: inMemory(copied.Bytes())})
	if err == nil && report.Original.Result != proof.SameContent {
		err = fmt.Errorf("a copy that was written anew is said to be %s", report.Original.Result)
	}
	return true, err
}

func inMemory(document []byte) proof.Original {
	return clerk.Original{Source: format.Bytes(document, "")}
}

func (s *story) genesisRoot() (proof.Root, error) {
	document, err := os.ReadFile(s.net.GenesisFile())
	if err != nil {
		return proof.Root{}, err
	}
	return proof.GenesisRoot(document)
}

// eachRecord visits the records that are kept.
func eachRecord(ctx context.Context, v *vault.Vault, visit func(vault.Record) error) error {
	for after := uint64(0); ; {
		page, err := v.List(ctx, vault.Filter{}, after, vault.MaxList)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, r := range page {
			after = r.ID
			if r.State != vault.Anchored {
				continue
			}
			if err := visit(r); err != nil {
				return err
			}
		}
	}
}

func readRecord(ctx context.Context, v *vault.Vault, id uint64) ([]byte, error) {
	body, err := v.Read(ctx, id)
	if err != nil {
		return nil, err
	}
	content, err := io.ReadAll(body)
	return content, errors.Join(err, body.Close())
}

func (s *story) keepBundle(id uint64, bundle []byte) error {
	if s.Keep == "" {
		return nil
	}
	folder := filepath.Join(s.Keep, "bundles")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, fmt.Sprintf("%d.json", id)), bundle, 0o600)
}

// tamper changes one byte of an original and verifies it against its bundle.
func (s *story) tamper(ctx context.Context) (string, error) {
	root, err := s.genesisRoot()
	if err != nil {
		return "", err
	}
	var figures string
	err = s.office(ctx, func(v *vault.Vault, o *clerk.Office) error {
		bundles, err := o.Bundles(ctx)
		if err != nil {
			return err
		}
		bundle, _, err := bundles.Make(ctx, 1, s.archive.node.Operator.Address())
		if err != nil {
			return err
		}
		original, err := readRecord(ctx, v, 1)
		if err != nil {
			return err
		}
		altered := slices.Clone(original)
		altered[len(altered)/2] ^= 1
		report, err := proof.Verify(bundle, root, proof.Options{Original: inMemory(altered)})
		if err != nil {
			return err
		}
		if report.Original.Result != proof.Different {
			return fmt.Errorf("a copy with one changed bit is said to be %s", report.Original.Result)
		}
		figures = fmt.Sprintf("one bit of %d bytes was changed: %s", len(altered), report.Original.Result)
		return nil
	})
	return figures, err
}

// erase erases one record.
func (s *story) erase(ctx context.Context) (string, error) {
	root, err := s.genesisRoot()
	if err != nil {
		return "", err
	}
	var before []byte
	err = s.office(ctx, func(v *vault.Vault, o *clerk.Office) error {
		bundles, err := o.Bundles(ctx)
		if err != nil {
			return err
		}
		before, _, err = bundles.Make(ctx, 1, "")
		return err
	})
	if err != nil {
		return "", err
	}
	if err := s.archive.dmdld(ctx, s.Binary, nil, "vault", "erase", "1", "--basis", "consent-withdrawn", "--yes"); err != nil {
		return "", err
	}
	if _, err := proof.Verify(before, root, proof.Options{}); err != nil {
		return "", fmt.Errorf("the existence bundle from before: %w", err)
	}
	var status string
	err = s.office(ctx, func(v *vault.Vault, o *clerk.Office) error {
		if _, err := v.Read(ctx, 1); !errors.Is(err, vault.ErrErased) {
			return fmt.Errorf("the vault does not say that the record is erased: %w", err)
		}
		status, err = s.tombstone(ctx, o)
		return err
	})
	return fmt.Sprintf("the vault cannot open it, the ledger shows %s, the bundle from before still verifies", status), err
}

// tombstone reads with proof what the ledger says of the first record, once the
// block after its erasure is there.
func (s *story) tombstone(ctx context.Context, o *clerk.Office) (string, error) {
	for {
		bundles, err := o.Bundles(ctx)
		if err != nil {
			return "", err
		}
		_, report, err := bundles.Make(ctx, 1, "")
		switch {
		case err != nil:
			return "", err
		case report.Standing != nil && report.Standing.Status == "erased":
			return fmt.Sprintf("%q, on the ground %q", report.Standing.Status, report.Standing.Basis), nil
		}
		height, err := s.client.Height(ctx)
		if err == nil {
			err = s.archive.node.WaitHeight(ctx, height+1)
		}
		if err != nil {
			return "", err
		}
	}
}
