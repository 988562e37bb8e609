/**
 * A client of Redis, as far as it is used.
 *
 * @module
 */

/** What is used of a Redis client: any that speaks to one database and returns strings as they are. */
export interface RedisClient {
  /** EVAL. */
  eval(script: string, keys: string[], args: string[]): Promise<unknown>;
  /** EVALSHA; rejects with an error whose message holds `NOSCRIPT` when the server does not know the script. */
  evalsha(sha1: string, keys: string[], args: string[]): Promise<unknown>;
  /** TIME: seconds and microseconds. Without it the clock of this machine is trusted. */
  time?(): Promise<[number | string, number | string]>;
}
