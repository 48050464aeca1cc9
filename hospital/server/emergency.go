package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/dmdl-network/dmdl/hospital/clerk"
	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/records"
)

// EmergencyRequest asks for a patient's records.
type EmergencyRequest struct {
	// Subject is the vault's number of the patient.
	Subject uint64 `json:"subject,string"`
	// Classes are classes as numbers, as records.RecordClass has them.
	Classes []records.RecordClass `json:"classes"`
	// Reason is the commitment to the reason in words.
	Reason []byte `json:"reason"`
	// Recipient is the clinician's age recipient.
	Recipient string `json:"recipient"`
}

// EmergencyAnswer is what is released.
type EmergencyAnswer struct {
	// Line is the line of the vault's journal that tells of it.
	Line      uint64          `json:"line,string"`
	Records   []OfferedRecord `json:"records"`
	Envelopes [][]byte        `json:"envelopes"`
}

// breakGlass serves an emergency while the ledger is out of reach.
func (s *releaseServer) breakGlass(w http.ResponseWriter, r *http.Request, clinician string) error {
	var asked EmergencyRequest
	if err := read(r.Body, &asked); err != nil {
		return err
	}
	if len(asked.Reason) != access.CommitmentSize {
		return badRequest(fmt.Sprintf("reason has %d bytes, want the %d of a commitment", len(asked.Reason), access.CommitmentSize))
	}
	served, err := s.emergencies.Serve(r.Context(), clinician, clerk.Emergency{
		Subject: asked.Subject, Classes: asked.Classes, Reason: [access.CommitmentSize]byte(asked.Reason), Recipient: asked.Recipient,
	})
	if errors.Is(err, clerk.ErrInReach) {
		refuse(w, http.StatusConflict, clerk.ErrInReach.Error())
		return nil
	}
	if err != nil {
		return err
	}
	result := EmergencyAnswer{Line: served.Line, Envelopes: served.Envelopes}
	for _, o := range served.Records {
		record, err := s.proven(r.Context(), o)
		if err != nil {
			return err
		}
		result.Records = append(result.Records, record)
	}
	s.log.Warn("the glass was broken without the ledger", "line", served.Line, "records", len(served.Records))
	answer(w, http.StatusCreated, result)
	return nil
}

// emergencyBody sends an encrypted body of an emergency.
func (s *releaseServer) emergencyBody(w http.ResponseWriter, r *http.Request, clinician string) error {
	n, err := numbersOf(r, "line")
	if err != nil {
		return err
	}
	id, err := ParseRecord(r.PathValue("record"))
	if err != nil {
		return err
	}
	o, err := s.emergencies.Released(r.Context(), clinician, n[0], id)
	if err != nil {
		return err
	}
	s.send(w, r, o, func(context.Context) error { return nil }) // it is in the journal and stands
	return nil
}
