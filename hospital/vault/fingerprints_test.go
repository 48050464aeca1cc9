package vault

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/commitment"
	"github.com/dmdl-network/dmdl/hospital/canonical"
	"github.com/dmdl-network/dmdl/hospital/canonical/format"
	"github.com/dmdl-network/dmdl/hospital/fingerprint"
	"github.com/dmdl-network/dmdl/x/records"
)

var sharedKey = bytes.Repeat([]byte{7}, fingerprint.KeySize)

// csvTable is a table of a number.
func csvTable(number, rows int) []byte {
	var b bytes.Buffer
	b.WriteString("a,b,c,d,e,f\n")
	for i := range rows {
		for c := range 5 {
			fmt.Fprintf(&b, "%s %d,", marker, (number+1)*1_000_003*(i+1)*(c+2)%99991)
		}
		fmt.Fprintf(&b, "%d\n", i)
	}
	return b.Bytes()
}

// addTables adds tables and anchors them.
func addTables(t *testing.T, v *Vault, tables ...[]byte) []uint64 {
	t.Helper()
	var ids []uint64
	for _, table := range tables {
		src := format.Bytes(table, "t.csv")
		digest, err := canonical.Digest("csv/1", src)
		require.NoError(t, err)
		content := commitment.Content{Kind: "text/csv", Profile: "csv/1", Canonical: digest, Raw: sha256.Sum256(table)}
		added, err := v.Add(t.Context(), []NewRecord{{
			Class: records.RECORD_CLASS_DATASET, Content: content, Body: src,
			Descriptor: commitment.Descriptor{Kind: content.Kind, Profile: content.Profile},
		}})
		require.NoError(t, err)
		ids = append(ids, added[0].ID)
	}
	b, _, err := v.Seal(t.Context(), 100)
	require.NoError(t, err)
	require.NoError(t, v.Anchored(t.Context(), b.Number, 10*b.Number, noon(int(b.Number))))
	return ids
}

// printed lists the records that have fingerprints.
func printed(t *testing.T, v *Vault) (ids []uint64) {
	t.Helper()
	for f, err := range v.Fingerprints(t.Context(), sharedKey) {
		require.NoError(t, err)
		ids = append(ids, f.Record)
	}
	return ids
}

func TestFingerprintsAreKeptEncryptedAndMoveToTheNewestKey(t *testing.T) {
	ctx := context.Background()
	v := newVault(t)
	ids := addTables(t, v, csvTable(1, 60), csvTable(2, 60), []byte("a,b\n1,2\n"))
	left, err := v.FingerprintMore(ctx, sharedKey, 2)
	require.NoError(t, err)
	require.True(t, left)
	left, err = v.FingerprintMore(ctx, sharedKey, 2)
	require.NoError(t, err)
	require.False(t, left)
	require.Equal(t, ids, printed(t, v))

	first, err := v.Fingerprint(ctx, ids[0], sharedKey)
	require.NoError(t, err)
	require.Equal(t, 1, first.Len())
	little, err := v.Fingerprint(ctx, ids[2], sharedKey)
	require.NoError(t, err)
	require.Zero(t, little.Len(), "a table of one row says too little")
	other, err := v.Fingerprint(ctx, ids[0], bytes.Repeat([]byte{8}, fingerprint.KeySize))
	require.NoError(t, err)
	_, err = fingerprint.Compare(*first.Text, *other.Text)
	require.ErrorIs(t, err, fingerprint.ErrOtherKey)
	plain, err := first.Text.MarshalBinary()
	require.NoError(t, err)
	requireNowhere(t, v.dir, plain[20:60])
	requireNoPlaintext(t, v.dir)

	require.NoError(t, v.Rotate(ctx))
	require.NoError(t, v.Rewrap(ctx, nil))
	_, err = v.RetireKeys(ctx, noon(5000))
	require.NoError(t, err)
	require.Len(t, keyNames(t, v), 1)
	again, err := v.Fingerprint(ctx, ids[0], sharedKey)
	require.NoError(t, err)
	require.Equal(t, first, again)
	require.Equal(t, ids, printed(t, v))
	requireHealthy(t, v)
}

