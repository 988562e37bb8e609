/** The page of one task. */
export const task: string = String.raw /* css */`
.task-head { display: flex; flex-wrap: wrap; align-items: center; gap: var(--gap-2) var(--gap-3); font-size: var(--text-s) }
.task-id { overflow-wrap: anywhere }
.task-deeds { display: flex; flex-wrap: wrap; gap: var(--gap-2); align-items: center; justify-content: flex-end }
.task-columns { display: grid; grid-template-columns: minmax(0, 3fr) minmax(0, 2fr); gap: var(--gap-4); align-items: start }
.task-main, .task-part { display: grid; grid-template-columns: minmax(0, 1fr); gap: var(--gap-4); min-width: 0 }
.task-part:empty { display: none }
@media (max-width: 60rem) { .task-columns { grid-template-columns: minmax(0, 1fr) } .task-deeds { justify-content: flex-start } }
#task-side .facts { grid-template-columns: repeat(auto-fill, minmax(min(11rem, 100%), 1fr)) }
.attempts { list-style: none; padding: 0; display: grid; grid-template-columns: minmax(0, 1fr); gap: var(--gap-4) }
.attempt-head { display: flex; flex-wrap: wrap; gap: 0 var(--gap-3); margin-block-end: var(--gap-1) }
.change { position: relative }
.change > summary { list-style: none }
.change > summary::-webkit-details-marker { display: none }
.change > form { position: absolute; inset-inline-end: 0; inset-block-start: calc(100% + .4rem); z-index: 5; width: min(20rem, 86vw); padding: var(--gap-4);
  background: var(--surface); border: 1px solid var(--line); border-radius: var(--round-l); box-shadow: 0 8px 24px rgb(0 0 0 / .2) }
@media (max-width: 60rem) {
  .change[open] { flex-basis: 100% }
  .change > form { position: static; width: 100%; margin-block-start: var(--gap-2); box-shadow: none }
}
.tree-counts { display: flex; flex-wrap: wrap; gap: var(--gap-1) var(--gap-3); font-size: var(--text-s) }
.snippet > summary { cursor: pointer; width: fit-content; font-size: var(--text-s) }
.snippet-body { position: relative }
.snippet-body > .copy { inset-block-start: .7rem; inset-inline-end: .3rem; background: var(--surface) }
.snippet + .snippet { margin-block-start: var(--gap-3) }
`;
