/** Values as JSON, errors with their stacks, log lines: whatever is shown as it was written. */
export const json: string = String.raw /* css */`
.json { position: relative; font-family: var(--mono); font-size: var(--text-s); line-height: 1.6; overflow-wrap: anywhere }
.json > .copy, .snippet-body > .copy { position: absolute; inset-block-start: -.3rem; inset-inline-end: 0; z-index: 1; font-family: var(--font) }
.json .json-inner { border-inline-start: 1px solid var(--line); margin-inline-start: .35rem; padding-inline-start: 1rem }
.json .json-line { padding-inline-start: 1rem }
.json > .json-line { padding-inline-start: 0 }
.json summary { cursor: pointer; border-radius: var(--round-s); width: fit-content; max-width: 100% }
.json .json-more > summary { padding-inline-start: 1rem; color: var(--soft) }
.json .json-key, .json .json-index { color: var(--violet) }
.json .json-index { color: var(--soft) }
.json .json-colon { color: var(--soft); margin-inline-end: .5ch }
.json .json-string { color: var(--green); white-space: pre-wrap }
.json .json-number { color: var(--blue) }
.json .json-boolean, .json .json-null { color: var(--amber) }
.json .json-note { color: var(--soft) }
bdi { unicode-bidi: isolate }
.unprinted { color: var(--red); background: var(--red-soft); border-radius: 2px; padding: 0 .15em; font-family: var(--mono); font-size: .9em }
pre, .trace, .json-plain { font-family: var(--mono); font-size: var(--text-xs); line-height: 1.55; white-space: pre-wrap; overflow-wrap: anywhere;
  background: var(--raised); border-radius: var(--round); padding: var(--gap-3); max-height: 24rem; overflow: auto; margin: var(--gap-2) 0 0 }
.thrown { display: grid; grid-template-columns: minmax(0, 1fr); gap: var(--gap-2) }
.thrown > p { overflow-wrap: anywhere; white-space: pre-wrap }
.thrown strong { color: var(--red) }
.thrown summary { color: var(--soft); font-size: var(--text-s); cursor: pointer; width: fit-content }
.thrown .thrown { padding-inline-start: var(--gap-3); border-inline-start: 2px solid var(--line); margin-block-start: var(--gap-2) }
.log-lines { list-style: none; padding: 0; font-family: var(--mono); font-size: var(--text-xs); line-height: 1.6; max-height: 24rem; overflow: auto }
.log-line { display: flex; flex-wrap: wrap; gap: 0 var(--gap-2); padding: .1rem 0 }
.log-line time { color: var(--soft); white-space: nowrap }
.log-line .log-level { color: var(--soft); min-width: 4ch }
.log-line .log-message { flex: 1 1 9rem; overflow-wrap: anywhere; white-space: pre-wrap }
.log-line.warning .log-level { color: var(--amber); font-weight: 600 }
.log-line.error .log-level { color: var(--red); font-weight: 600 }
.progress { display: flex; flex-wrap: wrap; align-items: center; gap: var(--gap-2) var(--gap-3) }
.progress progress { flex: 1 1 12rem; height: .6rem; appearance: none; border: 0; border-radius: 1rem; overflow: hidden; background: var(--raised) }
.progress progress::-webkit-progress-bar { background: var(--raised) }
.progress progress::-webkit-progress-value { background: var(--accent); transition: inline-size .3s }
.progress progress::-moz-progress-bar { background: var(--accent) }
.progress progress:indeterminate { background: repeating-linear-gradient(90deg, var(--accent-soft) 0 1rem, var(--raised) 1rem 2rem) }
.progress .progress-text { font-weight: 600 }
.progress .progress-note { flex-basis: 100%; color: var(--soft); font-size: var(--text-s) }
.sealed { color: var(--soft); font-size: var(--text-s); background: var(--raised); border-radius: var(--round); padding: var(--gap-3) }
`;
