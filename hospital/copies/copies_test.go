package copies_test

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/hospital/copies"
	"github.com/dmdl-network/dmdl/hospital/vault"
	"github.com/dmdl-network/dmdl/x/copyright"
)

var first = copyright.WorkId{Institution: 2, Number: 1}

// pair is two hospitals that trust each other; the second one asks the first.
func pair(t *testing.T, s vault.Settings) (keeps, asks *hospital, address string) {
	t.Helper()
	s.Institution = 1
	keeps, asks = newHospital(t, s), newHospital(t, vault.Settings{Institution: 2})
	keeps.trusts(asks, sharedKey(1))
	asks.trusts(keeps, sharedKey(1))
	return keeps, asks, keeps.serves()
}

func TestACopyInOtherBytesIsReportedToBothSides(t *testing.T) {
	keeps, asks, address := pair(t, vault.Settings{})
	image := images(t)[0]
	held := keeps.takes(1, image, table(1, 8, false), table(2, 8, false))
	taken := asks.takes(2, another(t, image), rewindowed(t, image), table(3, 8, false), table(1, 7, true))
	reports, err := asks.asker(1, address).Ask(t.Context(), first, asks.work())
	require.NoError(t, err)

	require.Len(t, reports, 1)
	r := reports[0]
	require.Equal(t, 4, r.Items)
	require.Len(t, r.Found, 2)
	require.Equal(t, taken[1], r.Found[0].Record, "the image under another window")
	require.Equal(t, taken[3], r.Found[1].Record, "the table in another order, a column less")
	require.GreaterOrEqual(t, r.Found[0].Similarity, 0.75)
	require.GreaterOrEqual(t, r.Found[1].Similarity, 0.3)
	for _, f := range r.Found {
		require.True(t, f.Earlier)
		require.Empty(t, f.Theirs, "which record it is stays with who keeps it")
		t.Logf("similarity %.2f, part %.2f", f.Similarity, f.Part)
	}

	kept := keeps.reports()
	require.Len(t, kept, 1)
	require.True(t, kept[0].Asked)
	require.Equal(t, []uint64{2, 2, 1}, []uint64{kept[0].Peer, kept[0].Claimant, kept[0].Work})
	require.Equal(t, []uint64{held[0], held[1]}, []uint64{kept[0].Found[0].Record, kept[0].Found[1].Record})
	require.Equal(t, r.Found[0].Similarity, kept[0].Found[0].Similarity)
	own := asks.reports()
	require.Len(t, own, 1)
	require.False(t, own[0].Asked)
	require.Equal(t, r.Found, own[0].Found)
}

func TestAnEarlierRecordIsNamedIfTheSettingsSaySo(t *testing.T) {
	keeps, asks, address := pair(t, vault.Settings{NameCopies: true})
	keeps.takes(2, table(1, 8, false))
	keeps.takes(4, table(2, 8, false))
	asks.takes(3, table(1, 8, true), table(2, 8, true))
	reports, err := asks.asker(1, address).Ask(t.Context(), first, asks.work())
	require.NoError(t, err)
	found := reports[0].Found
	require.Len(t, found, 2)
	require.Equal(t, "1-1-0", found[0].Theirs)
	require.True(t, found[0].Earlier)
	require.Empty(t, found[1].Theirs, "the copy came later here")
	require.False(t, found[1].Earlier)
	require.Equal(t, 1.0, found[1].Similarity)
}

func TestAnErasedRecordIsFoundNoMore(t *testing.T) {
	keeps, asks, address := pair(t, vault.Settings{})
	ids := keeps.takes(1, table(1, 8, false), table(2, 8, false))
	asks.takes(2, table(1, 8, true), table(2, 8, true))
	root := asks.work()
	ask := func() []vault.FoundCopy {
		reports, err := asks.asker(1, address).Ask(t.Context(), first, root)
		require.NoError(t, err)
		return reports[0].Found
	}
	require.Len(t, ask(), 2)
	require.NoError(t, keeps.vault.Erase(t.Context(), ids[0], "objection"))
	require.Len(t, ask(), 1)
}

