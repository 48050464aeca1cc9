package fetch

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"os"
	"path/filepath"

	"github.com/dmdl-network/dmdl/hospital/server"
	"github.com/dmdl-network/dmdl/hospital/vault"
	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/records"
)

// Emergency asks a vault for a patient's records while the ledger is out of reach.
func (v *Vault) Emergency(ctx context.Context, asked server.EmergencyRequest) (server.EmergencyAnswer, error) {
	var answer server.EmergencyAnswer
	return answer, v.call(ctx, http.MethodPost, "/v1/emergencies", asked, &answer)
}

// Emergency gets a patient's records into a folder while the ledger is out of reach.
// They are decrypted and compared with the digests that the key tells; with what was
// anchored they are compared when the ledger is there again, by "dmdld proof".
func Emergency(ctx context.Context, v *Vault, identity Identity, subject uint64, classes []records.RecordClass, reason [access.CommitmentSize]byte, dir string) ([]Record, error) {
	answer, err := v.Emergency(ctx, server.EmergencyRequest{Subject: subject, Classes: classes, Reason: reason[:], Recipient: identity.Recipient()})
	if err != nil {
		return nil, err
	}
	if len(answer.Envelopes) != len(answer.Records) {
		return nil, fmt.Errorf("%d keys came for %d records", len(answer.Envelopes), len(answer.Records))
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	all := make([]Record, len(answer.Records))
	for i, record := range answer.Records {
		if all[i], err = v.emergencyRecord(ctx, identity, answer.Line, record, answer.Envelopes[i], dir); err != nil {
			return all[:i], fmt.Errorf("record %s: %w", record.Record, err)
		}
	}
	return all, nil
}

func (v *Vault) emergencyRecord(ctx context.Context, identity Identity, line uint64, record server.OfferedRecord, sealed []byte, dir string) (Record, error) {
	id, err := server.ParseRecord(record.Record)
	if err != nil {
		return Record{}, err
	}
	e, err := vault.OpenEnvelope(sealed, identity.Age)
	if err != nil || e.Openings == nil {
		return Record{}, fmt.Errorf("%w: its key does not open: %w", ErrForged, err)
	}
	path := filepath.Join(dir, record.Record)
	out, err := os.OpenFile(path+bodySuffix, os.O_CREATE|os.O_TRUNC|os.O_RDWR, 0o600)
	if err != nil {
		return Record{}, err
	}
	defer out.Close()
	h := sha256.New()
	if err := v.get(ctx, fmt.Sprintf("/v1/emergencies/%d/bodies/%s", line, record.Record), 0, out); err != nil {
		return Record{}, err
	}
	if _, err := out.Seek(0, 0); err != nil {
		return Record{}, err
	}
	if _, err := out.WriteTo(h); err != nil {
		return Record{}, err
	}
	if string(h.Sum(nil)) != string(record.Body) {
		return Record{}, fmt.Errorf("%w: its encrypted body has another digest", ErrForged)
	}
	size, err := decryptTo(path, path+bodySuffix, e)
	return Record{Record: id, Kind: e.Openings.Content.Kind, Profile: e.Openings.Content.Profile, Path: path, Bytes: size}, err
}
