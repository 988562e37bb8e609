/**
 * How soon workers answer when they are asked: three in three processes, at rest and with more to do than they can.
 */
import { Umbel } from "@umbel/umbel";
import type { Place } from "./places.ts";

/** What was measured. */
export interface ControlFigure {
  /** What the workers did meanwhile. */
  readonly load: string;
  /** How long it took until all had answered (ms), the shortest first. */
  readonly times: readonly number[];
  /** How often one of them did not. */
  readonly missing: number;
}

const workers = 3;
const rounds = 300;

/** Asks all workers, again and again. */
export async function measureControl(place: Place): Promise<ControlFigure[]> {
  const name = `control-${crypto.randomUUID().slice(0, 8)}`;
  await using app = new Umbel(name, { broker: place.url });
  const tick = app.task("tick", () => {});
  const processes = Array.from({ length: workers }, () =>
    new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", new URL("./limited.ts", import.meta.url).pathname, name, place.url, "10"],
      stdin: "piped",
      stdout: "null",
    }).spawn());
  while ((await app.inspect.ping({ timeout: "10s" })).length < workers);
  const figures = [await measure(app, "at rest")];
  // More than they can do in that time: each has ten places, and a task takes 100 ms.
  await tick.delayMany(Array.from({ length: 20_000 }, () => []));
  figures.push(await measure(app, "all places taken"));
  await app.control.purge("default");
  for (const { stdin } of processes) await stdin.close();
  await Promise.all(processes.map(({ status }) => status));
  return figures;
}

async function measure(app: Umbel, load: string): Promise<ControlFigure> {
  const times: number[] = [];
  let missing = 0;
  for (let round = 0; round < rounds; round++) {
    await app.clock.sleep(10);
    const start = performance.now();
    const answers = await app.inspect.stats();
    times.push(performance.now() - start);
    missing += answers.filter(({ ok }) => !ok).length;
  }
  return { load, times: times.sort((a, b) => a - b), missing };
}
