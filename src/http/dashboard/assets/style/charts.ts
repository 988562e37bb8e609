/** Charts: their drawing is stretched to the room there is, their texts are not. */
export const charts: string = String.raw /* css */`
.chart { --chart-height: 10rem; display: grid; gap: var(--gap-2) }
.legend { display: flex; gap: var(--gap-4); font-size: var(--text-xs); color: var(--soft) }
.legend span::before { content: ""; display: inline-block; width: .65rem; height: .65rem; border-radius: 2px; margin-inline-end: .4rem;
  background: var(--tone) }
.good { --tone: light-dark(#3f9a68, #5cbd86) } .bad { --tone: light-dark(#d0453c, #ff8a80) }
.calm { --tone: light-dark(#7ea2d6, #5f8fd0) } .strong { --tone: light-dark(#1d5fb8, #9cc6ff) }
.warm { --tone: light-dark(#d39a2f, #e0b25a) } .faint { --tone: light-dark(#a8b0aa, #5d6861) }
.plot { display: grid; grid-template-columns: 3.4rem minmax(0, 1fr); column-gap: var(--gap-2); position: relative }
.plot svg { width: 100%; height: var(--chart-height); display: block; overflow: visible }
.plot .grid { stroke: var(--line); stroke-width: 1; vector-effect: non-scaling-stroke }
.bars { fill: var(--tone) }
.lines .line { fill: none; stroke: var(--tone); stroke-width: 1.75; vector-effect: non-scaling-stroke; stroke-linejoin: round }
.lines .area { fill: var(--tone); opacity: .14 }
.lines circle { fill: var(--tone) }
.y-axis { display: flex; flex-direction: column; justify-content: space-between; text-align: end; margin: -.5rem 0;
  height: calc(var(--chart-height) + 1rem); font-size: var(--text-xs); line-height: 1rem; color: var(--soft);
  font-variant-numeric: tabular-nums; white-space: nowrap }
.chart { container-type: inline-size }
.x-axis { grid-column: 2; display: grid; grid-auto-flow: column; grid-auto-columns: 1fr; font-size: var(--text-xs); color: var(--soft);
  padding-top: var(--gap-1) }
@container (max-width: 24rem) { .x-axis > :nth-child(even) { visibility: hidden } }
.figures summary { font-size: var(--text-xs); color: var(--soft); cursor: pointer; width: max-content }
.figures .table { border: 1px solid var(--line); border-radius: var(--round); overflow: auto; max-height: 16rem; margin-top: var(--gap-2) }
.chart:has(tbody a) svg { cursor: pointer }
.plot .pointer { fill: var(--ink); opacity: .07 }
.tip { position: absolute; z-index: 5; pointer-events: none; background: var(--surface); border: 1px solid var(--frame);
  border-radius: var(--round); padding: var(--gap-1) var(--gap-2); font-size: var(--text-xs); white-space: nowrap;
  box-shadow: 0 2px 8px rgb(0 0 0 / .18) }
.tip dl { display: grid; grid-template-columns: auto auto; gap: 0 var(--gap-3) }
.tip dt { color: var(--soft) } .tip dd { text-align: end; font-variant-numeric: tabular-nums }
`;
