package sample

import (
	"bytes"
	"cmp"
	"maps"
	"slices"

	"github.com/suyashkumar/dicom"
	"github.com/suyashkumar/dicom/pkg/frame"
	"github.com/suyashkumar/dicom/pkg/tag"
	dicomuid "github.com/suyashkumar/dicom/pkg/uid"
)

// image is one slice of an examination, 64 by 64 pixels of 16 bits.
type image struct {
	of              person
	modality, class string
	syntax          string // the transfer syntax
	study, body     string
	intercept       string // of the rescaling to Hounsfield units, or ""
}

var (
	ct = image{
		of: people[0], modality: "CT", class: "1.2.840.10008.5.1.4.1.1.2", syntax: dicomuid.ExplicitVRLittleEndian,
		study: "CT of the chest", body: "CHEST", intercept: "-1024",
	}
	mr = image{
		of: people[1], modality: "MR", class: "1.2.840.10008.5.1.4.1.1.4", syntax: dicomuid.ImplicitVRLittleEndian,
		study: "MR of the knee", body: "KNEE",
	}
)

const side = 64

// pixels draws a bright disc with a darker core and some noise.
func (i image) pixels() dicom.PixelDataInfo {
	native := frame.NewNativeFrame[uint16](16, side, side, side*side, 1)
	for at := range native.RawData {
		x, y := at%side-side/2, at/side-side/2
		level := 40
		if r := x*x + y*y; r < 100 {
			level = 700
		} else if r < 700 {
			level = 1100
		}
		native.RawData[at] = uint16(level + draw(64, i.modality, at))
	}
	return dicom.PixelDataInfo{Frames: []*frame.Frame{{NativeData: native}}}
}

// encode returns the image as a DICOM file.
func (i image) encode() ([]byte, error) {
	var set dicom.Dataset
	for t, value := range i.attributes() {
		element, err := dicom.NewElement(t, value)
		if err != nil {
			return nil, err
		}
		set.Elements = append(set.Elements, element)
	}
	slices.SortFunc(set.Elements, func(a, b *dicom.Element) int {
		return cmp.Or(cmp.Compare(a.Tag.Group, b.Tag.Group), cmp.Compare(a.Tag.Element, b.Tag.Element))
	})
	var out bytes.Buffer
	err := dicom.Write(&out, set)
	return out.Bytes(), err
}

func (i image) attributes() map[tag.Tag]any {
	instance := uid(i.modality, "instance")
	all := map[tag.Tag]any{
		tag.FileMetaInformationVersion: []byte{0, 1},
		tag.MediaStorageSOPClassUID:    []string{i.class},
		tag.MediaStorageSOPInstanceUID: []string{instance},
		tag.TransferSyntaxUID:          []string{i.syntax},
		tag.ImplementationClassUID:     []string{uid("implementation")},
		tag.SpecificCharacterSet:       []string{"ISO_IR 100"},
		tag.ImageType:                  []string{"ORIGINAL", "PRIMARY", "AXIAL"},
		tag.SOPClassUID:                []string{i.class},
		tag.SOPInstanceUID:             []string{instance},
		tag.StudyDate:                  []string{"20240229"},
		tag.StudyTime:                  []string{"101500"},
		tag.AccessionNumber:            []string{"ACC-" + i.of.number[4:]},
		tag.Modality:                   []string{i.modality},
		tag.Manufacturer:               []string{"Invented Devices"},
		tag.InstitutionName:            []string{hospital},
		tag.ReferringPhysicianName:     []string{"Placeholder^Hieronymus"},
		tag.StudyDescription:           []string{i.study},
		tag.PatientName:                []string{i.of.family + "^" + i.of.given},
		tag.PatientID:                  []string{i.of.number},
		tag.IssuerOfPatientID:          []string{hospital},
		tag.PatientBirthDate:           []string{i.of.day()},
		tag.PatientSex:                 []string{i.of.initial()},
		tag.BodyPartExamined:           []string{i.body},
		tag.SliceThickness:             []string{"2.5"},
		tag.StudyInstanceUID:           []string{uid(i.modality, "study")},
		tag.SeriesInstanceUID:          []string{uid(i.modality, "series")},
		tag.SeriesNumber:               []string{"1"},
		tag.InstanceNumber:             []string{"1"},
		tag.ImagePositionPatient:       []string{"-80", "-80", "12.5"},
		tag.ImageOrientationPatient:    []string{"1", "0", "0", "0", "1", "0"},
		tag.FrameOfReferenceUID:        []string{uid(i.modality, "frame")},
		tag.ProcedureCodeSequence:      i.procedure(),
	}
	maps.Copy(all, i.raster())
	if i.intercept != "" {
		all[tag.RescaleIntercept], all[tag.RescaleSlope] = []string{i.intercept}, []string{"1"}
	}
	return all
}

// raster is the pixels and what says how to read them.
func (i image) raster() map[tag.Tag]any {
	return map[tag.Tag]any{
		tag.SamplesPerPixel:           []int{1},
		tag.PhotometricInterpretation: []string{"MONOCHROME2"},
		tag.Rows:                      []int{side},
		tag.Columns:                   []int{side},
		tag.PixelSpacing:              []string{"2.5", "2.5"},
		tag.BitsAllocated:             []int{16},
		tag.BitsStored:                []int{16},
		tag.HighBit:                   []int{15},
		tag.PixelRepresentation:       []int{0},
		tag.PixelData:                 i.pixels(),
	}
}

// procedure is a sequence of one item.
func (i image) procedure() [][]*dicom.Element {
	text := func(t tag.Tag, value string) *dicom.Element {
		element, err := dicom.NewElement(t, []string{value})
		if err != nil {
			panic(err) // the tags below are in the dictionary
		}
		return element
	}
	return [][]*dicom.Element{{
		text(tag.CodeValue, "RPID"+i.modality),
		text(tag.CodingSchemeDesignator, "99SAMPLE"),
		text(tag.CodeMeaning, i.study),
	}}
}
