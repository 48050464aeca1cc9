package dicom

import (
	"github.com/suyashkumar/dicom/pkg/tag"
)

// signed are the elements of dicom-image/1 outside repeating groups; the package
// comment says where they come from.
var signed = set(
	// SOP common, study and series.
	tag.SpecificCharacterSet, tag.InstanceCreationDate, tag.InstanceCreationTime, tag.SOPClassUID, tag.SOPInstanceUID,
	tag.StudyInstanceUID, tag.SeriesInstanceUID,
	// General Equipment.
	tag.Manufacturer, tag.InstitutionName, tag.InstitutionAddress, tag.StationName, tag.InstitutionalDepartmentName,
	tag.InstitutionalDepartmentTypeCodeSequence, tag.ManufacturerModelName, tag.DeviceSerialNumber, tag.DeviceUID,
	tag.GantryID, tag.UDISequence, tag.ManufacturerDeviceClassUID, tag.SoftwareVersions, tag.SpatialResolution,
	tag.DateOfLastCalibration, tag.TimeOfLastCalibration, tag.DateOfManufacture, tag.DateOfInstallation, tag.PixelPaddingValue,
	// General Image.
	tag.ImageType, tag.AcquisitionDate, tag.ContentDate, tag.AcquisitionDateTime, tag.AcquisitionTime, tag.ContentTime,
	tag.ReferencedImageSequence, tag.ReferencedInstanceSequence, tag.DerivationDescription, tag.SourceImageSequence,
	tag.DerivationCodeSequence, tag.AcquisitionNumber, tag.InstanceNumber, tag.PatientOrientation, tag.ImageLaterality,
	tag.ImagesInAcquisition, tag.ImageComments, tag.QualityControlImage, tag.BurnedInAnnotation,
	tag.RecognizableVisualFeatures, tag.LossyImageCompression, tag.LossyImageCompressionRatio,
	tag.LossyImageCompressionMethod, tag.RealWorldValueMappingSequence, tag.PresentationLUTShape,
	// Image Pixel.
	tag.SamplesPerPixel, tag.PhotometricInterpretation, tag.Rows, tag.Columns, tag.PixelAspectRatio, tag.BitsAllocated,
	tag.BitsStored, tag.HighBit, tag.PixelRepresentation, tag.SmallestImagePixelValue, tag.LargestImagePixelValue,
	tag.PixelPaddingRangeLimit, tag.RedPaletteColorLookupTableDescriptor, tag.GreenPaletteColorLookupTableDescriptor,
	tag.BluePaletteColorLookupTableDescriptor, tag.AlphaPaletteColorLookupTableDescriptor,
	tag.PaletteColorLookupTableUID, tag.RedPaletteColorLookupTableData, tag.GreenPaletteColorLookupTableData,
	tag.BluePaletteColorLookupTableData, tag.AlphaPaletteColorLookupTableData,
	tag.SegmentedRedPaletteColorLookupTableData, tag.SegmentedGreenPaletteColorLookupTableData,
	tag.SegmentedBluePaletteColorLookupTableData, tag.SegmentedAlphaPaletteColorLookupTableData, tag.ICCProfile,
	tag.ColorSpace, tag.PixelDataProviderURL, tag.PixelData,
	// Graphic Annotation.
	tag.GraphicAnnotationSequence,
	// Multi-frame and its functional groups.
	tag.NumberOfFrames, tag.FrameIncrementPointer, tag.StereoPairsPresent,
	tag.RepresentativeFrameNumber, tag.ConcatenationFrameOffsetNumber, tag.ConcatenationUID,
	tag.SOPInstanceUIDOfConcatenationSource, tag.InConcatenationNumber, tag.InConcatenationTotalNumber,
	tag.SharedFunctionalGroupsSequence, tag.PerFrameFunctionalGroupsSequence,
	// Enhanced images.
	tag.PixelPresentation, tag.VolumetricProperties, tag.VolumeBasedCalculationTechnique, tag.ComplexImageComponent,
	tag.AcquisitionContrast, tag.ContentQualification,
	// Image Plane and Modality LUT, beyond Annex C.
	tag.ImagePositionPatient, tag.ImageOrientationPatient, tag.PixelSpacing, tag.SliceThickness,
	tag.ModalityLUTSequence, tag.RescaleIntercept, tag.RescaleSlope, tag.RescaleType,
)

// isSigned says that an element of the outermost data set is in dicom-image/1.
func isSigned(t tag.Tag) bool {
	switch unrepeat(t).Group {
	case 0x5000, 0x6000:
		return true
	}
	return signed[t]
}

func set(tags ...tag.Tag) map[tag.Tag]bool {
	m := make(map[tag.Tag]bool, len(tags))
	for _, t := range tags {
		m[t] = true
	}
	return m
}
