/**
 * What a caller may do.
 *
 * @module
 */
import { InvalidInput } from "../../errors.ts";
import { checkName } from "../../message.ts";
import { hintFor } from "../../options/nearest.ts";

/**
 * `send` tasks, `read` what is known, `control` (revoke, change, pause, purge, schedules, workers), `work` (take and settle
 * messages, as a worker does), and `admin`, which is all of these.
 */
export type Scope = "send" | "read" | "control" | "work" | "admin";

const scopes: readonly Scope[] = ["send", "read", "control", "work", "admin"];

/** Scopes, as they were granted: `read`, `send:mail.*`. */
export class Grants {
  /** As texts, in the order given. */
  readonly texts: readonly string[];
  readonly #scopes: ReadonlySet<string>;
  /** Names of tasks that may be sent, or their beginnings before `*`; all when `undefined`. */
  readonly #sends: readonly string[] | undefined;
  /** The queues that may be worked on; all when `undefined`. */
  readonly queues: readonly string[] | undefined;

  /** Grants nothing unless it is said. @throws {InvalidInput} When one is no scope. */
  constructor(texts: readonly string[], field = "scopes") {
    this.texts = texts.flatMap((text) => readScope(text, field));
    this.#scopes = new Set(this.texts.map((text) => text.replace(/:.*/s, "")));
    this.#sends = this.#named("send");
    this.queues = this.#named("work");
  }

  /** What a scope is narrowed to; `undefined` when it is not, since it stands there without names, too. */
  #named(scope: Scope): readonly string[] | undefined {
    if (this.texts.includes(scope) || this.#scopes.has("admin")) return undefined;
    return this.texts.flatMap((text) => text.startsWith(`${scope}:`) ? [text.slice(scope.length + 1)] : []);
  }

  /** Whether this scope is among them; `send` also when it is for some tasks only. */
  has(scope: Scope): boolean {
    return this.#scopes.has("admin") || this.#scopes.has(scope);
  }

  /** Whether a task of this name may be sent. */
  hasTask(task: string): boolean {
    if (!this.has("send")) return false;
    return !this.#sends ||
      this.#sends.some((one) => one.endsWith("*") ? task.startsWith(one.slice(0, -1)) : task === one);
  }
}

/** `send:mail,report` says two, `work:bulk` one queue. */
function readScope(text: string, field: string): readonly string[] {
  const [, scope = "", names] = /^([^:]*)(?::(.*))?$/s.exec(text) ?? [];
  if (!scopes.includes(scope as Scope)) {
    throw new InvalidInput(field, `${JSON.stringify(scope)} is no scope: ${hintFor(scope, scopes)}`);
  }
  if (names === undefined) return [scope];
  const parts = names.split(",");
  if (scope === "send" && parts.every((name) => /^[^\s*]+\*?$|^\*$/.test(name))) {
    return parts.map((name) => `send:${name}`);
  }
  if (scope === "work") return parts.map((name) => `work:${checkName("queue", name)}`);
  throw new InvalidInput(
    field,
    `${JSON.stringify(text)} is no scope: only send takes names of tasks, as in send:mail,report.*, and work of queues`,
  );
}
