/** The sections of the dashboard in the order of its navigation; each one's routes are named in sections.ts. */
export const sectionNames = [
  ...(["overview", "tasks", "dead", "queues", "workers", "schedules", "statistics", "send", "bill"] as const),
] as const;

/** The name of a section: in `words.nav`, as its icon, and as its path. */
export type SectionName = (typeof sectionNames)[number];
