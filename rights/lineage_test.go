package rights_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/dmdl-network/dmdl/rights"
	"github.com/dmdl-network/dmdl/x/copyright"
)

func tree(t require.TestingT, l rights.Lineage) string {
	var out bytes.Buffer
	require.NoError(t, l.Tree(&out))
	return out.String()
}

func dot(t require.TestingT, l rights.Lineage) string {
	var out bytes.Buffer
	require.NoError(t, l.Dot(&out))
	return out.String()
}

func TestALineageIsDrawnAsItWas(t *testing.T) {
	whole := traced(t, family(), id(3, 1), 9, 9, 99)
	golden(t, "lineage.txt", []byte(tree(t, whole)))
	golden(t, "lineage.dot", []byte(dot(t, whole)))
	near := traced(t, family(), id(3, 1), 1, 0, 99)
	golden(t, "near.txt", []byte(tree(t, near)))
	golden(t, "near.dot", []byte(dot(t, near)))
}

func TestALineageIsReadUpToItsBounds(t *testing.T) {
	names := func(l rights.Lineage) []string {
		var all []string
		for _, w := range l.Works {
			all = append(all, rights.Name(w.Id))
		}
		return all
	}
	require.Equal(t, []string{"1/1", "1/2", "2/1", "2/2", "3/1", "4/1", "4/2", "4/3"}, names(traced(t, family(), id(3, 1), 9, 9, 99)))
	require.Equal(t, []string{"1/2", "2/1", "2/2", "3/1"}, names(traced(t, family(), id(3, 1), 1, 0, 99)))
	require.Equal(t, []string{"3/1", "4/1", "4/2"}, names(traced(t, family(), id(3, 1), 0, 1, 99)))
	require.Equal(t, []string{"1/2", "3/1"}, names(traced(t, family(), id(3, 1), 9, 9, 2)))
	for _, b := range []rights.Bounds{{Up: -1, Works: 1}, {Down: -1, Works: 1}, {}} {
		_, err := rights.Trace(t.Context(), family(), id(3, 1), b)
		require.ErrorContains(t, err, "want no negative number and at least 1 work")
	}
}

func TestALineageOfAWorkThatIsNotThereFails(t *testing.T) {
	_, err := rights.Trace(t.Context(), family(), id(9, 9), rights.Bounds{Works: 9})
	require.ErrorIs(t, err, copyright.ErrWorkNotFound)
	hole := family()
	delete(hole, id(2, 1))
	_, err = rights.Trace(t.Context(), hole, id(3, 1), rights.Bounds{Up: 1, Works: 9})
	require.ErrorIs(t, err, copyright.ErrWorkNotFound)
}

// drawShelf draws an acyclic lineage.
func drawShelf(t *rapid.T) shelf {
	s := shelf{}
	for n := range uint64(rapid.IntRange(1, 12).Draw(t, "works")) {
		w := dataset(1, n+1)
		for p := range n {
			if rapid.IntRange(0, 2).Draw(t, "parent") == 0 {
				relation := copyright.Relation(rapid.IntRange(1, 7).Draw(t, "relation"))
				w.Parents = append(w.Parents, parent(id(1, p+1), relation, uint64(rapid.IntRange(0, 1).Draw(t, "licence"))))
			}
		}
		s[w.Id] = w
	}
	return s
}

func TestEveryWorkIsDrawnOnceAndEveryLinkIsThere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawShelf(t)
		b := rights.Bounds{Up: rapid.IntRange(0, 12).Draw(t, "up"), Down: rapid.IntRange(0, 12).Draw(t, "down"), Works: rapid.IntRange(1, 12).Draw(t, "most")}
		l, err := rights.Trace(t.Context(), s, id(1, uint64(rapid.IntRange(1, len(s)).Draw(t, "work"))), b)
		require.NoError(t, err)
		require.LessOrEqual(t, len(l.Works), b.Works)
		text, graph := tree(t, l), dot(t, l)
		for _, w := range l.Works {
			require.Equal(t, 1, strings.Count(text, rights.Name(w.Id)+" dataset"), text)
			for _, p := range w.Parents {
				require.Contains(t, graph, fmt.Sprintf("%q -> %q [label=", rights.Name(p.Work), rights.Name(w.Id)))
			}
		}
		provHolds(t, l)
	})
}

