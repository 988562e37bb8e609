/** The life of a task as a bar and a list, and the tree that it belongs to. */
export const timeline: string = String.raw /* css */`
.timeline { display: grid; gap: var(--gap-3) }
.timeline-bar { width: 100%; height: 1.5rem; border-radius: var(--round-s); background: var(--raised); display: block }
.stretch, .stretch-mark { --paint: var(--slate) }
.stretch.delayed, .delayed > .stretch-mark { --paint: var(--violet) }
.stretch.waited, .waited > .stretch-mark { --paint: color-mix(in srgb, var(--slate) 45%, var(--raised)) }
.stretch.ran, .ran > .stretch-mark { --paint: var(--green) }
.stretch.ran.open, .ran.open > .stretch-mark { --paint: var(--blue) }
.stretch.failed, .failed > .stretch-mark { --paint: var(--red) }
.stretch.backoff, .backoff > .stretch-mark { --paint: color-mix(in srgb, var(--amber) 55%, var(--raised)) }
.stretch.rested, .rested > .stretch-mark { --paint: var(--brown) }
.stretch { fill: var(--paint); stroke: var(--surface); stroke-width: 2; vector-effect: non-scaling-stroke }
.stretch.open { animation: live 2s ease-in-out infinite }
@keyframes live { 50% { opacity: .55 } }
@media (prefers-reduced-motion: reduce) { .stretch.open { animation: none } }
.timeline-list { list-style: none; padding: 0; font-size: var(--text-s); display: grid }
.stretch-item { display: grid; grid-template-columns: .7rem 1fr auto; gap: var(--gap-3); align-items: baseline; padding: .25rem 0 }
.stretch-mark { width: .7rem; height: .7rem; border-radius: 2px; background: var(--paint); align-self: start; margin-block-start: .3rem }
.sent > .stretch-mark { border-radius: 50%; background: var(--ink) }
.stretch-name { display: flex; flex-wrap: wrap; gap: 0 var(--gap-2); overflow-wrap: anywhere; min-width: 0 }
.stretch-error { flex-basis: 100%; color: var(--red); font-size: var(--text-xs) }
.stretch-time { white-space: nowrap; font-variant-numeric: tabular-nums }
.tree, .tree ul { list-style: none; padding: 0; font-size: var(--text-s) }
.tree ul { margin: 0; margin-inline-start: .55rem }
.tree li { position: relative; padding-inline-start: 1.1rem }
.tree > li { padding-inline-start: 0 }
.tree ul > li::before { content: ""; position: absolute; inset-inline-start: 0; inset-block: 0; border-inline-start: 1px solid var(--frame) }
.tree ul > li:last-child::before { inset-block-end: auto; block-size: 1.05rem }
.tree ul > li::after { content: ""; position: absolute; inset-inline-start: 0; inset-block-start: 1.05rem; inline-size: .8rem; border-block-start: 1px solid var(--frame) }
.tree-task { display: inline-flex; flex-wrap: wrap; align-items: center; gap: .15rem var(--gap-2); padding: .3rem .4rem; border-radius: var(--round); overflow-wrap: anywhere }
.tree-task.current { background: var(--raised); font-weight: 600 }
.tree-id { color: var(--soft); font-size: var(--text-xs) }
.tree-more { padding-block: .3rem }
`;
