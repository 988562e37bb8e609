/** Buttons and fields. */
export const forms: string = String.raw /* css */`
button, .button { display: inline-flex; align-items: center; justify-content: center; gap: var(--gap-2); font: inherit;
  font-size: var(--text-s); font-weight: 550; line-height: 1.25rem; padding: .3rem .7rem; min-height: 2rem; border-radius: var(--round);
  border: 1px solid var(--line); background: var(--surface); color: var(--ink); text-decoration: none; cursor: pointer; white-space: nowrap }
button:hover, .button:hover { background: var(--raised) }
.primary { background: var(--accent); border-color: var(--accent); color: var(--accent-ink) }
.primary:hover { background: color-mix(in srgb, var(--accent) 88%, var(--ink)) }
.danger { color: var(--danger); border-color: color-mix(in srgb, var(--danger) 45%, var(--line)) }
.danger:hover { background: var(--danger-soft) }
.quiet { background: none; border-color: transparent; color: var(--soft) }
.quiet:hover { color: var(--ink) }
button:disabled { opacity: .55; cursor: default }
.table button, .table .button { min-height: 1.6rem; padding: .1rem .5rem }
.form.inline { display: inline-flex; flex-wrap: wrap; gap: var(--gap-2); align-items: end }
.form.stack { display: grid; grid-template-columns: minmax(0, 1fr); gap: var(--gap-4); justify-items: start }
.field { display: grid; gap: var(--gap-1); min-width: 0 }
.stack .field { width: 100% }
.narrow { width: min(22rem, 100%) }
.card > .field { width: auto }
.field label { font-size: var(--text-s); font-weight: 550 }
.hint { color: var(--soft); font-size: var(--text-xs) }
.field .error { color: var(--danger); font-size: var(--text-xs) }
input, select, textarea { font: inherit; font-size: var(--text-s); color: inherit; background: var(--surface); width: 100%; min-height: 2rem;
  padding: .3rem .6rem; border: 1px solid var(--frame); border-radius: var(--round) }
textarea { resize: vertical; line-height: 1.5 }
input.mono, textarea.mono { font-family: var(--mono) }
input[type="checkbox"], input[type="radio"] { width: 1rem; min-height: 1rem; height: 1rem; accent-color: var(--accent); margin: 0 }
[aria-invalid="true"] { border-color: var(--danger) }
.filters { display: flex; flex-wrap: wrap; gap: var(--gap-2) var(--gap-3); align-items: start }
.filters .field { flex: 0 1 11rem }
@media (max-width: 40rem) { input, select, textarea { font-size: 1rem } .filters .field { flex: 1 1 9rem } }
`;
