package copyright

import (
	"time"

	"cosmossdk.io/errors"
)

// maxChallenge is the longest window for contests.
const maxChallenge = 365 * day

// DefaultParams are the parameters that a chain begins with.
func DefaultParams() Params { return Params{ChallengePeriod: 30 * day} }

// Validate checks the parameters.
func (p Params) Validate() error {
	if p.ChallengePeriod < time.Second || p.ChallengePeriod > maxChallenge {
		return errors.Wrapf(ErrInvalid, "challenge_period %s, want 1s to %s", p.ChallengePeriod, maxChallenge)
	}
	return nil
}
