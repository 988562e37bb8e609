/**
 * What an app says of its queues: options by the queue's name, checked once.
 *
 * @module
 */
import { InvalidInput } from "./errors.ts";
import { checkName } from "./message.ts";
import { checkKeys, show } from "./options.ts";

/** How a queue differs from others. */
export interface QueueOptions {
  /**
   * The most messages that wait in it: what runs is not counted, nor what is due later, until it is. It holds for what is
   * sent: retries, hand-backs, what a dead worker held and what becomes due come in whatever the length.
   *
   * @default {no limit}
   */
  readonly maxLength?: number;
  /**
   * What becomes of a message that is sent when so many wait: it is refused with `QueueFull`; or it is added, and the
   * oldest one of the lowest priority ends as `REVOKED` in its place.
   *
   * @default {"refuse"}
   */
  readonly whenFull?: "refuse" | "dropOldest";
}

/** The options of a queue once they are checked. */
export interface QueueSettings {
  /** The most messages that wait in it. */
  readonly maxLength?: number;
  /** What becomes of one more. */
  readonly whenFull?: "refuse" | "dropOldest";
}

/** The options of queues by their names. */
export type Queues = { readonly [queue: string]: QueueOptions };

const readers: {
  readonly [name in keyof QueueOptions]-?: (value: unknown, field: string) => QueueSettings[name];
} = {
  maxLength: readLength,
  whenFull: readWhenFull,
};

/**
 * Reads the options of queues: an object, or its JSON.
 *
 * @throws {InvalidInput} When a name or an option breaks its rule.
 */
export function readQueues(value: unknown, field: string): ReadonlyMap<string, QueueSettings> {
  const table = typeof value === "string" ? parsed(value) : value;
  if (typeof table !== "object" || table === null || Array.isArray(table)) {
    throw new InvalidInput(
      field,
      `${field} must be an object of queues and their options, as { "bulk": { "maxLength": 10000 } }, ` +
        `and it is ${show(value)}`,
    );
  }
  return new Map(
    Object.entries(table).map(([name, options]) => [checkName("queue", name), readQueue(options, `${field}.${name}`)]),
  );
}

function readQueue(options: QueueOptions, field: string): QueueSettings {
  checkKeys(options, Object.keys(readers), "option of a queue");
  const settings: Record<string, unknown> = {};
  for (const [name, read] of Object.entries(readers)) {
    const value = options[name as keyof QueueOptions];
    if (value !== undefined) settings[name] = read(value, `${field}.${name}`);
  }
  if (settings.whenFull !== undefined && settings.maxLength === undefined) {
    throw new InvalidInput(`${field}.whenFull`, `${field}.whenFull says nothing without maxLength: give both`);
  }
  return Object.freeze(settings);
}

function readLength(value: unknown, field: string): number {
  if (Number.isSafeInteger(value) && (value as number) > 0) return value as number;
  throw new InvalidInput(field, `${field} must be a whole number from 1, and it is ${show(value)}`);
}

function readWhenFull(value: unknown, field: string): "refuse" | "dropOldest" {
  if (value === "refuse" || value === "dropOldest") return value;
  throw new InvalidInput(field, `${field} must be "refuse" or "dropOldest", and it is ${show(value)}`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
