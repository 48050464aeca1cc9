package genesis

import (
	"errors"
	"fmt"

	cmttypes "github.com/cometbft/cometbft/types"

	"github.com/dmdl-network/dmdl/x/consortium"
)

// Validators returns the set that a chain with these institutions begins with,
// as the application answers InitChain. It fails if none of them validates, and
// if two have the same key.
func Validators(institutions []consortium.Institution) (*cmttypes.ValidatorSet, error) {
	validating := consortium.Validating(institutions)
	if len(validating) == 0 {
		return nil, errors.New("no institution validates")
	}
	list := make([]*cmttypes.Validator, len(validating))
	for n, i := range validating {
		key, err := consortium.DecodeKey(i.ConsensusKey)
		if err != nil {
			return nil, fmt.Errorf("institution %d: %w", i.Number, err)
		}
		list[n] = cmttypes.NewValidator(key, consortium.Power)
	}
	// Unlike NewValidatorSet this refuses a repeated key instead of panicking.
	set := new(cmttypes.ValidatorSet)
	return set, set.UpdateWithChangeSet(list)
}
