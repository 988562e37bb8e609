/** The list of tasks: its filters, its rows, and on a phone its cards. */
export const taskList: string = String.raw /* css */`
.task-filters { display: grid; gap: var(--gap-3) }
.task-filters-main { display: flex; flex-wrap: wrap; gap: var(--gap-3); align-items: end }
.task-filters-main .field { flex: 1 1 16rem; max-width: 28rem }
.state-filters { border: 0; padding: 0; display: flex; flex-wrap: wrap; gap: var(--gap-2) }
.state-filter { display: inline-flex; align-items: center; gap: .35rem; padding: .2rem .5rem; border: 1px solid var(--line); border-radius: 2rem; background: var(--surface); cursor: pointer }
.state-filter:has(:checked) { border-color: var(--accent); background: var(--accent-soft) }
.state-filter:focus-within { outline: 2px solid var(--focus); outline-offset: 1px }
.state-filter .count { font-variant-numeric: tabular-nums; color: var(--soft) }
.state-filters p { align-self: center }
.state-filter .state { padding: 0; background: none }
.more-filters > summary { cursor: pointer; color: var(--soft); font-size: var(--text-s); width: fit-content }
.more-filters > .filters { margin-block-start: var(--gap-3); align-items: start }
.news { position: sticky; inset-block-start: var(--gap-2); z-index: 3; display: grid; justify-items: center; height: 0 }
.news a { background: var(--accent); color: var(--accent-ink); font-size: var(--text-s); font-weight: 600; text-decoration: none; border-radius: 2rem;
  padding: .3rem .9rem; box-shadow: 0 2px 8px rgb(0 0 0 / .25); height: fit-content }
.task-table { max-height: none }
.task-table .choice { width: 1%; padding-inline-end: 0 }
.task-table .task-cell { max-width: 0; width: 45% }
.task-cell a { font-weight: 550 }
.task-args { display: block; color: var(--soft); font-family: var(--mono); font-size: var(--text-xs); font-weight: 400; overflow: hidden; text-overflow: ellipsis; white-space: nowrap }
.state-cell { white-space: nowrap }
.state-cell > .badge { margin-inline-start: var(--gap-1) }
.worker-cell { max-width: 12rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap }
.time-cell { white-space: nowrap; font-variant-numeric: tabular-nums }
.card-note, .card-buttons { padding: 0 var(--gap-4) var(--gap-3); font-size: var(--text-s) }
.card-buttons { display: flex; flex-wrap: wrap; gap: var(--gap-2); padding-block: var(--gap-3) }
@media (max-width: 40rem) {
  .task-table thead { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden }
  .task-table table, .task-table tbody { display: block }
  .task-table tr { display: grid; grid-template-columns: auto minmax(0, 1fr) auto; gap: .2rem var(--gap-3); align-items: center; padding: var(--gap-3) var(--gap-4); border-bottom: 1px solid var(--line) }
  .task-table tr > * { padding: 0; min-width: 0; border: 0 !important }
  .task-table tbody tr:hover > * { background: none }
  .task-table tr > .choice { grid-row: 1 / span 2; width: auto }
  .task-table tr > .task-cell { grid-column: 2; width: auto; max-width: none; min-width: 0 }
  .task-table tr > .state-cell { grid-column: 3; grid-row: 1 }
  .task-table tr > [data-label] { display: none; color: var(--soft); font-size: var(--text-xs) }
  .task-table tr > [data-label]:not(:empty) { display: inline-block }
  .task-table tr > [data-label]:not(.time-cell, .worker-cell) { grid-column: 2 }
  .task-table tr > .worker-cell { display: none !important }
  .task-table tr > .time-cell { grid-column: 3; text-align: end }
  .task-table tr > .time-cell:last-child { display: none !important }
  .task-table tr:not(:has(.choice)) { grid-template-columns: minmax(0, 1fr) auto }
  .task-table tr:not(:has(.choice)) > .task-cell, .task-table tr:not(:has(.choice)) > [data-label]:not(.time-cell) { grid-column: 1 }
  .task-table tr:not(:has(.choice)) > .state-cell, .task-table tr:not(:has(.choice)) > .time-cell { grid-column: 2 }
}
`;
