package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/bufbuild/protocompile"
	"github.com/stretchr/testify/require"
)

// toy is a small module of the chain.
var toy = map[string]string{
	"dmdl/toy/v1/toy.proto": `
		message Ward { string name = 1; repeated Bed beds = 2; map<string, Kind> kinds = 3; }
		message Bed { uint64 number = 1; Ward next_to = 2; oneof state { bool free = 3; Guest guest = 4; } }
		message Guest { Kind kind = 1; }
		message OnlyAnswered { string text = 1; }
		enum Kind { KIND_UNSPECIFIED = 0; KIND_ADULT = 1; }`,
	"dmdl/toy/v1/tx.proto": `
		import "dmdl/toy/v1/toy.proto";
		service Msg { rpc Open(MsgOpen) returns (MsgOpenResponse); }
		service Query { rpc Ask(Question) returns (OnlyAnswered); }
		message MsgOpen { Ward ward = 1; }
		message MsgOpenResponse { uint64 id = 1; }
		message Question { string what = 1; }`,
	"dmdl/toy/v1/events.proto": `
		import "dmdl/toy/v1/toy.proto";
		message EventOpened { Guest first = 1; }`,
	"dmdl/toy/v1/genesis.proto": `
		import "google/protobuf/timestamp.proto";
		message GenesisState { google.protobuf.Timestamp since = 1; message Inner { bytes root = 1; } }`,
	"other/v1/other.proto": `
		message Envelope { string memo = 1; }
		message Unused { string text = 1; }`,
}

// reachedIn returns what of such files can reach the ledger.
func reachedIn(t *testing.T, sources map[string]string) []message {
	t.Helper()
	full, names := make(map[string]string), make([]string, 0, len(sources))
	for name, source := range sources {
		pkg := strings.ReplaceAll(name[:strings.LastIndex(name, "/")], "/", ".")
		full[name], names = fmt.Sprintf("syntax = \"proto3\"; package %s; %s", pkg, source), append(names, name)
	}
	files, err := compile(&protocompile.SourceResolver{Accessor: protocompile.SourceAccessorFromMap(full)}, names)
	require.NoError(t, err)
	messages, err := reached(files, []root{{"other/v1/other.proto", "other.v1.Envelope", inBlocks}})
	require.NoError(t, err)
	return messages
}

func TestWhatReachesTheLedgerIsFoundWithItsWays(t *testing.T) {
	var got []string
	for _, m := range reachedIn(t, toy) {
		got = append(got, fmt.Sprintf("%s: %s", m.FullName(), strings.Join(m.ways, ", ")))
	}
	require.Equal(t, []string{
		"dmdl.toy.v1.EventOpened: events",
		"dmdl.toy.v1.GenesisState: state",
		"dmdl.toy.v1.Ward: transactions",
		"dmdl.toy.v1.Ward.KindsEntry: transactions",
		"dmdl.toy.v1.Bed: transactions",
		"dmdl.toy.v1.Guest: transactions, events",
		"dmdl.toy.v1.MsgOpen: transactions",
		"dmdl.toy.v1.MsgOpenResponse: results",
		"other.v1.Envelope: blocks",
	}, got)
}

func TestANewFieldOfAKnownTypeNeedsALineOfItsOwn(t *testing.T) {
	said := make(notes)
	for _, m := range reachedIn(t, toy) {
		for i := range m.Fields().Len() {
			field := m.Fields().Get(i)
			category := "nothing"
			if field.Message() != nil && !wellKnown(field.Message()) {
				category = parts
			}
			said[string(field.FullName())] = note{category, "Said."}
		}
	}
	require.NoError(t, said.check(reachedIn(t, toy)))
	changed := changedToy("message MsgOpen { ", "message MsgOpen { Guest visitor = 2; ")
	require.EqualError(t, said.check(reachedIn(t, changed)), "dmdl.toy.v1.MsgOpen.visitor: nothing says what it reveals: add a line")
}

func TestANewValueOrTypeChangesTheDocument(t *testing.T) {
	before := render(reachedIn(t, toy), nil)
	require.Equal(t, before, render(reachedIn(t, toy), nil))
	for old, with := range map[string]string{
		"KIND_ADULT = 1;":  "KIND_ADULT = 1; KIND_CHILD = 2;",
		"uint64 number":    "string number",
		"string name = 1;": "repeated string name = 1;",
	} {
		require.NotEqual(t, before, render(reachedIn(t, changedToy(old, with)), nil), with)
	}
}

func TestAForeignMessageThatIsGoneIsNamed(t *testing.T) {
	files, err := compileTree(tree)
	require.NoError(t, err)
	_, err = reached(files, []root{{"cosmos/tx/v1beta1/tx.proto", "cosmos.tx.v1beta1.Bribe", inTransactions}})
	require.ErrorContains(t, err, "has no message cosmos.tx.v1beta1.Bribe")
}

// changedToy returns the toy with one text replaced wherever it stands.
func changedToy(old, with string) map[string]string {
	changed := make(map[string]string)
	for name, source := range toy {
		changed[name] = strings.ReplaceAll(source, old, with)
	}
	return changed
}
