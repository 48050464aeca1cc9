package vault

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/stretchr/testify/require"
)

// escrowed returns the keys that the escrow holds.
func escrowed(t *testing.T, path string, recovery age.Identity) []string {
	t.Helper()
	sealed, err := os.ReadFile(path)
	require.NoError(t, err)
	text, err := decrypt(sealed, recovery)
	require.NoError(t, err)
	held, err := parseKeys(text)
	require.NoError(t, err)
	var names []string
	for _, identity := range held {
		names = append(names, keyName(identity))
	}
	return names
}

func keyNames(t *testing.T, v *Vault) []string {
	t.Helper()
	held, err := v.keys.List(context.Background())
	require.NoError(t, err)
	var names []string
	for _, k := range held {
		names = append(names, k.Name)
	}
	return names
}

func TestKeysRotateAndTheOldOneGoesAfterItsWindow(t *testing.T) {
	ctx := context.Background()
	dir, recovery := home(t)
	v := open(t, dir, Options{})
	now := noon(0)
	v.now = func() time.Time { return now }
	ids := add(t, v, 1, 2)
	require.NoError(t, v.Erase(ctx, ids[1], "gdpr-17"))
	old := keyNames(t, v)
	oldEnvelope := sealedEnvelope(t, v, ids[0])
	before, err := v.Get(ctx, ids[0])
	require.NoError(t, err)

	require.NoError(t, v.Rotate(ctx))
	both := keyNames(t, v)
	require.Len(t, both, 2)
	require.Equal(t, both, escrowed(t, filepath.Join(dir, escrowFile), recovery))
	require.Equal(t, both, escrowed(t, v.settings.EscrowCopy, recovery))
	ids = append(ids, add(t, v, 3)...)

	now = noon(200)
	retired, err := v.RetireKeys(ctx, now)
	require.NoError(t, err)
	require.Zero(t, retired, "the old key is still in use")

	var told []int
	require.NoError(t, v.Rewrap(ctx, func(done, total int) { told = append(told, done, total) }))
	require.Equal(t, []int{1, 1}, told)
	requireNowhere(t, dir, oldEnvelope[len(oldEnvelope)-64:])
	for i, id := range []uint64{ids[0], ids[2]} {
		plain, err := read(v, id)
		require.NoError(t, err)
		require.Equal(t, text(1+2*i), plain)
	}
	after, err := v.Get(ctx, ids[0])
	require.NoError(t, err)
	require.Equal(t, before, after, "commitments and body stay as they are")

	retired, err = v.RetireKeys(ctx, noon(200+DefaultWindowDays).Add(-1))
	require.NoError(t, err)
	require.Zero(t, retired, "the window is open")
	retired, err = v.RetireKeys(ctx, noon(200+DefaultWindowDays))
	require.NoError(t, err)
	require.Equal(t, 1, retired)
	require.Equal(t, both[1:], keyNames(t, v))
	require.NotContains(t, escrowed(t, filepath.Join(dir, escrowFile), recovery), old[0])
	require.NotContains(t, escrowed(t, v.settings.EscrowCopy, recovery), old[0])
	retired, err = v.RetireKeys(ctx, noon(1000))
	require.NoError(t, err)
	require.Zero(t, retired, "the newest key stays")
	requireHealthy(t, v)
}

func TestAKeyThatIsUsedAgainIsNotRetired(t *testing.T) {
	ctx := context.Background()
	v := newVault(t)
	id := add(t, v, 1)[0]
	require.NoError(t, v.Rotate(ctx))
	require.NoError(t, v.Rewrap(ctx, nil))
	_, err := v.db.Exec(`UPDATE envelopes SET key = 1 WHERE record = ?`, int64(id))
	require.NoError(t, err)
	_, err = v.RetireKeys(ctx, time.Now().Add(1000*day))
	require.ErrorIs(t, err, ErrWindow)
	require.Len(t, keyNames(t, v), 2)
}

// device is a key store that is not a file.
type device struct{ held []Key }

func (d *device) List(context.Context) ([]Key, error) { return d.held, nil }
func (d *device) Add(context.Context) error {
	identity, err := age.GenerateHybridIdentity()
	d.held = append(d.held, Key{Name: keyName(identity), Recipient: identity.Recipient(), Identity: identity})
	return err
}

func (d *device) Destroy(_ context.Context, name string) error {
	for i, k := range d.held {
		if k.Name == name {
			d.held = append(d.held[:i], d.held[i+1:]...)
			break
		}
	}
	return nil
}

func TestKeysMayBeInADevice(t *testing.T) {
	ctx := context.Background()
	dir := filepath.Join(t.TempDir(), "vault")
	keys := new(device)
	require.ErrorIs(t, CreateWith(ctx, dir, settings, keys), ErrKey)
	require.NoError(t, keys.Add(ctx))
	require.NoError(t, CreateWith(ctx, dir, settings, keys))
	v := open(t, dir, Options{Keys: keys})
	id := add(t, v, 1)[0]
	require.NoError(t, v.Rotate(ctx))
	require.NoError(t, v.Rewrap(ctx, nil))
	retired, err := v.RetireKeys(ctx, time.Now().Add(100*day))
	require.NoError(t, err)
	require.Equal(t, 1, retired)
	plain, err := read(v, id)
	require.NoError(t, err)
	require.Equal(t, text(1), plain)
	require.NoFileExists(t, filepath.Join(dir, keyFile))
	requireHealthy(t, v)
}

func TestALookupGoesWithItsKey(t *testing.T) {
	ctx := t.Context()
	v := newVault(t)
	subject, err := v.Subject(ctx, "somebody")
	require.NoError(t, err)
	n := newRecord(subject, text(1))
	first, err := v.Add(ctx, []NewRecord{n})
	require.NoError(t, err)
	lookup := func() (seen []byte) {
		require.NoError(t, v.db.QueryRowContext(ctx, `SELECT seen FROM records WHERE id = ?`, int64(first[0].ID)).Scan(&seen))
		return seen
	}
	before := lookup()
	for _, next := range []func() error{
		func() error { return v.Rotate(ctx) },
		func() error { return v.Rewrap(ctx, nil) },
		func() error { _, err := v.RetireKeys(ctx, v.now().AddDate(10, 0, 0)); return err },
	} {
		require.NoError(t, next())
		again, err := v.Add(ctx, []NewRecord{n})
		require.NoError(t, err)
		require.Equal(t, []Added{{ID: first[0].ID, Known: true}}, again, "the same is found whichever key it is under")
	}
	require.NotEqual(t, before, lookup())
	for _, secret := range v.ring.Load().secrets {
		require.NotEqual(t, before, seen(secret, subject, n.Content), "what an old backup holds is confirmed by no key that is left")
	}
}
