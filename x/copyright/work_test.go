package copyright_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dmdl-network/dmdl/x/copyright"
	"github.com/dmdl-network/dmdl/x/records"
)

// dataset is a valid claim on three records.
func dataset() copyright.MsgRegisterWork {
	return copyright.MsgRegisterWork{
		Kind: copyright.WORK_KIND_DATASET, Right: copyright.RIGHT_DATABASE, Jurisdiction: "EU", Description: digest(1),
		Contributors: []copyright.Contributor{
			{Account: "a", Credits: []copyright.Credit{copyright.CREDIT_DATA_CURATION, copyright.CREDIT_RESOURCES}, Share: 10_000},
			{Account: "b", Credits: []copyright.Credit{copyright.CREDIT_SUPERVISION}},
		},
		Root: root(ids(3)), Size_: 3, Custodians: []uint64{1, 2},
		Parents: []copyright.Parent{{Work: copyright.WorkId{Institution: 1, Number: 1}, Relation: copyright.RELATION_QUOTED}},
	}
}

// program makes a claim one on a program.
func program(m *copyright.MsgRegisterWork) {
	m.Kind, m.Root, m.Size_, m.Custodians, m.Content = copyright.WORK_KIND_SOFTWARE, nil, 0, nil, digest(2)
}

// refusedClaims are changes that make a claim invalid.
var refusedClaims = map[string]struct {
	change func(*copyright.MsgRegisterWork)
	err    error
	says   string
}{
	"kind":                 {func(m *copyright.MsgRegisterWork) { m.Kind = 7 }, copyright.ErrUnknownCode, "kind 7, want 1 to 6"},
	"right":                {func(m *copyright.MsgRegisterWork) { m.Right = 0 }, copyright.ErrUnknownCode, "right 0"},
	"jurisdiction":         {func(m *copyright.MsgRegisterWork) { m.Jurisdiction = "Germany" }, copyright.ErrInvalid, `jurisdiction "Germany"`},
	"description":          {func(m *copyright.MsgRegisterWork) { m.Description = nil }, copyright.ErrInvalidDigest, "description"},
	"no contributors":      {func(m *copyright.MsgRegisterWork) { m.Contributors = nil }, copyright.ErrInvalid, "0 contributors"},
	"65 contributors":      {func(m *copyright.MsgRegisterWork) { m.Contributors = slices.Repeat(m.Contributors[1:], 65) }, copyright.ErrInvalid, "65 contributors"},
	"no credit":            {func(m *copyright.MsgRegisterWork) { m.Contributors[1].Credits = nil }, copyright.ErrInvalid, "contributors[1]: 0 credits"},
	"credits out of order": {func(m *copyright.MsgRegisterWork) { slices.Reverse(m.Contributors[0].Credits) }, copyright.ErrInvalid, "out of order"},
	"an unknown credit":    {func(m *copyright.MsgRegisterWork) { m.Contributors[1].Credits[0] = 15 }, copyright.ErrUnknownCode, "credits 15"},
	"too little":           {func(m *copyright.MsgRegisterWork) { m.Contributors[0].Share-- }, copyright.ErrShares, "to 9999 basis points"},
	"too much":             {func(m *copyright.MsgRegisterWork) { m.Contributors[1].Share++ }, copyright.ErrShares, "to 10001 basis points"},
	"shares that overflow": {func(m *copyright.MsgRegisterWork) {
		m.Contributors[0].Share, m.Contributors[1].Share = 1<<31, 1<<31+10_000
	}, copyright.ErrShares, "to 4294977296"},
	"no records":            {func(m *copyright.MsgRegisterWork) { m.Size_ = 0 }, copyright.ErrInvalid, "neither root nor custodians"},
	"a dataset of nothing":  {func(m *copyright.MsgRegisterWork) { program(m); m.Kind = copyright.WORK_KIND_DATASET }, copyright.ErrInvalid, "has records"},
	"a program of nothing":  {func(m *copyright.MsgRegisterWork) { program(m); m.Content = nil }, copyright.ErrInvalidDigest, "content"},
	"too many records":      {func(m *copyright.MsgRegisterWork) { m.Size_ = copyright.MaxRecords + 1 }, copyright.ErrTooMany, "16777217 records"},
	"content beside":        {func(m *copyright.MsgRegisterWork) { m.Content = digest(1) }, copyright.ErrInvalid, "the records are the content"},
	"a short root":          {func(m *copyright.MsgRegisterWork) { m.Root = m.Root[1:] }, copyright.ErrInvalidDigest, "root has 31 bytes"},
	"no custodian":          {func(m *copyright.MsgRegisterWork) { m.Custodians = nil }, copyright.ErrInvalid, "0 custodians"},
	"custodian zero":        {func(m *copyright.MsgRegisterWork) { m.Custodians[0] = 0 }, copyright.ErrInvalid, "custodian 0 is zero"},
	"a custodian twice":     {func(m *copyright.MsgRegisterWork) { m.Custodians[0] = 2 }, copyright.ErrInvalid, "custodian 2 is zero, repeated"},
	"17 parents":            {func(m *copyright.MsgRegisterWork) { m.Parents = slices.Repeat(m.Parents, 17) }, copyright.ErrTooMany, "17 parents"},
	"parent zero":           {func(m *copyright.MsgRegisterWork) { m.Parents[0].Work.Number = 0 }, copyright.ErrInvalid, "work (1, 0)"},
	"a parent by no way":    {func(m *copyright.MsgRegisterWork) { m.Parents[0].Relation = 0 }, copyright.ErrUnknownCode, "relation 0"},
	"a parent named twice":  {func(m *copyright.MsgRegisterWork) { m.Parents = slices.Repeat(m.Parents, 2) }, copyright.ErrParent, "(1, 1) is repeated"},
	"seventeen custodians":  {func(m *copyright.MsgRegisterWork) { m.Custodians = make([]uint64, 17) }, copyright.ErrInvalid, "17 custodians"},
	"a program of a record": {func(m *copyright.MsgRegisterWork) { program(m); m.Root = digest(1) }, copyright.ErrInvalid, "neither root nor custodians"},
}

