package rights_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/rights"
	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/copyright"
)

var update = flag.Bool("update", false, "write testdata anew; look at the files before you keep them")

const (
	chain = rights.Ledger("dmdl-test-1")
	day   = 24 * time.Hour
)

var granted = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)

// golden compares a document byte for byte with a file of testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(path, got, 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), string(got))
}

func digest(n byte) []byte { return bytes.Repeat([]byte{n}, 32) }

func id(institution, number uint64) copyright.WorkId {
	return copyright.WorkId{Institution: institution, Number: number}
}

// dataset is a work that is upheld, with two contributors.
func dataset(institution, number uint64) copyright.Work {
	return copyright.Work{
		Id: id(institution, number), Kind: copyright.WORK_KIND_DATASET, Right: copyright.RIGHT_DATABASE, Jurisdiction: "EU",
		Claimant: "dmdl1officer", Description: digest(byte(16*institution + number)), Root: digest(2), Size_: 1000, Custodians: []uint64{institution},
		Contributors: []copyright.Contributor{
			{Account: "dmdl1curator", Credits: []copyright.Credit{copyright.CREDIT_DATA_CURATION, copyright.CREDIT_WRITING_REVIEW_EDITING}, Share: 7000},
			{Account: "dmdl1lender", Credits: []copyright.Credit{copyright.CREDIT_RESOURCES}, Share: 3000},
		},
		Status:       copyright.WORK_STATUS_UPHELD,
		Attestations: []copyright.Attestation{{Custodian: institution, Vault: fmt.Sprintf("dmdl1vault%d", institution), Height: 12}},
		RegisteredAt: time.Date(2026, 1, 1, 8, 0, 0, 0, time.UTC), RegisteredHeight: 10,
	}
}

// rich are terms that say something in every field.
func rich() copyright.Terms {
	return copyright.Terms{
		Spdx: "CC-BY-NC-4.0", Purposes: []access.Purpose{access.PURPOSE_TREAT, access.PURPOSE_BIORCH, access.PURPOSE_DSRCH},
		DataUses: []copyright.DataUse{
			{Code: 7, Value: "MONDO:0005148"},
			{Code: 18},
			{Code: 21},
			{Code: 22, Value: "DE"},
			{Code: 22, Value: "FR"},
			{Code: 24, Value: "2027-01-01"},
			{Code: 25, Value: "13"},
			{Code: 28},
			{Code: 43},
			{Code: 44},
			{Code: 46},
		},
		Territory: []string{"DE", "NL"}, Period: 730 * day, Commercial: true, Attribution: true, Derivatives: copyright.DERIVATIVES_BY_APPROVAL,
		Training: true, Evaluation: true, Redistribution: true, Withdrawal: copyright.WITHDRAWAL_DESTROY,
		Price: copyright.Price{Amount: 123456, Currency: "EUR"},
	}
}

// plain are terms of a research licence that restrict little.
func plain() copyright.Terms {
	return copyright.Terms{
		Text: digest(9), Purposes: []access.Purpose{access.PURPOSE_HRESCH, access.PURPOSE_POARCH}, Derivatives: copyright.DERIVATIVES_SHARE_ALIKE,
		FineTuning: true, Withdrawal: copyright.WITHDRAWAL_STOP,
	}
}

// licensed is a licence of (1, 1) for institution 5 on terms.
func licensed(t copyright.Terms) copyright.Licence {
	return copyright.Licence{
		Id: access.LicenceId{Institution: 1, Number: 4}, Work: id(1, 1), Offer: 2, Terms: t, Licensee: 5, Requester: "dmdl1other",
		RequestedAt: granted.Add(-day),
	}.Grant(granted)
}

// shelf is a source that holds works in memory.
type shelf map[copyright.WorkId]copyright.Work

func (s shelf) Work(_ context.Context, id copyright.WorkId) (copyright.Work, error) {
	w, found := s[id]
	if !found {
		return w, copyright.ErrWorkNotFound
	}
	return w, nil
}

func (s shelf) Children(_ context.Context, parent copyright.WorkId) ([]copyright.WorkId, error) {
	var children []copyright.WorkId
	for id, w := range s {
		if slices.ContainsFunc(w.Parents, func(p copyright.Parent) bool { return p.Work == parent }) {
			children = append(children, id)
		}
	}
	return children, nil
}

func parent(w copyright.WorkId, r copyright.Relation, licence uint64) copyright.Parent {
	return copyright.Parent{Work: w, Relation: r, Licence: licence}
}

// family is a lineage with every kind of work and every relation.
func family() shelf {
	s := shelf{}
	add := func(w copyright.Work, kind copyright.WorkKind, status copyright.WorkStatus, parents ...copyright.Parent) {
		w.Kind, w.Status, w.Parents = kind, status, parents
		if kind > copyright.WORK_KIND_IMAGE_COLLECTION {
			w.Root, w.Size_, w.Custodians, w.Attestations, w.Content = nil, 0, nil, nil, digest(3)
		}
		s[w.Id] = w
	}
	upheld := copyright.WORK_STATUS_UPHELD
	add(dataset(1, 1), copyright.WORK_KIND_DATASET, upheld)
	add(dataset(1, 2), copyright.WORK_KIND_DATASET, upheld, parent(id(1, 1), copyright.RELATION_REVISION, 0))
	add(dataset(2, 1), copyright.WORK_KIND_IMAGE_COLLECTION, upheld, parent(id(1, 1), copyright.RELATION_QUOTED, 1))
	add(dataset(2, 2), copyright.WORK_KIND_ANNOTATION, copyright.WORK_STATUS_CONTESTED,
		parent(id(1, 2), copyright.RELATION_PRIMARY_SOURCE, 2), parent(id(2, 1), copyright.RELATION_DERIVED, 0))
	add(dataset(3, 1), copyright.WORK_KIND_MODEL, copyright.WORK_STATUS_ATTESTED,
		parent(id(1, 2), copyright.RELATION_EVALUATED, 3), parent(id(2, 1), copyright.RELATION_TRAINED, 1), parent(id(2, 2), copyright.RELATION_TRAINED, 2))
	add(dataset(4, 1), copyright.WORK_KIND_MODEL, copyright.WORK_STATUS_CLAIMED,
		parent(id(2, 1), copyright.RELATION_FINE_TUNED, 3), parent(id(3, 1), copyright.RELATION_DERIVED, 1))
	add(dataset(4, 2), copyright.WORK_KIND_SOFTWARE, copyright.WORK_STATUS_REJECTED, parent(id(3, 1), copyright.RELATION_DERIVED, 1))
	add(dataset(4, 3), copyright.WORK_KIND_PUBLICATION, copyright.WORK_STATUS_WITHDRAWN, parent(id(4, 1), copyright.RELATION_DERIVED, 0), parent(id(4, 2), copyright.RELATION_DERIVED, 0))
	noticed := s[id(3, 1)]
	noticed.Notices = 2
	s[noticed.Id] = noticed
	return s
}

func traced(t *testing.T, s shelf, id copyright.WorkId, up, down, most int) rights.Lineage {
	t.Helper()
	l, err := rights.Trace(t.Context(), s, id, rights.Bounds{Up: up, Down: down, Works: most})
	require.NoError(t, err)
	return l
}
