// Package dicom reads DICOM objects: files of PS3.10, and bare data sets that
// begin with group 0008. One file is one record.
//
// # dicom-dataset/1
//
// The canonical form is the data set in explicit VR little endian, so that the
// implicit, explicit, big endian and deflated encodings of one object have one
// form, and any DICOM toolkit can read it:
//
//   - Left out: the preamble, group 0002, group lengths (gggg,0000), Length to
//     End (0008,0001) and Data Set Trailing Padding (FFFC,FFFC). They describe
//     an encoding.
//   - Elements ascend by tag, in every item too. A tag that stands twice in one
//     data set is refused.
//   - Sequences and items have undefined length and end with their delimiters.
//   - The value representation (VR) is the dictionary's, because an implicit
//     encoding cannot say another one. Where the dictionary leaves a choice it
//     is OW if that is among them (so pixel data is OW whatever its depth), and
//     the first otherwise (US of "US or SS"). The dictionary is that of
//     github.com/suyashkumar/dicom v1.1.0, held by a test. Groups 50xx, 60xx,
//     7Fxx and the elements (0020,31xx) repeat.
//   - Private creators (odd group, 0010 to 00FF) are LO. Every other tag that
//     the dictionary does not know, private or not, is UN, whatever an explicit
//     encoding says: the implicit one cannot say it, and the VR of a private
//     element is in the hands of its creator. What it holds is kept, in little
//     endian order by the VR stated. If the stated VR is SQ, the length is
//     undefined, or the value is at most 16 MiB and reads to its last byte as a
//     sequence in implicit VR, it is written as SQ by these same rules; a
//     sequence without items is an empty UN.
//   - A known sequence whose stated VR is not SQ is read as implicit VR little
//     endian, as PS3.5 6.2.2 asks for UN.
//   - A value of more than 65,534 bytes whose VR has a short length is UN.
//   - Text and UI of at most 16 MiB lose spaces and zero bytes at the end: PS3.5
//     6.2 calls them insignificant, and toolkits drop them. Then every value is
//     padded to even length, text with a space and everything else with a zero
//     byte. Nothing else of a value is touched: UN and binary values keep what
//     looks like padding (so a private text with more of it than its length needs
//     has another digest once a toolkit drops that), and text is never converted
//     to another character set.
//   - Compressed pixel data stays compressed, fragment by fragment: which
//     fragment begins a frame is not always told, so joining them could give two
//     different images one form. The basic offset table is emptied where it can
//     say nothing (one frame, or one fragment a frame) and kept otherwise. VR
//     is OB. Another compression is another digest, also a lossless one.
//
// # dicom-image/1
//
// What of an image survives a PACS that edits demographics or changes a
// lossless encoding: a data set by the same rules that holds only the elements
// below and, as (7FE0,0010) with one item a frame, the decoded pixels, sample
// after sample of each pixel, little endian. The elements are those that PS3.15
// Annex C.2 (Creator RSA Digital Signature Profile) signs and an image has:
//
//   - UIDs of SOP class, instance, study and series; creation date and time;
//   - General Equipment, General Image and Image Pixel modules, but for Planar
//     Configuration, the offset tables and the total length of compressed data,
//     and the icon, which toolkits compress together with the image;
//   - Overlay Plane and Curve groups, Graphic Annotation Sequence;
//   - Multi-frame module and functional groups;
//   - Pixel Presentation, Volumetric Properties, Volume Based Calculation
//     Technique, Complex Image Component, Acquisition Contrast and Content
//     Qualification of the enhanced image modules;
//
// and beyond what Annex C asks, since pixels mean little without them: position,
// orientation, spacing, thickness (Image Plane) and the Modality LUT. Modules of
// reports, waveforms, surfaces and raw data are not part: such objects have
// dicom-dataset/1 only. Specific Character Set is included, for text depends on
// it. An archive that edits the name of the institution, an acquisition date or
// a UID changes this form, as it would break that signature.
//
// Native pixels and RLE Lossless are decoded. JPEG, JPEG-LS and JPEG 2000 are
// not: no maintained Go library under a licence we may use decodes their
// lossless forms. Such a record has dicom-dataset/1 only and a note.
//
// # Why an own reader of elements
//
// The dictionary, the UIDs, the character sets and dates come from
// github.com/suyashkumar/dicom. Its parser is not used, because its model loses
// what a canonical form needs: it trims text and splits it at backslashes, turns
// FL into decimals, holds every pixel as a Go value (several times the file in
// memory, allocated from a length before a byte was read), skips the basic offset
// table, reads UN of undefined length with the outer encoding and known
// sequences stated as UN as bytes, gives OV, SV and UV a short length, and writes
// to the standard logger.
//
// # Limits
//
// Memory does not grow with the object as long as its elements are in order, as
// the standard demands: at most one unknown value of 16 MiB, or one frame of 128
// MiB that must be decoded, is held. Otherwise the elements are held, at most 64
// MiB of them, and values over 1 MiB, at most 256, are read again when their turn
// comes. Sequences nest at most 64 deep. Errors give the tag and the offset of its element, counted from
// the start of the file; in a deflated object as if it were inflated in place.
package dicom
