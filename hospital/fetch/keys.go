package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/dmdl-network/dmdl/hospital/server"
	"github.com/dmdl-network/dmdl/hospital/vault"
	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/records"
)

// keys signs for a release on the ledger, after looking up that the ledger names the
// same bodies, and gets the keys for that. They are kept once all of them have been
// found to open; others are asked for anew the next time.
func (f *Fetch) keys(ctx context.Context, d folder, s *state, r *released) ([]vault.Envelope, error) {
	if len(r.Envelopes) > 0 {
		return f.envelopes(ctx, d, s, r.Release, r.Envelopes)
	}
	if r.Receipt == 0 {
		if err := f.compare(ctx, s.Subject, r.Release); err != nil {
			return nil, err
		}
		var err error
		if r.Receipt, err = f.sign(ctx, s.Subject, r.Disclosure); err != nil {
			return nil, err
		}
		if err := d.keep(stateFile, s); err != nil {
			return nil, err
		}
	}
	answer, err := f.Vault.Keys(ctx, s.Subject, r.Disclosure, r.Receipt, f.Identity.Recipient())
	if err != nil {
		return nil, err
	}
	all, err := f.envelopes(ctx, d, s, r.Release, answer.Envelopes)
	if err != nil {
		return nil, err
	}
	r.Envelopes = answer.Envelopes
	return all, d.keep(stateFile, s)
}

// envelopes opens the keys of a release and verifies each against what is anchored and
// what is here.
func (f *Fetch) envelopes(ctx context.Context, d folder, s *state, r server.Release, sealed [][]byte) ([]vault.Envelope, error) {
	if len(sealed) != len(r.Records) {
		return nil, fmt.Errorf("%w: %d keys came for %d records", ErrForged, len(sealed), len(r.Records))
	}
	all := make([]vault.Envelope, len(sealed))
	for i, record := range r.Records {
		err := isAnchored(ctx, f.Ledger, record)
		if err == nil {
			all[i], err = openEnvelope(f.ChainID, f.Identity.Age, s.Subject, record, sealed[i])
		}
		if err == nil {
			err = d.original(ctx, record, all[i], func(io.Reader) error { return nil })
		}
		if err != nil {
			return nil, fmt.Errorf("record %s: %w", record.Record, err)
		}
	}
	return all, nil
}

// sign signs for a release and returns the index of the receipt, which is there
// already if the answer was lost the last time.
func (f *Fetch) sign(ctx context.Context, subject records.SubjectId, release uint64) (uint64, error) {
	result, err := f.Ledger.Submit(ctx, f.Identity.Account, &access.MsgReceive{
		Requester: f.Identity.Account.Address(), Subject: subject, Disclosure: release,
	})
	if errors.Is(err, access.ErrAlreadyDone) {
		return f.receiptOf(ctx, subject, release)
	}
	if err != nil {
		return 0, err
	}
	var answer access.MsgReceiveResponse
	err = result.Answer(&answer)
	return answer.Receipt, err
}

// receiptOf looks for the receipt of a release among the later entries.
func (f *Fetch) receiptOf(ctx context.Context, subject records.SubjectId, release uint64) (uint64, error) {
	for index := release + 1; ; index++ {
		d, err := f.entry(ctx, subject, index)
		if err != nil {
			return 0, err
		}
		if d.Kind == access.DISCLOSURE_KIND_RECEIPT && d.Of == release {
			return index, nil
		}
	}
}

// entry reads an entry of the subject's account at the own node.
func (f *Fetch) entry(ctx context.Context, subject records.SubjectId, index uint64) (access.Disclosure, error) {
	answer, err := access.NewQueryClient(f.Ledger).Disclosure(ctx, &access.QueryDisclosureRequest{
		Institution: subject.Institution, Number: subject.Number, Index: index,
	})
	if err != nil {
		return access.Disclosure{}, err
	}
	return answer.Disclosure, nil
}

// compare checks that the ledger names the bodies that came, and this ticket. Nobody
// should sign for anything else.
func (f *Fetch) compare(ctx context.Context, subject records.SubjectId, r server.Release) error {
	d, err := f.entry(ctx, subject, r.Disclosure)
	switch {
	case err != nil:
		return err
	case d.Kind != access.DISCLOSURE_KIND_RELEASE || d.Ticket == nil || *d.Ticket != f.Ticket:
		return fmt.Errorf("%w: entry %d of the account is no release on this ticket: do not sign for it", ErrForged, r.Disclosure)
	case len(d.Records) != len(r.Records):
		return fmt.Errorf("%w: the ledger names %d records, %d came: do not sign for them", ErrForged, len(d.Records), len(r.Records))
	}
	for i, record := range r.Records {
		if server.RecordName(d.Records[i].Record) != record.Record || string(d.Records[i].Body) != string(record.Body) {
			return fmt.Errorf("%w: record %s is not what the ledger names: do not sign for it", ErrForged, record.Record)
		}
	}
	return nil
}
