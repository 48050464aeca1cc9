package demo

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/suyashkumar/dicom"
	"github.com/suyashkumar/dicom/pkg/frame"
	"github.com/suyashkumar/dicom/pkg/tag"
	dicomuid "github.com/suyashkumar/dicom/pkg/uid"

	canonical "github.com/dmdl-network/dmdl/hospital/canonical/dicom"
	"github.com/dmdl-network/dmdl/hospital/canonical/format"
	"github.com/dmdl-network/dmdl/hospital/clerk"
	"github.com/dmdl-network/dmdl/hospital/sample"
	"github.com/dmdl-network/dmdl/hospital/vault"
	"github.com/dmdl-network/dmdl/x/copyright"
)

// copied is what a report tells of a near-duplicate.
type copied struct {
	Found []struct {
		Record     uint64 `json:"record,string"`
		Similarity float64
		Earlier    bool
	}
}

// copy has another hospital claim a copy of an image of the custodian's vault in other
// bytes, ask that vault for copies, and both get the report.
func (s *story) copy(ctx context.Context) (string, error) {
	original, image, err := s.reencoded(ctx)
	if errors.Is(err, errNoImage) { // the story goes on with one of the sample
		if err = s.takeSampleImages(ctx); err == nil {
			original, image, err = s.reencoded(ctx)
		}
	}
	if err != nil {
		return "", err
	}
	taker, err := s.openTaker(ctx)
	if err != nil {
		return "", err
	}
	root, work, err := s.claimCopy(ctx, taker, image)
	if err != nil {
		return "", err
	}
	if err := s.introduce(ctx, taker, s.archive); err != nil {
		return "", err
	}
	address, end, err := s.answerCopies(ctx)
	if err != nil {
		return "", err
	}
	var got []copied
	for got == nil { // until a block has proven the claim
		err = taker.dmdld(ctx, s.Binary, &got, "vault", "copies", "ask", root, "--work", workName(work), "--peer", strconv.Itoa(custodian+1),
			"--address", address, "--copies-cert", s.certificate(taker), "--copies-key", s.certificate(taker)+".key")
		if err != nil && !strings.Contains(err.Error(), "try again") && !strings.Contains(err.Error(), "no claim") && !strings.Contains(err.Error(), "ask again") {
			return "", errors.Join(err, end())
		}
		if err != nil {
			height, waited := s.client.Height(ctx)
			if waited == nil {
				waited = s.archive.node.WaitHeight(ctx, height+1)
			}
			if waited != nil {
				return "", errors.Join(err, waited, end())
			}
		}
	}
	if err := end(); err != nil {
		return "", err
	}
	var kept []copied
	if err := s.archive.dmdld(ctx, s.Binary, &kept, "vault", "copies", "reports"); err != nil {
		return "", err
	}
	for _, r := range [][]copied{got, kept} {
		if len(r) == 0 || len(r[len(r)-1].Found) != 1 || !r[len(r)-1].Found[0].Earlier {
			return "", fmt.Errorf("the copy of record %d was not reported: %+v", original, r)
		}
	}
	found := kept[len(kept)-1].Found[0]
	return fmt.Sprintf("work %s: its record is %.2f similar to record %d, which was anchored earlier; both vaults have the report, the ledger has nothing of it",
		workName(work), found.Similarity, found.Record), nil
}

// errNoImage says that the vault has no image that the story can write anew.
var errNoImage = errors.New("the vault has no image of 16 bits without sign")

// takeSampleImages takes the images of the project's sample into the custodian's vault.
func (s *story) takeSampleImages(ctx context.Context) error {
	folder := filepath.Join(s.home, "sample")
	if err := sample.Write(folder); err != nil {
		return err
	}
	return s.archive.dmdld(ctx, s.Binary, nil, "vault", "ingest", filepath.Join(folder, "imaging"), "--anchor")
}

