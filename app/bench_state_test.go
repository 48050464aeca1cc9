package app_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	dbm "github.com/cosmos/cosmos-db"
	"github.com/stretchr/testify/require"

	"github.com/cosmos/cosmos-sdk/baseapp"
	pruningtypes "github.com/cosmos/cosmos-sdk/store/v2/pruning/types"
	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	consensustypes "github.com/cosmos/cosmos-sdk/x/consensus/types"
	upgradetypes "github.com/cosmos/cosmos-sdk/x/upgrade/types"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/copyright"
	"github.com/dmdl-network/dmdl/x/records"
)

const (
	week = 7 * 24 * time.Hour
	// decadeWeeks are the weeks of ten years.
	decadeWeeks = 520
	// decadePatients are as many as can be measured in a minute.
	decadePatients = 100
)

// What happens to a patient in ten years. It is one with a chronic disease, whom another
// hospital sees once a month; most patients have less.
const (
	// anchored is sixty records a year: five for each visit. They are not listed: others
	// ask for what there is by class, not by record.
	anchored = 600
	// amended is one record in sixty, which a later one corrects.
	amended = 10
	// granted and withdrawn are two consents a year, each for one of the other hospitals,
	// and one withdrawal, so that those in force grow to ten. The form that
	// everybody signs at first comes beside them and stays.
	granted, withdrawn = 20, 10
	// requested is a request a month, each with one release and one receipt.
	requested = 120
	// broken is a broken glass in five years, with a release, a receipt and a review.
	broken = 2
	// takenOver is one change of controller, to a key of the patient's own.
	takenOver = 1
	// releasedAtOnce are so many records that each is released once.
	releasedAtOnce = anchored / requested
)

// asker is somebody of one of the other hospitals.
func (d *decade) asker() account { return d.ward(2 + uint64(d.week)%3).staff }

func (d *decade) request(c *chart) {
	d.t.Helper()
	who := d.asker()
	d.act(who, request(who, c.subject, 1), func(result *abci.ExecTxResult) {
		var answer access.MsgRequestAccessResponse
		unpackResponse(d.t, result, &answer)
		d.release(c, who, answer.Ticket)
	})
}

// breakGlass has a glass broken, and reviewed after the release.
func (d *decade) breakGlass(c *chart) {
	d.t.Helper()
	who := d.asker()
	d.act(who, breakGlass(who, c.subject, 1), func(result *abci.ExecTxResult) {
		var answer access.MsgBreakGlassResponse
		unpackResponse(d.t, result, &answer)
		d.release(c, who, answer.Ticket)
	})
}

// release releases the newest records, for which the requester signs.
func (d *decade) release(c *chart, who account, ticket access.TicketId) {
	d.t.Helper()
	vault := d.members[0].vault
	newest := c.kept[max(0, len(c.kept)-releasedAtOnce):]
	d.act(vault, release(vault, ticket, newest...), func(result *abci.ExecTxResult) {
		var answer access.MsgReleaseResponse
		unpackResponse(d.t, result, &answer)
		d.act(who, &access.MsgReceive{Requester: who.Address(), Subject: c.subject, Disclosure: answer.Disclosure}, nil)
	})
}

// review has the custodian's officer review what waits for it.
func (d *decade) review() {
	d.t.Helper()
	var open access.QueryReviewsResponse
	d.ask("/dmdl.access.v1.Query/Reviews", &access.QueryReviewsRequest{Institution: 1}, &open)
	officer := d.ward(1).officer
	for _, r := range open.Reviews {
		d.act(officer, &access.MsgReviewEmergency{
			Officer: officer.Address(), Subject: r.Subject, Disclosure: r.Disclosure, Outcome: access.REVIEW_OUTCOME_JUSTIFIED,
		}, nil)
	}
}

// stateSize is the bytes of keys and values of the committed state by module, and in
// total.
type stateSize map[string]int

