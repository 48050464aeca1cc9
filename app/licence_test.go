package app_test

import (
	"testing"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/stretchr/testify/require"

	errorsmod "cosmossdk.io/errors"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/copyright"
)

// Patient and licence must both permit: the consent is for the licence alone, and the
// licence ends.
func TestAConsentForALicenceHoldsUnderItAndAsLongAsIt(t *testing.T) {
	n := newNetwork(t)
	n.care(careBatch)
	n.works(careBatch)
	registrar, who, vault := n.ward(1).staff, n.ward(2).staff, n.members[0].vault
	licensed := permit(0)
	licensed.Grantee.Licence = &datasetLicence
	n.mustBlock(n.sign(registrar, grant(registrar, subject(2), licensed)))

	asked := func(licence *access.LicenceId) *abci.ExecTxResult {
		msg := request(who, subject(2), 1)
		msg.Request.Licence = licence
		return n.block(n.sign(who, msg)).TxResults[0]
	}
	refused := func(result *abci.ExecTxResult, want *errorsmod.Error) {
		t.Helper()
		require.Equal(t, want.Codespace(), result.Codespace, result.Log)
		require.Equal(t, want.ABCICode(), result.Code, result.Log)
	}
	refused(asked(nil), access.ErrNoApplicablePermit)
	refused(asked(&programLicence), access.ErrNoApplicablePermit)
	refused(asked(&refusedLicence), copyright.ErrNotInForce)
	var first, second access.MsgRequestAccessResponse
	unpackResponse(t, asked(&datasetLicence), &first)
	unpackResponse(t, asked(&datasetLicence), &second)
	n.mustBlock(n.sign(vault, release(vault, first.Ticket, record(1, careBatch, 1))))

	licensee := n.ward(2).rights
	n.mustBlock(n.sign(licensee, &copyright.MsgTerminateLicence{Officer: licensee.Address(), Licence: datasetLicence}))
	refused(asked(&datasetLicence), copyright.ErrNotInForce)
	late := n.block(n.sign(vault, release(vault, second.Ticket, record(1, careBatch, 1)))).TxResults[0]
	refused(late, copyright.ErrNotInForce)
}
