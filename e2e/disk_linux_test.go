package e2e_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/hospital/vault"
)

// disk is a small disk in memory, at a folder that only the processes of one
// mount namespace see it in. It goes with the process that holds the namespace.
type disk struct {
	t      *testing.T
	ctx    context.Context
	folder string
	enter  []string // the command that enters the namespace
	root   string   // where the namespace's files are seen from outside
}

// newDisk mounts a disk of some KiB, or skips the story where nobody lets us.
func newDisk(t *testing.T, ctx context.Context, folder string, size int) *disk {
	t.Helper()
	const script = `mount --make-rprivate / && mount -t tmpfs -o size="$2"k,mode=700 tmpfs "$1" && echo mounted && exec cat`
	require.NoError(t, os.MkdirAll(folder, 0o700))
	holder := exec.CommandContext(ctx, "sh", "-c", script, "sh", folder, strconv.Itoa(size))
	holder.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	flags := []string{"--mount"}
	if os.Getuid() != 0 { // who is not root is root in a namespace of their own
		holder.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		holder.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}}
		holder.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}}
		flags = append(flags, "--user", "--preserve-credentials")
	}
	var said bytes.Buffer
	holder.Stderr = &said
	stdin, err := holder.StdinPipe()
	require.NoError(t, err)
	stdout, err := holder.StdoutPipe()
	require.NoError(t, err)
	if err := holder.Start(); err != nil {
		t.Skipf("this system gives us no mount namespace for a small disk: %v", err)
	}
	line, _ := bufio.NewReader(stdout).ReadString('\n') // the end of the stream is an empty line, as good as another
	t.Cleanup(func() {
		_ = stdin.Close() // ends it
		_ = holder.Wait()
	})
	if line != "mounted\n" {
		t.Skipf("this system lets us mount no small disk: %s", strings.TrimSpace(said.String()))
	}
	pid := strconv.Itoa(holder.Process.Pid)
	d := &disk{t: t, ctx: ctx, folder: folder, root: filepath.Join("/proc", pid, "root")}
	d.enter = append(append([]string{"nsenter", "--target", pid}, flags...), "--")
	if _, failure, err := d.try("true"); err != nil {
		t.Skipf("this system lets us enter no mount namespace: %v: %s", err, failure)
	}
	return d
}

// try runs a command that sees the disk.
func (d *disk) try(command string, args ...string) (out, failure string, err error) {
	line := append(append(append([]string(nil), d.enter...), command), args...)
	cmd := exec.CommandContext(d.ctx, line[0], line[1:]...)
	cmd.Env = append(os.Environ(), "DMDLD_VAULT="+filepath.Join(d.folder, "vault"))
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err = cmd.Run()
	return stdout.String(), stderr.String(), err
}

// run runs dmdld, which must succeed, and reads its JSON.
func (d *disk) run(into any, args ...string) {
	d.t.Helper()
	out, failure, err := d.try(binary, append(args, "--output", "json")...)
	require.NoError(d.t, err, "dmdld %s: %s", strings.Join(args, " "), failure)
	require.NoError(d.t, json.Unmarshal([]byte(out), into), out)
}

// full runs dmdld, for which the disk has no room, and checks what it says.
func (d *disk) full(args ...string) {
	d.t.Helper()
	_, failure, err := d.try(binary, args...)
	require.Error(d.t, err)
	require.Regexp(d.t, `disk is full|no space left on device`, failure)
	require.Contains(d.t, failure, "make room on that disk")
	require.NotContains(d.t, failure, "of the group", "no record is to blame")
	require.NotContains(d.t, failure, patient)
}

// room makes the disk one on which so many KiB are free.
func (d *disk) room(free uint64) {
	d.t.Helper()
	var now syscall.Statfs_t
	require.NoError(d.t, syscall.Statfs(filepath.Join(d.root, d.folder), &now))
	size := free + (now.Blocks-now.Bfree)*uint64(now.Bsize)>>10
	// With the source named too, it is not merged with options that other
	// namespaces read otherwise.
	_, failure, err := d.try("mount", "-t", "tmpfs", "-o", fmt.Sprintf("remount,size=%dk", size), "tmpfs", d.folder)
	require.NoError(d.t, err, failure)
}

// well checks that nothing is half done: whatever records there are have their
// bodies, there are no other bodies, and no plaintext. It returns how many.
func (d *disk) well() int {
	d.t.Helper()
	var report struct {
		Records, Bodies int
		Findings        []vault.Finding
	}
	d.run(&report, "vault", "doctor", "--deep", "--repair") // opened for writing it counts fresh bodies too
	require.Empty(d.t, report.Findings)
	require.Equal(d.t, report.Records, report.Bodies)
	requireNoPatient(d.t, filepath.Join(d.root, d.folder))
	return report.Records
}

// takes ingests a folder that has room, of whose files some are known.
func (d *disk) takes(folder string, files, known int) {
	d.t.Helper()
	var taken struct{ Files, Records, Known int }
	d.run(&taken, "vault", "ingest", folder)
	require.Equal(d.t, files, taken.Files)
	require.Equal(d.t, files, taken.Records)
	require.Equal(d.t, known, taken.Known)
}

func TestAFullDiskLosesNothingAndLeavesNothingHalfDone(t *testing.T) {
	ctx, home := newStory(t)
	d := newDisk(t, ctx, filepath.Join(home, "disk"), 100)
	small, large := filepath.Join(home, "small"), filepath.Join(home, "large")
	fill(t, small, 0, 600, 1<<10)
	fill(t, large, 0, 70, 512<<10) // 31 MB, which go into the vault in two groups

	var made struct{ Recipient string }
	d.run(&made, "vault", "recovery-key", filepath.Join(home, "recovery.key"))
	create := []string{"vault", "init", "--chain-id", "dmdl-test-1", "--institution", "1", "--recovery", made.Recipient}
	d.full(create...)
	d.room(1 << 10)
	_, failure, err := d.try(binary, create...)
	require.NoError(t, err, "what failed left the folder empty: %s", failure)

	d.full("vault", "ingest", small) // there is no room for the index
	require.Zero(t, d.well())
	d.room(32 << 10)
	d.takes(small, 600, 0)
	require.Equal(t, 600, d.well())

	d.room(8 << 10)
	d.full("vault", "ingest", large) // there is no room for the first bodies
	require.Equal(t, 600, d.well())
	d.room(22 << 10)
	d.full("vault", "ingest", large) // nor for the last
	kept := d.well() - 600
	require.Positive(t, kept, "the first group stays")
	require.Less(t, kept, 70)
	d.room(100 << 10)
	d.takes(large, 70, kept)
	d.takes(large, 70, 70)
	require.Equal(t, 670, d.well())
}
