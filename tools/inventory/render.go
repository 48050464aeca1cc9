package main

import (
	"bytes"
	_ "embed" // the parts of the document that people write
	"fmt"
	"maps"
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// What stands before and after the lists.
var (
	//go:embed begin.md
	begin string
	//go:embed end.md
	end string
)

// render returns the document.
func render(messages []message, n notes) []byte {
	out := bytes.NewBufferString(begin)
	out.WriteString("\n| category | what a reader of the ledger learns | fields |\n|---|---|--:|\n")
	for _, c := range categories {
		count := 0
		for _, said := range n {
			if said.category == c.name {
				count++
			}
		}
		fmt.Fprintf(out, "| %s | %s | %d |\n", c.name, c.meaning, count)
	}
	var last protoreflect.FullName
	for _, m := range messages {
		if m.Fields().Len() == 0 {
			continue
		}
		if pkg := m.ParentFile().Package(); pkg != last {
			fmt.Fprintf(out, "\n## `%s`\n", pkg)
			last = pkg
		}
		renderMessage(out, m, n)
	}
	renderEnums(out, messages)
	fmt.Fprintf(out, "\n%s", end)
	return out.Bytes()
}

func renderMessage(out *bytes.Buffer, m message, n notes) {
	fmt.Fprintf(out, "\n### %s\n\nIn: %s\n\n", localName(m), strings.Join(m.ways, ", "))
	out.WriteString("| field | type | category | what it reveals |\n|---|---|---|---|\n")
	for i := range m.Fields().Len() {
		field := m.Fields().Get(i)
		said := n[string(field.FullName())]
		fmt.Fprintf(out, "| `%s` | %s | %s | %s |\n", field.Name(), typeOf(field), said.category, said.sentence)
	}
}

// renderEnums lists the values that coded fields may have, so that a new value
// makes the document stale like a new field.
func renderEnums(out *bytes.Buffer, messages []message) {
	enums := make(map[string]protoreflect.EnumDescriptor)
	for _, m := range messages {
		for i := range m.Fields().Len() {
			if e := m.Fields().Get(i).Enum(); e != nil {
				enums[string(e.FullName())] = e
			}
		}
	}
	out.WriteString("\n## Values of the coded fields\n\n| type | values |\n|---|---|\n")
	for _, name := range sorted(enums) {
		values := make([]string, enums[name].Values().Len())
		for i := range values {
			values[i] = string(enums[name].Values().Get(i).Name())
		}
		fmt.Fprintf(out, "| `%s` | %s |\n", name, strings.Join(values, ", "))
	}
}

// typeOf names the type of a field as proto files do.
func typeOf(field protoreflect.FieldDescriptor) string {
	name := field.Kind().String()
	switch {
	case field.Enum() != nil:
		name = localName(field.Enum())
	case field.Message() != nil:
		name = localName(field.Message())
	}
	if field.IsList() {
		return "repeated " + name
	}
	return name
}

// localName is a name without its package.
func localName(d protoreflect.Descriptor) string {
	return strings.TrimPrefix(string(d.FullName()), string(d.ParentFile().Package())+".")
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
