package account_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/account"
	"github.com/dmdl-network/dmdl/x/access"
	"github.com/dmdl-network/dmdl/x/consortium"
	"github.com/dmdl-network/dmdl/x/records"
)

var update = flag.Bool("update", false, "write testdata anew; look at the pages before you keep them")

func golden(t *testing.T, name string, made []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(path, made, 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), string(made))
}

func verified(t *testing.T, dropped int) account.Report {
	t.Helper()
	c := newLedger(t, chainID, dropped)
	report, err := account.Verify(c.make(t, late, story(patient)[dropped:]), c.root)
	require.NoError(t, err)
	return report
}

// goldenPage compares both forms of a page, and holds the HTML to being whole in
// itself.
func goldenPage(t *testing.T, name string, p account.Page) {
	t.Helper()
	var text, html bytes.Buffer
	require.NoError(t, p.Text(&text))
	require.NoError(t, p.HTML(&html))
	golden(t, name+".txt", text.Bytes())
	golden(t, name+".html", html.Bytes())
	for _, outside := range []string{"<script", "http://", "https://", "src=", "href=", "url(", "@import"} {
		require.NotContains(t, html.String(), outside)
	}
	require.True(t, strings.HasPrefix(html.String(), "<!DOCTYPE html>\n<html lang=\"en\">"))
	for _, once := range []string{"<h1>", "<main>", "<title>"} {
		require.Equal(t, 1, strings.Count(html.String(), once), once)
	}
}

func TestThePageOfAnAccountIsAsItWasLookedAt(t *testing.T) {
	goldenPage(t, "account", verified(t, 0).Page())
	goldenPage(t, "partial", verified(t, 2).Page())
}

func TestNamesCannotPassForMarkup(t *testing.T) {
	var html bytes.Buffer
	require.NoError(t, verified(t, 0).Page().HTML(&html))
	require.Contains(t, html.String(), "Birch &lt;Clinic&gt; &amp; Sons")
	require.NotContains(t, html.String(), "<Clinic>")
}

func TestTheAccountAsFHIRIsAsItWasPublished(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, verified(t, 0).FHIR(&out))
	golden(t, "account.fhir.json", out.Bytes())
}

func consent() account.Receipt {
	until := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	return account.Receipt{
		ChainID: chainID, At: began.Add(time.Hour), Names: map[uint64]string{1: "Alder Hospital", 2: "Birch <Clinic> & Sons"},
		Consent: access.Consent{
			Subject: patient, Index: 3, GrantedBy: "dmdl1registrar", GrantedHeight: 12, GrantedAt: began,
			Sealed: bytes.Repeat([]byte{1}, 32), Evidence: bytes.Repeat([]byte{2}, 32), Supersedes: []uint64{1, 2},
			Permits: []access.Permit{
				{
					Grantee:  access.Grantee{Institution: 2, Role: consortium.ROLE_CLINICIAN},
					Purposes: []access.Purpose{access.PURPOSE_TREAT, access.PURPOSE_COC}, Actions: []access.Action{access.ACTION_ACCESS},
					Classes: []records.RecordClass{records.RECORD_CLASS_DOCUMENT, records.RECORD_CLASS_RESULT, records.RECORD_CLASS_IMAGING},
				},
				{
					Purposes: []access.Purpose{access.PURPOSE_HRESCH}, Actions: []access.Action{access.ACTION_ACCESS, access.ACTION_DISCLOSE},
					Classes: []records.RecordClass{records.RECORD_CLASS_GENOMICS}, Commercial: true, Study: &access.StudyId{Institution: 4, Number: 9},
					ValidFrom: &began, ValidUntil: &until, Obligations: []access.Obligation{access.OBLIGATION_NORELINK, access.OBLIGATION_DELAU},
				},
			},
		},
	}
}

func TestTheReceiptOfAConsentIsAsItWasLookedAt(t *testing.T) {
	r := consent()
	require.Equal(t, []uint64{1, 2, 4}, r.Institutions())
	licensed := consent()
	licensed.Consent.Permits[0].Grantee.Licence = &access.LicenceId{Institution: 5, Number: 7}
	require.Equal(t, []uint64{1, 2, 4, 5}, licensed.Institutions())
	goldenPage(t, "consent", r.Page())
}

func TestAReceiptSaysWhatBecameOfTheConsent(t *testing.T) {
	ended := began.Add(time.Minute)
	for name, row := range map[string]struct {
		change func(*account.Receipt)
		want   []string
	}{
		"withdrawn": {func(r *account.Receipt) { r.Consent.EndedAt = &ended }, []string{
			"when it was withdrawn", "There is nothing to withdraw",
		}},
		"replaced":       {func(r *account.Receipt) { r.Consent.EndedAt, r.Consent.SupersededBy = &ended, 4 }, []string{"when consent number 4 replaced it"}},
		"own key":        {func(r *account.Receipt) { r.Consent.Evidence = nil }, []string{"Signed with the key of the account dmdl1registrar"}},
		"only restricts": {func(r *account.Receipt) { r.Consent.Permits = nil }, []string{"It permits nothing"}},
		"template": {func(r *account.Receipt) {
			id := access.TemplateVersion{Institution: 2, Number: 5, Version: 6}
			r.Template = &access.Template{Id: id, Text: bytes.Repeat([]byte{3}, 32), Permits: r.Consent.Permits[:1]}
			r.Consent.Permits, r.Consent.Template, r.Consent.Grantee = nil, &id, &access.Grantee{Participant: "dmdl1doctor"}
		}, []string{"Form 5, version 6, of Birch <Clinic> & Sons (institution 2)", "Permission 1 of 1", "And only: Only the account dmdl1doctor"}},
		"under a licence": {func(r *account.Receipt) {
			r.Consent.Permits[0].Grantee = access.Grantee{Licence: &access.LicenceId{Institution: 2, Number: 7}}
		}, []string{"of any active institution of the ledger. Only under licence 7 of Birch <Clinic> & Sons (institution 2), with records of the licensed work alone."}},
		"a newer code": {func(r *account.Receipt) { r.Consent.Permits[0].Purposes[0] = 99 }, []string{"Code 99"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := consent()
			row.change(&r)
			var text bytes.Buffer
			require.NoError(t, r.Page().Text(&text))
			for _, want := range append(row.want, "A sealed part belongs to this consent") {
				require.Contains(t, text.String(), want)
			}
		})
	}
}
