package e2e_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/hospital/ledger"
	"github.com/dmdl-network/dmdl/hospital/sample"
	"github.com/dmdl-network/dmdl/localnet"
	"github.com/dmdl-network/dmdl/x/consortium"
)

// keeper is a person at the command line of a vault.
type keeper struct {
	ctx  context.Context
	t    *testing.T
	net  *localnet.Network
	home string
}

// run runs a command that must succeed and returns what it printed.
func (k *keeper) run(args ...string) string {
	k.t.Helper()
	out, failure, err := k.try(args...)
	require.NoError(k.t, err, "dmdld %s: %s", strings.Join(args, " "), failure)
	return out
}

// refused runs a command that must fail and returns why.
func (k *keeper) refused(args ...string) string {
	k.t.Helper()
	_, failure, err := k.try(args...)
	require.Error(k.t, err, "dmdld %s", strings.Join(args, " "))
	return failure
}

func (k *keeper) try(args ...string) (out, failure string, err error) {
	cmd := exec.CommandContext(k.ctx, binary, args...)
	cmd.Env = append(os.Environ(), "DMDLD_VAULT="+filepath.Join(k.home, "vault"))
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err = cmd.Run()
	return stdout.String(), stderr.String(), err
}

// read runs a command and reads its JSON.
func (k *keeper) read(into any, args ...string) {
	k.t.Helper()
	require.NoError(k.t, json.Unmarshal([]byte(k.run(append(args, "--output", "json")...)), into))
}

// opensAVault makes the vault of the first institution and has it enrolled.
func (k *keeper) opensAVault(client *ledger.Client) {
	k.t.Helper()
	k.opensAVaultAt(client, 0)
}

// opensAVaultAt makes the vault of the institution with the node of an index, of two.
func (k *keeper) opensAVaultAt(client *ledger.Client, at int) {
	k.t.Helper()
	node, witness := k.net.Nodes[at], k.net.Nodes[1-at]
	var made struct{ Recipient, Address string }
	k.read(&made, "vault", "recovery-key", filepath.Join(k.home, "recovery.key"))
	require.Contains(k.t, k.refused("vault", "list"), "not a vault")
	k.run("vault", "init", "--chain-id", k.net.ChainID, "--institution", strconv.Itoa(at+1), "--recovery", made.Recipient)
	require.Contains(k.t, k.refused("vault", "anchor"), `run "dmdld vault connect"`)
	k.read(&made, "vault", "connect", "--node", node.RPC(), "--grpc", node.GRPC(),
		"--witness", witness.RPC(), "--genesis", k.net.GenesisFile())
	operator := node.Operator
	_, err := client.Submit(k.ctx, operator, &consortium.MsgEnrolParticipants{
		Operator: operator.Address(),
		Enrolments: []consortium.Enrolment{{
			Address: made.Address, Person: make([]byte, 32),
			Roles: []consortium.RoleGrant{{Role: consortium.ROLE_VAULT, ExpiresAt: time.Now().Add(time.Hour)}},
		}},
	})
	require.NoError(k.t, err)
}

func TestAHospitalKeepsProvesAndErasesItsRecords(t *testing.T) {
	ctx, net, client := startNetwork(t, 2)
	k := &keeper{ctx: ctx, t: t, net: net, home: t.TempDir()}
	k.opensAVault(client)
	data := filepath.Join(k.home, "data of the ward")
	require.NoError(t, sample.Write(data))

	var taken struct {
		Records, Known, Anchored int
		Failures                 []struct{ Path, Error string }
	}
	k.read(&taken, "vault", "ingest", data, "--anchor")
	require.Empty(t, taken.Failures)
	require.Positive(t, taken.Records)
	require.Equal(t, taken.Records-taken.Known, taken.Anchored)
	k.read(&taken, "vault", "ingest", data, "--anchor")
	require.Equal(t, taken.Records, taken.Known, "the same again changes nothing")
	require.Zero(t, taken.Anchored)

	k.provesARecord()
	k.erasesARecord()
	k.survivesTheLossOfTheVault()
}

