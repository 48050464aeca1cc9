package keeper

import (
	"context"

	errorsmod "cosmossdk.io/errors"

	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/records"
)

// putSubject writes a subject's entry. It is the one way an entry enters the state.
func (k Keeper) putSubject(ctx context.Context, s access.Subject) error {
	if err := s.Validate(); err != nil {
		return err
	}
	return k.subjects.Set(ctx, subjectKey(s.Id), s)
}

// changeSubject writes an entry and says so.
func (k Keeper) changeSubject(ctx context.Context, s access.Subject) error {
	if err := k.putSubject(ctx, s); err != nil {
		return err
	}
	return emit(ctx, &access.EventSubjectChanged{Subject: s.Id})
}

// actor is who signs for a subject.
type actor struct {
	account string
	// registrar says that a registrar of the subject's institution does, on paper.
	registrar bool
	// delegate says that a delegate does.
	delegate bool
}

// as returns as what an account acts for a subject, if it does.
func (k Keeper) as(ctx context.Context, s access.Subject, account []byte, canonical string) (actor, bool) {
	if s.ActsFor(canonical, now(ctx)) {
		return actor{account: canonical, delegate: s.Controller != canonical}, true
	}
	if s.Controller != "" || !s.Enrolled() {
		return actor{}, false
	}
	institution, err := k.consortium.InstitutionByRole(ctx, account, consortium.ROLE_REGISTRAR)
	return actor{account: canonical, registrar: true}, err == nil && institution == s.Id.Institution
}

// decidingFor is actingFor for what may widen access. Who signs with an own key must
// hold the role of patient, so that its institution can stop a key that was lost.
func (k Keeper) decidingFor(ctx context.Context, signer string, id records.SubjectId) (access.Subject, actor, error) {
	s, who, err := k.actingFor(ctx, signer, id)
	if err == nil && !who.registrar {
		_, _, err = k.holds(ctx, "actor", signer, consortium.ROLE_PATIENT)
	}
	return s, who, err
}

// actingFor returns a subject's entry and as what the signer acts for it, or
// ErrNotForSubject.
func (k Keeper) actingFor(ctx context.Context, signer string, id records.SubjectId) (access.Subject, actor, error) {
	account, canonical, err := k.decode("actor", signer)
	if err != nil {
		return access.Subject{}, actor{}, err
	}
	s, err := k.subject(ctx, id)
	if err != nil {
		return s, actor{}, err
	}
	who, acts := k.as(ctx, s, account, canonical)
	if acts {
		return s, who, nil
	}
	return s, who, errorsmod.Wrapf(access.ErrNotForSubject, "%s is neither controller nor delegate of subject (%d, %d), nor a registrar who may act for it",
		canonical, id.Institution, id.Number)
}

// checkEvidence demands evidence of a registrar, and of nobody else.
func (a actor) checkEvidence(evidence []byte) error {
	switch {
	case a.registrar && len(evidence) == 0:
		return errorsmod.Wrap(access.ErrEvidence, "a registrar signs for what is on paper: give the commitment to the paper")
	case !a.registrar && len(evidence) > 0:
		return errorsmod.Wrap(access.ErrEvidence, "the subject's own key signs: leave the evidence out")
	case a.registrar:
		return access.CheckCommitment("evidence", evidence)
	}
	return nil
}

// EnrolSubjects implements access.MsgServer.
func (m msgServer) EnrolSubjects(ctx context.Context, msg *access.MsgEnrolSubjects) (*access.MsgEnrolSubjectsResponse, error) {
	institution, _, err := m.k.holds(ctx, "registrar", msg.Registrar, consortium.ROLE_REGISTRAR)
	if err != nil {
		return nil, err
	}
	if n := len(msg.Enrolments); n == 0 || n > access.MaxEnrolments {
		return nil, errorsmod.Wrapf(access.ErrTooMany, "%d patients, want 1 to %d", n, access.MaxEnrolments)
	}
	for i, e := range msg.Enrolments {
		if err := m.k.enrol(ctx, records.SubjectId{Institution: institution, Number: e.Number}, e.Identity); err != nil {
			return nil, errorsmod.Wrapf(err, "enrolments[%d]", i)
		}
	}
	return &access.MsgEnrolSubjectsResponse{}, nil
}

func (k Keeper) enrol(ctx context.Context, id records.SubjectId, identity []byte) error {
	if err := access.CheckSubject(id); err != nil {
		return err
	}
	if err := access.CheckCommitment("identity", identity); err != nil {
		return err
	}
	s, err := k.subjectOrNew(ctx, id)
	if err != nil {
		return err
	}
	if s.Enrolled() {
		return errorsmod.Wrapf(access.ErrEnrolled, "(%d, %d)", id.Institution, id.Number)
	}
	s.Identity = identity
	return k.changeSubject(ctx, s)
}
