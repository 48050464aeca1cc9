// Reads the documents of a folder with libraries that others wrote, and prints one line
// of JSON for each: {file, ok, said}.
//
//   node check.mjs FOLDER SHAPES.ttl PROFILE.ttl

import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import odrl from '@digitalbazaar/odrl-context';
import { instance } from '@viz-js/viz';
import provVocabulary from '@vocabulary/prov';
import fhirLibrary from 'fhir';
import jsonld from 'jsonld';
import { DataFactory, Parser, Store } from 'n3';
import SHACLValidator from 'rdf-validate-shacl';

const [folder, shapesFile, profileFile] = process.argv.slice(2);
const turtle = (file) => new Parser().parse(readFileSync(file, 'utf8'));
const profile = turtle(profileFile);
const shapes = new SHACLValidator(new Store(turtle(shapesFile)));

// The context comes from a package: nothing is fetched.
const context = odrl.contexts.get(odrl.constants.CONTEXT_URL_V1);
const documentLoader = async (url) => {
  if (url.replace(/^https:/, 'http:') !== 'http://www.w3.org/ns/odrl.jsonld') throw new Error(`unexpected context ${url}`);
  return { contextUrl: null, documentUrl: url, document: context };
};

// JSON-LD to RDF, in safe mode: what the context does not know is an error, not lost.
async function policy(text) {
  const quads = new Parser({ format: 'N-Quads' }).parse(
    await jsonld.toRDF(JSON.parse(text), { documentLoader, safe: true, format: 'application/n-quads' }));
  const report = await shapes.validate(new Store([...quads, ...profile]));
  const said = report.results.map((r) => `${r.focusNode?.value} ${r.path?.value ?? ''} ${r.sourceConstraintComponent?.value}`);
  return { ok: report.conforms, said: said.join('; ') || `${quads.length} triples conform` };
}

async function graph(text) {
  const drawn = (await instance()).renderJSON(text);
  return { ok: true, said: `${drawn.objects?.length ?? 0} nodes, ${drawn.edges?.length ?? 0} edges` };
}

const fhir = new fhirLibrary.Fhir();
async function provenance(text) {
  const found = fhir.validate(JSON.parse(text), { errorOnUnexpected: true });
  const bad = found.messages.filter((m) => m.severity === 'error' || m.severity === 'fatal');
  return { ok: found.valid, said: bad.map((m) => `${m.location}: ${m.message}`).join('; ') || `valid, ${found.messages.length} remarks` };
}

// RDF that another program made of PROV-JSON: each term of PROV-O is one that its
// ontology has, and where domain and range name one class of the three, it is that.
const PROV = 'http://www.w3.org/ns/prov#';
const TYPE = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#type';
const RDFS = 'http://www.w3.org/2000/01/rdf-schema#';
const ontology = new Store(provVocabulary({ factory: DataFactory }));
const kinds = [`${PROV}Entity`, `${PROV}Activity`, `${PROV}Agent`];
async function ontologyTerms(text) {
  const data = new Store(new Parser({ format: 'TriG' }).parse(text));
  const errors = new Set();
  const is = (node, kind) => data.countQuads(node, TYPE, kind, null) > 0;
  let used = 0;
  for (const q of data) {
    for (const term of [q.predicate, q.predicate.value === TYPE ? q.object : null]) {
      if (!term?.value.startsWith(PROV)) continue;
      used++;
      if (ontology.countQuads(term, null, null, null) === 0) errors.add(`unknown ${term.value}`);
    }
    for (const [side, node] of [['domain', q.subject], ['range', q.object]]) {
      for (const wanted of ontology.getObjects(q.predicate, `${RDFS}${side}`, null)) {
        if (kinds.includes(wanted.value) && !is(node, wanted)) errors.add(`${node.value} is no ${wanted.value} (${side} of ${q.predicate.value})`);
      }
    }
  }
  return { ok: errors.size === 0 && used > 0, said: [...errors].join('; ') || `${used} terms of PROV-O are right` };
}

const checks = { '.jsonld': policy, '.dot': graph, '.fhir.json': provenance, '.trig': ontologyTerms };
for (const file of readdirSync(folder).sort()) {
  const check = Object.entries(checks).find(([ending]) => file.endsWith(ending))?.[1];
  if (!check) continue;
  let result;
  try {
    result = await check(readFileSync(join(folder, file), 'utf8'));
  } catch (error) {
    result = { ok: false, said: `${error.name}: ${error.message}` };
  }
  console.log(JSON.stringify({ file, ...result }));
}
