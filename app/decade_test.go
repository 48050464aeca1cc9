package app_test

import (
	"bytes"
	"slices"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/dmdl-network/dmdl/app/ante"
	"github.com/dmdl-network/dmdl/hospital/tree"
	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/records"
)

// chart is what a decade knows of a patient.
type chart struct {
	subject records.SubjectId
	// key is the patient's own, which acts from a week on, if that is not 0.
	key  account
	from int
	// consents are those that the patient may withdraw, the oldest first.
	consents []uint64
	// kept are the newest records.
	kept []records.RecordRef
}

// decade is a network on which patients of institution 1 live, week by week.
type decade struct {
	*network
	patients []*chart
	week     int
	txs      [][]byte
	// then is what to do with the result of each of txs, or nil.
	then []func(*abci.ExecTxResult)
}

// newDecade hires everybody and enrols so many patients, who all sign one form.
func newDecade(n *network, patients int) *decade {
	n.t.Helper()
	d := &decade{network: n}
	until := begin.AddDate(30, 0, 0)
	for _, m := range n.members {
		n.mustBlock(n.hireUntil(until, m), n.sign(m.operator, enrolUntil(until, m.operator, m.vault, consortium.ROLE_VAULT)))
	}
	w := n.ward(1)
	d.act(w.officer, &access.MsgPublishTemplate{Officer: w.officer.Address(), Number: 1, Version: 1, Permits: []access.Permit{permit(0)}, Text: secret}, nil)
	for i := range patients {
		c := &chart{subject: subject(uint64(i) + 1), key: newAccount(n.t, 7, byte(i>>8), byte(i))}
		d.patients = append(d.patients, c)
		d.act(w.staff, enrolPatients(w.staff, c.subject.Number), nil)
		form := grant(w.staff, c.subject)
		form.Template = &access.TemplateVersion{Institution: 1, Number: 1, Version: 1}
		d.act(w.staff, form, nil)
	}
	d.run()
	return d
}

// act puts a message into the blocks to come.
func (d *decade) act(who account, msg sdk.Msg, then func(*abci.ExecTxResult)) {
	d.t.Helper()
	d.txs, d.then = append(d.txs, d.sign(who, msg)), append(d.then, then)
}

// run runs what waits, in blocks that are not full.
func (d *decade) run() {
	d.t.Helper()
	txs, then := d.txs, d.then
	d.txs, d.then = nil, nil
	for some := range slices.Chunk(txs, 100) {
		for i, result := range d.mustBlock(some...).TxResults {
			if then[i] != nil {
				then[i](result)
			}
		}
		then = then[len(some):]
	}
	d.blocks = nil
}

// times is how often something that happens so many times in ten years happens to a
// patient this week: at equal distances, with the patients spread over them.
func (d *decade) times(rate, patient int) int {
	phase := patient * decadeWeeks / len(d.patients)
	return ((d.week+1)*rate+phase)/decadeWeeks - (d.week*rate+phase)/decadeWeeks
}

// each does something for every patient as often as it happens this week.
func (d *decade) each(rate int, do func(*chart)) {
	d.t.Helper()
	for i, c := range d.patients {
		for range d.times(rate, i) {
			do(c)
		}
	}
}

// live is a week, of which all happens in a few seconds.
func (d *decade) live() {
	d.t.Helper()
	d.now = d.now.Add(week)
	d.anchorWeek()
	d.each(amended, d.amend)
	d.each(granted, d.grant)
	d.each(takenOver, d.takeOver)
	d.each(requested, d.request)
	d.each(broken, d.breakGlass)
	d.run() // consents and tickets are there
	d.each(withdrawn, d.withdraw)
	d.run() // releases are made
	d.review()
	d.run() // receipts and reviews are entered
	d.rest(ante.MaxUnorderedTimeout)
	d.week++
}

// rest lets so much time pass without an event. What expires meanwhile leaves the
// state.
func (d *decade) rest(period time.Duration) {
	d.t.Helper()
	for end := d.now.Add(period); d.now.Before(end); {
		d.blockAt(d.now.Add(min(week, period)))
		d.blocks = nil
	}
}

// anchorWeek anchors the week's records in one batch.
func (d *decade) anchorWeek() {
	d.t.Helper()
	var leaves []records.Leaf
	var of []*chart
	d.each(anchored, func(c *chart) {
		leaves, of = append(leaves, leaf(d.count(), c.subject.Number)), append(of, c)
	})
	if len(leaves) == 0 {
		return
	}
	var file bytes.Buffer
	root, _, err := tree.Write(&file, func(yield func([tree.Size]byte) bool) {
		for _, l := range leaves {
			if !yield(tree.LeafHash(records.LeafBytes(l))) {
				return
			}
		}
	})
	require.NoError(d.t, err)
	paths, err := tree.Open(bytes.NewReader(file.Bytes()), int64(file.Len()))
	require.NoError(d.t, err)
	vault, number := d.members[0].vault, uint64(d.week)+1
	d.act(vault, &records.MsgAnchorBatch{Vault: vault.Address(), Number: number, Root: root[:], Leaves: uint64(len(leaves))}, nil)
	for i, c := range of {
		ref := record(1, number, uint64(i))
		ref.Leaf = &leaves[i]
		ref.Path, err = paths.Path(uint64(i))
		require.NoError(d.t, err)
		c.kept = append(c.kept, ref)
		c.kept = c.kept[max(0, len(c.kept)-2*releasedAtOnce):]
	}
}

// amend has the newest record correct an older one.
func (d *decade) amend(c *chart) {
	d.t.Helper()
	vault, last := d.members[0].vault, len(c.kept)-1
	d.act(vault, &records.MsgReplaceRecord{
		Vault: vault.Address(), Record: c.kept[0], Successor: c.kept[last],
		Status: records.RECORD_STATUS_AMENDED, Reason: records.RECORD_REASON_CORRECTION,
	}, nil)
	c.kept = c.kept[1:]
}

// actor is who signs for a patient, and the paper if it is a registrar.
func (d *decade) actor(c *chart) (account, []byte) {
	if c.from > 0 && d.week >= c.from {
		return c.key, nil
	}
	return d.ward(1).staff, secret
}

// grant permits treatment to one of the other hospitals.
func (d *decade) grant(c *chart) {
	d.t.Helper()
	who, paper := d.actor(c)
	msg := grant(who, c.subject, permit(2+uint64(d.week)%3))
	msg.Evidence = paper
	d.act(who, msg, func(result *abci.ExecTxResult) {
		var answer access.MsgGrantConsentResponse
		unpackResponse(d.t, result, &answer)
		c.consents = append(c.consents, answer.Index)
	})
}

func (d *decade) withdraw(c *chart) {
	d.t.Helper()
	who, _ := d.actor(c)
	d.act(who, &access.MsgWithdrawConsents{Actor: who.Address(), Subject: c.subject, Consents: c.consents[:1]}, nil)
	c.consents = c.consents[1:]
}

// takeOver makes an account for the patient, which controls the subject after a week.
func (d *decade) takeOver(c *chart) {
	d.t.Helper()
	operator, w, controller := d.members[0].operator, d.ward(1), c.key.Address()
	d.act(operator, enrolUntil(begin.AddDate(30, 0, 0), operator, c.key, consortium.ROLE_PATIENT), nil)
	d.act(w.staff, &access.MsgProposeController{Registrar: w.staff.Address(), Subject: c.subject, Controller: controller, Evidence: secret}, nil)
	d.act(w.officer, &access.MsgApproveController{Approver: w.officer.Address(), Subject: c.subject, Controller: controller}, nil)
	c.from = d.week + 1
}