// provHolds checks that a document of PROV-JSON has all works and links of a lineage,
// that names have declared prefixes, and that links join what is there.
func provHolds(t require.TestingT, l rights.Lineage) {
	document, err := chain.PROV(l)
	require.NoError(t, err)
	var d map[string]map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(document, &d))
	links := 0
	for _, w := range l.Works {
		require.Contains(t, d["entity"], "work:"+rights.Name(w.Id))
		links += len(w.Parents)
		for _, p := range w.Parents {
			require.Contains(t, d["used"], "_:used-"+rights.Name(w.Id)+"-"+rights.Name(p.Work))
			if p.Relation == copyright.RELATION_EVALUATED {
				links-- // used, and nothing of it is in the work
			}
		}
	}
	require.Equal(t, links, len(d["wasDerivedFrom"]))
	ends := map[string][]string{
		"entity": {"prov:entity", "prov:generatedEntity", "prov:usedEntity"},
		"agent":  {"prov:agent", "prov:delegate", "prov:responsible"}, "activity": {"prov:activity"},
	}
	for section, records := range d {
		if section == "prefix" {
			continue
		}
		for name, raw := range records {
			prefix, _, _ := strings.Cut(name, ":")
			require.True(t, prefix == "_" || d["prefix"][prefix] != nil, name)
			var record map[string]any
			require.NoError(t, json.Unmarshal(raw, &record))
			for kind, keys := range ends {
				for key, value := range record {
					if slices.Contains(keys, key) {
						require.Contains(t, d[kind], value, "%s of %s", key, name)
					}
				}
			}
		}
	}
}

func TestProvenanceIsAsItWas(t *testing.T) {
	whole := traced(t, family(), id(3, 1), 9, 9, 99)
	provHolds(t, whole)
	document, err := chain.PROV(whole)
	require.NoError(t, err)
	golden(t, "lineage.prov.json", document)
	document, err = chain.FHIR(whole)
	require.NoError(t, err)
	golden(t, "lineage.fhir.json", document)
	document, err = chain.PROV(traced(t, family(), id(3, 1), 1, 0, 99))
	require.NoError(t, err)
	golden(t, "near.prov.json", document)
}

// TestEveryProvenanceSaysWhatFHIRDemands reads the bundle by the test's own account of
// what FHIR R4 demands of a Provenance.
func TestEveryProvenanceSaysWhatFHIRDemands(t *testing.T) {
	document, err := chain.FHIR(traced(t, family(), id(3, 1), 9, 9, 99))
	require.NoError(t, err)
	type who struct {
		Identifier struct{ System, Value string }
	}
	var b struct {
		Entry []struct {
			FullURL  string
			Resource struct {
				ResourceType, Recorded string
				Target                 []who
				Policy                 []string
				Agent                  []struct{ Who who }
				Entity                 []struct {
					Role string
					What who
				}
			}
		}
	}
	require.NoError(t, json.Unmarshal(document, &b))
	require.Len(t, b.Entry, len(family()))
	urls := map[string]bool{}
	entities := 0
	for _, e := range b.Entry {
		require.Regexp(t, `^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`, e.FullURL)
		urls[e.FullURL] = true
		require.Equal(t, "Provenance", e.Resource.ResourceType)
		require.Len(t, e.Resource.Target, 1)
		require.Equal(t, "urn:dmdl:dmdl-test-1:work", e.Resource.Target[0].Identifier.System)
		require.NotEmpty(t, e.Resource.Recorded)
		require.GreaterOrEqual(t, len(e.Resource.Agent), 3)
		for _, part := range e.Resource.Entity {
			entities++
			require.Contains(t, []string{"derivation", "revision", "quotation", "source", "removal"}, part.Role)
		}
	}
	require.Len(t, urls, len(family()), "each has a name of its own")
	require.Equal(t, 12, entities)
}
