package keeper_test

import (
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/consortium/keeper"
)

func TestRawKeysAreTheKeysThatAreWritten(t *testing.T) {
	f := newFixture(t, 4)
	_, err := keeper.NewMsgServer(f.keeper).EnrolParticipants(f.ctx, &consortium.MsgEnrolParticipants{
		Operator: operator(3), Enrolments: []consortium.Enrolment{{
			Address: of("ada"), Person: make([]byte, consortium.PersonSize),
			Roles: []consortium.RoleGrant{{Role: consortium.ROLE_VAULT, ExpiresAt: f.ctx.BlockTime().AddDate(1, 0, 0)}},
		}},
	})
	require.NoError(t, err)

	store := f.ctx.KVStore(f.key)
	var i consortium.Institution
	require.NoError(t, i.Unmarshal(store.Get(consortium.InstitutionKey(3))))
	require.Equal(t, uint64(3), i.Number)
	var p consortium.Participant
	require.NoError(t, p.Unmarshal(store.Get(consortium.ParticipantKey(3, account("ada")))))
	require.Equal(t, of("ada"), p.Address)
	require.Equal(t, uint64(3), binary.BigEndian.Uint64(store.Get(consortium.AffiliationKey(account("ada")))))
}
