package proof

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

var errNotOurs = errors.New("it is not encoded as its format asks: export it again, do not edit it")

// Decode reads JSON into a pointer. Apart from white space it refuses whatever
// Encode would not write for the value, so that no two texts mean different things
// to different readers.
func Decode(encoded []byte, into any) error {
	var compact bytes.Buffer
	if err := json.Compact(&compact, encoded); err != nil {
		return fmt.Errorf("it is not one JSON value: %w", err)
	}
	if err := json.Unmarshal(encoded, into); err != nil {
		return fmt.Errorf("%w", positionOnly(err))
	}
	again, err := Encode(into)
	if err != nil {
		return err
	}
	if !bytes.Equal(bytes.TrimSuffix(again, []byte("\n")), compact.Bytes()) {
		return errNotOurs
	}
	return nil
}

// positionOnly names the field at fault and not its value.
func positionOnly(err error) error {
	if wrong := new(json.UnmarshalTypeError); errors.As(err, &wrong) {
		return fmt.Errorf("field %q at byte %d has the wrong type", wrong.Field, wrong.Offset)
	}
	return errNotOurs
}

// Encode returns the one encoding of a value: a line of JSON with the fields in
// their order, without white space and HTML escapes.
func Encode(value any) ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return out.Bytes(), err
}

// Message is a protobuf message as it is generated.
type Message interface {
	Marshal() ([]byte, error)
	Unmarshal(encoded []byte) error
}

// DecodeMessage reads a protobuf message and refuses every encoding but the one
// that this program writes: unknown fields, which would go unseen, included.
func DecodeMessage(m Message, encoded []byte) error {
	if err := m.Unmarshal(encoded); err != nil {
		return err
	}
	again, err := m.Marshal()
	if err != nil {
		return err
	}
	if !bytes.Equal(again, encoded) {
		return errors.New("its protobuf holds fields that this program does not know, or is written in another way")
	}
	return nil
}
