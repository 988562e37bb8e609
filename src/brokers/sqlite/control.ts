/**
 * Revoking, purging, pausing and limiting in SQLite.
 *
 * @module
 */
import type { Control, Revocation, RevokeOptions } from "../../ports/control.ts";
import type { Limit } from "../../ports/limits.ts";
import { checkName } from "../../message.ts";
import { purgeSome, revoke } from "./revoke.ts";
import type { Hub, RevokedRun } from "./signals.ts";
import type { Statements } from "./statements/statements.ts";
import type { Work } from "./database/work.ts";

/** How many messages a purge revokes in one transaction: others get their turn in between. */
const purgeChunk = 1000;

/** What it needs of the broker. */
export interface ControlOptions {
  /** What is asked of the database. */
  readonly statements: Statements;
  /** Tells workers. */
  readonly hub: Pick<Hub, "tell">;
  /** Runs what is synchronous as what is not, with the port's errors. */
  readonly attempt: <T>(run: () => T) => Promise<T>;
  /** Runs all or nothing; then others hear of it. */
  readonly change: <T>(run: (work: Work) => T) => Promise<T>;
}

/** Tells the broker and its workers what to do. */
export class SqliteControl implements Control {
  readonly #options: ControlOptions;

  /** That of this database. */
  constructor(options: ControlOptions) {
    this.#options = options;
  }

  /** Revokes tasks. */
  async revoke(
    ids: readonly string[],
    { terminate = false, tree = false }: RevokeOptions = {},
  ): Promise<Revocation[]> {
    const { statements, hub, change } = this.#options;
    const running: RevokedRun[] = [];
    const answers = await change((work) =>
      ids.map((id) => {
        const answer = revoke(statements, id, terminate, work, running);
        if (tree && answer === "revoked") statements.markTree.run(id);
        return answer;
      })
    );
    if (running.length > 0) hub.tell(false, [], running);
    return answers;
  }

  /** Revokes what waits in a queue. */
  async purge(queue: string): Promise<number> {
    checkName("queue", queue);
    const { statements, change } = this.#options;
    const { purgeDelayed, purgeLaned, purgeWaiting } = statements;
    let count = 0;
    // What is delayed goes first: what becomes due meanwhile is found among what waits.
    for (const some of [purgeDelayed, purgeWaiting, purgeLaned]) {
      for (let purged = purgeChunk; purged === purgeChunk;) {
        purged = await change((work) => purgeSome(statements, some, queue, purgeChunk, work));
        count += purged;
        // A macrotask: the program breathes between chunks.
        await new Promise((resolve) => setTimeout(resolve));
      }
    }
    return count;
  }

  /** Takes nothing from a queue any more. */
  async pause(queue: string): Promise<void> {
    const { statements, attempt } = this.#options;
    await attempt(() => statements.pause.run(checkName("queue", queue)));
  }

  /** Takes from a paused queue again. */
  async resume(queue: string): Promise<void> {
    const { statements, hub, attempt } = this.#options;
    await attempt(() => {
      const { changes } = statements.resume.run(checkName("queue", queue));
      if (Number(changes) > 0) hub.tell(true, []);
    });
  }

  /** Sets what a limit allows. */
  async limit(name: string, limit: Limit | undefined): Promise<void> {
    checkName("limit", name);
    await this.#options.change(({ lanes }) => lanes.choose(name, limit));
  }
}
