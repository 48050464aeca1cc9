package e2e_test

import (
	"context"
	"slices"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/cosmos/cosmos-sdk/types/query"
	txtypes "github.com/cosmos/cosmos-sdk/types/tx"

	"github.com/dmdl-network/dmdl/app/ante"
	"github.com/dmdl-network/dmdl/hospital/fetch"
	"github.com/dmdl-network/dmdl/hospital/ledger"
	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/records"
)

// request is a clinician's request for what a patient's consent covers.
func request(clinician fetch.Identity, subject records.SubjectId) *access.MsgRequestAccess {
	recipient := clinician.Digest()
	return &access.MsgRequestAccess{
		Requester: clinician.Account.Address(), Recipient: recipient[:], Accepts: []access.Obligation{access.OBLIGATION_NOREDISCLOSE},
		Request: access.Request{
			Subject: subject, Custodian: 1, Purpose: access.PURPOSE_TREAT, Action: access.ACTION_ACCESS,
			Role: consortium.ROLE_CLINICIAN, Classes: classes,
		},
	}
}

// submitAll submits messages in as few transactions as may be, all at once, and
// returns their answers.
func submitAll[T any, P interface {
	*T
	Unmarshal([]byte) error
}](ctx context.Context, client *ledger.Client, key ledger.Key, msgs []sdk.Msg,
) ([]T, error) {
	answers := make([]T, len(msgs))
	group, ctx := errgroup.WithContext(ctx)
	for from := 0; from < len(msgs); from += ante.MaxMessages {
		some := msgs[from:min(from+ante.MaxMessages, len(msgs))]
		group.Go(func() error {
			result, err := client.Submit(ctx, key, some...)
			if err != nil {
				return err
			}
			var data sdk.TxMsgData
			if err := data.Unmarshal(result.Data); err != nil {
				return err
			}
			for i, packed := range data.MsgResponses {
				if err := P(&answers[from+i]).Unmarshal(packed.Value); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return answers, group.Wait()
}

// provenNow waits until whatever is on the ledger is proven, and the vault knows.
func (r *race) provenNow() {
	r.t.Helper()
	newest, err := r.client.Height(r.ctx)
	require.NoError(r.t, err)
	require.NoError(r.t, r.net.WaitHeight(r.ctx, newest+2))
}

// requireAccounts compares what the ledger tells of every patient with what the
// clinicians were told: a release for each that a vault answered, none for any that it
// refused, and none that rests on a consent which had ended, be it in the same block.
func (r *race) requireAccounts() {
	r.t.Helper()
	for patient := range crowd {
		ended, releases := r.accountOf((&heat{patient: patient}).subject())
		var told, found []uint64
		for _, h := range r.heats {
			if h.patient != patient {
				continue
			}
			require.EqualValues(r.t, h.withdrawn, ended[h.consent])
			if h.released {
				told = append(told, h.disclosure)
			}
		}
		for _, d := range releases {
			found = append(found, d.Index)
			require.Equal(r.t, access.BASIS_CONSENT, d.Basis)
			require.NotEmpty(r.t, d.Consents)
			for _, consent := range d.Consents {
				require.Positive(r.t, ended[consent])
				require.Less(r.t, d.Height, ended[consent], "patient %d: entry %d rests on a consent that had ended", patient, d.Index)
			}
		}
		require.Equal(r.t, told, found, "patient %d", patient)
	}
}

// accountOf reads at which height each of a patient's consents ended, and the releases.
func (r *race) accountOf(subject records.SubjectId) (ended map[uint64]uint64, releases []access.Disclosure) {
	r.t.Helper()
	node, page := access.NewQueryClient(r.client), &query.PageRequest{Limit: 200}
	consents, err := node.Consents(r.ctx, &access.QueryConsentsRequest{Institution: subject.Institution, Number: subject.Number, Pagination: page})
	require.NoError(r.t, err)
	require.Empty(r.t, consents.Pagination.NextKey)
	ended = make(map[uint64]uint64)
	for _, c := range consents.Consents {
		ended[c.Index] = c.EndedHeight
	}
	account, err := node.Account(r.ctx, &access.QueryAccountRequest{Institution: subject.Institution, Number: subject.Number, Pagination: page})
	require.NoError(r.t, err)
	require.Empty(r.t, account.Pagination.NextKey)
	return ended, slices.DeleteFunc(account.Disclosures, func(d access.Disclosure) bool { return d.Kind != access.DISCLOSURE_KIND_RELEASE })
}

// requireOrder reads the blocks of the race: nothing else stands after a release, and
// the ledger refused those, and those only, whose consent had ended. It logs what the
// race came to.
func (r *race) requireOrder() {
	r.t.Helper()
	byTicket := make(map[access.TicketId]*heat)
	for _, h := range r.heats {
		byTicket[h.ticket] = h
	}
	newest, err := r.client.Height(r.ctx)
	require.NoError(r.t, err)
	released, refused, same := 0, 0, 0
	for height := r.begun; height <= newest; height++ {
		block, err := r.client.Block(r.ctx, height)
		require.NoError(r.t, err)
		results, err := r.client.Results(r.ctx, height)
		require.NoError(r.t, err)
		last := false // only releases may follow
		for i, raw := range block.Txs {
			msg := releaseIn(r, raw)
			require.False(r.t, last && msg == nil, "block %d: transaction %d stands after a release", height, i)
			if msg == nil {
				continue
			}
			last = true
			h := byTicket[msg.Ticket]
			require.NotNil(r.t, h, "block %d: a vault sent a second release on one ticket", height)
			delete(byTicket, msg.Ticket)
			require.Equal(r.t, results[i].Code == 0, height < h.withdrawn, "block %d: a release whose consent ended in block %d: %s", height, h.withdrawn, results[i].Log)
			switch {
			case results[i].Code == 0:
				released++
			case height == h.withdrawn:
				same++
				fallthrough
			default:
				refused++
			}
		}
	}
	r.tells(released, refused, same)
}

// releaseIn is the release that a transaction holds, or nil.
func releaseIn(r *race, raw []byte) *access.MsgRelease {
	r.t.Helper()
	var tx txtypes.Tx
	require.NoError(r.t, tx.Unmarshal(raw))
	for _, msg := range tx.Body.Messages {
		if msg.TypeUrl == sdk.MsgTypeURL(&access.MsgRelease{}) {
			var release access.MsgRelease
			require.NoError(r.t, release.Unmarshal(msg.Value))
			return &release
		}
	}
	return nil
}

// tells logs how the race went and checks that both sides won some of it.
func (r *race) tells(released, refused, same int) {
	r.t.Helper()
	won := 0
	var times []time.Duration
	for _, h := range r.heats {
		times = append(times, h.took)
		if h.released {
			won++
		}
	}
	slices.Sort(times)
	r.t.Logf("%d revocations: %d releases before, %d refused: %d by the vault and %d by the ledger, %d of these in the block of the revocation; answers in %.1f s (median), %.1f s (slowest)",
		len(r.heats), won, len(r.heats)-won, len(r.heats)-won-refused, refused, same, times[len(times)/2].Seconds(), times[len(times)-1].Seconds())
	require.Equal(r.t, won, released)
	require.Positive(r.t, won, "no release came before its revocation")
	require.Less(r.t, won, len(r.heats), "no revocation came before its release")
}
