package e2e_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/dmdl-network/dmdl/hospital/fetch"
	"github.com/dmdl-network/dmdl/hospital/gate"
	"github.com/dmdl-network/dmdl/hospital/server"
	"github.com/dmdl-network/dmdl/hospital/vault"
	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/records"
)

const (
	// crowd is how many patients withdraw at a time.
	crowd = 100
	// calm is how many of them withdraw only when the vault has answered, so that each
	// round has releases that stand for a while.
	calm = 10
	// staff is how many clinicians ask about them.
	staff = 4
	// lead is how long before the requests the first patient withdraws: as long as it
	// takes to prove it. spread is how long after the first the last one withdraws: by
	// then most releases have been made.
	lead, spread = 2 * time.Second, 6 * time.Second
)

// revocations is how many there are to be: REVOCATIONS, or those of two rounds. The
// story's patience is for about 2,000.
func revocations(t *testing.T) int {
	t.Helper()
	text := os.Getenv("REVOCATIONS")
	if text == "" {
		return 2 * crowd
	}
	n, err := strconv.Atoi(text)
	require.NoError(t, err, "REVOCATIONS")
	require.True(t, n > 0 && n%crowd == 0, "REVOCATIONS=%d: give a multiple of %d", n, crowd)
	return n
}

// race is a ward with many patients, each of whom has one small record.
type race struct {
	*ward
	clinicians []fetch.Identity
	vaults     []*fetch.Vault // as the clinicians reach it
	names      []string       // of the records, by their patients
	seals      [][]byte       // of the consents, by their patients
	heats      []*heat
	begun      int64 // the height before the first heat
}

// heat is one revocation that races with one release.
type heat struct {
	patient   int // from 0
	consent   uint64
	ticket    access.TicketId
	place     int   // in the order in which the crowd withdraws
	withdrawn int64 // the height of the block

	released   bool
	disclosure uint64
	took       time.Duration // from the request to the answer
	answered   chan struct{}
}

// subject is the heat's patient on the ledger.
func (h *heat) subject() records.SubjectId {
	return records.SubjectId{Institution: 1, Number: uint64(h.patient) + 1}
}

func TestNoReleaseStandsAfterItsRevocation(t *testing.T) {
	ctx, network, client := startNetwork(t, 2)
	r := &race{ward: &ward{keeper: &keeper{ctx: ctx, t: t, net: network, home: t.TempDir()}, client: client}}
	r.admits()
	r.serves()
	var err error
	r.begun, err = client.Height(ctx)
	require.NoError(t, err)
	for n := range revocations(t) / crowd {
		round := r.prepares(n)
		r.runs(round)
		r.opensNothingMore(round)
		r.heats = append(r.heats, round...)
	}
	r.requireAccounts()
	r.requireOrder()
}

// admits takes in the patients' records and enrols everybody.
func (r *race) admits() {
	r.t.Helper()
	r.opensAVault(r.client)
	var results []byte
	for patient := range crowd {
		results = fmt.Appendf(results, `{"resourceType":"Observation","status":"final","code":{"text":"weight"},"subject":{"reference":"Patient/%d"}}`+"\n", patient)
	}
	file := filepath.Join(r.home, "results.ndjson")
	require.NoError(r.t, os.WriteFile(file, results, 0o600))
	r.run("vault", "ingest", file, "--anchor")
	r.seal()
	r.registers(crowd)
	for n := range staff {
		r.clinicians = append(r.clinicians, r.hires(filepath.Join(r.home, fmt.Sprint("clinician ", n))))
	}
}

// seal finds the patients' records and keeps a sealed part for each patient's
// consents.
func (r *race) seal() {
	r.t.Helper()
	v, err := vault.Open(r.ctx, filepath.Join(r.home, "vault"), vault.Options{})
	require.NoError(r.t, err)
	defer func() { require.NoError(r.t, v.Close()) }()
	part, err := gate.EncodeSealed(access.Sealed{})
	require.NoError(r.t, err)
	for patient := range uint64(crowd) {
		found, err := v.List(r.ctx, vault.Filter{Subject: patient + 1, State: vault.Anchored}, 0, 0)
		require.NoError(r.t, err)
		require.Len(r.t, found, 1)
		r.names = append(r.names, server.RecordName(records.RecordId{Institution: 1, Batch: found[0].Batch, Leaf: found[0].Leaf}))
		shown, err := v.SealConsent(r.ctx, patient+1, part)
		require.NoError(r.t, err)
		r.seals = append(r.seals, shown[:])
	}
}

// serves begins to serve, to all clinicians.
func (r *race) serves() {
	r.t.Helper()
	r.ward.serves()
	for _, clinician := range r.clinicians {
		v, _ := r.vaultFor(clinician.Account)
		r.vaults = append(r.vaults, v)
	}
}

