package keeper_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	"github.com/cosmos/cosmos-sdk/crypto/keys/ed25519"
	"github.com/cosmos/cosmos-sdk/crypto/keys/multisig"
	"github.com/cosmos/cosmos-sdk/crypto/keys/secp256k1"
	cryptotypes "github.com/cosmos/cosmos-sdk/crypto/types"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/records"
)

// question is ask as somebody puts it who wants to know, signed.
func (f *fixture) question(t testing.TB, asker cryptotypes.PrivKey, msg *access.MsgRequestAccess) *access.QueryCheckAccessRequest {
	t.Helper()
	public, err := codectypes.NewAnyWithValue(asker.PubKey())
	require.NoError(t, err)
	q := &access.QueryCheckAccessRequest{
		Requester: msg.Requester, Request: msg.Request, Asker: text(asker.PubKey().Address()), PublicKey: public, SignedAt: f.now(),
	}
	f.sign(t, asker, q)
	return q
}

func (f *fixture) sign(t testing.TB, asker cryptotypes.PrivKey, q *access.QueryCheckAccessRequest) {
	t.Helper()
	bytes, err := access.CheckBytes(chainID, q.Requester, q.Request, q.SignedAt)
	require.NoError(t, err)
	q.Signature, err = asker.Sign(bytes)
	require.NoError(t, err)
}

// reasons asks as somebody and returns the reason for each class.
func (f *fixture) reasons(t testing.TB, asker string, msg *access.MsgRequestAccess) []access.Reason {
	t.Helper()
	res, err := f.queries.CheckAccess(f.ctx, f.question(t, key(asker), msg))
	require.NoError(t, err)
	var reasons []access.Reason
	for _, d := range res.Decisions {
		reasons = append(reasons, d.Reason)
	}
	return reasons
}

func TestCheckAccessDecidesAsARequestWould(t *testing.T) {
	f := controlled(t)
	f.grant(t, treatment())
	before := f.dump()
	msg := request(func(m *access.MsgRequestAccess) {
		m.Request.Classes = []records.RecordClass{records.RECORD_CLASS_RESULT, records.RECORD_CLASS_IMAGING}
	})
	res, err := f.queries.CheckAccess(f.ctx, f.question(t, key("clinician2"), msg))
	require.NoError(t, err)
	require.Equal(t, []access.Decision{
		{Permitted: true, Reason: access.REASON_PERMITTED, Basis: access.BASIS_CONSENT, Consents: []uint64{1}, Obligations: ask().Accepts},
		{Reason: access.REASON_NO_APPLICABLE_PERMIT},
	}, res.Decisions)
	require.Equal(t, before, f.dump())

	f.do(t, withdraw())
	for _, asker := range []string{"clinician2", "patient1", "vault1", "officer1"} {
		require.Equal(t, []access.Reason{access.REASON_NO_APPLICABLE_PERMIT, access.REASON_NO_APPLICABLE_PERMIT}, f.reasons(t, asker, msg))
	}
}

func TestWhatLiesWithTheRequesterIsSaidToEachWhomItConcerns(t *testing.T) {
	f := controlled(t)
	for _, asker := range []string{"clinician2", "patient1", "officer1"} {
		_, err := f.queries.CheckAccess(f.ctx, f.question(t, key(asker), request(func(m *access.MsgRequestAccess) { m.Request.Purpose = access.PURPOSE_BTG })))
		require.ErrorIs(t, err, access.ErrPurpose)
	}
}

func TestCheckAccessAnswersWhomItConcernsAlone(t *testing.T) {
	f := controlled(t)
	f.do(t, delegate("patient1", "proxy", proxy, &autumn))
	for _, asker := range []string{"clinician2", "patient1", "proxy", "vault1", "officer1"} {
		f.reasons(t, asker, ask())
	}
	for _, asker := range []string{"clinician1", "clinician3", "patient2", "friend", "registrar1", "vault2", "officer2", "nobody"} {
		_, err := f.queries.CheckAccess(f.ctx, f.question(t, key(asker), ask()))
		require.ErrorIs(t, err, access.ErrNotConcerned, asker)
		require.Equal(t, codes.PermissionDenied, status.Code(err))
	}
	f.after(autumn.Sub(f.now()))
	_, err := f.queries.CheckAccess(f.ctx, f.question(t, key("proxy"), ask()))
	require.ErrorIs(t, err, access.ErrNotConcerned, "a delegate that has ended")

	g := enrolled(t)
	g.reasons(t, "registrar1", ask())
	_, err = g.queries.CheckAccess(g.ctx, g.question(t, key("registrar2"), ask()))
	require.ErrorIs(t, err, access.ErrNotConcerned)
}

