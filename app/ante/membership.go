package ante

import (
	"context"
	"errors"

	sdk "github.com/cosmos/cosmos-sdk/types"
	authsigning "github.com/cosmos/cosmos-sdk/x/auth/signing"

	"github.com/dmdl-network/dmdl/app/lanes"
	"github.com/dmdl-network/dmdl/x/consortium"
)

// Consortium is what the ante chain needs of the register of members.
type Consortium interface {
	// Standing says for whom an account may act, or why it may not.
	Standing(ctx context.Context, account []byte) (consortium.Standing, error)
	// InstitutionByRole fails with ErrNoRole unless an account holds a role in force.
	InstitutionByRole(ctx context.Context, account []byte, role consortium.Role) (uint64, error)
}

// Pool is what the ante chain needs of the mempool.
type Pool interface {
	// Room fails if a lane has no room for a transaction at present.
	Room(ctx sdk.Context, a lanes.Admission, bytes int, gas uint64) error
}

// membership admits a transaction because its signer acts for an active
// institution. It takes the place of a fee. A full lane refuses here, before
// the signature is verified, so that a flood costs the node little.
type membership struct {
	consortium Consortium
	pool       Pool
}

// AnteHandle implements sdk.AnteDecorator.
func (m membership) AnteHandle(ctx sdk.Context, t sdk.Tx, simulate bool, next sdk.AnteHandler) (sdk.Context, error) {
	signers, err := t.(authsigning.SigVerifiableTx).GetSigners()
	if err != nil {
		return ctx, err
	}
	standing, err := m.consortium.Standing(ctx, signers[0])
	if err != nil {
		return ctx, err
	}
	class, err := m.class(ctx, t, signers[0], standing)
	if err != nil {
		return ctx, err
	}
	admission := lanes.Admission{Institution: standing.Institution, Class: class, Members: standing.Members}
	if ctx.ExecMode() == sdk.ExecModeCheck {
		if err := m.pool.Room(ctx, admission, len(ctx.TxBytes()), ctx.GasMeter().Limit()); err != nil {
			return ctx, err
		}
	}
	return next(lanes.WithAdmission(ctx, admission), t, simulate)
}

// class returns the class of a transaction's lane. Only an emergency clinician has
// emergencies: else a vault that floods could fill that lane too.
func (m membership) class(ctx context.Context, t sdk.Tx, signer []byte, standing consortium.Standing) (lanes.Class, error) {
	class := lanes.ClassOf(t)
	if class == lanes.Emergency {
		_, err := m.consortium.InstitutionByRole(ctx, signer, consortium.ROLE_EMERGENCY_CLINICIAN)
		switch {
		case errors.Is(err, consortium.ErrNoRole):
			class = lanes.Ordinary
		case err != nil:
			return class, err
		}
	}
	if class == lanes.Ordinary && standing.Operator {
		class = lanes.Operator
	}
	return class, nil
}
