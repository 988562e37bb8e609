/**
 * Brings what the code declares into the broker: adds what is new, changes what differs, removes what is gone, and leaves
 * alone what a person has changed.
 *
 * @module
 */
import type { PeriodicApp } from "../periodic/app.ts";
import type { EntryChange, StoredEntry } from "../ports/schedules.ts";
import { isDueAlike } from "./entries.ts";
import { checkEntryName, type EntryDefinition, readEntry } from "./entry.ts";
import { keep, type KeptDefinition, readState } from "./kept.ts";
import { firstDue } from "./plan.ts";

/**
 * Does that. Safe to repeat, and to be done by several beats at once.
 *
 * @param stored What is in the broker.
 * @returns Whether anything was changed: then the broker is to be asked again.
 * @throws {InvalidInput} When an entry breaks a rule.
 */
export async function declare(app: PeriodicApp, stored: readonly StoredEntry[]): Promise<boolean> {
  const declared = new Map<string, EntryDefinition>();
  for (const [name, entry] of await app.periodic.entries()) {
    declared.set(checkEntryName(name), readEntry(entry, app.config.timezone));
  }
  // A program that declares none is no newer version of one that does: a command line, say.
  if (declared.size === 0) return false;
  const known = new Map(stored.map((one) => [one.name, one]));
  const now = await app.broker.now();
  const changes: EntryChange[] = [];
  for (const [name, code] of declared) {
    const change = await changeOf(name, code, known.get(name), now);
    if (change) changes.push(change);
  }
  const gone = stored.filter(({ name, definition }) =>
    !declared.has(name) && (definition as unknown as KeptDefinition).code !== undefined
  );
  if (changes.length > 0) await app.broker.schedules.put(changes);
  if (gone.length > 0) await app.broker.schedules.remove(gone.map(({ name }) => name));
  return changes.length + gone.length > 0;
}

async function changeOf(
  name: string,
  code: EntryDefinition,
  stored: StoredEntry | undefined,
  now: number,
): Promise<EntryChange | undefined> {
  if (!stored) {
    const definition: KeptDefinition = { entry: code, code, since: now };
    return { name, revision: 0, definition: keep(definition), due: await firstDue(code, now, now) ?? null };
  }
  const kept = stored.definition as unknown as KeptDefinition;
  if (kept.code && isSame(kept.code, code)) return undefined;
  // What was put under that name before the code declared it was changed by a person, too.
  const isChanged = (kept.changed ?? !kept.code) && !isSame(kept.entry, code);
  const entry = isChanged ? kept.entry : code;
  const definition: KeptDefinition = { entry, code, ...(isChanged ? { changed: true } : {}), since: kept.since };
  const change = { name, revision: stored.revision, definition: keep(definition) };
  if (isDueAlike(kept.entry, entry)) return change;
  const { runs } = readState(stored.state);
  return { ...change, due: await firstDue(entry, kept.since, now, runs) ?? null };
}

function isSame(a: EntryDefinition, b: EntryDefinition): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
