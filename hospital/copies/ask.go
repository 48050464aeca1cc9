package copies

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/dmdl-network/dmdl/hospital/vault"
	"github.com/dmdl-network/dmdl/x/copyright"
)

// Asker asks one institution for copies of records of works.
type Asker struct {
	Vault *vault.Vault
	Peers Peers
	// Own is the certificate that is shown; the other institution has pinned it.
	Own tls.Certificate
	// Peer is the institution, and Address its vault, such as
	// https://vault.douglas.example:8472.
	Peer    uint64
	Address string
}

// questionBytes is about how much of a question's text its fingerprints may be.
const questionBytes = MaxBody / 2

// own is a record of the work in this vault.
type own struct {
	record uint64
	item   Item
}

// Ask asks about the records of a work that are in this vault, in as many questions as
// it takes, and returns the reports of these, which the vault keeps.
func (a *Asker) Ask(ctx context.Context, id copyright.WorkId, root []byte) ([]vault.CopyReport, error) {
	key, err := a.Peers.Key(a.Peer)
	if err != nil {
		return nil, err
	}
	if !strings.HasPrefix(a.Address, "https://") {
		return nil, fmt.Errorf("address %q: give one that begins with https://", a.Address)
	}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: a.Peers.clientTLS(a.Own, a.Peer)}}
	defer client.CloseIdleConnections()
	var reports []vault.CopyReport
	var group []own
	prints, size := 0, 0
	ask := func() error {
		if len(group) == 0 {
			return nil
		}
		r, err := a.question(ctx, client, id, key, group)
		if err == nil {
			reports = append(reports, r)
		}
		group, prints, size = nil, 0, 0
		return err
	}
	for record, err := range a.records(ctx, root, key) {
		if err != nil {
			return reports, err
		}
		text, err := json.Marshal(record.item)
		if err != nil {
			return reports, err
		}
		if n := record.item.Prints.Len(); prints+n > MaxPrints || size+len(text) > questionBytes {
			if err := ask(); err != nil {
				return reports, err
			}
		}
		group, prints, size = append(group, record), prints+record.item.Prints.Len(), size+len(text)
	}
	if err := ask(); err != nil {
		return reports, err
	}
	if len(reports) == 0 {
		return nil, errors.New("no record of this work is in this vault and can be compared")
	}
	return reports, nil
}

// records yields the records of a work that are in this vault and have fingerprints.
func (a *Asker) records(ctx context.Context, root, key []byte) func(yield func(own, error) bool) {
	return func(yield func(own, error) bool) {
		if _, err := a.Vault.Work(ctx, root); err != nil {
			yield(own{}, err)
			return
		}
		for id, err := range a.Vault.WorkRecords(ctx, root) {
			if err != nil {
				yield(own{}, err)
				return
			}
			if id.Institution != a.Vault.Settings().Institution {
				continue
			}
			one, err := a.record(ctx, id.Batch, id.Leaf, key)
			if errors.Is(err, vault.ErrErased) || err == nil && one.item.Prints.Len() == 0 {
				continue
			}
			if !yield(one, err) || err != nil {
				return
			}
		}
	}
}

func (a *Asker) record(ctx context.Context, batch, leaf uint64, key []byte) (o own, err error) {
	r, err := a.Vault.ByLeaf(ctx, batch, leaf)
	if err != nil {
		return o, err
	}
	b, err := a.Vault.Batch(ctx, batch)
	if err != nil {
		return o, err
	}
	o.record, o.item.AnchoredAt = r.ID, b.AnchoredAt
	o.item.Prints, err = a.Vault.Fingerprint(ctx, r.ID, key)
	return o, err
}

// question asks about some records and keeps the answer.
func (a *Asker) question(ctx context.Context, client *http.Client, id copyright.WorkId, key []byte, group []own) (r vault.CopyReport, err error) {
	q := Question{Version: Version, Claimant: id.Institution, Work: id.Number, Shared: vault.SharedName(key)}
	for _, one := range group {
		q.Items = append(q.Items, one.item)
	}
	r = vault.CopyReport{Peer: a.Peer, Claimant: id.Institution, Work: id.Number, Items: len(group), Prints: q.prints()}
	if r.Number, err = a.Vault.BeginCopies(ctx, r); err != nil {
		return r, err
	}
	answer, err := a.post(ctx, client, q)
	if err != nil {
		return r, fmt.Errorf("institution %d: %w", a.Peer, err)
	}
	for _, c := range answer.Copies {
		r.Found = append(r.Found, vault.FoundCopy{
			Record: group[c.Item].record, Item: c.Item, Similarity: c.Similarity, Part: c.Part, Earlier: c.Earlier, Theirs: c.Record,
		})
	}
	r.Answered = true
	return r, a.Vault.EndCopies(ctx, r.Number, r.Found)
}

func (a *Asker) post(ctx context.Context, client *http.Client, q Question) (answer Answer, err error) {
	text, err := json.Marshal(q)
	if err != nil {
		return answer, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimSuffix(a.Address, "/")+Path, bytes.NewReader(text))
	if err != nil {
		return answer, err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := client.Do(request)
	if err != nil {
		return answer, err
	}
	defer response.Body.Close()
	body := io.LimitReader(response.Body, MaxBody)
	if response.StatusCode != http.StatusOK {
		var refused refusal
		if err := json.NewDecoder(body).Decode(&refused); err != nil {
			return answer, errors.New(response.Status)
		}
		return answer, fmt.Errorf("%s: %s", response.Status, refused.Detail)
	}
	if err := decode(body, &answer); err != nil {
		return answer, fmt.Errorf("its answer: %w", err)
	}
	return answer, answer.check(len(q.Items))
}
