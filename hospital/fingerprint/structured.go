package fingerprint

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// managed are names of FHIR whose values servers write anew: they say nothing of
// what a copy is a copy of.
var managed = map[string]bool{
	"id": true, "meta": true, "div": true, "fullUrl": true, "reference": true, "request": true, "response": true,
	"implicitRules": true,
}

// resource reads a FHIR resource: one row, whose cells are the values with their
// path. A resource within is a row of its own.
func (s *Sketcher) resource(r io.Reader) error {
	in := json.NewDecoder(r)
	in.UseNumber()
	cells, err := s.values(in, "", nil)
	if err != nil {
		return err
	}
	s.row(cells)
	_, err = in.Token() // the end, or why the source could not be read to it
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// values appends the cells of the next value.
func (s *Sketcher) values(in *json.Decoder, path string, cells []uint64) ([]uint64, error) {
	token, err := in.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('{'):
		cells, err = s.members(in, path, cells)
	case json.Delim('['):
		for in.More() && err == nil {
			cells, err = s.values(in, path, cells)
		}
	default:
		return s.cell(cells, path, fmt.Sprint(token)), nil
	}
	if err == nil {
		_, err = in.Token() // the closing bracket
	}
	return cells, err
}

// members appends the cells of an object's members.
func (s *Sketcher) members(in *json.Decoder, path string, cells []uint64) ([]uint64, error) {
	for in.More() {
		token, err := in.Token()
		if err != nil {
			return nil, err
		}
		name, _ := token.(string)
		switch {
		case managed[name]:
			var unread json.RawMessage
			err = in.Decode(&unread)
		case name == "resource" || name == "contained":
			var within []uint64
			within, err = s.values(in, "", nil)
			s.row(within)
		default:
			cells, err = s.values(in, path+"."+name, cells)
		}
		if err != nil {
			return nil, err
		}
	}
	return cells, nil
}

// message reads an HL7 v2 message: a row a segment, whose cells are the fields
// with their numbers. The header is the sender's and is left out.
func (s *Sketcher) message(r io.Reader) error {
	whole, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	segments := strings.Split(string(whole), "\r")
	separator := segments[0][3:4]
	for _, segment := range segments[1:] {
		fields := strings.Split(segment, separator)
		var cells []uint64
		for n, value := range fields[1:] {
			cells = s.cell(cells, fmt.Sprintf("%s-%d", fields[0], n+1), value)
		}
		s.row(cells)
	}
	return nil
}

// instance are elements of CDA that name this document and not what it says.
var instance = map[string]bool{
	"id": true, "templateId": true, "typeId": true, "setId": true, "realmCode": true, "versionNumber": true,
}

// document reads a clinical document: all of its text as one run of words, and a
// row for each element with two or more attributes, as codes and quantities are.
func (s *Sketcher) document(r io.Reader) error {
	in, text := xml.NewDecoder(r), words{sketcher: s}
	for {
		token, err := in.Token()
		if errors.Is(err, io.EOF) {
			text.finish()
			return nil
		}
		if err != nil {
			return err
		}
		switch token := token.(type) {
		case xml.CharData:
			for _, c := range string(token) {
				text.rune(c)
			}
		case xml.StartElement:
			text.end()
			s.attributes(token)
		case xml.EndElement:
			text.end()
		}
	}
}

func (s *Sketcher) attributes(e xml.StartElement) {
	if instance[e.Name.Local] {
		return
	}
	var cells []uint64
	for _, a := range e.Attr {
		if a.Name.Space == "" && a.Name.Local != "xmlns" {
			cells = s.cell(cells, e.Name.Local+"@"+a.Name.Local, a.Value)
		}
	}
	if len(cells) > 1 {
		s.row(cells)
	}
}