// reencoded returns an image of the custodian's vault, as another program would write
// it: with other values of pixels, in another transfer syntax, without who it is of.
func (s *story) reencoded(ctx context.Context) (id uint64, file []byte, err error) {
	errFound := errors.New("found")
	err = s.office(ctx, func(v *vault.Vault, _ *clerk.Office) error {
		return eachRecord(ctx, v, func(r vault.Record) error {
			e, err := v.Envelope(ctx, r.ID)
			if err != nil || !strings.HasPrefix(e.Openings.Content.Profile, "dicom-") {
				return err
			}
			original, err := readRecord(ctx, v, r.ID)
			if err != nil {
				return err
			}
			for f, err := range canonical.Frames(format.Bytes(original, "")) {
				if err != nil || f.Samples != 1 || f.Bytes != 2 || f.Signed || f.Photometric != "MONOCHROME2" {
					break // look for another one
				}
				if id, file = r.ID, anew(f); file != nil {
					return errFound
				}
			}
			return nil
		})
	})
	if errors.Is(err, errFound) {
		return id, file, nil
	}
	return 0, nil, errors.Join(err, errNoImage)
}

// anew writes a frame as a file.
func anew(f canonical.Frame) []byte {
	picture := frame.NewNativeFrame[uint16](16, f.Rows, f.Columns, f.Rows*f.Columns, 1)
	for at := range picture.RawData {
		picture.RawData[at] = binary.LittleEndian.Uint16(f.Pixels[2*at:])/2 + 100
	}
	const instance, class = "2.25.20260501", "1.2.840.10008.5.1.4.1.1.7"
	var set dicom.Dataset
	for _, part := range []struct {
		tag   tag.Tag
		value any
	}{
		{tag.FileMetaInformationVersion, []byte{0, 1}},
		{tag.MediaStorageSOPClassUID, []string{class}},
		{tag.MediaStorageSOPInstanceUID, []string{instance}},
		{tag.TransferSyntaxUID, []string{dicomuid.ImplicitVRLittleEndian}},
		{tag.SOPClassUID, []string{class}},
		{tag.SOPInstanceUID, []string{instance}},
		{tag.Modality, []string{"OT"}},
		{tag.PatientID, []string{"copied"}},
		{tag.StudyInstanceUID, []string{instance + ".1"}},
		{tag.SeriesInstanceUID, []string{instance + ".2"}},
		{tag.SamplesPerPixel, []int{1}},
		{tag.PhotometricInterpretation, []string{"MONOCHROME2"}},
		{tag.Rows, []int{f.Rows}},
		{tag.Columns, []int{f.Columns}},
		{tag.BitsAllocated, []int{16}},
		{tag.BitsStored, []int{16}},
		{tag.HighBit, []int{15}},
		{tag.PixelRepresentation, []int{0}},
		{tag.PixelData, dicom.PixelDataInfo{Frames: []*frame.Frame{{NativeData: picture}}}},
	} {
		element, err := dicom.NewElement(part.tag, part.value)
		if err != nil {
			return nil
		}
		set.Elements = append(set.Elements, element)
	}
	var out bytes.Buffer
	if err := dicom.Write(&out, set); err != nil {
		return nil
	}
	return out.Bytes()
}

// openTaker makes the vault of the hospital that takes the copy. It is restored from a
// backup at once, which gives it numbers of batches that the hospital did not use.
func (s *story) openTaker(ctx context.Context) (*archive, error) {
	a := &archive{home: filepath.Join(s.home, "empty-vault"), node: s.net.Nodes[treating]}
	recovery, backup := filepath.Join(s.home, "taker.key"), filepath.Join(s.home, "taker-backup")
	var made struct{ Recipient string }
	if err := a.dmdld(ctx, s.Binary, &made, "vault", "recovery-key", recovery); err != nil {
		return nil, err
	}
	if err := a.dmdld(ctx, s.Binary, nil, "vault", "init", "--chain-id", s.net.ChainID,
		"--institution", strconv.Itoa(treating+1), "--recovery", made.Recipient); err != nil {
		return nil, err
	}
	if err := a.dmdld(ctx, s.Binary, nil, "vault", "backup", backup); err != nil {
		return nil, err
	}
	escrow := filepath.Join(a.home, "escrow.age")
	a.home = filepath.Join(s.home, "taker")
	if err := a.dmdld(ctx, s.Binary, nil, "vault", "restore", backup, "--recovery", recovery, "--escrow", escrow); err != nil {
		return nil, err
	}
	return a, s.connectVault(ctx, a, s.net.Nodes[custodian])
}