func TestWhoMayNotAskIsRefused(t *testing.T) {
	keeps, asks, address := pair(t, vault.Settings{CopiesADay: 3})
	keeps.takes(1, table(1, 8, false))
	asks.takes(2, table(1, 8, true), table(2, 8, false))
	root := asks.work()
	stranger, _ := certificate(t)
	third := newHospital(t, vault.Settings{Institution: 3})
	require.NoError(t, keeps.peers.Trust(3, third.pem, sharedKey(1)))
	wrong := copies.Peers(t.TempDir())
	require.NoError(t, wrong.Trust(1, keeps.pem, sharedKey(9)))
	mistaken := copies.Peers(t.TempDir())
	require.NoError(t, mistaken.Trust(1, third.pem, sharedKey(1)))

	for name, row := range map[string]struct {
		change func(*copies.Asker)
		work   copyright.WorkId
		want   string
	}{
		"a certificate that nobody trusts":  {func(a *copies.Asker) { a.Own = stranger }, first, ""},
		"no certificate":                    {func(a *copies.Asker) { a.Own = tls.Certificate{} }, first, ""},
		"the certificate of another number": {func(a *copies.Asker) { a.Own = third.own }, first, "not claimed by institution 3"},
		"a vault with another certificate":  {func(a *copies.Asker) { a.Peers = mistaken }, first, copies.ErrStranger.Error()},
		"a vault that is not trusted":       {func(a *copies.Asker) { a.Peer = 4 }, first, copies.ErrStranger.Error()},
		"another key":                       {func(a *copies.Asker) { a.Peers = wrong }, first, "another key"},
		"a work of somebody else":           {func(*copies.Asker) {}, copyright.WorkId{Institution: 1, Number: 1}, "not claimed by institution 2"},
		"a claim that does not stand":       {func(*copies.Asker) {}, copyright.WorkId{Institution: 2, Number: 2}, "no claim 2/2"},
		"a claim that is not there":         {func(*copies.Asker) {}, copyright.WorkId{Institution: 2, Number: 3}, "no claim 2/3"},
		"no TLS":                            {func(a *copies.Asker) { a.Address = strings.Replace(a.Address, "https", "http", 1) }, first, "https://"},
	} {
		a := asks.asker(1, address)
		row.change(a)
		_, err := a.Ask(t.Context(), row.work, root)
		require.Error(t, err, name)
		require.ErrorContains(t, err, row.want, name)
		require.Empty(t, keeps.reports(), name)
	}

	_, err := asks.asker(1, address).Ask(t.Context(), first, root)
	require.NoError(t, err)
	_, err = asks.asker(1, address).Ask(t.Context(), first, root)
	require.ErrorContains(t, err, vault.ErrTooMany.Error())
	require.Len(t, keeps.reports(), 1)
	require.NoError(t, os.Remove(filepath.Join(string(keeps.peers), "2.pem")))
	_, err = asks.asker(1, address).Ask(t.Context(), first, root)
	require.Error(t, err, "who is trusted no more is refused at once")
	require.Len(t, keeps.reports(), 1)
}

func TestStrangersAreRefusedAtTheHandshake(t *testing.T) {
	_, asks, address := pair(t, vault.Settings{})
	stranger, _ := certificate(t)
	shake := func(wait time.Duration, own ...tls.Certificate) error {
		c, err := tls.Dial("tcp", strings.TrimPrefix(address, "https://"), &tls.Config{Certificates: own, InsecureSkipVerify: true})
		require.NoError(t, err) // in TLS 1.3 the answer to the client's certificate comes after
		defer c.Close()
		require.NoError(t, c.SetReadDeadline(time.Now().Add(wait)))
		_, err = c.Read(make([]byte, 1))
		return err
	}
	require.ErrorContains(t, shake(time.Minute, stranger), "bad certificate")
	require.ErrorContains(t, shake(time.Minute), "certificate required")
	require.ErrorIs(t, shake(time.Second, asks.own), os.ErrDeadlineExceeded, "who is trusted may go on to ask")
}

