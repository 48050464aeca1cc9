package demo

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/dmdl-network/dmdl/hospital/fetch"
	"github.com/dmdl-network/dmdl/hospital/ledger"
	"github.com/dmdl-network/dmdl/localnet"
	"github.com/dmdl-network/dmdl/x/consortium"
)

// enrolled has a hospital of the story enrol an account with roles.
func (s *story) enrolled(ctx context.Context, hospital int, address string, roles ...consortium.Role) error {
	person := sha256.Sum256([]byte(address)) // in the story everybody is one person
	e := consortium.Enrolment{Address: address, Person: person[:]}
	for _, role := range roles {
		e.Roles = append(e.Roles, consortium.RoleGrant{Role: role, ExpiresAt: time.Now().AddDate(0, 3, 0)})
	}
	operator := s.net.Nodes[hospital].Operator
	_, err := s.client.Submit(ctx, operator, &consortium.MsgEnrolParticipants{Operator: operator.Address(), Enrolments: []consortium.Enrolment{e}})
	return err
}

// person is a new account with roles.
func (s *story) person(ctx context.Context, hospital int, roles ...consortium.Role) (ledger.Key, error) {
	key, err := ledger.NewKey()
	if err != nil {
		return key, err
	}
	return key, s.enrolled(ctx, hospital, key.Address(), roles...)
}

// requester is somebody who asks for data with the command line.
type requester struct {
	fetch.Identity
	dir string
}

func (s *story) requester(ctx context.Context, name string, hospital int, roles ...consortium.Role) (*requester, error) {
	r := &requester{dir: filepath.Join(s.home, name)}
	var err error
	if r.Identity, err = fetch.NewIdentity(r.dir); err != nil {
		return nil, err
	}
	return r, s.enrolled(ctx, hospital, r.Account.Address(), roles...)
}

// asRequester runs a command as a requester, through a node of the first hospital,
// and reads its answer.
func (s *story) asRequester(ctx context.Context, r *requester, into any, args ...string) error {
	node := s.net.Nodes[0]
	return s.asWho(ctx, r, into, append(args, "--chain-id", s.net.ChainID, "--node", node.RPC(), "--grpc", node.GRPC())...)
}

// asWho runs a command with a requester's identity.
func (s *story) asWho(ctx context.Context, r *requester, into any, args ...string) error {
	args = append(args, "--identity", r.dir, "--output", "json")
	cmd := exec.CommandContext(ctx, s.Binary, args...)
	var out, failure bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &failure
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%w: %s", err, strings.TrimSpace(failure.String()))
	}
	return json.Unmarshal(out.Bytes(), into)
}

// ask requests access and returns the ticket's name.
func (s *story) ask(ctx context.Context, r *requester, subject, purpose, role string, further ...string) (string, error) {
	var answer struct{ Ticket string }
	err := s.asRequester(ctx, r, &answer, append([]string{
		"requester", "request", "--subject", subject, "--custodian", strconv.Itoa(custodian + 1), "--purpose", purpose, "--role", role,
		"--classes", everyClass, "--accept", "noredisclose,norelink,delau",
	}, further...)...)
	return answer.Ticket, err
}

// everyClass is every class that has a subject.
const everyClass = "document,result,imaging,genomics,therapy,administrative"

// received is a record that a requester got.
type received struct {
	Record, Path string
	Bytes        int64
}

// fetchAll gets what a ticket opens into a folder.
func (s *story) fetchAll(ctx context.Context, r *requester, ticket, folder string, further ...string) ([]received, error) {
	var answer []received
	err := s.asRequester(ctx, r, &answer, append([]string{
		"fetch", ticket, "--from-vault", s.archive.releases, "--out", filepath.Join(s.home, folder),
	}, further...)...)
	return answer, err
}

// serveArchive starts the vault's service, which hands out releases, and returns how
// to end it.
func (s *story) serveArchive(ctx context.Context) (func() error, error) {
	cmd := exec.Command(s.Binary, "vault", "serve", "--vault", s.archive.home, "--listen", "", "--release-listen", "127.0.0.1:0", "--cadence", "1h")
	log, err := cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := localnet.StartBound(cmd); err != nil {
		return nil, err
	}
	address := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(log)
		for lines.Scan() {
			if _, found, ok := strings.Cut(lines.Text(), `msg="serving releases" address=`); ok {
				address <- found
				break
			}
		}
		close(address)
		_, _ = io.Copy(io.Discard, log) // so that it never waits for a reader
	}()
	end := func() error {
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			return err
		}
		return cmd.Wait()
	}
	select {
	case found, ok := <-address:
		if !ok {
			return nil, errors.Join(errors.New("the vault did not serve"), cmd.Wait())
		}
		s.archive.releases = "http://" + found
		return end, nil
	case <-ctx.Done():
		return nil, errors.Join(ctx.Err(), end())
	}
}
