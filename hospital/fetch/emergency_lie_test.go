package fetch_test

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/hospital/fetch"
	"github.com/dmdl-network/dmdl/hospital/gate/gatetest"
	"github.com/dmdl-network/dmdl/hospital/server"
	"github.com/dmdl-network/dmdl/hospital/vault"
	"github.com/dmdl-network/dmdl/x/records"
)

// TestALieInAnEmergencyIsFoundOut has the vault lie about the first of two records. It
// is not there in the end, and the other one is.
func TestALieInAnEmergencyIsFoundOut(t *testing.T) {
	sealed := func(o *outage, change func(*vault.Envelope)) func(*server.EmergencyAnswer) {
		return func(a *server.EmergencyAnswer) {
			a.Envelopes[0] = sealedFor(o.visit, o.record(a.Records[0].Record).ID, change)
		}
	}
	for name, lie := range map[string]func(*outage){
		"no leaf": func(o *outage) { o.lie = func(a *server.EmergencyAnswer) { a.Records[0].Leaf = nil } },
		"another content": func(o *outage) {
			o.lie = func(a *server.EmergencyAnswer) { a.Records[0].Leaf.Content[0] ^= 1 }
		},
		"another descriptor": func(o *outage) {
			o.lie = func(a *server.EmergencyAnswer) { a.Records[0].Leaf.Sealed[0] ^= 1 }
		},
		"a record of another": func(o *outage) {
			o.lie = func(a *server.EmergencyAnswer) { a.Records[0].Leaf.Descriptor_.Subject.Number++ }
		},
		"a record of nobody": func(o *outage) {
			o.lie = func(a *server.EmergencyAnswer) { a.Records[0].Leaf.Descriptor_.Subject = nil }
		},
		"another chain's": func(o *outage) {
			o.glass.ChainID = "dmdl-other-1"
		},
		"another's key": func(o *outage) {
			o.lie = func(a *server.EmergencyAnswer) { a.Envelopes[0] = a.Envelopes[1] }
		},
		"no key":         func(o *outage) { o.lie = func(a *server.EmergencyAnswer) { a.Envelopes[0] = nil } },
		"no openings":    func(o *outage) { o.lie = sealed(o, func(e *vault.Envelope) { e.Openings = nil }) },
		"another kind":   func(o *outage) { o.lie = sealed(o, func(e *vault.Envelope) { e.Openings.Content.Kind = "x" }) },
		"another secret": func(o *outage) { o.lie = sealed(o, func(e *vault.Envelope) { e.Secret += "x" }) },
		"another body": func(o *outage) {
			o.bodies = o.first(func(body []byte) []byte { body[len(body)/2] ^= 1; return body })
		},
		"a longer body":  func(o *outage) { o.bodies = o.first(func(body []byte) []byte { return append(body, 'x') }) },
		"a shorter body": func(o *outage) { o.bodies = o.first(func(body []byte) []byte { return body[:len(body)/2] }) },
		"an endless body": func(o *outage) {
			o.bodies = o.first(func(body []byte) []byte { return bytes.Repeat(body, 10_000) })
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOutage(t, "one", "two")
			lie(o)
			o.glass.Progress = func(done, total int64) { require.LessOrEqual(t, done, total, "more is written than was announced") }
			served, err := o.glass.Run(t.Context())
			require.ErrorIs(t, err, fetch.ErrForged)
			first := server.RecordName(records.RecordId{Institution: gatetest.Custodian, Batch: 1})
			require.ErrorContains(t, err, "record "+first)
			require.NoFileExists(t, filepath.Join(o.glass.Dir, first))
			require.NoFileExists(t, filepath.Join(o.glass.Dir, first+".new"))
			if o.glass.ChainID == gatetest.ChainID {
				require.Equal(t, []string{"two"}, o.texts(served.Records))
			}
			info, err := os.Stat(filepath.Join(o.glass.Dir, first+".age"))
			if err == nil {
				require.LessOrEqual(t, info.Size(), int64(len(o.encrypted(first))))
			}
		})
	}
}

// first answers honestly for every body but the first record's.
func (o *outage) first(change func([]byte) []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body := o.encrypted(r.PathValue("record"))
		if r.PathValue("record") == "1-1-0" {
			body = change(body)
		}
		_, _ = w.Write(body) // whoever is told too much hangs up
	}
}

func TestAnAnswerToAnEmergencyThatIsNoneIsNotKept(t *testing.T) {
	for name, lie := range map[string]func(*server.EmergencyAnswer){
		"nothing":               func(a *server.EmergencyAnswer) { a.Records, a.Envelopes = nil, nil },
		"fewer keys":            func(a *server.EmergencyAnswer) { a.Envelopes = a.Envelopes[:1] },
		"a name that is a path": func(a *server.EmergencyAnswer) { a.Records[0].Record = "../elsewhere" },
		"a record twice":        func(a *server.EmergencyAnswer) { a.Records[1] = a.Records[0] },
		"no size":               func(a *server.EmergencyAnswer) { a.Records[0].Size = 0 },
		"no digest":             func(a *server.EmergencyAnswer) { a.Records[0].Body = nil },
	} {
		t.Run(name, func(t *testing.T) {
			o := newOutage(t, "one", "two")
			o.lie = lie
			_, err := o.glass.Run(t.Context())
			require.ErrorIs(t, err, fetch.ErrForged)
			require.NoFileExists(t, filepath.Join(filepath.Dir(o.glass.Dir), "elsewhere.age"))
			o.lie = nil
			served, err := o.glass.Run(t.Context())
			require.NoError(t, err)
			require.Equal(t, []string{"one", "two"}, o.texts(served.Records))
		})
	}
}