// prepares has every patient consent, and a clinician get a ticket for each.
func (r *race) prepares(round int) []*heat {
	r.t.Helper()
	heats := make([]*heat, crowd)
	consents := make([]sdk.Msg, crowd)
	for patient := range heats {
		// 37 and 100 have no common divisor: every place comes once a round, to another patient
		heats[patient] = &heat{patient: patient, place: (37*patient + 13*round) % crowd, answered: make(chan struct{})}
		consents[patient] = r.consent(heats[patient].subject(), r.seals[patient])
	}
	answers, err := submitAll[access.MsgGrantConsentResponse](r.ctx, r.client, r.registrar, consents)
	require.NoError(r.t, err)
	for i := range answers {
		heats[i].consent = answers[i].Index
	}
	r.eachClinician(heats, func(ctx context.Context, n int, heats []*heat) error {
		requests := make([]sdk.Msg, len(heats))
		for i, h := range heats {
			requests[i] = request(r.clinicians[n], h.subject())
		}
		answers, err := submitAll[access.MsgRequestAccessResponse](ctx, r.client, r.clinicians[n].Account, requests)
		for i := range answers {
			heats[i].ticket = answers[i].Ticket
		}
		return err
	})
	r.provenNow()
	return heats
}

// eachClinician has all clinicians do something at once, each with those of the heats
// that are theirs.
func (r *race) eachClinician(heats []*heat, do func(ctx context.Context, n int, heats []*heat) error) {
	r.t.Helper()
	group, ctx := errgroup.WithContext(r.ctx)
	for n := range r.clinicians {
		var own []*heat
		for _, h := range heats {
			if h.patient%staff == n {
				own = append(own, h)
			}
		}
		group.Go(func() error { return do(ctx, n, own) })
	}
	require.NoError(r.t, group.Wait())
}

// runs lets all releases of a round race with their revocations.
func (r *race) runs(round []*heat) {
	r.t.Helper()
	group, ctx := errgroup.WithContext(r.ctx)
	for _, h := range round {
		group.Go(func() error {
			time.Sleep(lead)
			return r.asksFor(ctx, h)
		})
		group.Go(func() (err error) {
			if h.place < crowd-calm {
				time.Sleep(spread * time.Duration(h.place) / crowd)
			} else {
				<-h.answered
			}
			h.withdrawn, err = r.withdraws(ctx, h.subject(), h.consent)
			return err
		})
	}
	require.NoError(r.t, group.Wait())
	for _, h := range round {
		require.True(r.t, h.released || h.place < crowd-calm, "patient %d withdrew when the vault had refused already", h.patient)
	}
}

// asksFor asks the vault for a release and notes what it says.
func (r *race) asksFor(ctx context.Context, h *heat) error {
	defer close(h.answered)
	begun := time.Now()
	answer, err := r.vaults[h.patient%staff].Release(ctx, h.ticket, []string{r.names[h.patient]})
	h.took = time.Since(begun)
	if isClosed(err) {
		return nil
	}
	if err == nil && len(answer.Releases) != 1 {
		err = fmt.Errorf("%d releases of one record", len(answer.Releases))
	}
	if err == nil {
		h.released, h.disclosure = true, answer.Releases[0].Disclosure
	}
	return err
}

// isClosed says whether a vault answered that nothing is released.
func isClosed(err error) bool {
	var refused *fetch.Refused
	return errors.As(err, &refused) && refused.Status == http.StatusForbidden && refused.Detail == "nothing is released to this request"
}

// opensNothingMore uses every ticket again once the revocations are proven, asks for
// the bodies that were released before them, and for their keys with a receipt.
func (r *race) opensNothingMore(round []*heat) {
	r.t.Helper()
	r.provenNow()
	r.eachClinician(round, func(ctx context.Context, n int, heats []*heat) error {
		clinician, v := r.clinicians[n], r.vaults[n]
		var won []*heat
		var receipts []sdk.Msg
		for _, h := range heats {
			_, again := v.Release(ctx, h.ticket, []string{r.names[h.patient]})
			if err := mustBeClosed("the ticket", again); err != nil {
				return err
			}
			if !h.released {
				continue
			}
			body := v.Body(ctx, h.subject(), h.disclosure, r.names[h.patient], 0, io.Discard)
			if err := mustBeClosed("the body", body); err != nil {
				return err
			}
			won = append(won, h)
			receipts = append(receipts, &access.MsgReceive{Requester: clinician.Account.Address(), Subject: h.subject(), Disclosure: h.disclosure})
		}
		signed, err := submitAll[access.MsgReceiveResponse](ctx, r.client, clinician.Account, receipts)
		for i, h := range won {
			_, keys := v.Keys(ctx, h.subject(), h.disclosure, signed[i].Receipt, clinician.Recipient())
			err = errors.Join(err, mustBeClosed("the key", keys))
		}
		return err
	})
}

// mustBeClosed fails unless a vault answered that nothing is released.
func mustBeClosed(what string, err error) error {
	if isClosed(err) {
		return nil
	}
	return fmt.Errorf("%s after the revocation: %w", what, cmp.Or(err, errors.New("it came")))
}