// claimCopy takes the image into the vault and has its hospital claim it as a work.
func (s *story) claimCopy(ctx context.Context, taker *archive, image []byte) (root string, id copyright.WorkId, err error) {
	taker.data = filepath.Join(s.home, "taken")
	if err := errors.Join(os.Mkdir(taker.data, 0o700), os.WriteFile(filepath.Join(taker.data, "1.dcm"), image, 0o600)); err != nil {
		return "", id, err
	}
	if err := taker.dmdld(ctx, s.Binary, nil, "vault", "ingest", taker.data, "--anchor"); err != nil {
		return "", id, err
	}
	var made struct {
		Root string
		Size uint64 `json:"size,string"`
	}
	if err := taker.dmdld(ctx, s.Binary, &made, "vault", "work", "make"); err != nil {
		return "", id, err
	}
	digest, err := hex.DecodeString(made.Root)
	if err != nil {
		return "", id, err
	}
	id, err = s.register(ctx, treating, &copyright.MsgRegisterWork{
		Kind: copyright.WORK_KIND_DATASET, Right: copyright.RIGHT_DATABASE, Description: digest,
		Root: digest, Size_: made.Size, Custodians: []uint64{treating + 1},
	})
	return made.Root, id, err
}

// certificate is the file of a vault's certificate, outside of its home.
func (s *story) certificate(a *archive) string { return a.home + ".pem" }

// introduce has two vaults trust each other.
func (s *story) introduce(ctx context.Context, taker, keeper *archive) error {
	key := filepath.Join(s.home, "shared.key")
	if err := os.WriteFile(key, []byte(strings.Repeat("5a", 32)), 0o600); err != nil {
		return err
	}
	for _, a := range []*archive{taker, keeper} {
		if err := a.dmdld(ctx, s.Binary, nil, "vault", "copies", "certificate", s.certificate(a), s.certificate(a)+".key"); err != nil {
			return err
		}
	}
	return errors.Join(
		taker.dmdld(ctx, s.Binary, nil, "vault", "copies", "trust", strconv.Itoa(custodian+1), s.certificate(keeper), "--key-file", key),
		keeper.dmdld(ctx, s.Binary, nil, "vault", "copies", "trust", strconv.Itoa(treating+1), s.certificate(taker), "--key-file", key),
	)
}

// answerCopies has the custodian's vault answer other institutions until end.
func (s *story) answerCopies(ctx context.Context) (address string, end func() error, err error) {
	cmd := exec.CommandContext(ctx, s.Binary, "vault", "serve", "--vault", s.archive.home, "--listen", "", "--cadence", "1h",
		"--copies-listen", "127.0.0.1:0", "--copies-cert", s.certificate(s.archive), "--copies-key", s.certificate(s.archive)+".key")
	cmd.WaitDelay = 10 * time.Second
	log, err := cmd.StderrPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		return "", nil, err
	}
	lines := bufio.NewScanner(log)
	var said strings.Builder
	for lines.Scan() {
		if _, found, ok := strings.Cut(lines.Text(), `msg="serving copies" address=`); ok {
			go func() { _, _ = io.Copy(io.Discard, log) }() // so that it never waits for a reader
			return "https://" + found, func() error { return errors.Join(cmd.Process.Signal(os.Interrupt), cmd.Wait()) }, nil
		}
		said.WriteString(lines.Text() + "\n")
	}
	return "", nil, errors.Join(errors.New("the vault does not serve: "+said.String()), cmd.Wait())
}
