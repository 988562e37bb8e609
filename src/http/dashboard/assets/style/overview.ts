/** The overview. */
export const overview: string = String.raw /* css */`
.tiles { display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)); border: 1px solid var(--line);
  border-radius: var(--round-l); background: var(--line); gap: 1px; overflow: hidden }
.tile { background: var(--surface); padding: var(--gap-3) var(--gap-4); min-width: 0 }
.tile dt { color: var(--soft); font-size: var(--text-xs) }
.tile-value { font-size: var(--text-xl); font-weight: 650; line-height: 1.4; font-variant-numeric: tabular-nums; letter-spacing: -.01em;
  white-space: nowrap }
.tile-value a { color: inherit; text-decoration: none }
.tile-value a:hover { text-decoration: underline }
.tile-note { font-size: var(--text-xs); color: var(--soft); white-space: nowrap; overflow: hidden; text-overflow: ellipsis }
.tile.bad .tile-value { color: var(--danger) }
.tile.warn .tile-value, .tile.warn .tile-note { color: var(--amber) }
.charts { display: grid; gap: var(--gap-4); grid-template-columns: repeat(auto-fit, minmax(min(20rem, 100%), 1fr)) }
progress { width: 6rem; height: .4rem; accent-color: var(--accent); vertical-align: middle }
@media (min-width: 84rem) { .charts:has(> :nth-child(3)) { grid-template-columns: 1.5fr 1fr 1fr } }
@media (min-width: 100rem) { .tiles:has(> :nth-child(5)) { grid-template-columns: repeat(8, minmax(0, 1fr)) } }
@media (max-width: 40rem) { .tiles { grid-template-columns: 1fr 1fr } }
`;
