package proof

// Options are what a verifier may know beside the root of trust.
type Options struct {
	// Original is a document to compare with what was recorded, or nil. It asks
	// for a content bundle.
	Original Original
	// Predecessors are ids of chains that the bundle's chain is known to
	// continue. A pinned genesis names its own.
	Predecessors []string
}

// Verify verifies a bundle from the root of trust to the record, and returns
// what that proves. It fails with an *Error that names the part at fault; a
// bundle of which any part fails proves nothing. An original that differs is no
// failure of the bundle: the report says it.
func Verify(bundle []byte, root Root, o Options) (Report, error) {
	b, err := Parse(bundle)
	if err != nil {
		return Report{}, err
	}
	state, err := VerifyState(b.Blocks, b.Height, root)
	if err != nil {
		return Report{}, err
	}
	batch, leaf, standing, err := b.verifyRecord(state)
	if err != nil {
		return Report{}, err
	}
	r := newReport(b, root, state)
	r.addRecord(leaf, batch)
	r.addStanding(b, standing)
	if err := r.addContent(b, leaf, root, o); err != nil {
		return Report{}, err
	}
	r.conclude()
	return r, nil
}
