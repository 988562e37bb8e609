/**
 * Revoking, purging, pausing and limiting in Redis.
 *
 * @module
 */
import type { Control, Revocation, RevokeOptions } from "../../ports/control.ts";
import type { Delivery, Settlement } from "../../ports/turn.ts";
import type { Limit } from "../../ports/limits.ts";
import type { TaskRecord, TaskState } from "../../ports/task_record.ts";
import { newWord } from "../../id.ts";
import { checkLimit } from "../../limits/limit.ts";
import { checkName } from "../../message.ts";
import { settledEvent } from "../told.ts";
import { turnLimit } from "../turn.ts";
import type { Caller } from "./connection/caller.ts";
import type { Connection } from "./connection/connection.ts";
import type { RedisInspector } from "./inspector.ts";
import { recordingArg } from "./journal/journal_keys.ts";
import { lineOf } from "./journal/journal_text.ts";
import type { Keys } from "./keys.ts";
import { most } from "./publishing/prepared.ts";
import { encodeRecord, endOf } from "./records/record.ts";
import type { Records } from "./records/records.ts";
import { encodeLimit } from "./publishing/rules.ts";
import { limit as limitScript } from "./scripts/limit.ts";
import { pause } from "./scripts/records.ts";
import { revoke } from "./scripts/revoke.ts";
import type { Turns } from "./turns.ts";

/** In these states nobody holds a task: there is no worker to be told that it was revoked. */
const notRunning: ReadonlySet<TaskState> = new Set(["SCHEDULED", "SUCCESS", "FAILURE", "EXPIRED"]);

/** What it needs of the broker. */
export interface ControlOptions {
  /** The keys. */
  readonly keys: Keys;
  /** Calls scripts. */
  readonly connection: Connection;
  /** Calls scripts that may ask for more keys. */
  readonly caller: Caller;
  /** Reads records. */
  readonly records: Records;
  /** Takes turns. */
  readonly turns: Turns;
  /** Knows all queues. */
  readonly inspector: RedisInspector;
  /** The broker's time. */
  readonly now: () => Promise<number>;
}

/** Tells the broker and its workers what to do. */
export class RedisControl implements Control {
  readonly #options: ControlOptions;

  /** That of these keys. */
  constructor(options: ControlOptions) {
    this.#options = options;
  }

  /** Revokes tasks. */
  async revoke(ids: readonly string[], options: RevokeOptions = {}): Promise<Revocation[]> {
    const answers: Revocation[] = [];
    for (let from = 0; from < ids.length; from += most.messages) {
      answers.push(...await this.#revoke(ids.slice(from, from + most.messages), options));
    }
    return answers;
  }

  async #revoke(ids: readonly string[], { terminate, tree }: RevokeOptions): Promise<Revocation[]> {
    const { keys, caller, records } = this.#options;
    const { journal } = keys;
    const before = await records.read(ids);
    const now = await this.#options.now();
    const declared = new Set<string>();
    const items = ids.map((id, index) => {
      const known = before[index];
      const record: TaskRecord = {
        ...(known ?? { id, task: "", queue: "", sentAt: now, retries: 0 }),
        state: "REVOKED",
        finishedAt: now,
      };
      const worker = holderOf(known, now);
      const page = keys.page(id);
      declared.add(page);
      const unique = record.unique === undefined ? "" : keys.unique(record.unique);
      if (unique !== "") declared.add(unique);
      return { record, texts: [page, id, encodeRecord(record), String(endOf(record, now)), worker, unique] };
    });
    const reply = await caller.call(
      revoke,
      () => [keys.map, keys.workers, ...new Set([...declared, ...journal.needed(journal.recording(), now)])],
      () => [
        ...[keys.prefix, String(now), terminate ? "1" : "0", tree ? "1" : "0"],
        recordingArg(journal.recording(), undefined),
        ...items.flatMap(({ record, texts }) => [
          ...texts,
          lineOf(record.id, settledEvent(record), journal.recording()),
        ]),
      ],
    );
    caller.learn(reply, 2);
    return Array.from(reply[1]!, (status) => status === "X" ? "revoked" : status === "E" ? "ended" : "unknown");
  }

  /** Takes nothing from a queue any more. */
  async pause(queue: string): Promise<void> {
    await this.#pause(queue, true);
  }

  /** Takes from a paused queue again. */
  async resume(queue: string): Promise<void> {
    await this.#pause(queue, false);
  }

  async #pause(queue: string, paused: boolean): Promise<void> {
    const { keys, connection } = this.#options;
    const args = [keys.prefix, checkName("queue", queue), paused ? "1" : "0"];
    await connection.run(pause, [keys.map], args, undefined);
  }

  /** Sets what a limit allows. */
  async limit(name: string, limit: Limit | undefined): Promise<void> {
    checkName("limit", name);
    const rule = limit === undefined ? "" : encodeLimit(checkLimit(name, limit));
    const { keys, caller, inspector } = this.#options;
    const now = await this.#options.now();
    const { queues } = await inspector.overview();
    const args = () => [keys.prefix, String(now), name, rule, ...queues.keys()];
    await caller.call(limitScript, () => [keys.map], args);
  }

  /** A purge is a worker that takes everything, due or not, and settles it as revoked: there is no second way to take. */
  async purge(queue: string): Promise<number> {
    checkName("queue", queue);
    const { turns } = this.#options;
    const worker = `purge~${newWord()}`;
    let count = 0;
    let holds: readonly Delivery[] = [];
    for (let number = 1;; number++) {
      const now = await this.#options.now();
      const turn = {
        worker,
        number,
        queues: [queue],
        holds: holds.map(({ lease }) => lease),
        settlements: holds.map((delivery) => revoked(delivery, now)),
        reports: [],
        lease: 30_000,
        park: false,
      };
      const reply = await turns.take({ ...turn, limit: turnLimit, leave: false }, { now, early: true });
      count += holds.length;
      holds = reply.deliveries;
      if (holds.length > 0 || reply.more) continue;
      const last = { ...turn, holds: [], settlements: [], number: number + 1, limit: 0, leave: true };
      await turns.take(last, { now });
      return count;
    }
  }
}

function revoked({ lease, message }: Delivery, now: number): Settlement {
  const { id, task, queue, sentAt, retries, unique } = message;
  const held = unique === undefined || unique.states === "any" ? {} : { unique: unique.key };
  return { lease, record: { id, task, queue, sentAt, retries, state: "REVOKED", finishedAt: now, message, ...held } };
}

/** The worker that may run a task: `*` where nobody has told so far. */
function holderOf(known: TaskRecord | undefined, now: number): string {
  if (!known || notRunning.has(known.state)) return "";
  const { state, eta = 0, worker = "" } = known;
  if (state === "RETRY" && eta > now) return "";
  return state === "QUEUED" || state === "RETRY" ? "*" : worker;
}
