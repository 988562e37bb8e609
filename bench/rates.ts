/**
 * How well a rate limit is kept by three workers in three processes: in real time, as it must be.
 */
import { Umbel } from "@umbel/umbel";
import type { Place } from "./places.ts";

/** What was measured of one rate. */
export interface RateFigure {
  /** So many a second were allowed. */
  readonly allowed: number;
  /** So many a second were started. */
  readonly started: number;
  /** The most in any second, of which a rate that starts evenly allows one more than it says. */
  readonly most: number;
  /** How many of them each worker started. */
  readonly shares: readonly number[];
}

const workers = 3;

/** Sends tasks for some seconds under this rate, and has three processes do them. */
export async function measureRate(place: Place, allowed: number, seconds: number): Promise<RateFigure> {
  const count = allowed * seconds + 1;
  const name = `rates-${crypto.randomUUID().slice(0, 8)}`;
  await using app = new Umbel(name, { broker: place.url });
  const tick = app.task("tick", { rateLimit: { limit: allowed, period: 1 } }, () => {});
  // So few that one alone could do no more than half of it.
  const concurrency = String(Math.ceil(allowed / 20));
  const processes = Array.from({ length: workers }, () =>
    new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", new URL("./limited.ts", import.meta.url).pathname, name, place.url, concurrency],
      stdin: "piped",
      stdout: "piped",
    }).spawn());
  while ((await app.broker.inspector.workers()).length < workers) await app.clock.sleep(100);
  await tick.delayMany(Array.from({ length: count }, () => []));

  const times: number[] = [];
  const done = Promise.withResolvers<void>();
  const shares = await Promise.all(processes.map(async ({ stdout, stdin, status }) => {
    const closing = done.promise.then(() => stdin.close());
    let share = 0;
    let rest = "";
    for await (const text of stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      times.push(...lines.map(Number));
      share += lines.length;
      if (times.length >= count) done.resolve();
    }
    await closing;
    await status;
    return share;
  }));
  times.sort((a, b) => a - b);
  const started = (times.length - 1) / (times.at(-1)! - times[0]!) * 1000;
  return { allowed, started, most: mostInASecond(times), shares };
}

function mostInASecond(times: readonly number[]): number {
  let most = 0;
  for (let first = 0, last = 0; last < times.length; last++) {
    while (times[last]! - times[first]! >= 1000) first++;
    most = Math.max(most, last - first + 1);
  }
  return most;
}
