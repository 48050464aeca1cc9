//go:build interop

package rights_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dmdl-network/dmdl/rights"
	"github.com/dmdl-network/dmdl/x/copyright"
)

// drawing is what provviz makes of a document: how many nodes there are of each kind,
// and from where to where the edges of each relation go.
type drawing struct {
	Entity, Activity, Agent int
	Relations               map[string][]string
}

// provenance is the PROV-JSON of a lineage, to be changed.
func provenance(t *testing.T, l rights.Lineage) object {
	t.Helper()
	document, err := chain.PROV(l)
	require.NoError(t, err)
	var d object
	require.NoError(t, json.Unmarshal(document, &d))
	return d
}

// viewed returns what provviz of npm says of each document when it shows it.
func viewed(t *testing.T, documents map[string]object) map[string]finding {
	t.Helper()
	programs, folder := checker(t), t.TempDir()
	for name, d := range documents {
		document, err := json.Marshal(d)
		require.NoError(t, err)
		write(t, folder, name+".prov.json", document)
	}
	found := said(t, programs, "draw.mjs", folder)
	require.Len(t, found, len(documents))
	return found
}

// endsOf returns the ends of all relations of a document, as provviz writes them.
func endsOf(d object) map[string][]string {
	ends := map[string][2]string{
		"wasGeneratedBy": {"entity", "activity"}, "used": {"activity", "entity"}, "wasDerivedFrom": {"generatedEntity", "usedEntity"},
		"wasAssociatedWith": {"activity", "agent"}, "actedOnBehalfOf": {"delegate", "responsible"}, "wasAttributedTo": {"entity", "agent"},
	}
	found := map[string][]string{}
	for relation, of := range ends {
		for _, r := range d[relation].(object) {
			found[relation] = append(found[relation], fmt.Sprintf("%s->%s", r.(object)["prov:"+of[0]], r.(object)["prov:"+of[1]]))
		}
	}
	return found
}

func TestAViewerLoadsTheProvenance(t *testing.T) {
	lineages := map[string]rights.Lineage{
		"whole": traced(t, family(), id(3, 1), 9, 9, 99),
		"near":  traced(t, family(), id(2, 2), 1, 1, 99), // parents beyond the bounds
	}
	documents := map[string]object{}
	for name, l := range lineages {
		documents[name] = provenance(t, l)
	}
	found := viewed(t, documents)
	for name, l := range lineages {
		f, d := found[name+".prov.json"], documents[name]
		require.True(t, f.OK, f.Said)
		var got drawing
		require.NoError(t, json.Unmarshal([]byte(f.Said), &got))
		require.Equal(t, []int{len(d["entity"].(object)), len(d["activity"].(object)), len(d["agent"].(object))}, []int{got.Entity, got.Activity, got.Agent}, name)
		require.Equal(t, 2*len(l.Works), got.Activity, name)
		var derived []string
		for _, w := range l.Works {
			for _, p := range w.Parents {
				if p.Relation != copyright.RELATION_EVALUATED {
					derived = append(derived, fmt.Sprintf("work:%s->work:%s", rights.Name(w.Id), rights.Name(p.Work)))
				}
			}
		}
		require.ElementsMatch(t, derived, got.Relations["wasDerivedFrom"], name)
		want := endsOf(d)
		require.Len(t, got.Relations, len(want), name)
		for relation, ends := range want {
			require.ElementsMatch(t, ends, got.Relations[relation], "%s of %s", relation, name)
		}
	}
}

func TestAViewerRefusesWhatIsNoProvenance(t *testing.T) {
	of := func(d object, section, name string) object { return d[section].(object)[name].(object) }
	refusals := map[string]struct {
		spoil func(object)
		said  string
	}{
		"kind":     {func(d object) { d["wasMadeBy"] = object{"_:x": object{"prov:entity": "work:1/1"}} }, "should NOT have additional properties"},
		"list":     {func(d object) { d["entity"] = []any{} }, "/entity: should be object"},
		"number":   {func(d object) { of(d, "used", "_:registered-1/1")["prov:entity"] = 11 }, "/used/_:registered-1~11/prov:entity: should be string"},
		"no value": {func(d object) { of(d, "agent", "institution:1")["prov:type"] = nil }, "/agent/institution:1/prov:type: should be string"},
		"time":     {func(d object) { of(d, "wasGeneratedBy", "_:claimed-1/1")["prov:time"] = "noon" }, `should match format "date-time"`},
		"half":     {func(d object) { delete(of(d, "wasDerivedFrom", "_:derived-1/2-1/1"), "prov:usedEntity") }, "should have required property 'prov:usedEntity'"},
		"entity":   {func(d object) { delete(d["entity"].(object), "work:1/1") }, `references undefined entity "work:1/1"`},
		"activity": {func(d object) { delete(d["activity"].(object), "making:1/1") }, `references undefined activity "making:1/1"`},
		"agent":    {func(d object) { delete(d["agent"].(object), "institution:1") }, `references undefined agent "institution:1"`},
		"swapped": {func(d object) {
			r := of(d, "used", "_:registered-1/1")
			r["prov:entity"], r["prov:activity"] = r["prov:activity"], r["prov:entity"]
		}, `references undefined entity "registering:1/1"`},
	}
	documents := map[string]object{}
	for name, refusal := range refusals {
		d := provenance(t, traced(t, family(), id(3, 1), 9, 9, 99))
		refusal.spoil(d)
		documents[name] = d
	}
	found := viewed(t, documents)
	for name, refusal := range refusals {
		f := found[name+".prov.json"]
		require.False(t, f.OK, name)
		require.Contains(t, f.Said, refusal.said, name)
	}
}
