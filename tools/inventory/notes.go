package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// categories is the closed list of what a field may reveal.
var categories = []struct{ name, meaning string }{
	{"nothing", "nothing about anybody: technical, or the same for all"},
	{"institution", "a member: who it is, what it runs, what its operator and machines do"},
	{"staff", "a pseudonym of a person or machine that an institution vouches for, or what it may do"},
	{"patient", "a number that stands for a patient or for a record of one, or a coded fact about that record"},
	{"health", "a coarse health category, from a closed list"},
	{"commitment", "nothing without an opening: a salted commitment, or a hash over such"},
	{"time", "when something was processed, not when care was given"},
	{"count", "how many or how large, so how busy an institution is"},
	{"parts", "what its parts reveal, which are listed under their own name"},
	{"refused", "what a sender might write there, but the nodes refuse a transaction with it"},
}

// parts is the category of fields whose type is another message.
const parts = "parts"

// note is what fields.txt says of a field.
type note struct{ category, sentence string }

// notes are by the full name of the field.
type notes map[string]note

// parseNotes reads lines "FIELD CATEGORY SENTENCE". Empty lines, and those that
// begin with "#", are for people.
func parseNotes(text string) (notes, error) {
	all := make(notes)
	var wrong []error
	for i, line := range strings.Split(text, "\n") {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		field, rest, _ := strings.Cut(line, " ")
		category, sentence, _ := strings.Cut(strings.TrimSpace(rest), " ")
		sentence = strings.TrimSpace(sentence)
		_, repeated := all[field]
		switch {
		case repeated:
			wrong = append(wrong, fmt.Errorf("line %d: %s has a line already: remove one", i+1, field))
		case !known(category):
			wrong = append(wrong, fmt.Errorf("line %d: %s: %q is no category: use one of %s", i+1, field, category, categoryNames()))
		case !strings.HasSuffix(sentence, ".") || strings.Contains(sentence, "|"):
			wrong = append(wrong, fmt.Errorf("line %d: %s: write a sentence that ends with a full stop, without \"|\"", i+1, field))
		}
		all[field] = note{category, sentence}
	}
	return all, errors.Join(wrong...)
}

func known(category string) bool { return slices.Contains(categoryNames(), category) }

func categoryNames() []string {
	names := make([]string, len(categories))
	for i, c := range categories {
		names[i] = c.name
	}
	return names
}

// check fails unless every field of the messages has a note that goes with its
// type, and every note has a field. It names all that do not.
func (n notes) check(messages []message) error {
	var wrong []error
	left := make(map[string]bool, len(n))
	for name := range n {
		left[name] = true
	}
	for _, m := range messages {
		for i := range m.Fields().Len() {
			field := m.Fields().Get(i)
			delete(left, string(field.FullName()))
			wrong = append(wrong, n.checkField(field))
		}
	}
	for _, name := range sorted(left) {
		wrong = append(wrong, fmt.Errorf("%s: no such field reaches the ledger: remove the line", name))
	}
	return errors.Join(wrong...)
}

func (n notes) checkField(field protoreflect.FieldDescriptor) error {
	said, noted := n[string(field.FullName())]
	holds := field.Message() != nil && !wellKnown(field.Message())
	switch {
	case !noted:
		return fmt.Errorf("%s: nothing says what it reveals: add a line", field.FullName())
	case holds != (said.category == parts) && said.category != "refused":
		return fmt.Errorf("%s: category %q and type %s: fields whose type is listed itself, and no others, have the category %q",
			field.FullName(), said.category, typeOf(field), parts)
	}
	return nil
}
