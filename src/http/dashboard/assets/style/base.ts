/** How plain elements look. */
export const base: string = String.raw /* css */`
*, ::before, ::after { box-sizing: border-box }
html { font: var(--text-m)/1.5 var(--font); color: var(--ink); background: var(--ground); -webkit-text-size-adjust: 100%; font-size: 16px }
@media (min-width: 56rem) { html { scrollbar-gutter: stable } }
body { margin: 0; font-size: var(--text-m); overflow-wrap: break-word }
h1, h2, h3, p, ul, ol, dl, dd, pre, figure { margin: 0; padding: 0 }
h1 { font-size: var(--text-xl); font-weight: 650; line-height: 1.3; letter-spacing: -.01em }
h2 { font-size: var(--text-m); font-weight: 650 }
h3 { font-size: var(--text-s); font-weight: 650 }
ul { list-style: none }
a { color: var(--accent); text-decoration-thickness: 1px; text-underline-offset: 2px }
a:not(:hover) { text-decoration-color: color-mix(in srgb, currentColor 35%, transparent) }
code, pre, kbd, .mono { font-family: var(--mono); font-size: .93em }
pre { white-space: pre-wrap; overflow-wrap: anywhere }
time, .number { font-variant-numeric: tabular-nums; white-space: nowrap }
:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; border-radius: var(--round-s) }
main:focus { outline: none }
[hidden] { display: none !important }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap }
.soft { color: var(--soft) }
.icon { flex: none; fill: none; stroke: currentColor; stroke-width: 1.4; stroke-linecap: round; stroke-linejoin: round }
.logo { flex: none; fill: var(--accent); stroke: none }
.logo path { fill: none; stroke: var(--accent); stroke-width: 1.8; stroke-linecap: round }
@media (prefers-reduced-motion: reduce) { *, ::before, ::after { animation: none !important; transition: none !important } }
`;