func TestAQuestionThatIsNotAsItMustBeIsRefused(t *testing.T) {
	keeps, asks, address := pair(t, vault.Settings{})
	id := asks.takes(2, table(1, 8, true))[0]
	key := bytes.Repeat([]byte{1}, 32)
	prints, err := asks.vault.Fingerprint(t.Context(), id, key)
	require.NoError(t, err)
	strange, err := asks.vault.Fingerprint(t.Context(), id, bytes.Repeat([]byte{9}, 32))
	require.NoError(t, err)
	keeps.takes(1, table(1, 8, false))
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{
		Certificates: []tls.Certificate{asks.own}, InsecureSkipVerify: true,
	}}}
	defer client.CloseIdleConnections()
	good := func() copies.Question {
		return copies.Question{
			Version: copies.Version, Claimant: 2, Work: 1, Shared: vault.SharedName(key),
			Items: []copies.Item{{AnchoredAt: time.Now(), Prints: prints}},
		}
	}
	text := func(change func(*copies.Question)) string {
		q := good()
		change(&q)
		b, err := json.Marshal(q)
		require.NoError(t, err)
		return string(b)
	}
	for name, row := range map[string]struct {
		body   string
		status int
		want   string
	}{
		"another version":           {text(func(q *copies.Question) { q.Version = 2 }), 400, "version 2"},
		"another version of prints": {strings.Replace(text(func(*copies.Question) {}), `"prints":{"version":1`, `"prints":{"version":2`, 1), 400, "version 2"},
		"no JSON":                   {"x", 400, "does not read"},
		"a field too many":          {strings.Replace(text(func(*copies.Question) {}), "{", `{"patient":"x",`, 1), 400, "unknown field"},
		"no work":                   {text(func(q *copies.Question) { q.Work = 0 }), 400, "no work"},
		"no fingerprints":           {text(func(q *copies.Question) { q.Items = nil }), 400, "no fingerprints"},
		"more records than claimed": {text(func(q *copies.Question) {
			for range 100 {
				q.Items = append(q.Items, q.Items[0])
			}
		}), 403, "101 records"},
		"too many records":             {text(func(q *copies.Question) { q.Items = append(make([]copies.Item, copies.MaxItems), q.Items...) }), 400, "too many"},
		"too large":                    {strings.Repeat(" ", copies.MaxBody+1), 413, "bytes"},
		"another key in a fingerprint": {text(func(q *copies.Question) { q.Items[0].Prints = strange }), 409, "another key"},
	} {
		response, err := client.Post(address+copies.Path, "application/json", strings.NewReader(row.body))
		require.NoError(t, err, name)
		said, err := io.ReadAll(response.Body)
		require.NoError(t, err, name)
		require.NoError(t, response.Body.Close())
		require.Equal(t, row.status, response.StatusCode, "%s: %s", name, said)
		require.Contains(t, string(said), row.want, name)
	}
}

func TestTrustIsCheckedBeforeItIsGiven(t *testing.T) {
	one, other := newHospital(t, vault.Settings{Institution: 1}), newHospital(t, vault.Settings{Institution: 2})
	require.ErrorContains(t, one.peers.Trust(0, other.pem, sharedKey(1)), "institution 0")
	require.ErrorContains(t, one.peers.Trust(2, []byte("x"), sharedKey(1)), "PEM")
	require.ErrorContains(t, one.peers.Trust(2, other.pem, []byte("x")), "shared key")
	one.trusts(other, sharedKey(1))
	one.trusts(other, sharedKey(2))
	require.ErrorContains(t, one.peers.Trust(3, other.pem, sharedKey(1)), "that of institution 2")
	all, err := one.peers.List()
	require.NoError(t, err)
	require.Equal(t, []uint64{2}, all)
	key, err := one.peers.Key(2)
	require.NoError(t, err)
	require.Equal(t, bytes.Repeat([]byte{2}, 32), key)
	_, err = one.peers.Key(3)
	require.ErrorIs(t, err, copies.ErrStranger)
}
