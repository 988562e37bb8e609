/** States and other short marks: a colour is never all that tells them apart. */
export const badges: string = String.raw /* css */`
.state, .badge { display: inline-flex; align-items: center; gap: .35rem; padding: .05rem .5rem; border-radius: 1rem; font-size: var(--text-xs);
  font-weight: 600; white-space: nowrap; max-width: 14rem; color: var(--slate); background: var(--slate-soft) }
.state bdi { overflow: hidden; text-overflow: ellipsis }
.state .dot { width: .4rem; height: .4rem }
.state.scheduled { color: var(--violet); background: var(--violet-soft) }
.state.started { color: var(--blue); background: var(--blue-soft) }
.state.retry { color: var(--amber); background: var(--amber-soft) }
.state.success { color: var(--green); background: var(--green-soft) }
.state.failure { color: var(--red); background: var(--red-soft) }
.state.expired { color: var(--brown); background: var(--brown-soft) }
.state.custom { color: var(--teal); background: var(--teal-soft) }
.badge.warn { color: var(--amber); background: var(--amber-soft) }
.badge.bad { color: var(--red); background: var(--red-soft) }
.badge.good { color: var(--green); background: var(--green-soft) }
`;
