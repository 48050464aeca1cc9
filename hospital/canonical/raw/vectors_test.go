package raw

import (
	"testing"

	"github.com/dmdl-network/dmdl/hospital/canonical/formattest"
)

func TestThePublishedVectorsHold(t *testing.T) { formattest.Vectors(t, New()) }