func TestCheckAccessVerifiesWhoAsks(t *testing.T) {
	f := controlled(t)
	public := func(k cryptotypes.PubKey) *codectypes.Any {
		packed, err := codectypes.NewAnyWithValue(k)
		require.NoError(t, err)
		return packed
	}
	for name, row := range map[string]struct {
		change func(*access.QueryCheckAccessRequest)
		says   string
	}{
		"no key":            {func(q *access.QueryCheckAccessRequest) { q.PublicKey = nil }, "the public key is not that of"},
		"another's key":     {func(q *access.QueryCheckAccessRequest) { q.PublicKey = public(key("friend").PubKey()) }, "the public key is not that of"},
		"a key cut off":     {func(q *access.QueryCheckAccessRequest) { q.PublicKey = public(&ed25519.PubKey{Key: []byte{1}}) }, "the public key is not that of"},
		"another cut off":   {func(q *access.QueryCheckAccessRequest) { q.PublicKey = public(&secp256k1.PubKey{}) }, "the public key is not that of"},
		"a key of many":     {func(q *access.QueryCheckAccessRequest) { q.PublicKey = public(&multisig.LegacyAminoPubKey{}) }, "the public key is not that of"},
		"another requester": {func(q *access.QueryCheckAccessRequest) { q.Requester = of("clinician3") }, "the signature is not"},
		"another request":   {func(q *access.QueryCheckAccessRequest) { q.Request.Custodian = 2 }, "the signature is not"},
		"another time":      {func(q *access.QueryCheckAccessRequest) { q.SignedAt = q.SignedAt.Add(time.Second) }, "the signature is not"},
		"no signature":      {func(q *access.QueryCheckAccessRequest) { q.Signature = nil }, "the signature is not"},
		"long ago": {func(q *access.QueryCheckAccessRequest) {
			q.SignedAt = q.SignedAt.Add(-5*time.Minute - 1)
			f.sign(t, key("clinician2"), q)
		}, "signed 5m0.000000001s from the block's time, at most 5m0s"},
		"ahead of time": {func(q *access.QueryCheckAccessRequest) {
			q.SignedAt = q.SignedAt.Add(5*time.Minute + 1)
			f.sign(t, key("clinician2"), q)
		}, "at most 5m0s"},
		"at no time": {func(q *access.QueryCheckAccessRequest) { q.SignedAt = time.Time{} }, "at most 5m0s"},
	} {
		q := f.question(t, key("clinician2"), ask())
		row.change(q)
		_, err := f.queries.CheckAccess(f.ctx, q)
		require.ErrorIs(t, err, access.ErrNotConcerned, name)
		require.ErrorContains(t, err, row.says, name)
		require.Equal(t, codes.PermissionDenied, status.Code(err))
	}
}

func TestAQuestionIsForOneChainAndFiveMinutes(t *testing.T) {
	f := controlled(t)
	q := f.question(t, key("clinician2"), ask())
	q.SignedAt = q.SignedAt.Add(5 * time.Minute)
	f.sign(t, key("clinician2"), q)
	_, err := f.queries.CheckAccess(f.ctx, q)
	require.NoError(t, err)
	elsewhere := f.ctx.WithChainID("another")
	_, err = f.queries.CheckAccess(elsewhere, q)
	require.ErrorIs(t, err, access.ErrNotConcerned, "signed for another chain")
}

func TestAPersonsKeyAsksToo(t *testing.T) {
	f := controlled(t)
	person := secp256k1.GenPrivKeyFromSecret([]byte("person"))
	f.members.byAccount[string(person.PubKey().Address())] = &member{institution: 2, person: "person", roles: []consortium.Role{consortium.ROLE_CLINICIAN}}
	msg := request(func(m *access.MsgRequestAccess) { m.Requester = text(person.PubKey().Address()) })
	_, err := f.queries.CheckAccess(f.ctx, f.question(t, person, msg))
	require.NoError(t, err)
}
