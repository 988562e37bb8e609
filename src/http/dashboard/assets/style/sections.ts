/** Queues, schedules and dead letters. */
export const sections: string = String.raw /* css */`
.card .inline .field { width: 7rem }
input.short { width: 7rem; min-height: 1.6rem; padding: .1rem .4rem }
.badges, .actions-row { display: inline-flex; flex-wrap: wrap; gap: var(--gap-1) var(--gap-2); align-items: center }
.actions-row { flex-wrap: nowrap; justify-content: flex-end }
.fields { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(15rem, 100%), 1fr)); gap: var(--gap-3) var(--gap-4);
  width: 100%; align-items: start }
.filters input { min-width: 0 }
.filter-buttons { display: flex; gap: var(--gap-2); align-items: center; padding-block-start: 1.4rem }
.chosen { display: inline-flex; gap: var(--gap-2); align-items: center }
.chosen input { flex: none }
.error-line { display: block; overflow: hidden; text-overflow: ellipsis; white-space: nowrap }
.error-line code { color: var(--red) }
.table-actions { display: flex; flex-wrap: wrap; gap: var(--gap-2); align-items: center; padding: var(--gap-3) var(--gap-4);
  border-top: 1px solid var(--line); background: var(--surface);
  border-radius: 0 0 var(--round-l) var(--round-l) }
@media (min-width: 56rem) { .table-actions { position: sticky; bottom: 0; z-index: 1 } }
.table-actions .buttons { display: inline-flex; flex-wrap: wrap; gap: var(--gap-2); align-items: center }
.table-actions input.short { width: 11rem; min-height: 2rem }
.table-actions .tick { min-height: 2rem }
.table-actions :is(.form:first-child, .first) { margin-inline-end: auto }
.tabs { display: flex; gap: var(--gap-1); overflow-x: auto; border-bottom: 1px solid var(--line) }
.tabs a { padding: var(--gap-2) var(--gap-3); color: var(--soft); text-decoration: none; font-weight: 500; white-space: nowrap;
  border-bottom: 2px solid transparent; margin-bottom: -1px }
.tabs a:hover { color: var(--ink) }
.tabs [aria-current] { color: var(--accent); border-color: var(--accent) }
#tab { display: flex; flex-direction: column; gap: var(--gap-4) }
code.cut { display: block; max-width: 36rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap }
.tick { display: inline-flex; gap: var(--gap-2); align-items: center; font-size: var(--text-s) }
`;