// provesARecord makes a bundle and verifies it with another program run, which
// has nothing but the genesis document.
func (k *keeper) provesARecord() {
	k.t.Helper()
	file := func(name string) string { return filepath.Join(k.home, name) }
	k.run("vault", "export", "1/1/5", file("original"))
	k.run("proof", "export", "1/1/5", file("existence.json"))
	k.run("proof", "export", "1/1/5", file("content.json"), "--with-opening", "--holder", k.net.Nodes[1].Operator.Address())
	require.Contains(k.t, k.run("vault", "show", "1/1/5"), k.net.Nodes[1].Operator.Address(), "the holder is on record")

	genesis := []string{"--genesis", k.net.GenesisFile()}
	verify := func(args ...string) []string { return append(append([]string{"proof", "verify"}, args...), genesis...) }
	require.Contains(k.t, k.run(verify(file("existence.json"))...), "existence verified")
	var report struct{ Original struct{ Result string } }
	k.read(&report, verify(file("content.json"), "--original", file("original"))...)
	require.Equal(k.t, "EXACT", report.Original.Result)

	original, err := os.ReadFile(file("original"))
	require.NoError(k.t, err)
	original[len(original)/2] ^= 1
	require.NoError(k.t, os.WriteFile(file("altered"), original, 0o600))
	require.Contains(k.t, k.refused(verify(file("content.json"), "--original", file("altered"))...), "is not what was recorded")
	require.Contains(k.t, k.refused("proof", "verify", file("existence.json")), "choose one root of trust")
	bundle, err := os.ReadFile(file("existence.json"))
	require.NoError(k.t, err)
	require.NoError(k.t, os.WriteFile(file("forged.json"), bytes.Replace(bundle, []byte(`"leaf":"5"`), []byte(`"leaf":"6"`), 1), 0o600))
	require.NotEmpty(k.t, k.refused(verify(file("forged.json"))...))
}

func (k *keeper) erasesARecord() {
	k.t.Helper()
	require.Contains(k.t, k.refused("vault", "erase", "1/1/5", "--basis", "whim", "--yes"), `legal ground "whim" is not listed`)
	require.Contains(k.t, k.refused("vault", "erase", "1/1/5", "--basis", "objection"), "give --yes")
	k.run("vault", "hold", "1/1/5", "litigation")
	require.Contains(k.t, k.refused("vault", "erase", "1/1/5", "--basis", "objection", "--yes"), "release the hold first")
	k.run("vault", "release-hold", "1/1/5")

	var erased struct {
		Recipients []struct{ Address string }
	}
	k.read(&erased, "vault", "erase", "1/1/5", "--basis", "objection", "--yes")
	require.Len(k.t, erased.Recipients, 1, "whoever got the opening is to be told")
	require.Contains(k.t, k.refused("vault", "export", "1/1/5", filepath.Join(k.home, "gone")), "erased")
	k.run("vault", "erase", "1/1/5", "--basis", "objection", "--yes") // again changes nothing

	var found struct {
		Standing struct{ Status, Basis string }
	}
	k.read(&found, "query", "records", "standing", "1", "1", "5", "--node", strings.Replace(k.net.Nodes[0].RPC(), "http", "tcp", 1), "--home", k.net.Nodes[0].Home)
	require.Equal(k.t, "RECORD_STATUS_ERASED", found.Standing.Status)
	require.Equal(k.t, "ERASURE_BASIS_OBJECTION", found.Standing.Basis)
	k.run("proof", "verify", filepath.Join(k.home, "existence.json"), "--genesis", k.net.GenesisFile())
}

// survivesTheLossOfTheVault restores a backup with the recovery key alone.
func (k *keeper) survivesTheLossOfTheVault() {
	k.t.Helper()
	vault, backup := filepath.Join(k.home, "vault"), filepath.Join(k.home, "backup")
	k.run("vault", "rotate")
	k.run("vault", "backup", backup)
	escrow, err := os.ReadFile(filepath.Join(vault, "escrow.age"))
	require.NoError(k.t, err)
	require.NoError(k.t, os.WriteFile(filepath.Join(k.home, "escrow.age"), escrow, 0o600))
	require.NoError(k.t, os.Rename(vault, vault+".lost"))

	k.run("vault", "restore", backup, "--recovery", filepath.Join(k.home, "recovery.key"), "--escrow", filepath.Join(k.home, "escrow.age"))
	k.run("vault", "doctor", "--repair")
	require.Contains(k.t, k.run("vault", "doctor", "--deep"), "0 findings")
	k.run("vault", "export", "1/1/6", filepath.Join(k.home, "restored"))
	require.Contains(k.t, k.refused("vault", "export", "1/1/5", filepath.Join(k.home, "gone")), "erased")
}

