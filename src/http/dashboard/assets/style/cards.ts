/** Cards, tiles, facts, and what is shown where there is nothing. */
export const cards: string = String.raw /* css */`
.card { background: var(--surface); border: 1px solid var(--line); border-radius: var(--round-l); min-width: 0 }
.card > header:not(.unseen) { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: var(--gap-2);
  padding: var(--gap-3) var(--gap-4); min-height: 2.9rem }
.card > header > a { font-size: var(--text-s) }
.card:not(.flush) > :not(header) { margin: 0 var(--gap-4) var(--gap-4) }
.columns { display: grid; gap: var(--gap-4); grid-template-columns: repeat(auto-fit, minmax(min(26rem, 100%), 1fr)); align-items: start }
.columns > div { display: grid; gap: var(--gap-4); min-width: 0 }
.empty { padding: var(--gap-6) var(--gap-4); text-align: center; color: var(--soft); display: grid; gap: var(--gap-2); justify-items: center }
.empty-title { color: var(--ink); font-weight: 600 }
.empty > * { max-width: 46rem }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(14rem, 100%), 1fr)); gap: var(--gap-3) var(--gap-5) }
.facts dt { color: var(--soft); font-size: var(--text-xs) }
.facts dd { overflow-wrap: anywhere }
dialog { background: var(--surface); color: inherit; border: 1px solid var(--line); border-radius: var(--round-l); padding: var(--gap-5);
  width: min(28rem, 92vw) }
dialog::backdrop { background: rgb(0 0 0 / .45) }
dialog form { display: grid; gap: var(--gap-3) }
dialog .buttons { display: flex; gap: var(--gap-2); justify-content: flex-end }
`;
