package copies_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/stretchr/testify/require"
	"github.com/suyashkumar/dicom"
	"github.com/suyashkumar/dicom/pkg/frame"
	"github.com/suyashkumar/dicom/pkg/tag"
	dicomuid "github.com/suyashkumar/dicom/pkg/uid"

	"github.com/dmdl-network/dmdl/hospital/canonical/format"
	"github.com/dmdl-network/dmdl/hospital/clerk"
	"github.com/dmdl-network/dmdl/hospital/copies"
	"github.com/dmdl-network/dmdl/hospital/ingest"
	"github.com/dmdl-network/dmdl/hospital/sample"
	"github.com/dmdl-network/dmdl/hospital/vault"
	"github.com/dmdl-network/dmdl/x/copyright"
	"github.com/dmdl-network/dmdl/x/records"
)

// hospital is a vault with its certificate.
type hospital struct {
	t      *testing.T
	number uint64
	vault  *vault.Vault
	peers  copies.Peers
	own    tls.Certificate
	pem    []byte
}

func newHospital(t *testing.T, s vault.Settings) *hospital {
	t.Helper()
	recovery, err := age.GenerateHybridIdentity()
	require.NoError(t, err)
	home := filepath.Join(t.TempDir(), "vault")
	s.Name, s.ChainID = "test", "dmdl-test-1"
	require.NoError(t, vault.Create(t.Context(), home, s, recovery.Recipient().String()))
	h := &hospital{t: t, number: s.Institution, peers: copies.PeersIn(home)}
	h.vault, err = vault.Open(t.Context(), home, vault.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, h.vault.Close()) })
	h.own, h.pem = certificate(t)
	return h
}

// certificate makes a certificate that nobody else signed.
func certificate(t *testing.T) (tls.Certificate, []byte) {
	t.Helper()
	text, key, err := copies.NewCertificate()
	require.NoError(t, err)
	pair, err := tls.X509KeyPair(text, key)
	require.NoError(t, err)
	return pair, text
}

// sharedKey is a key in hex.
func sharedKey(n byte) []byte { return []byte(hex.EncodeToString(bytes.Repeat([]byte{n}, 32)) + "\n") }

// trusts pins another hospital.
func (h *hospital) trusts(other *hospital, key []byte) {
	h.t.Helper()
	require.NoError(h.t, h.peers.Trust(other.number, other.pem, key))
}

// takes takes in documents in one batch, which is anchored on a day, and returns the
// numbers of the records.
func (h *hospital) takes(day int, documents ...[]byte) (ids []uint64) {
	h.t.Helper()
	for _, document := range documents {
		in := ingest.New(h.vault, ingest.Options{Patient: "somebody", Found: func(f ingest.Found) { ids = append(ids, f.ID) }})
		require.NoError(h.t, in.Take(h.t.Context(), format.Bytes(document, "")))
		require.NoError(h.t, in.Flush(h.t.Context()))
		require.Empty(h.t, in.Failures())
	}
	b, _, err := h.vault.Seal(h.t.Context(), 1000)
	require.NoError(h.t, err)
	at := time.Date(2026, 1, day, 0, 0, 0, 0, time.UTC)
	require.NoError(h.t, h.vault.Anchored(h.t.Context(), b.Number, uint64(day), at))
	return ids
}

// work lists all records as a work and returns its root.
func (h *hospital) work() []byte {
	h.t.Helper()
	all, err := h.vault.List(h.t.Context(), vault.Filter{}, 0, 0)
	require.NoError(h.t, err)
	w, err := h.vault.AddWork(h.t.Context(), nil, func(yield func(records.RecordId, error) bool) {
		for _, r := range all {
			if !yield(records.RecordId{Institution: h.number, Batch: r.Batch, Leaf: r.Leaf}, nil) {
				return
			}
		}
	})
	require.NoError(h.t, err)
	return w.Root[:]
}

