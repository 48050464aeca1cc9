//go:build interop

package rights_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// installed is the folder that install fills; it goes when the last test has ended.
var installed string

func TestMain(m *testing.M) {
	defer func() { _ = os.RemoveAll(installed) }()
	m.Run()
}

// install fetches what the programs of testdata/interop need from npm, in the versions
// of their lock file, once for all tests.
var install = sync.OnceValue(func() (err error) {
	if installed, err = os.MkdirTemp("", "rights-interop-"); err != nil {
		return err
	}
	if err := os.CopyFS(installed, os.DirFS("testdata/interop")); err != nil {
		return err
	}
	cmd := exec.CommandContext(context.Background(), "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	cmd.Dir = installed
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("npm is there, but did not install: %w: %s", err, out)
	}
	return nil
})

// checker is a folder with the programs of testdata/interop, ready to run.
func checker(t *testing.T) string {
	t.Helper()
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s is not installed: what other libraries say of our documents stays unknown", program)
		}
	}
	require.NoError(t, install())
	return installed
}

type finding struct {
	File, Said string
	OK         bool
}

// said returns what one of the programs prints about the documents of a folder.
func said(t *testing.T, checker string, program ...string) map[string]finding {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "node", program...)
	cmd.Dir = checker
	var out, failed bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &failed
	require.NoError(t, cmd.Run(), "%s", &failed)
	found := map[string]finding{}
	for line := range strings.Lines(out.String()) {
		var f finding
		require.NoError(t, json.Unmarshal([]byte(line), &f))
		t.Logf("%s: ok=%v %.300s", f.File, f.OK, f.Said)
		found[f.File] = f
	}
	return found
}

// check returns what the libraries say of the documents of a folder.
func check(t *testing.T, checker, folder string) map[string]finding {
	t.Helper()
	file := func(name string) string {
		path, err := filepath.Abs(name)
		require.NoError(t, err)
		return path
	}
	return said(t, checker, "check.mjs", folder, file("testdata/odrl.shapes.ttl"), file("profile.ttl"))
}

func write(t *testing.T, folder, name string, document []byte) {
	t.Helper()
	require.NoError(t, os.WriteFile(filepath.Join(folder, name), document, 0o644))
}

func TestOtherLibrariesReadWhatIsWritten(t *testing.T) {
	programs, folder := checker(t), t.TempDir()
	good := policies(t)
	whole := traced(t, family(), id(3, 1), 9, 9, 99)
	good["lineage.dot"] = []byte(dot(t, whole))
	fhir, err := chain.FHIR(whole)
	require.NoError(t, err)
	good["lineage.fhir.json"] = fhir
	for name, document := range good {
		write(t, folder, name, document)
	}
	found := check(t, programs, folder)
	require.Len(t, found, len(good))
	for name, f := range found {
		require.True(t, f.OK, "%s: %s", name, f.Said)
	}
	edges := 0
	for _, w := range whole.Works {
		edges += len(w.Parents)
	}
	require.Equal(t, fmt.Sprintf("%d nodes, %d edges", len(whole.Works), edges), found["lineage.dot"].Said)
}

func TestOtherLibrariesRefuseWhatBreaksTheModel(t *testing.T) {
	programs, folder := checker(t), t.TempDir()
	bad := malformed(t)
	fhir, err := chain.FHIR(traced(t, family(), id(3, 1), 9, 9, 99))
	require.NoError(t, err)
	bad["no-target.fhir.json"] = bytes.Replace(fhir, []byte(`"target"`), []byte(`"aim"`), 1)
	bad["no-graph.dot"] = []byte("digraph {")
	for name, document := range bad {
		write(t, folder, name, document)
	}
	found := check(t, programs, folder)
	require.Len(t, found, len(bad))
	for name, f := range found {
		require.False(t, f.OK, name)
	}
}

// TestAnotherProgramLoadsTheProvenance loads PROV-JSON with prov of Debian as well, which
// knows all of PROV-DM, and has what that makes of it in RDF checked against the ontology
// of PROV by libraries of npm.
func TestAnotherProgramLoadsTheProvenance(t *testing.T) {
	python := "/usr/bin/python3" // Debian's own: its packages are for no other
	if err := exec.CommandContext(t.Context(), python, "-c", "import prov, rdflib").Run(); err != nil {
		t.Skip("prov is not installed (Debian: python3-prov)")
	}
	programs, folder := checker(t), t.TempDir()
	whole := traced(t, family(), id(3, 1), 9, 9, 99)
	document, err := chain.PROV(whole)
	require.NoError(t, err)
	in := filepath.Join(folder, "lineage.json")
	write(t, folder, "lineage.json", document)
	cmd, failed := exec.CommandContext(t.Context(), python, "testdata/interop/load.py", in, filepath.Join(folder, "lineage.trig")), bytes.Buffer{}
	cmd.Stderr = &failed
	out, err := cmd.Output()
	require.NoError(t, err, "%s", &failed)
	var loaded struct {
		Same                                             bool
		Entities, Activities, Agents, Derivations, Lines int
	}
	require.NoError(t, json.Unmarshal(out, &loaded))
	t.Logf("%+v", loaded)
	require.True(t, loaded.Same)
	require.Equal(t, 2*len(whole.Works), loaded.Entities)
	require.Equal(t, 2*len(whole.Works), loaded.Activities)
	require.Equal(t, 4+3, loaded.Agents) // four institutions; a curator, a lender, an officer
	require.Equal(t, 11, loaded.Derivations)
	right, err := os.ReadFile(filepath.Join(folder, "lineage.trig"))
	require.NoError(t, err)
	write(t, folder, "unknown.trig", bytes.Replace(right, []byte("prov:wasGeneratedBy"), []byte("prov:wasMadeBy"), 1))
	write(t, folder, "turned.trig", bytes.Replace(right, []byte("prov:wasGeneratedBy"), []byte("prov:used"), 1))
	found := check(t, programs, folder)
	require.True(t, found["lineage.trig"].OK, found["lineage.trig"].Said)
	require.Contains(t, found["unknown.trig"].Said, "unknown http://www.w3.org/ns/prov#wasMadeBy")
	require.Contains(t, found["turned.trig"].Said, "domain of http://www.w3.org/ns/prov#used")
}
