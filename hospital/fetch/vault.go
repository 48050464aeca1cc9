package fetch

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/dmdl-network/dmdl/hospital/server"
	"github.com/dmdl-network/dmdl/hospital/signed"
	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/records"
)

// Vault is a custodian's vault as a requester reaches it.
type Vault struct {
	base   *url.URL
	client *http.Client
	signer signed.Signer
}

// NewVault returns the vault at an address, such as https://vault.example:8471.
// Requests are signed by signer, and sent nowhere else, whatever it answers.
func NewVault(address string, client *http.Client, signer signed.Signer) (*Vault, error) {
	base, err := url.Parse(address)
	if err != nil || base.Scheme != "https" && base.Scheme != "http" || base.Host == "" {
		return nil, fmt.Errorf("vault address %q: give it as https://host:port", address)
	}
	if base.Scheme == "http" && !isLoopback(base.Hostname()) {
		return nil, fmt.Errorf("vault address %q: http is for this machine alone, use https", address)
	}
	here := *client
	here.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Vault{base: base, client: &here, signer: signer}, nil
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// Refused is a vault's refusal.
type Refused struct {
	Status int
	Detail string
}

// Error implements error.
func (r *Refused) Error() string {
	return fmt.Sprintf("the vault refused (%d): %q", r.Status, r.Detail)
}

// Offer asks what a ticket opens.
func (v *Vault) Offer(ctx context.Context, ticket access.TicketId) (server.Offer, error) {
	var answer server.Offer
	return answer, v.call(ctx, http.MethodGet, fmt.Sprintf("/v1/tickets/%d/%d/records", ticket.Institution, ticket.Number), nil, &answer)
}

// Release asks for the release of records.
func (v *Vault) Release(ctx context.Context, ticket access.TicketId, names []string) (server.ReleaseAnswer, error) {
	var answer server.ReleaseAnswer
	path := fmt.Sprintf("/v1/tickets/%d/%d/releases", ticket.Institution, ticket.Number)
	return answer, v.call(ctx, http.MethodPost, path, server.ReleaseRequest{Records: names}, &answer)
}

// Keys asks for the keys of a release.
func (v *Vault) Keys(ctx context.Context, subject records.SubjectId, index, receipt uint64, recipient string) (server.KeysAnswer, error) {
	var answer server.KeysAnswer
	path := releasePath(subject, index) + "/keys"
	for attempt := 0; ; attempt++ {
		err := v.call(ctx, http.MethodPost, path, server.KeysRequest{Receipt: receipt, Recipient: recipient}, &answer)
		var refused *Refused
		if !errors.As(err, &refused) || refused.Status != http.StatusConflict || attempt == maxWait {
			return answer, err
		}
		// The receipt is in a block; the next one proves it.
		select {
		case <-ctx.Done():
			return answer, ctx.Err()
		case <-time.After(time.Second):
		}
	}
}

// maxWait is how many seconds a receipt may take to be proven.
const maxWait = 30

func releasePath(subject records.SubjectId, index uint64) string {
	return fmt.Sprintf("/v1/releases/%d/%d/%d", subject.Institution, subject.Number, index)
}

// Body writes an encrypted body from an offset on.
func (v *Vault) Body(ctx context.Context, subject records.SubjectId, index uint64, record string, offset int64, to io.Writer) error {
	return v.get(ctx, releasePath(subject, index)+"/bodies/"+record, offset, to)
}

// Emergency asks for a patient's records while the ledger is out of reach.
func (v *Vault) Emergency(ctx context.Context, asked server.EmergencyRequest) (server.EmergencyAnswer, error) {
	var answer server.EmergencyAnswer
	return answer, v.call(ctx, http.MethodPost, "/v1/emergencies", asked, &answer)
}

// EmergencyBody writes an encrypted body that a line of the vault's journal released,
// from an offset on.
func (v *Vault) EmergencyBody(ctx context.Context, line uint64, record string, offset int64, to io.Writer) error {
	return v.get(ctx, fmt.Sprintf("/v1/emergencies/%d/bodies/%s", line, record), offset, to)
}

// ErrOtherDocument says that a vault sent something else than the document that it was
// asked for.
var ErrOtherDocument = errors.New("the vault sent another document than it was asked for")

// Document asks for the document with a SHA-256 digest, and fails with ErrOtherDocument
// if what comes has another.
func (v *Vault) Document(ctx context.Context, digest [sha256.Size]byte) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, v.base.JoinPath(fmt.Sprintf("/v1/documents/%x", digest)).String(), nil)
	if err != nil {
		return nil, err
	}
	answer, err := v.send(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	content, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if err == nil && sha256.Sum256(content) != digest {
		err = fmt.Errorf("%w: ask another vault for %x", ErrOtherDocument, digest)
	}
	if err != nil {
		return nil, err
	}
	return content, nil
}

// get writes what is at a path, from an offset on.
func (v *Vault) get(ctx context.Context, path string, offset int64, to io.Writer) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, v.base.JoinPath(path).String(), nil)
	if err != nil {
		return err
	}
	if offset > 0 {
		r.Header.Set("Range", fmt.Sprintf("bytes=%d-", offset))
	}
	answer, err := v.send(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if offset > 0 && answer.StatusCode != http.StatusPartialContent { // all of it comes, as HTTP permits
		if _, err := io.CopyN(io.Discard, answer.Body, offset); err != nil {
			return err
		}
	}
	_, err = io.Copy(to, answer.Body)
	return err
}

// call sends a request and reads its answer.
func (v *Vault) call(ctx context.Context, method, path string, content, into any) error {
	var body io.Reader
	if content != nil {
		text, err := json.Marshal(content)
		if err != nil {
			return err
		}
		body = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(ctx, method, v.base.JoinPath(path).String(), body)
	if err != nil {
		return err
	}
	if content != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	answer, err := v.send(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	return json.NewDecoder(io.LimitReader(answer.Body, maxAnswer)).Decode(into)
}

// maxAnswer bounds what is read of an answer that is no body.
const maxAnswer = 64 << 20

// send signs and sends a request, and fails with Refused unless it succeeds.
func (v *Vault) send(r *http.Request) (*http.Response, error) {
	if err := signed.Sign(r, v.signer, time.Now()); err != nil {
		return nil, err
	}
	answer, err := v.client.Do(r)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode/100 == 2 {
		return answer, nil
	}
	defer answer.Body.Close()
	var problem struct{ Detail string }
	_ = json.NewDecoder(io.LimitReader(answer.Body, 4<<10)).Decode(&problem) // without words it is still a refusal
	return nil, &Refused{Status: answer.StatusCode, Detail: problem.Detail}
}
