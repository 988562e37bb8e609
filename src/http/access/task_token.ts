/**
 * Tokens for a single task: for a browser that is to follow what it sent, and nothing else.
 *
 * @module
 */
import type { Umbel } from "../../app/app.ts";
import type { Clock } from "../../clock.ts";
import type { Duration } from "../../options/duration.ts";
import { InvalidInput } from "../../errors.ts";
import { checkName } from "../../message.ts";
import { checkKeys } from "../../options/keys.ts";
import { readLimit, show } from "../../options/values.ts";
import { Caller, type SingleTask } from "./caller.ts";
import { Grants } from "./scopes.ts";
import { Signer } from "./signer.ts";
import { invalidToken } from "./tokens.ts";

/** What a token for a single task is to be. */
export interface TaskTokenOptions {
  /** The option `secret` of the API that is to know it; of several the first one. At least 32 characters. */
  readonly secret: string | readonly string[];
  /**
   * What its holder may do: look at the task and follow it (`read`), or revoke it too (`revoke`).
   *
   * @default {"read"}
   */
  readonly may?: "read" | "revoke";
  /**
   * How long it holds.
   *
   * @default {"1d"}
   */
  readonly expires?: Duration;
}

/** Every one begins so. */
const prefix = "umt_";
const purpose = "task token";

/** For how long one holds when nobody says it (ms). */
const usualLifetime = 86_400_000;

/**
 * A token for a single task, as `POST /tasks/:task?token=read` answers with, made where the secret is known: for a page
 * that shows how far it is.
 *
 * @throws {InvalidInput} When an option breaks its rule.
 * @example
 * ```ts
 * import { Umbel } from "@umbel/umbel";
 * import { http, taskToken } from "@umbel/umbel/http";
 * import { sqlite } from "@umbel/umbel/sqlite";
 * import { assertEquals } from "@std/assert";
 *
 * await using app = new Umbel("shop", { broker: sqlite(":memory:") });
 * const add = app.task("add", (x: number, y: number) => x + y);
 *
 * const secret = "at least 32 characters nobody guesses";
 * const api = http(app, { tokens: ["a-long-secret"], secret });
 * const { id } = await add.delay(1, 2);
 * const token = await taskToken(app, id, { secret, expires: "1h" });
 * assertEquals((await api.request(`/tasks/${id}?access_token=${token}`)).status, 200);
 * assertEquals((await api.request(`/tasks/other?access_token=${token}`)).status, 403);
 * ```
 */
export async function taskToken(app: Umbel, id: string, options: TaskTokenOptions): Promise<string> {
  checkKeys(options, ["secret", "may", "expires"], "option of taskToken");
  const { secret, may = "read", expires } = options;
  if (may !== "read" && may !== "revoke") {
    throw new InvalidInput("may", `may must be "read" or "revoke", and it is ${show(may)}`);
  }
  const lifetime = expires === undefined ? usualLifetime : readLimit(expires, "expires");
  return await new TaskTokens(app.name, Signer.of(secret), app.clock).make({ id: checkName("id", id), may }, lifetime);
}

/** Makes tokens for single tasks, and knows them again. */
export class TaskTokens {
  readonly #app: string;
  readonly #signer: Signer;
  readonly #clock: Clock;

  /** Those of an app: another one's tokens are none here, although it has the same secret. */
  constructor(app: string, signer: Signer, clock: Clock) {
    this.#app = app;
    this.#signer = signer;
    this.#clock = clock;
  }

  /** A token that holds so long (ms). */
  async make({ id, may }: SingleTask, lifetime: number): Promise<string> {
    const until = this.#clock.now() + lifetime;
    return prefix + await this.#signer.sign(purpose, { app: this.#app, id, may, until });
  }

  /** The caller that shows one. @throws {Refusal} 401, when it is none or has ended. */
  async find(token: string): Promise<Caller> {
    const statement = await this.#signer.open(purpose, token.slice(prefix.length)) as
      | SingleTask & { readonly app: string; readonly until: number }
      | undefined;
    if (statement?.app !== this.#app) throw invalidToken("The token is not known");
    const { id, may, until } = statement;
    if (until <= this.#clock.now()) throw invalidToken("The token has ended");
    const single = { id, may };
    return new Caller({ name: `task ${id}`, key: `task:${id}`, kind: "task-token", grants: new Grants([]), single });
  }
}

/** Whether a text looks like one. */
export function isTaskToken(text: string): boolean {
  return text.startsWith(prefix);
}
