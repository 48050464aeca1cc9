package lanes

import (
	"fmt"

	sdk "github.com/cosmos/cosmos-sdk/types"
)

// Class is what a lane is for. Each institution has a lane of each class, with a
// quota of its own, so that none of them can be crowded out by another.
type Class uint8

const (
	// Ordinary is for whatever has no other class.
	Ordinary Class = iota
	// Emergency is for emergency clinicians who break the glass. Its quota is small.
	Emergency
	// Operator is for whatever an institution's operator sends. Its quota is small.
	Operator
	// Release is for releases, which stand last in a block.
	Release
)

// serving is the order in which the classes stand in a block.
var serving = [...]Class{Emergency, Operator, Ordinary, Release}

// The types of the messages that make a class.
const (
	breakGlass = "/dmdl.access.v1.MsgBreakGlass"
	release    = "/dmdl.access.v1.MsgRelease"
)

// ClassOf returns the class that a transaction has by what it holds: Release if that
// is any release, Emergency if it is unordered and breaks the glass and does nothing
// else, and else Ordinary. An ordered transaction is never an emergency, for it would
// overtake the sequences before it and fail. Who may have which class is for the ante
// chain.
func ClassOf(tx sdk.Tx) Class {
	timed, ok := tx.(sdk.TxWithUnordered)
	msgs := tx.GetMsgs()
	return classOf(ok && timed.GetUnordered(), len(msgs), func(i int) string { return sdk.MsgTypeURL(msgs[i]) })
}

// classOf is ClassOf for count messages of which only the types are known.
func classOf(unordered bool, count int, url func(int) string) Class {
	broken := 0
	for i := range count {
		switch url(i) {
		case release:
			return Release
		case breakGlass:
			broken++
		}
	}
	if unordered && count > 0 && broken == count {
		return Emergency
	}
	return Ordinary
}

// String names a lane of the class in errors.
func (c Class) String() string {
	switch c {
	case Ordinary:
		return "lane"
	case Emergency:
		return "emergency lane"
	case Operator:
		return "operator's lane"
	case Release:
		return "release lane"
	}
	return fmt.Sprintf("lane of class %d", uint8(c))
}

// reserved says whether the class has a small quota.
func (c Class) reserved() bool { return c == Emergency || c == Operator }
