/** Navigation, heading, and where the content goes. */
export const shell: string = String.raw /* css */`
.skip { position: absolute; top: -4rem; left: var(--gap-3); z-index: 30; padding: var(--gap-2) var(--gap-4);
  background: var(--surface); border: 1px solid var(--frame); border-radius: var(--round) }
.skip:focus { top: var(--gap-3) }
body.with-nav { display: grid; grid-template-columns: var(--bar) minmax(0, 1fr); min-height: 100dvh }
main { padding: var(--gap-5) var(--gap-6) var(--gap-7); display: flex; flex-direction: column; gap: var(--gap-4);
  max-width: 96rem; width: 100% }
.bar { position: sticky; top: 0; align-self: start; height: 100dvh; display: flex; flex-direction: column; padding: var(--gap-4) var(--gap-3);
  border-right: 1px solid var(--line); background: var(--surface); z-index: 20 }
.brand { display: grid; grid-template-columns: auto minmax(0, 1fr); column-gap: var(--gap-2); align-items: center; color: inherit;
  text-decoration: none; padding: 0 var(--gap-2); line-height: 1.25 }
.brand .logo { grid-row: span 2 }
.brand-name { font-weight: 700; letter-spacing: -.01em }
.brand-app { color: var(--soft); font-size: var(--text-xs); overflow: hidden; text-overflow: ellipsis; white-space: nowrap }
.menu-button { display: none }
.menu, .menu:popover-open { position: static; display: flex; flex: 1; flex-direction: column; justify-content: space-between;
  inset: auto; width: auto; height: auto; margin: var(--gap-5) 0 0; padding: 0; border: 0; background: none; color: inherit;
  overflow: visible auto }
.menu nav ul { display: grid; gap: 2px }
.menu nav a { display: flex; align-items: center; gap: var(--gap-3); padding: .4rem var(--gap-2); border-radius: var(--round);
  color: var(--soft); text-decoration: none; font-weight: 500 }
.menu nav a:hover { background: var(--raised); color: var(--ink) }
.menu nav a[aria-current] { background: var(--accent-soft); color: var(--accent) }
.menu-foot { display: grid; gap: var(--gap-3); justify-items: start }
.preferences { display: flex; gap: var(--gap-2); flex-wrap: wrap }
.segments { display: flex; width: max-content; border: 1px solid var(--line); border-radius: var(--round); background: var(--ground) }
.segments button, .segments a { display: inline-flex; align-items: center; text-decoration: none; border-radius: var(--round); border: 0; background: none; color: var(--soft); padding: .2rem .4rem; min-height: 1.75rem; font-size: var(--text-xs);
  font-weight: 500 }
.segments button:hover, .segments a:hover { color: var(--ink) }
.segments [aria-pressed="true"], .segments [aria-current] { background: var(--surface); color: var(--accent); box-shadow: 0 0 0 1px var(--line) }

.heading { display: flex; flex-wrap: wrap; align-items: center; gap: var(--gap-2) var(--gap-4); min-height: 2.25rem }
.heading h1 { flex: 1 1 0; min-width: min(14rem, 100%); overflow-wrap: anywhere }
.heading-actions { display: flex; flex-wrap: wrap; gap: var(--gap-2); align-items: center }
.trail { flex-basis: 100%; display: flex; gap: var(--gap-2); font-size: var(--text-s) }
.trail::before { content: "←" / ""; color: var(--soft) }
.trail a + a::before { content: "/" / ""; margin-right: var(--gap-2); color: var(--soft); display: inline-block }
.heading.bare { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%) }
.live-switch { background: none; border-color: transparent; color: var(--soft); min-width: 5rem; justify-content: flex-start }
.live-switch .dot { background: var(--frame) }
.live-switch[data-state="on"] .dot { background: var(--green); animation: pulse 2.4s ease-in-out infinite }
.live-switch[data-state="lost"] .dot { background: var(--amber) }
@keyframes pulse { 50% { opacity: .35 } }
.dot { display: inline-block; flex: none; width: .5rem; height: .5rem; border-radius: 50%; background: currentColor }

.flash { display: flex; gap: var(--gap-2); align-items: flex-start; padding: var(--gap-2) var(--gap-3); border-radius: var(--round);
  border: 1px solid; overflow-wrap: anywhere }
.flash .icon { margin-top: .15rem }
.flash.done { background: var(--green-soft); color: var(--green) }
.flash.failed { background: var(--danger-soft); color: var(--danger) }

main > .empty { padding-top: 18dvh }
body.alone main { min-height: 100dvh; max-width: none; align-items: center; justify-content: center }
.login { width: min(22rem, 100%); display: grid; gap: var(--gap-4); padding: var(--gap-6); background: var(--surface);
  border: 1px solid var(--line); border-radius: var(--round-l) }
.login-brand { display: flex; align-items: center; gap: var(--gap-2); font-size: var(--text-l); font-weight: 700 }
.login .primary { width: 100%; min-height: 2.25rem }
.login .preferences { justify-content: space-between }

@media (max-width: 56rem) {
  body.with-nav { display: block }
  .bar { position: sticky; height: auto; flex-direction: row; align-items: center; justify-content: space-between;
    padding: var(--gap-2) var(--gap-4); border-right: 0; border-bottom: 1px solid var(--line) }
  .brand { padding: 0 }
  .menu-button { display: inline-flex; background: none; border-color: transparent; padding: .5rem }
  .menu { display: none }
  .menu:popover-open { display: flex; position: fixed; inset: 0 0 0 auto; height: 100dvh; width: min(18rem, 85vw); margin: 0;
    padding: var(--gap-5) var(--gap-4); background: var(--surface); border-left: 1px solid var(--line) }
  .menu:popover-open::backdrop { background: rgb(0 0 0 / .4) }
  .menu nav a { padding: .65rem var(--gap-2); font-size: var(--text-l) }
  main { padding: var(--gap-4) var(--gap-4) var(--gap-6) }
}
`;