// modules have two stores if they have an index. Patients with a key have an account.
var modules = map[string]string{
	access.StoreKey: "access", access.IndexStoreKey: "access", records.StoreKey: "records", records.IndexStoreKey: "records",
	copyright.StoreKey: "copyright", copyright.IndexStoreKey: "copyright",
	consortium.StoreKey: "consortium", authtypes.StoreKey: "accounts", consensustypes.StoreKey: "other", upgradetypes.StoreKey: "other",
}

// size measures the committed state.
func (n *network) size() stateSize {
	n.t.Helper()
	size := stateSize{}
	stores := n.CommitMultiStore().(interface {
		StoreKeysByName() map[string]storetypes.StoreKey
	})
	for name, key := range stores.StoreKeysByName() {
		held := bytesOf(n.t, n.CommitMultiStore().GetKVStore(key).Iterator(nil, nil))
		require.NotEmpty(n.t, modules[name], name)
		size[modules[name]] += held
		size["total"] += held
	}
	return size
}

func bytesOf(t testing.TB, all dbm.Iterator) (sum int) {
	t.Helper()
	for ; all.Valid(); all.Next() {
		sum += len(all.Key()) + len(all.Value())
	}
	require.NoError(t, all.Close())
	return sum
}

// liveTenYears returns the state after each of ten years, and when all that may leave
// it has left. The last is what a node's database holds after the ten years if it
// keeps some ten states.
func liveTenYears(b *testing.B, patients int) (years []stateSize, left stateSize, database int) {
	b.Helper()
	db := dbm.NewMemDB()
	n := newNetworkOver(b, db, options{}, 4, baseapp.SetIAVLSyncPruning(true),
		baseapp.SetPruning(pruningtypes.NewPruningOptions(pruningtypes.PruningEverything)))
	d := newDecade(n, patients)
	for d.week < decadeWeeks {
		d.live()
		if d.week%(decadeWeeks/10) == 0 {
			years = append(years, d.size())
		}
	}
	all, err := db.Iterator(nil, nil)
	require.NoError(b, err)
	database = bytesOf(b, all)
	d.requireLived(b)
	d.rest(access.DefaultParams().Retention + week)
	return years, d.size(), database
}

// requireLived fails unless as much is in the accounts as must have happened.
func (d *decade) requireLived(b *testing.B) {
	b.Helper()
	require.NoError(b, d.Access.CheckInvariants(d.NewContext(true)))
	state, err := d.Access.ExportGenesis(d.NewContext(true))
	require.NoError(b, err)
	entries, consents := 0, 0
	for _, s := range state.Subjects {
		entries, consents = entries+int(s.DisclosuresEver), consents+len(s.Consents)
	}
	require.Equal(b, len(d.patients)*(2*requested+4*broken), entries)
	require.Equal(b, len(d.patients)*(1+granted-withdrawn), consents)
}

// BenchmarkStatePerPatient tells the bytes of state of a patient after the ten years
// above, and what is left of it once the retention of everything is over: both less
// those of an equal chain without patients. The database is counted before
// the compression of the disk. The batches are as many for each patient as in a
// hospital of 100,000 that anchors every ten minutes.
func BenchmarkStatePerPatient(b *testing.B) {
	for b.Loop() {
		years, left, database := liveTenYears(b, decadePatients)
		yearsBare, leftBare, databaseBare := liveTenYears(b, 0)
		each := func(with, without int) float64 { return float64(with-without) / decadePatients }
		var grown []string
		for i, year := range years {
			grown = append(grown, fmt.Sprintf("%.0f", each(year["total"], yearsBare[i]["total"])))
		}
		b.Log("bytes of a patient after each year:", strings.Join(grown, ", "))
		for name, held := range years[9] {
			b.ReportMetric(each(held, yearsBare[9][name]), name+"-B/patient")
			b.ReportMetric(each(left[name], leftBare[name]), name+"-left-B/patient")
		}
		b.ReportMetric(each(database, databaseBare), "database-B/patient")
		b.ReportMetric(0, "ns/op")
	}
}
