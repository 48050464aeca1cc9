package keeper_test

import (
	"testing"

	"github.com/cometbft/cometbft/crypto/merkle"
	"github.com/stretchr/testify/require"

	"github.com/cosmos/cosmos-sdk/store/v2/rootmulti"
	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/consortium"
)

// big is a number that uses most of its bytes.
const big uint64 = 1<<63 + 257

// stored is what the store holds under a raw key.
func stored[T any, P interface {
	*T
	Unmarshal([]byte) error
}](t *testing.T, f *fixture, key []byte,
) T {
	t.Helper()
	var v T
	value := f.ctx.KVStore(f.key).Get(key)
	require.NotEmpty(t, value, "%X", key)
	require.NoError(t, P(&v).Unmarshal(value))
	return v
}

func TestRawKeysAreTheKeysThatAreWritten(t *testing.T) {
	f := everything(t)
	f.members.enrol("far registrar", big, consortium.ROLE_REGISTRAR)
	f.do(t, &access.MsgEnrolSubjects{Registrar: of("far registrar"), Enrolments: []access.SubjectEnrolment{{Number: big + 1, Identity: commitment(1)}}})
	gs := f.export(t)
	require.Equal(t, gs.Params, stored[access.Params](t, f, access.ParamsKey()))
	for _, want := range gs.Subjects {
		require.Equal(t, want, stored[access.Subject](t, f, access.SubjectKey(want.Id)))
	}
	for _, want := range gs.Consents {
		require.Equal(t, want, stored[access.Consent](t, f, access.ConsentKey(want.Subject, want.Index)))
	}
	for _, want := range gs.Disclosures {
		require.Equal(t, want, stored[access.Disclosure](t, f, access.DisclosureKey(want.Subject, want.Index)))
	}
	for _, want := range gs.Tickets {
		require.Equal(t, want, stored[access.Ticket](t, f, access.TicketKey(want.Id)))
	}
	for _, want := range gs.Templates {
		require.Equal(t, want, stored[access.Template](t, f, access.TemplateKey(want.Id)))
	}
	require.Equal(t, gs.Policies[0], stored[access.Policy](t, f, access.PolicyKey(1)))
	require.Equal(t, gs.Studies[0], stored[access.Study](t, f, access.StudyKey(gs.Studies[0].Id)))
	require.Equal(t, big, gs.Subjects[2].Id.Institution)
}

func TestTheProvenStoreHoldsNoEmptyValue(t *testing.T) {
	f := everything(t)
	it := f.ctx.KVStore(f.key).Iterator(nil, nil)
	defer it.Close()
	prefixes := map[byte]bool{}
	for ; it.Valid(); it.Next() {
		prefixes[it.Key()[0]] = true
		require.NotEmpty(t, it.Value(), "%X", it.Key())
	}
	require.Len(t, prefixes, 12, "a value of each kind")
}

// prove asks the store for the value of a key with its proof, and returns the path
// under which the proof is verified.
func (f *fixture) prove(t *testing.T, version int64, key []byte) (*storetypes.ResponseQuery, string) {
	t.Helper()
	res, err := f.stores.(storetypes.Queryable).Query(&storetypes.RequestQuery{
		Path: "/" + access.StoreKey + "/key", Data: key, Height: version, Prove: true,
	})
	require.NoError(t, err)
	require.Zero(t, res.Code, res.Log)
	path := merkle.KeyPath{}.AppendKey([]byte(access.StoreKey), merkle.KeyEncodingURL).AppendKey(key, merkle.KeyEncodingHex)
	return res, path.String()
}

func TestWhatDecidesAReleaseIsProven(t *testing.T) {
	f := everything(t)
	gs := f.export(t)
	commit := f.stores.Commit()
	runtime := rootmulti.DefaultProofRuntime()
	for _, key := range [][]byte{
		access.ParamsKey(), access.SubjectKey(anna), access.ConsentKey(anna, 1), access.DisclosureKey(anna, 1), access.TicketKey(gs.Tickets[0].Id),
		access.TemplateKey(version1), access.PolicyKey(1), access.StudyKey(gs.Studies[0].Id),
	} {
		res, path := f.prove(t, commit.Version, key)
		require.NoError(t, runtime.VerifyValue(res.ProofOps, commit.Hash, path, res.Value))
		require.Error(t, runtime.VerifyAbsence(res.ProofOps, commit.Hash, path), "it is there")
	}
	for _, key := range [][]byte{
		access.SubjectKey(subjectOf(1)), access.ConsentKey(anna, 9), access.DisclosureKey(anna, 9),
		access.TicketKey(access.TicketId{Institution: 9, Number: 9}), access.PolicyKey(2),
	} {
		res, path := f.prove(t, commit.Version, key)
		require.NoError(t, runtime.VerifyAbsence(res.ProofOps, commit.Hash, path))
	}
}

func TestAbsenceIsProvenBeforeAnythingHappens(t *testing.T) {
	f := newFixture(t)
	commit := f.stores.Commit()
	res, path := f.prove(t, commit.Version, access.SubjectKey(anna))
	require.NoError(t, rootmulti.DefaultProofRuntime().VerifyAbsence(res.ProofOps, commit.Hash, path))
}

// TestAnAccountIsProvenAfterItHasLeftTheState has a patient keep the entries, which
// lead to the head that the ledger still holds.
func TestAnAccountIsProvenAfterItHasLeftTheState(t *testing.T) {
	f := released(t)
	f.do(t, receive(1))
	kept := f.export(t).Disclosures
	f.retainDay(t)
	f.after(2 * day)
	f.endBlock(t)
	require.Empty(t, f.export(t).Disclosures)
	var head []byte
	for _, d := range kept {
		var err error
		head, err = access.NextHead(head, d)
		require.NoError(t, err)
	}
	require.Equal(t, f.subject(t, anna).Disclosures, head)
}
