/**
 * Tests of the command line that run over each broker.
 */
import { redisTest, startRest } from "../redis.ts";
import { makeFolder } from "./process.ts";

export interface Place {
  /** What the environment must say. */
  readonly env: Readonly<Record<string, string>>;
  /** A folder of the test's own. */
  readonly folder: string;
}

/** A test over SQLite, and one over Redis. */
export function brokerTest(name: string, fn: (place: Place) => Promise<void>): void {
  Deno.test(`${name} (SQLite)`, async () => {
    await using folder = await makeFolder();
    await fn({ env: { UMBEL_BROKER: `sqlite:${folder.path}/umbel.db` }, folder: folder.path });
  });
  redisTest(`${name} (Redis)`, async () => {
    await using folder = await makeFolder();
    await using rest = await startRest();
    await fn({
      env: { UPSTASH_REDIS_REST_URL: rest.url, UPSTASH_REDIS_REST_TOKEN: rest.token },
      folder: folder.path,
    });
  });
}
