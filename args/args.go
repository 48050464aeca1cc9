// Package args says in few words what AutoCLI makes arguments and flags of.
package args

import (
	autocliv1 "cosmossdk.io/api/cosmos/autocli/v1"
)

// Fields makes arguments of fields, in this order.
func Fields(fields ...string) []*autocliv1.PositionalArgDescriptor {
	descriptors := make([]*autocliv1.PositionalArgDescriptor, len(fields))
	for i, field := range fields {
		descriptors[i] = &autocliv1.PositionalArgDescriptor{ProtoField: field}
	}
	return descriptors
}

// Repeated makes arguments of fields, of which the last may be repeated or left out.
func Repeated(fields ...string) []*autocliv1.PositionalArgDescriptor {
	descriptors := Fields(fields...)
	descriptors[len(fields)-1].Varargs = true
	return descriptors
}

// Optional makes arguments of fields, of which the last may be left out.
func Optional(fields ...string) []*autocliv1.PositionalArgDescriptor {
	descriptors := Fields(fields...)
	descriptors[len(fields)-1].Optional = true
	return descriptors
}

// Flags leaves out the flag of a message whose fields are arguments, unless the name is
// empty, and adds texts to other flags: their names and texts in turn.
func Flags(hidden string, usages ...string) map[string]*autocliv1.FlagOptions {
	options := map[string]*autocliv1.FlagOptions{}
	if hidden != "" {
		options[hidden] = &autocliv1.FlagOptions{Hidden: true}
	}
	for i := 0; i < len(usages); i += 2 {
		options[usages[i]] = &autocliv1.FlagOptions{Usage: usages[i+1]}
	}
	return options
}
