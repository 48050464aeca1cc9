package keeper

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"cosmossdk.io/collections"

	"github.com/dmdl-network/dmdl/x/access"
)

// CheckInvariants returns the first broken invariant of the module, or nil. Tests
// call it after every change; a running chain never does. What holds between
// stored values is what a genesis must hold too, see access.GenesisState.Validate.
func (k Keeper) CheckInvariants(ctx context.Context) error {
	gs, err := k.ExportGenesis(ctx)
	if err != nil {
		return err
	}
	return firstError(gs.Validate(), k.checkKeys(ctx), k.checkQueues(ctx, gs), checkCounts(gs))
}

// checkKeys checks that each value is stored under its own key.
func (k Keeper) checkKeys(ctx context.Context) error {
	own := func(name string, key, want any) error {
		if key != want {
			return fmt.Errorf("%s %v is stored under %v", name, want, key)
		}
		return nil
	}
	return firstError(
		eachOf(ctx, k.subjects, func(key pair, s access.Subject) error { return own("subject", split2(key), split2(subjectKey(s.Id))) }),
		eachOf(ctx, k.consents, func(key triple, c access.Consent) error {
			return own("consent", split3(key), split3(entryKey(c.Subject, c.Index)))
		}),
		eachOf(ctx, k.disclosures, func(key triple, d access.Disclosure) error {
			return own("disclosure", split3(key), split3(entryKey(d.Subject, d.Index)))
		}),
		eachOf(ctx, k.tickets, func(key pair, t access.Ticket) error { return own("ticket", split2(key), split2(ticketKey(t.Id))) }),
		eachOf(ctx, k.reviews, func(key triple, r access.Review) error {
			return own("review", split3(key), split3(entryKey(r.Subject, r.Disclosure)))
		}),
		eachOf(ctx, k.conducts, func(key uint64, c access.Conduct) error { return own("conduct", key, c.Institution) }),
		eachOf(ctx, k.templates, func(key triple, t access.Template) error {
			return own("template", split3(key), split3(templateKey(t.Id)))
		}),
		eachOf(ctx, k.policies, func(key uint64, p access.Policy) error { return own("policy", key, p.Institution) }),
		eachOf(ctx, k.studies, func(key pair, s access.Study) error { return own("study", split2(key), split2(studyKey(s.Id))) }),
		eachOf(ctx, k.journals, func(key []byte, j access.JournalHead) error {
			_, vault, err := k.decode("vault", j.Vault)
			text, _ := k.addresses.BytesToString(key)
			return firstError(err, own("journal", text, vault))
		}),
	)
}

// checkQueues checks that each queue and index holds exactly what it must.
func (k Keeper) checkQueues(ctx context.Context, gs *access.GenesisState) error {
	var disputes, old [][]byte
	reviews, receipts := make([][]byte, 0, len(gs.Reviews)), make([][]byte, 0, len(gs.Receipts))
	waiting, stored := map[[3]uint64]bool{}, map[[3]uint64]access.Disclosure{}
	for _, r := range gs.Reviews {
		reviews = append(reviews, dueReviewKey(r))
		waiting[split3(entryKey(r.Subject, r.Disclosure))] = true
	}
	for _, t := range gs.Tickets {
		old = append(old, oldTicketKey(t))
	}
	for _, c := range gs.Consents {
		if c.EndedAt != nil {
			old = append(old, oldConsentKey(c))
		}
	}
	for _, d := range gs.Disclosures {
		key := split3(entryKey(d.Subject, d.Index))
		stored[key] = d
		if !waiting[key] {
			old = append(old, oldEntryKey(d))
		}
		if d.Kind == access.DISCLOSURE_KIND_DISPUTE {
			disputes = append(disputes, disputeKey(d.Subject, d.Of, d.Dispute))
		}
	}
	for _, r := range gs.Receipts {
		d := stored[split3(entryKey(r.Subject, r.Disclosure))]
		receipts = append(receipts, join(d.Institution, seconds(r.DueAt), r.Subject.Institution, r.Subject.Number, r.Disclosure))
	}
	return firstError(
		checkQueue(ctx, "due reviews", k.dueReviews, reviews), checkQueue(ctx, "due receipts", k.dueReceipts, receipts),
		checkQueue(ctx, "disputes", k.disputes, disputes), checkQueue(ctx, "what leaves the state", k.old, old),
	)
}

