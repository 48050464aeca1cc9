package suite

import (
	"context"
	"crypto/sha256"
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	codectypes "github.com/cosmos/cosmos-sdk/codec/types"

	"github.com/dmdl-network/dmdl/bench"
	"github.com/dmdl-network/dmdl/hospital/ledger"
	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/records"
)

const (
	// askers is how many questions are open at once.
	askers = 16
	// benchConsents is how many consents the subject has.
	benchConsents = 8
)

// checkAccess asks one node how requests would be decided, over gRPC, while nothing
// else happens on the network.
func checkAccess(ctx context.Context, e *env) ([]bench.Figure, error) {
	if err := e.start(ctx); err != nil {
		return nil, err
	}
	question, err := e.subject(ctx)
	if err != nil {
		return nil, err
	}
	query := access.NewQueryClient(e.client)
	answer, err := query.CheckAccess(ctx, question)
	if err != nil {
		return nil, err
	}
	if !answer.Decisions[0].Permitted || len(answer.Decisions[0].Consents) != benchConsents {
		return nil, fmt.Errorf("the question is answered with %v, want a permit by %d consents", answer.Decisions, benchConsents)
	}
	load := bench.LoadAverage()
	asking, stop := context.WithTimeout(ctx, e.duration())
	defer stop()
	var asked atomic.Int64
	var group errgroup.Group
	begun := time.Now()
	for range askers {
		group.Go(func() error {
			for asking.Err() == nil {
				if _, err := query.CheckAccess(asking, question); err != nil {
					if asking.Err() != nil || status.Code(err) == codes.DeadlineExceeded {
						return nil // the time is over
					}
					return err
				}
				asked.Add(1)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	rate := float64(asked.Load()) / time.Since(begun).Seconds()
	fmt.Fprintf(e.Progress, "  %d questions, each signed and about %d consents\n", asked.Load(), benchConsents)
	return []bench.Figure{{Name: "check_access_per_second", Value: rate, Unit: "questions/s", Runs: 1, Load: load}}, nil
}

// subject enrols a patient with consents, and returns a clinician's signed question
// that all of them permit.
func (e *env) subject(ctx context.Context) (*access.QueryCheckAccessRequest, error) {
	registrar, err := e.person(ctx, consortium.ROLE_REGISTRAR)
	if err != nil {
		return nil, err
	}
	clinician, err := e.person(ctx, consortium.ROLE_CLINICIAN)
	if err != nil {
		return nil, err
	}
	id := records.SubjectId{Institution: 1, Number: 1}
	paper := sha256.Sum256([]byte("paper"))
	_, err = e.client.Submit(ctx, registrar, &access.MsgEnrolSubjects{
		Registrar: registrar.Address(), Enrolments: []access.SubjectEnrolment{{Number: id.Number, Identity: paper[:]}},
	})
	if err != nil {
		return nil, err
	}
	for range benchConsents {
		_, err := e.client.Submit(ctx, registrar, &access.MsgGrantConsent{
			Actor: registrar.Address(), Subject: id, Sealed: paper[:], Evidence: paper[:],
			Permits: []access.Permit{{
				Purposes: []access.Purpose{access.PURPOSE_TREAT}, Actions: []access.Action{access.ACTION_ACCESS},
				Classes: []records.RecordClass{records.RECORD_CLASS_RESULT},
			}},
		})
		if err != nil {
			return nil, err
		}
	}
	return e.question(clinician, access.Request{
		Subject: id, Custodian: 1, Purpose: access.PURPOSE_TREAT, Action: access.ACTION_ACCESS, Role: consortium.ROLE_CLINICIAN,
		Classes: []records.RecordClass{records.RECORD_CLASS_RESULT},
	})
}

// question signs a question.
func (e *env) question(asker ledger.Key, r access.Request) (*access.QueryCheckAccessRequest, error) {
	key, err := codectypes.NewAnyWithValue(asker.PubKey())
	if err != nil {
		return nil, err
	}
	at := time.Now().UTC()
	signed, err := access.CheckBytes(e.net.ChainID, asker.Address(), r, at)
	if err != nil {
		return nil, err
	}
	signature, err := asker.Sign(signed)
	return &access.QueryCheckAccessRequest{
		Requester: asker.Address(), Request: r, Asker: asker.Address(), PublicKey: key, SignedAt: at, Signature: signature,
	}, err
}

// person is a new account of the first hospital with a role.
func (e *env) person(ctx context.Context, role consortium.Role) (ledger.Key, error) {
	key, err := ledger.NewKey()
	if err != nil {
		return key, err
	}
	operator := e.net.Nodes[0].Operator
	person := sha256.Sum256([]byte(key.Address()))
	_, err = e.client.Submit(ctx, operator, &consortium.MsgEnrolParticipants{
		Operator: operator.Address(), Enrolments: []consortium.Enrolment{{
			Address: key.Address(), Person: person[:], Roles: []consortium.RoleGrant{{Role: role, ExpiresAt: time.Now().AddDate(0, 1, 0)}},
		}},
	})
	return key, err
}
