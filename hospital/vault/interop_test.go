//go:build interop

package vault

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"
	"github.com/stretchr/testify/require"
)

// TestTheAgeProgramOpensEverything follows the README by hand: escrow, envelope
// and body, with nothing of this project.
func TestTheAgeProgramOpensEverything(t *testing.T) {
	program, err := exec.LookPath("age")
	if err != nil {
		t.Skip("the program age (1.3 or later) is not installed")
	}
	ctx := context.Background()
	dir, recovery := home(t)
	v := open(t, dir, Options{})
	id := add(t, v, 1)[0]
	work := t.TempDir()
	put := func(name, content string) string {
		path := filepath.Join(work, name)
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		return path
	}
	decrypted := func(args ...string) string {
		out, err := exec.Command(program, append([]string{"-d"}, args...)...).Output()
		require.NoError(t, err)
		return string(out)
	}

	keys := decrypted("-i", put("recovery.key", recovery.String()), filepath.Join(dir, escrowFile))
	own, err := os.ReadFile(filepath.Join(dir, keyFile))
	require.NoError(t, err)
	require.Equal(t, string(own), keys)

	text1 := decrypted("-i", put("vault.key", keys), put("envelope.age", string(sealedEnvelope(t, v, id))))
	e, err := ParseEnvelope([]byte(text1))
	require.NoError(t, err)

	body := put("body.age", string(bodyRange(t, v, id, 0, -1)))
	require.Equal(t, string(text(1)), passphrase(t, program, e.Secret, body))

	// And what the program encrypts to the vault's key, the vault opens.
	held, err := v.keys.List(ctx)
	require.NoError(t, err)
	recipient := held[0].Identity.(*age.HybridIdentity).Recipient().String()
	seal := exec.Command(program, "-r", recipient)
	seal.Stdin = strings.NewReader(text1)
	sealed, err := seal.Output()
	require.NoError(t, err)
	again, err := OpenEnvelope(sealed, held[0].Identity)
	require.NoError(t, err)
	require.Equal(t, e, again)
}

// passphrase decrypts a file whose passphrase the program asks for on a
// terminal, which script provides.
func passphrase(t *testing.T, program, secret, file string) string {
	t.Helper()
	script, err := exec.LookPath("script")
	if err != nil {
		t.Skip("the program script, which provides a terminal, is not installed")
	}
	out := filepath.Join(t.TempDir(), "plain")
	cmd := exec.Command(script, "-qec", program+" -d -o "+out+" "+file, os.DevNull)
	cmd.Stdin = strings.NewReader(secret + "\n")
	require.NoError(t, cmd.Run())
	plain, err := os.ReadFile(out)
	require.NoError(t, err)
	return string(plain)
}