// checkQueue fails unless a set holds exactly the wanted keys.
func checkQueue(ctx context.Context, name string, set collections.KeySet[[]byte], want [][]byte) error {
	slices.SortFunc(want, bytes.Compare)
	var got [][]byte
	err := set.Walk(ctx, nil, func(key []byte) (bool, error) {
		got = append(got, slices.Clone(key))
		return false, nil
	})
	if err == nil && !slices.EqualFunc(got, want, bytes.Equal) {
		err = fmt.Errorf("the queue of %s holds %x, want %x", name, got, want)
	}
	return err
}

// checkCounts checks the counts of each institution: those of the stored entries,
// or more if entries have left the state.
func checkCounts(gs *access.GenesisState) error {
	ever := uint64(0)
	for _, s := range gs.Subjects {
		ever += s.DisclosuresEver
	}
	want := map[uint64]*access.Conduct{}
	of := func(institution uint64) *access.Conduct {
		if want[institution] == nil {
			want[institution] = &access.Conduct{Institution: institution}
		}
		return want[institution]
	}
	for _, d := range gs.Disclosures {
		recount(d, of(d.Custodian), of(d.Institution))
	}
	for _, c := range gs.Conducts {
		w := *of(c.Institution)
		if uint64(len(gs.Disclosures)) == ever && c != w || !covers(c, w) {
			return fmt.Errorf("institution %d has the counts %v, its entries %v", c.Institution, c, w)
		}
		delete(want, c.Institution)
	}
	for _, d := range gs.Disclosures {
		for _, institution := range []uint64{d.Custodian, d.Institution} {
			if w := want[institution]; w != nil && *w != (access.Conduct{Institution: institution}) {
				return fmt.Errorf("institution %d has no counts, its entries %v", institution, *w)
			}
		}
	}
	return nil
}

// recount counts an entry, apart from how countEntry does it.
func recount(d access.Disclosure, custodian, requester *access.Conduct) {
	add := func(count *uint64, when bool) {
		if when {
			*count++
		}
	}
	released := d.Kind == access.DISCLOSURE_KIND_RELEASE || d.Kind == access.DISCLOSURE_KIND_LATE
	reviewed := d.Kind == access.DISCLOSURE_KIND_REVIEW
	disputed := d.Kind == access.DISCLOSURE_KIND_DISPUTE
	add(&custodian.Releases, released)
	add(&requester.Received, released)
	add(&requester.Receipts, d.Kind == access.DISCLOSURE_KIND_RECEIPT)
	add(&requester.Emergencies, d.Kind == access.DISCLOSURE_KIND_BREAK_GLASS || d.Kind == access.DISCLOSURE_KIND_LATE)
	add(&requester.Justified, reviewed && d.Outcome == access.REVIEW_OUTCOME_JUSTIFIED)
	add(&requester.Unjustified, reviewed && d.Outcome == access.REVIEW_OUTCOME_UNJUSTIFIED)
	add(&requester.Undetermined, reviewed && d.Outcome == access.REVIEW_OUTCOME_UNDETERMINED)
	add(&custodian.Disputes, disputed && d.Dispute.ByRequester())
	add(&requester.Disputes, disputed && !d.Dispute.ByRequester())
	add(&custodian.Refusals, d.Kind == access.DISCLOSURE_KIND_REFUSAL)
}

// covers says whether no count of c is below that of w.
func covers(c, w access.Conduct) bool {
	return c.Releases >= w.Releases && c.Receipts >= w.Receipts && c.Received >= w.Received &&
		c.Emergencies >= w.Emergencies && c.Justified >= w.Justified && c.Unjustified >= w.Unjustified &&
		c.Undetermined >= w.Undetermined && c.Disputes >= w.Disputes && c.Refusals >= w.Refusals
}

func split2(key pair) [2]uint64   { return [2]uint64{key.K1(), key.K2()} }
func split3(key triple) [3]uint64 { return [3]uint64{key.K1(), key.K2(), key.K3()} }

// eachOf checks each value of a map.
func eachOf[K, V any](ctx context.Context, m collections.Map[K, V], check func(K, V) error) error {
	return m.Walk(ctx, nil, func(key K, v V) (bool, error) {
		err := check(key, v)
		return err != nil, err
	})
}