func TestErasingARecordDestroysItsFingerprints(t *testing.T) {
	ctx := context.Background()
	v := newVault(t)
	ids := addTables(t, v, csvTable(1, 60), csvTable(2, 60))
	_, err := v.FingerprintMore(ctx, sharedKey, 100)
	require.NoError(t, err)
	var sealed []byte
	require.NoError(t, v.db.QueryRow(`SELECT sealed FROM fingerprints WHERE record = ?`, ids[0]).Scan(&sealed))
	require.NoError(t, v.Erase(ctx, ids[0], "objection"))
	require.Equal(t, ids[1:], printed(t, v))
	requireNowhere(t, v.dir, sealed[:64])
	_, err = v.Fingerprint(ctx, ids[0], sharedKey)
	require.ErrorIs(t, err, ErrErased)
	left, err := v.FingerprintMore(ctx, sharedKey, 100)
	require.NoError(t, err)
	require.False(t, left)
	requireHealthy(t, v)

	statement(fmt.Sprintf(`INSERT INTO fingerprints SELECT %d, shared, key, sealed FROM fingerprints`, ids[0]))(t, v)
	require.Equal(t, ids[1:], printed(t, v))
	report, err := v.Doctor(ctx, Checkup{Repair: true}, nil)
	require.NoError(t, err)
	require.Len(t, report.Findings, 1)
	requireHealthy(t, v)
}

func TestAFingerprintOpensInItsOwnPlaceAlone(t *testing.T) {
	ctx := context.Background()
	v := newVault(t)
	ids := addTables(t, v, csvTable(1, 60), csvTable(2, 60))
	_, err := v.FingerprintMore(ctx, sharedKey, 100)
	require.NoError(t, err)
	statement(`UPDATE fingerprints SET sealed = (SELECT sealed FROM fingerprints ORDER BY record LIMIT 1)`)(t, v)
	_, err = v.Fingerprint(ctx, ids[1], sharedKey)
	require.ErrorIs(t, err, ErrCorrupt)
	_, err = v.Fingerprint(ctx, ids[0], sharedKey[1:])
	require.ErrorContains(t, err, "32")
}

func TestABackupHoldsNoReadableFingerprint(t *testing.T) {
	ctx := context.Background()
	v := newVault(t)
	ids := addTables(t, v, csvTable(1, 60))
	p, err := v.Fingerprint(ctx, ids[0], sharedKey)
	require.NoError(t, err)
	backup := filepath.Join(t.TempDir(), "backup")
	require.NoError(t, v.Backup(ctx, backup, nil))
	plain, err := p.Text.MarshalBinary()
	require.NoError(t, err)
	requireNowhere(t, backup, plain[20:60])
	requireNowhere(t, backup, sharedKey)
}

func TestReportsOfCopiesAreKeptAndADayIsLimited(t *testing.T) {
	ctx := context.Background()
	v := newVault(t)
	v.settings.CopiesADay = 10
	at := noon(0)
	v.now = func() time.Time { return at }
	ask := CopyReport{Peer: 2, Asked: true, Claimant: 2, Work: 1, Items: 5, Prints: 6}
	first, err := v.BeginCopies(ctx, ask)
	require.NoError(t, err)
	_, err = v.BeginCopies(ctx, ask)
	require.ErrorIs(t, err, ErrTooMany)
	other := ask
	other.Peer = 3
	_, err = v.BeginCopies(ctx, other)
	require.NoError(t, err, "each institution has a day of its own")
	own := ask
	own.Asked, own.Prints = false, 1000
	_, err = v.BeginCopies(ctx, own)
	require.NoError(t, err, "the vault itself may ask as much as others let it")
	at = at.Add(day + time.Second)
	_, err = v.BeginCopies(ctx, ask)
	require.NoError(t, err)

	found := []FoundCopy{{Record: 3, Item: 4, Similarity: 0.98, Part: 1, Earlier: true}}
	require.NoError(t, v.EndCopies(ctx, first, found))
	require.ErrorIs(t, v.EndCopies(ctx, first, nil), ErrNotFound)
	all, err := v.Copies(ctx, 0)
	require.NoError(t, err)
	require.Len(t, all, 4)
	ask.Number, ask.At, ask.Found, ask.Answered = first, noon(0), found, true
	require.Equal(t, ask, all[0])
	require.False(t, all[1].Answered)
	rest, err := v.Copies(ctx, 3)
	require.NoError(t, err)
	require.Equal(t, all[3:], rest)
}
