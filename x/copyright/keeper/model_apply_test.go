package keeper_test

import (
	"time"

	"github.com/dmdl-network/dmdl/x/copyright"
)

// apply does to the model what an accepted message does.
func (m *naive) apply(f *fixture, msg any, response any) {
	switch msg := msg.(type) {
	case *copyright.MsgRegisterWork:
		res := response.(*copyright.MsgRegisterWorkResponse)
		demands, _ := m.demands(msg, f.now())
		w := &claimed{msg: msg, id: res.Work, height: f.ctx.BlockHeight(), attested: map[uint64]bool{}, demands: demands}
		m.works[res.Work] = w
		m.begin(w, f.now())
	case *copyright.MsgAttestWork:
		w := m.works[msg.Work]
		w.attested[by(msg.Vault)] = true
		m.begin(w, f.now())
	case *copyright.MsgWithdrawWork:
		m.works[msg.Work].decide(copyright.WORK_STATUS_WITHDRAWN)
	case *copyright.MsgContestWork:
		w := m.works[msg.Work]
		if w.open() == 0 {
			w.still = f.now()
		}
		w.contests = append(w.contests, &struct{ by, open uint64 }{by(msg.Officer), by(msg.Officer)})
	case *copyright.MsgWithdrawContest:
		w := m.works[msg.Work]
		if w.contests[msg.Index-1].open = 0; w.open() == 0 && w.end != nil {
			*w.end = w.end.Add(f.now().Sub(w.still))
		}
	case *copyright.MsgDecideWork:
		w := m.works[msg.Work]
		switch {
		case !msg.Upheld:
			w.decide(copyright.WORK_STATUS_REJECTED)
			w.downstream = append(w.downstream, m.below(w.id))
		case w.end != nil:
			w.decide(copyright.WORK_STATUS_UPHELD)
		default:
			w.decide(0)
		}
	case *copyright.MsgNotifyWork:
		w := m.works[msg.Work]
		w.downstream = append(w.downstream, m.below(w.id))
	case *copyright.MsgUpdateParams:
		m.window = msg.Params.ChallengePeriod
	default:
		m.applyLicence(f, msg, response)
	}
}

// begin lets the window of a work begin once all custodians attested it.
func (m *naive) begin(w *claimed, now time.Time) {
	if len(w.attested) == len(w.msg.Custodians) {
		end := now.Add(m.window)
		w.end, w.still = &end, now
	}
}

func (w *claimed) decide(status copyright.WorkStatus) {
	w.decided = status
	for _, c := range w.contests {
		c.open = 0
	}
}