func TestAVaultServesTheSystemsOfItsHospital(t *testing.T) {
	ctx, net, client := startNetwork(t, 2)
	k := &keeper{ctx: ctx, t: t, net: net, home: t.TempDir()}
	k.opensAVault(client)
	watched := filepath.Join(k.home, "inbox")
	require.NoError(t, os.Mkdir(watched, 0o700))

	serving, stop := context.WithCancel(ctx)
	cmd := exec.CommandContext(serving, binary, "vault", "serve", "--listen", "127.0.0.1:0", "--cadence", "1s", "--watch", watched)
	cmd.Env = append(os.Environ(), "DMDLD_VAULT="+filepath.Join(k.home, "vault"))
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	stderr, err := cmd.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	lines := bufio.NewScanner(stderr)
	var address string
	for address == "" && lines.Scan() {
		if found := regexp.MustCompile(`address=(\S+)`).FindStringSubmatch(lines.Text()); found != nil {
			address = "http://" + found[1]
		}
	}
	require.NotEmpty(t, address)
	var log strings.Builder
	logged := make(chan struct{})
	go func() {
		defer close(logged)
		for lines.Scan() {
			log.WriteString(lines.Text() + "\n")
		}
	}()

	h := &system{t: t, ctx: ctx, address: address, token: k.token()}
	require.Equal(t, http.StatusUnauthorized, h.call("POST", "/v1/records", "", "x", nil))
	require.Equal(t, http.StatusOK, h.call("GET", "/healthz", "", "", nil))
	var answer struct {
		Records []struct{ Number, Kind string }
	}
	const letter = `{"resourceType":"Observation","status":"final","subject":{"reference":"Patient/Wenceslaus-77"}}`
	require.Equal(t, http.StatusCreated, h.call("POST", "/v1/records", h.token, letter, &answer))
	require.Equal(t, "Observation", answer.Records[0].Kind)
	require.Equal(t, http.StatusUnprocessableEntity, h.call("POST", "/v1/records", h.token, `{"resourceType":"Patient","id":"1","id":"2"}`, nil))
	require.NoError(t, os.WriteFile(filepath.Join(watched, "Wenceslaus.txt"), []byte("a note"), 0o600))
	for _, number := range []string{answer.Records[0].Number, "2"} { // anchored on the beat, with nobody asking
		awaits(ctx, t, "record "+number+" is anchored", func() bool {
			var shown struct{ State string }
			h.call("GET", "/v1/records/"+number, h.token, "", &shown)
			return shown.State == "anchored"
		})
	}
	stop()
	_ = cmd.Wait() // it was interrupted
	<-logged
	require.NotContains(t, log.String(), "Wenceslaus", "nothing readable is logged")
	require.Contains(t, k.run("vault", "doctor", "--deep"), "0 findings")
}

func (k *keeper) token() string {
	k.t.Helper()
	text, err := os.ReadFile(filepath.Join(k.home, "vault", "http.token"))
	require.NoError(k.t, err)
	return strings.TrimSpace(string(text))
}

// system is one of the hospital's systems.
type system struct {
	t              *testing.T
	ctx            context.Context
	address, token string
}

func (h *system) call(method, path, token, body string, into any) int {
	h.t.Helper()
	request, err := http.NewRequestWithContext(h.ctx, method, h.address+path, strings.NewReader(body))
	require.NoError(h.t, err)
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := http.DefaultClient.Do(request)
	require.NoError(h.t, err)
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	require.NoError(h.t, err)
	if into != nil {
		require.NoError(h.t, json.Unmarshal(content, into), "%s", content)
	}
	return response.StatusCode
}
