// Package hl7v2 reads HL7 version 2 messages in their ER7 encoding, alone, in
// MLLP frames, or in batches.
//
// # Records
//
// A record is a message: the segments from one MSH to the next, or to the end of
// its MLLP frame or batch. FHS, BHS, BTS and FTS segments are no part of it. The
// source is read whole and may have 256 MiB.
//
// # Canonical form hl7v2-er7/1
//
// The message in UTF-8, every segment ended by one CR. Segments may have ended
// in CR, LF or CR LF; byte order mark, MLLP frame (0x0B ... 0x1C 0x0D) and empty
// lines around the message are gone. The text was decoded by the character set
// that MSH-18 declares (ASCII and UTF-8 if none). Since MSH-18 speaks of the
// bytes and not of what they say, it is emptied, and field separators at the end
// of MSH are gone. Nothing else changes: escapes, empty fields, white space and
// empty lines inside stay.
//
// Refused are text that its character set does not have, character sets other
// than those of HL7 table 0211 and IANA that golang.org/x/text decodes, and UTF-16.
//
// The form does not survive an interface engine that restamps MSH-7 (time) or
// MSH-10 (control id), as most do; each record carries a note that says so.
package hl7v2

import (
	"bytes"
	"fmt"
	"io"
	"iter"

	"github.com/dmdl-network/dmdl/hospital/canonical/format"
)

const (
	profile  = "hl7v2-er7/1"
	maxBytes = 256 << 20
)

const restamped = "an interface engine that restamps MSH-7 or MSH-10 changes the digest"

type reader struct{}

// New returns the format.
func New() format.Format { return reader{} }

// Profiles implements format.Format.
func (reader) Profiles() []string { return []string{profile} }

// Detect implements format.Format.
func (reader) Detect(head []byte, _ string) (why string, ok bool) {
	head = trimStart(head)
	for _, name := range []string{"MSH", "FHS", "BHS"} {
		if isHeader(head, name) {
			return "starts with an HL7 v2 header segment and its delimiters", true
		}
	}
	return "", false
}

// Items implements format.Format. A message that is alone is the source itself.
func (reader) Items(src format.Source) iter.Seq2[format.Item, error] {
	return func(yield func(format.Item, error) bool) {
		body, err := format.ReadAll(src, maxBytes)
		if err != nil {
			yield(format.Item{}, err)
			return
		}
		messages, enveloped, err := split(body)
		if err != nil {
			yield(format.Item{}, err)
			return
		}
		for n, message := range messages {
			raw, locator := src, ""
			if enveloped || len(messages) > 1 {
				raw, locator = format.Bytes(message, ""), fmt.Sprintf("message[%d]", n)
			}
			item, err := describe(message)
			if err != nil && locator != "" {
				err = fmt.Errorf("%s: %w", locator, err)
			}
			item.Raw, item.Locator = raw, locator
			if !yield(item, err) {
				return
			}
		}
	}
}

// Canonical implements format.Format.
func (reader) Canonical(w io.Writer, _ string, raw format.Source) error {
	body, err := format.ReadAll(raw, maxBytes)
	if err != nil {
		return err
	}
	messages, _, err := split(body)
	if err != nil {
		return err
	}
	if len(messages) != 1 {
		return format.Invalidf("%d messages where one record is asked for: take them one by one", len(messages))
	}
	text, err := canonical(messages[0])
	if err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}

// split returns the messages of a source, without frames and envelopes, and
// whether there is an envelope around them.
func split(body []byte) (messages [][]byte, enveloped bool, err error) {
	start := -1
	end := func(at int) {
		if start >= 0 {
			messages = append(messages, bytes.TrimRight(body[start:at], "\r\n"))
			start = -1
		}
	}
	for at := 0; at < len(body); {
		next := at + lineLength(body[at:])
		segment := trimStart(body[at:next])
		from := next - len(segment)
		switch {
		case isHeader(segment, "MSH"):
			end(at)
			start = from
		case isEnvelope(segment):
			end(at)
			enveloped = true
		case start < 0 && len(bytes.Trim(segment, "\x1c\r\n")) > 0:
			return nil, false, format.Invalidf("text outside of any message at byte %d: a message begins with MSH", from)
		}
		if frame := bytes.IndexByte(body[at:next], endBlock); frame >= 0 {
			end(at + frame)
			if len(bytes.Trim(body[at+frame:next], "\x1c\r\n")) > 0 {
				return nil, false, format.Invalidf("text between MLLP frames at byte %d: take it out", at+frame)
			}
		}
		at = next
	}
	end(len(body))
	if len(messages) == 0 {
		return nil, false, format.Invalidf("no MSH segment: there is no message in it")
	}
	return messages, enveloped, nil
}
