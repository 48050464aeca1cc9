// Loads each PROV-JSON document of a folder in provviz, as a reader would: shown in a
// page. Prints one line of JSON for each: {file, ok, said}. What is said of a document
// that was refused are provviz's words; of another, what it drew, in JSON:
// {entity, activity, agent: how many; relations: {name: ["from->to"]}}.
//
//   node draw.mjs FOLDER

import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Window } from 'happy-dom';

const require = createRequire(import.meta.url);
process.env.NODE_ENV = 'production'; // of react

// A page without a screen. It cannot combine transforms: without any, d3-graphviz
// takes a drawing as it stands. The only thing that is fetched is Graphviz.
const window = new Window();
Object.defineProperty(window.SVGGraphicsElement.prototype, 'transform', { value: undefined });
for (const name of ['document', 'navigator', 'Element', 'DOMParser', 'getComputedStyle', 'requestAnimationFrame', 'cancelAnimationFrame']) {
  Object.defineProperty(globalThis, name, { value: window[name], configurable: true });
}
const wasm = join(dirname(require.resolve('@hpcc-js/wasm/package.json')), 'dist');
const fetch = async (path) => {
  if (dirname(path) !== wasm) throw new Error(`unexpected ${path}`);
  return new Response(readFileSync(path), { headers: { 'content-type': 'application/wasm' } });
};
Object.assign(window, { fetch });
Object.assign(globalThis, { window, fetch });

const { createElement } = require('react');
const { render, unmountComponentAtNode } = require('react-dom');
const { default: Visualiser, tbdIsVisualisationSettings } = require('provviz');

const palette = { agent: '#ff0000', activity: '#00ff00', entity: '#0000ff', bundle: '#cccccc' };
const settings = { palette, hideAllNodeAttributes: true, hiddenNamespaces: [], view: null };
if (!tbdIsVisualisationSettings(settings)) throw new Error('these are no settings of provviz');

function drawn(page) {
  const found = { entity: 0, activity: 0, agent: 0, relations: {} };
  for (const node of page.querySelectorAll('.node')) {
    const fill = node.querySelector('ellipse, polygon').getAttribute('fill');
    found[Object.keys(palette).find((kind) => palette[kind] === fill)]++;
  }
  for (const edge of page.querySelectorAll('.edge')) {
    (found.relations[edge.querySelector('text').textContent] ??= []).push(edge.querySelector('title').textContent);
  }
  return found;
}

async function show(document) {
  const page = window.document.body.appendChild(window.document.createElement('div'));
  render(createElement(Visualiser, { document, onChange: null, initialSettings: settings, width: 1000, height: 800, wasmFolderURL: wasm }), page);
  for (let tries = 0; tries < 600; tries++) {
    const refused = page.querySelector('h5')?.textContent;
    const remarks = [...page.querySelectorAll('li')].map((item) => item.textContent).join('; ');
    const done = page.querySelector('#triangle'); // what provviz adds when the drawing has ended
    const said = refused ? `${refused}: ${remarks}` : done && JSON.stringify(drawn(page));
    if (said) {
      unmountComponentAtNode(page);
      return { ok: !refused, said };
    }
    await pause(50);
  }
  throw new Error('provviz neither draws nor refuses it within half a minute');
}

for (const file of readdirSync(process.argv[2]).filter((name) => name.endsWith('.prov.json')).sort()) {
  console.log(JSON.stringify({ file, ...await show(JSON.parse(readFileSync(join(process.argv[2], file), 'utf8'))) }));
}
process.exit(0); // the page's timers would go on
