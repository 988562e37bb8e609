/**
 * What a broker keeps of an entry, and how it is told to others.
 *
 * @module
 */
import type { Json } from "../json.ts";
import type { StoredEntry } from "../ports/schedules.ts";
import type { EntryDefinition } from "./entry.ts";

/** What stands as the definition of an entry in a broker. */
export interface KeptDefinition {
  /** What holds. */
  readonly entry: EntryDefinition;
  /** What the code declares; absent for an entry that only a person or a program put. */
  readonly code?: EntryDefinition;
  /** A person has changed what the code declares: that stays, whatever is deployed. */
  readonly changed?: true;
  /** When it was first put: from then on its intervals may be counted. */
  readonly since: number;
}

/** What stands as the state of an entry in a broker. */
export interface KeptState {
  /** How often it was sent. */
  readonly runs: number;
  /** The last time that was due. */
  readonly lastDue?: number;
  /** When it was last sent. */
  readonly lastSent?: number;
  /** The task that was sent last. */
  readonly lastId?: string;
  /** How many ticks were left out: missed, or because the last task had not ended. */
  readonly leftOut?: number;
  /** Why the last tick could not be sent. */
  readonly error?: string;
}

/** An entry as it is in the broker. All times are ms since 1970. */
export interface Entry extends EntryDefinition, KeptState {
  /** Its name. */
  readonly name: string;
  /** Whether the code declares it, or it was put by a program or a person. */
  readonly source: "code" | "put";
  /** Whether it is no longer what the code declares, since somebody changed it. */
  readonly changed: boolean;
  /** When it was first put. */
  readonly since: number;
  /** When it is due next; absent when it is not. */
  readonly due?: number;
  /** How often it was put. */
  readonly revision: number;
}

/** Whether a broker keeps an entry here: anybody may write to it. */
export function isKept(definition: Json): boolean {
  const { entry } = (definition ?? {}) as unknown as Partial<KeptDefinition>;
  return typeof entry === "object" && entry !== null && typeof entry.task === "string";
}

/** Reads what a broker keeps. */
export function readStored({ name, revision, definition, due, state }: StoredEntry): Entry {
  const { entry, code, changed, since } = definition as unknown as KeptDefinition;
  return {
    name,
    ...entry,
    source: code ? "code" : "put",
    changed: changed ?? false,
    since,
    revision,
    ...(due === undefined ? {} : { due }),
    ...readState(state),
  };
}

/** Reads what a broker keeps as the state. */
export function readState(state: Json | undefined): KeptState {
  return { runs: 0, ...(state as unknown as Partial<KeptState> | undefined) };
}

/** A definition or a state as the broker takes it. */
export function keep(value: KeptDefinition | KeptState): Json {
  return JSON.parse(JSON.stringify(value));
}