func TestAClaimIsRefused(t *testing.T) {
	for name, row := range refusedClaims {
		t.Run(name, func(t *testing.T) {
			m := dataset()
			row.change(&m)
			err := m.Validate()
			require.ErrorIs(t, err, row.err)
			require.ErrorContains(t, err, row.says)
		})
	}
	m := dataset()
	require.NoError(t, m.Validate())
	program(&m)
	require.NoError(t, m.Validate())
}

func TestSharesAlwaysAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := dataset()
		m.Contributors = nil
		sum := uint64(0)
		for _, share := range rapid.SliceOfN(rapid.Uint32Range(0, 10_000), 1, 6).Draw(t, "shares") {
			m.Contributors = append(m.Contributors, copyright.Contributor{Credits: []copyright.Credit{copyright.CREDIT_SOFTWARE}, Share: share})
			sum += uint64(share)
		}
		if rapid.Bool().Draw(t, "mended") && sum <= copyright.WholeShare {
			m.Contributors[0].Share += uint32(copyright.WholeShare - sum)
			sum = copyright.WholeShare
		}
		require.Equal(t, sum == copyright.WholeShare, m.Validate() == nil)
	})
}

func TestAnAttestedClaimIsUpheldWhenItsWindowHasPassed(t *testing.T) {
	end := start.Add(day)
	w := copyright.Work{Status: copyright.WORK_STATUS_ATTESTED, UpheldAt: &end}
	require.Equal(t, copyright.WORK_STATUS_ATTESTED, w.Settled(end.Add(-time.Nanosecond)).Status)
	require.Equal(t, copyright.WORK_STATUS_UPHELD, w.Settled(end).Status)
	for status := range copyright.WorkStatus_name {
		w.Status = copyright.WorkStatus(status)
		if w.Status != copyright.WORK_STATUS_ATTESTED {
			require.Equal(t, w, w.Settled(end), "nothing else changes by itself")
		}
	}
}

func TestOnlyWhatItsCustodiansAttestedReservesItsRecords(t *testing.T) {
	all := []copyright.Attestation{{Custodian: 1}, {Custodian: 2}}
	for status, reserves := range map[copyright.WorkStatus]bool{
		copyright.WORK_STATUS_CLAIMED: false, copyright.WORK_STATUS_ATTESTED: true, copyright.WORK_STATUS_CONTESTED: true,
		copyright.WORK_STATUS_UPHELD: true, copyright.WORK_STATUS_WITHDRAWN: false, copyright.WORK_STATUS_REJECTED: false,
	} {
		w := copyright.Work{Custodians: []uint64{1, 2}, Status: status, Attestations: all}
		require.Equal(t, reserves, w.Reserves(), status.String())
		w.Attestations = all[:1]
		require.False(t, w.Reserves())
	}
}

func TestANoticeIsRefused(t *testing.T) {
	id := copyright.WorkId{Institution: 1, Number: 1}
	list := func(leaves ...uint64) (list []copyright.WorkRecord) {
		for _, leaf := range leaves {
			list = append(list, copyright.WorkRecord{Record: records.RecordId{Institution: 1, Batch: 1, Leaf: leaf}})
		}
		return list
	}
	valid := copyright.MsgNotifyWork{Work: id, Cause: copyright.CAUSE_ERASED, Records: list(1, 2)}
	require.NoError(t, valid.Validate())
	for says, m := range map[string]copyright.MsgNotifyWork{
		"work (0, 1)":                    {Work: copyright.WorkId{Number: 1}, Cause: copyright.CAUSE_ERASED, Records: list(1)},
		"cause CAUSE_REJECTED":           {Work: id, Cause: copyright.CAUSE_REJECTED, Records: list(1)},
		"0 records":                      {Work: id, Cause: copyright.CAUSE_ERASED},
		"33 records":                     {Work: id, Cause: copyright.CAUSE_ERASED, Records: slices.Repeat(list(1), 33)},
		"record (1, 1, 1) is repeated":   {Work: id, Cause: copyright.CAUSE_ERASED, Records: list(2, 1)},
		"record (1, 1, 2) is repeated":   {Work: id, Cause: copyright.CAUSE_ERASED, Records: list(2, 2)},
		"cause CAUSE_UNSPECIFIED, want ": {Work: id, Records: list(1)},
	} {
		require.ErrorContains(t, m.Validate(), says)
	}
}
