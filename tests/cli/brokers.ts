/**
 * Tests of the command line that run over each broker.
 */
import { redisTest, startRest } from "../redis.ts";
import { makeFolder } from "./process.ts";

export interface Place {
  /** The broker as `--broker` names it. */
  readonly url: string;
  /** What the environment must say. */
  readonly env: Readonly<Record<string, string>>;
  /** A folder of the test's own. */
  readonly folder: string;
}

/** A test over SQLite, and one over Redis. */
export function brokerTest(name: string, fn: (place: Place) => Promise<void>): void {
  Deno.test(`${name} (SQLite)`, async () => {
    await using folder = await makeFolder();
    const url = `sqlite:${folder.path}/umbel.db`;
    await fn({ url, env: { UMBEL_BROKER: url }, folder: folder.path });
  });
  redisTest(`${name} (Redis)`, async () => {
    await using folder = await makeFolder();
    await using rest = await startRest();
    await fn({
      url: rest.url.replace("://", `://:${rest.token}@`),
      env: { UPSTASH_REDIS_REST_URL: rest.url, UPSTASH_REDIS_REST_TOKEN: rest.token },
      folder: folder.path,
    });
  });
}