// serves lets others ask, until the test ends. The ledger shows the first work of every
// institution, of 100 records, as its claim.
func (h *hospital) serves() string {
	h.t.Helper()
	works := func(_ context.Context, id copyright.WorkId) (*copyright.Work, error) {
		if id.Number > 2 {
			return nil, clerk.ErrNoWork
		}
		w := &copyright.Work{Id: id, Size_: 100, Status: copyright.WORK_STATUS_CLAIMED}
		if id.Number != 1 {
			w.Status = copyright.WORK_STATUS_REJECTED
		}
		return w, nil
	}
	s := httptest.NewUnstartedServer(copies.NewServer(h.vault, h.peers, works, slog.New(slog.DiscardHandler)).Handler())
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	s.TLS = h.peers.ServerTLS(h.own)
	s.StartTLS()
	h.t.Cleanup(s.Close)
	return s.URL
}

func (h *hospital) asker(peer uint64, address string) *copies.Asker {
	return &copies.Asker{Vault: h.vault, Peers: h.peers, Own: h.own, Peer: peer, Address: address}
}

func (h *hospital) reports() []vault.CopyReport {
	h.t.Helper()
	all, err := h.vault.Copies(h.t.Context(), 0)
	require.NoError(h.t, err)
	return all
}

// images returns the sample's images.
func images(t *testing.T) (all [][]byte) {
	t.Helper()
	folder := t.TempDir()
	require.NoError(t, sample.Write(folder))
	require.NoError(t, filepath.WalkDir(folder, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if len(content) > 132 && string(content[128:132]) == "DICM" {
			all = append(all, content)
		}
		return err
	}))
	require.NotEmpty(t, all)
	return all
}

// redrawn writes an image anew: in another transfer syntax, with another instance UID,
// and with every pixel changed.
func redrawn(t *testing.T, file []byte, change func(x, y int, value uint16) uint16) []byte {
	t.Helper()
	set, err := dicom.Parse(bytes.NewReader(file), int64(len(file)), nil)
	require.NoError(t, err)
	for i, e := range set.Elements {
		var value any
		switch e.Tag {
		case tag.TransferSyntaxUID:
			value = []string{dicomuid.ImplicitVRLittleEndian}
			if strings.TrimRight(dicom.MustGetStrings(e.Value)[0], "\x00") == dicomuid.ImplicitVRLittleEndian {
				value = []string{dicomuid.ExplicitVRLittleEndian}
			}
		case tag.SOPInstanceUID, tag.MediaStorageSOPInstanceUID:
			value = []string{"2.25.77"}
		case tag.PixelData:
			old := dicom.MustGetPixelDataInfo(e.Value).Frames[0].NativeData
			anew := frame.NewNativeFrame[uint16](16, old.Rows(), old.Cols(), old.Rows()*old.Cols(), 1)
			for at := range anew.RawData {
				v, err := old.GetPixel(at%old.Cols(), at/old.Cols())
				require.NoError(t, err)
				anew.RawData[at] = change(at%old.Cols(), at/old.Cols(), uint16(v[0]))
			}
			value = dicom.PixelDataInfo{Frames: []*frame.Frame{{NativeData: anew}}}
		default:
			continue
		}
		set.Elements[i], err = dicom.NewElement(e.Tag, value)
		require.NoError(t, err)
	}
	var out bytes.Buffer
	require.NoError(t, dicom.Write(&out, set))
	return out.Bytes()
}

// rewindowed is a copy of an image under another window.
func rewindowed(t *testing.T, file []byte) []byte {
	t.Helper()
	return redrawn(t, file, func(_, _ int, v uint16) uint16 { return v/2 + 11 })
}

// another is an image of something else.
func another(t *testing.T, file []byte) []byte {
	t.Helper()
	return redrawn(t, file, func(x, y int, _ uint16) uint16 {
		if x > 10 && x < 24 && y > 5 && y < 60 || y > 44 && y < 60 && x > 10 && x < 50 {
			return uint16(900 + 7*(x^y))
		}
		return uint16(20 + x*y%13)
	})
}

// table is a table of a number: its rows in order, or backwards and with fewer columns.
func table(number, columns int, backwards bool) []byte {
	var b bytes.Buffer
	b.WriteString(strings.Join(strings.Split("id,age,creatinine,sodium,potassium,ward,code,note", ",")[:columns], ",") + "\n")
	const rows = 400
	for i := range rows {
		if backwards {
			i = rows - 1 - i
		}
		for c := range columns {
			if c > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, "%d", (number*7919+i*104729+c*15485863)*31%1000003)
		}
		b.WriteByte('\n')
	}
	return b.Bytes()
}
