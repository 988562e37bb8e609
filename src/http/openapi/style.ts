/**
 * How the reference looks. It stands in the page itself, and the page's policy names it by its hash: there is nothing else
 * to load.
 *
 * @module
 */
import { toBase64 } from "../../wire/base64.ts";

/** The style sheet. */
export const style = `
:root {
  color-scheme: light dark;
  --ink: light-dark(#1d2321, #e4e9e6);
  --soft: light-dark(#5b6762, #9aa8a2);
  --line: light-dark(#dde3e0, #2c3632);
  --paper: light-dark(#ffffff, #141917);
  --shade: light-dark(#f4f7f5, #1a211e);
  --link: light-dark(#0b6b47, #5fd3a2);
  --get: light-dark(#0b6b47, #5fd3a2);
  --post: light-dark(#1f5fae, #86b6f2);
  --put: light-dark(#8a5a00, #e3b45a);
  --delete: light-dark(#b0302b, #f28b82);
}
* { box-sizing: border-box }
body {
  margin: 0;
  color: var(--ink);
  background: var(--paper);
  font: 15px/1.55 system-ui, sans-serif;
  display: grid;
  grid-template-columns: 19rem minmax(0, 1fr);
}
a { color: var(--link) }
a:focus-visible { outline: 2px solid var(--link); outline-offset: 2px }
code { font: 0.92em ui-monospace, monospace; overflow-wrap: anywhere }
small { color: var(--soft); font-weight: 400; margin-left: .3rem }
nav {
  position: sticky;
  top: 0;
  height: 100vh;
  overflow: auto;
  padding: 1.25rem 1rem 2rem;
  background: var(--shade);
  border-right: 1px solid var(--line);
}
nav h2 { font-size: .78rem; font-weight: 600; color: var(--soft); margin: 1.1rem 0 .25rem }
nav ul { list-style: none; margin: 0; padding: 0 }
nav a { display: flex; gap: .5rem; align-items: baseline; padding: .2rem 0; color: var(--ink); text-decoration: none }
nav a:hover span:last-child { text-decoration: underline }
nav .method { flex: 0 0 3.4rem; font-size: .68rem }
.brand { font-weight: 650; margin: 0 }
main { padding: 2rem clamp(1rem, 4vw, 3.5rem) 5rem; max-width: 62rem }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .5rem }
main h2 { font-size: 1.25rem; margin: 3rem 0 0 }
article { padding: 1.4rem 0 1.2rem; border-top: 1px solid var(--line); margin-top: 1rem; scroll-margin-top: 0 }
h3 { font-size: 1rem; margin: 0 0 .4rem; overflow-wrap: anywhere }
h3 code { font-size: 1rem }
h4 { font-size: .82rem; margin: 1.1rem 0 .3rem; color: var(--soft) }
p { margin: .3rem 0; max-width: 46rem }
.scope { color: var(--soft); font-size: .88rem }
.method { font: 600 .78rem ui-monospace, monospace; color: var(--soft) }
.method.get { color: var(--get) }
.method.post { color: var(--post) }
.method.put, .method.patch { color: var(--put) }
.method.delete { color: var(--delete) }
.wide { overflow-x: auto }
table { width: 100%; border-collapse: collapse; font-size: .9rem }
th, td { text-align: left; vertical-align: top; padding: .35rem .9rem .35rem 0; border-top: 1px solid var(--line) }
tr:first-child > th, tr:first-child > td { border-top: 0 }
th { font-weight: 400; width: 15rem; white-space: nowrap }
td:nth-child(2) { width: 15rem }
td.inner { border-top: 0; padding: 0 0 .4rem 1.2rem; width: auto }
@media (max-width: 52rem) {
  body { display: block }
  nav { position: static; height: auto; border-right: 0; border-bottom: 1px solid var(--line) }
  th { width: auto }
  td:nth-child(2) { width: auto }
}
@media print { nav { display: none } body { display: block } }
`;

let policy: Promise<string> | undefined;

/** The policy of a page that has this style and nothing else. */
export function stylePolicy(): Promise<string> {
  return policy ??= crypto.subtle.digest("SHA-256", new TextEncoder().encode(style)).then((hash) =>
    `default-src 'none'; style-src 'sha256-${toBase64(new Uint8Array(hash))}'; base-uri 'none'; ` +
    "form-action 'none'; frame-ancestors 'none'"
  );
}
