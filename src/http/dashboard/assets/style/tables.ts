/** Tables: dense, their headings stay in the window, and where there is little room they scroll sideways by themselves. */
export const tables: string = String.raw /* css */`
.table { overflow-x: auto; border-top: 1px solid var(--line); border-radius: 0 0 var(--round-l) var(--round-l) }
.card > header.unseen + .table { border-top: 0; border-radius: var(--round-l) }
.card > header.unseen + .table thead th:first-child { border-start-start-radius: var(--round-l) }
.card > header.unseen + .table thead th:last-child { border-start-end-radius: var(--round-l) }
/* What scrolls holds its headings to itself: where there is room for the whole table it need not. */
@media (min-width: 64rem) { main > .card.flush { overflow: clip } main > .card.flush > .table { overflow: visible } }
table { border-collapse: separate; border-spacing: 0; width: 100%; font-size: var(--text-s) }
caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%) }
th, td { text-align: start; padding: .45rem var(--gap-3); vertical-align: middle }
th:first-child, td:first-child { padding-inline-start: var(--gap-4) }
th:last-child, td:last-child { padding-inline-end: var(--gap-4) }
thead th { position: sticky; top: 0; z-index: 1; background: var(--surface); color: var(--soft); font-weight: 500; font-size: var(--text-xs);
  white-space: nowrap; border-bottom: 1px solid var(--line) }
tbody th { font-weight: 500; min-width: 7rem }
.table tbody :is(th, td) { overflow-wrap: anywhere }
.table td.text { min-width: 5rem }
.table table:has(.long) :is(tbody th:not(.long), td.name) { min-width: 11rem }
@media (min-width: 64rem) { .table table:has(.long) td.text { min-width: 7rem } main > .card .table table:has(.long) :is(tbody th:not(.long), td.name) { min-width: 15rem } }
.table a + .badge { margin-inline-start: var(--gap-2) }
tbody tr:not(:last-child) > * { border-bottom: 1px solid var(--line) }
tbody tr:hover > * { background: var(--raised) }
.table .number { text-align: end; font-variant-numeric: tabular-nums; white-space: nowrap }
.table .long { max-width: 0; width: 45%; min-width: 8rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap }
.sort { color: inherit; text-decoration: none }
.sort:hover { color: var(--ink); text-decoration: underline }
.sorted { color: var(--ink); font-weight: 650 }
.sorted::after { content: " ↓" }
.bad-count { color: var(--danger) }
.spark { display: block; width: 7.5rem; height: 1.25rem }
.cut { display: inline-block; max-width: 15rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; vertical-align: bottom }
.columns .cut { max-width: 9rem }
.table .actions { text-align: end; white-space: nowrap }
.table .actions form { display: inline-flex }
.pager { display: flex; justify-content: space-between; gap: var(--gap-3); padding: var(--gap-3) var(--gap-4); border-top: 1px solid var(--line) }
@media (max-width: 40rem) { .spare { display: none } .table table:has(.long) tbody th:not(.long) { min-width: 7.75rem } }
@media (max-width: 40rem) {
  .table.cards :is(table, tbody) { display: block }
  .table.cards thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%) }
  .table.cards tbody tr { display: grid; gap: var(--gap-1); padding: var(--gap-3) var(--gap-4); border-bottom: 1px solid var(--line) }
  .table.cards tbody tr:last-child { border-bottom: 0 }
  .table.cards tbody tr > * { padding: 0; border: 0; min-width: 0; max-width: none; width: auto }
  .table.cards tbody tr:hover > * { background: none }
  .table.cards tbody td:not(.spare) { display: grid; grid-template-columns: 6.5rem minmax(0, 1fr); gap: 0 var(--gap-2); align-items: baseline;
    justify-items: start; text-align: start; white-space: normal; overflow: visible }
  .table.cards tbody td::before { content: attr(data-label); color: var(--soft); font-size: var(--text-xs) }
  .table.cards tbody td > * { grid-column: 2; max-width: 100% }
  .table.cards tbody td:empty { display: none }
  .table.cards tbody td.actions { display: block; padding-block-start: var(--gap-2) }
  .table.cards tbody td.actions::before { content: none }
  .table.cards .actions .form, .table.cards .actions-row { justify-content: flex-start }
}
`;
