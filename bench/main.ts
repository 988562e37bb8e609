/**
 * `deno task bench [--broker redis|sqlite] [--tasks 20000] [--rates|--control|--http|--beat] [--json]`: how fast each
 * broker is, and what it costs; or with `--rates` how well rate limits are kept, with `--control` how soon workers
 * answer, with `--http` how fast all is over HTTP, with `--beat` how late a beat sends what is due.
 *
 * Producer and worker share one process, the REST server has its own. Compare only figures of one run on one machine.
 */
import { Umbel, Worker } from "@umbel/umbel";
import { parseArgs } from "@std/cli";
import { measureBeat } from "./beat.ts";
import { measureControl } from "./control.ts";
import { measureHttp, type Note } from "./http.ts";
import { type Place, places } from "./places.ts";
import { measureRate } from "./rates.ts";

const { json, rates, control, http, beat, tasks: count, broker } = parseArgs(Deno.args, {
  boolean: ["json", "rates", "control", "http", "beat"],
  string: ["broker", "tasks"],
  default: { tasks: "20000" },
});
const many = Number(count);

/** One measured figure. */
interface Figure {
  readonly broker: string;
  readonly measure: string;
  readonly value: number;
  readonly unit: string;
}
const figures: Figure[] = [];

function percentile(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]!;
}

/** Things a second. */
async function rate(things: number, run: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await run();
  return things / (performance.now() - start) * 1000;
}

function notes(place: Place): Note {
  return (measure, value, unit) => {
    figures.push({ broker: place.name, measure, value, unit });
    if (!json) console.error(`${place.name}: ${measure}: ${value.toFixed(value < 10 ? 2 : 0)} ${unit}`);
  };
}

async function measure(place: Place): Promise<void> {
  const note = notes(place);
  await using app = new Umbel(`bench-${crypto.randomUUID().slice(0, 8)}`, { broker: place.broker });
  const add = app.task("add", (x: number, y: number) => x + y);
  const drain = async (concurrency = 100) => await new Worker(app, { concurrency }).drain({ seconds: 600 });

  await Promise.all(Array.from({ length: 200 }, () => add.delay(1, 2)));
  await drain();

  const alone = Math.min(many, 3000);
  note(
    "sent, one by one",
    await rate(alone, async () => {
      for (let n = 0; n < alone; n++) await add.delay(1, 2);
    }),
    "/s",
  );
  await drain();
  note(
    "sent, 100 in flight",
    await rate(many, async () => {
      let left = many;
      await Promise.all(Array.from({ length: 100 }, async () => {
        while (left-- > 0) await add.delay(1, 2);
      }));
    }),
    "/s",
  );
  await drain();
  const batch = Array.from({ length: 1000 }, (): [number, number] => [1, 2]);
  const before = await place.size();
  note(
    "sent, batches of 1,000",
    await rate(many, async () => {
      for (let n = 0; n < many; n += batch.length) await add.delayMany(batch);
    }),
    "/s",
  );
  note("memory of a waiting task", (await place.size() - before) / many, "bytes");
  for (const concurrency of [1, 10, 100]) {
    if (concurrency !== 1) { for (let n = 0; n < many; n += batch.length) await add.delayMany(batch); }
    note(`done by one worker, concurrency ${concurrency}`, await rate(many, () => drain(concurrency)), "/s");
  }
  note(
    "sent and done at once, concurrency 100",
    await rate(many, async () => {
      const worker = new Worker(app, { concurrency: 100 });
      const running = worker.run();
      let left = many;
      await Promise.all(Array.from({ length: 100 }, async () => {
        while (left-- > 0) await (await add.delay(1, 2)).get();
      }));
      await worker.stop();
      await running;
    }),
    "/s",
  );

  const worker = new Worker(app);
  const running = worker.run();
  const trips: number[] = [];
  for (let n = 0; n < 1200; n++) {
    const start = performance.now();
    await (await add.delay(1, 2)).get();
    if (n >= 200) trips.push(performance.now() - start);
  }
  trips.sort((a, b) => a - b);
  for (const part of [0.5, 0.95, 0.99]) note(`round trip p${part * 100}`, percentile(trips, part), "ms");

  const billed = async (things: number, run: () => Promise<unknown>) => {
    const from = await place.commands();
    await run();
    const to = await place.commands();
    return from === undefined || to === undefined ? undefined : (to - from) / things;
  };
  const one = await billed(100, async () => {
    for (let n = 0; n < 100; n++) await (await add.delay(1, 2)).get();
  });
  if (one !== undefined) note("billed commands for a task alone", one, "");
  await worker.stop();
  await running;
  const hundred: [number, number][] = Array.from({ length: 100 }, () => [1, 2]);
  const bulk = await billed(10_000, async () => {
    for (let n = 0; n < 100; n++) await add.delayMany(hundred);
    await drain();
  });
  if (bulk !== undefined) note("billed commands for a task in batches of 100", bulk, "");
}

/** Ten seconds of each rate. */
async function measureRates(place: Place): Promise<void> {
  for (const allowed of [10, 100, 500]) {
    const { started, most, shares } = await measureRate(place, allowed, 10);
    const deviation = (started / allowed - 1) * 100;
    const note = (measure: string, value: number, unit: string) =>
      figures.push({ broker: place.name, measure: `${allowed}/s: ${measure}`, value, unit });
    note("started", started, "/s");
    note("deviation", deviation, "%");
    note("most in any second", most, "");
    if (!json) console.error(`${place.name}: ${allowed}/s: ${started.toFixed(2)}/s by workers ${shares.join(", ")}`);
  }
}

/** How long it takes until all workers have answered. */
async function measureAnswers(place: Place): Promise<void> {
  for (const { load, times, missing } of await measureControl(place)) {
    const note: Note = (measure, value, unit) => notes(place)(`${load}: ${measure}`, value, unit);
    for (const part of [0.5, 0.95, 0.99]) note(`answered p${part * 100}`, percentile(times, part), "ms");
    note("without an answer", missing, "");
  }
}

/** Thirty seconds of ticks. */
async function measureLateness(place: Place): Promise<void> {
  const late = await measureBeat(place, 300);
  for (const part of [0.5, 0.95, 0.99]) notes(place)(`sent late p${part * 100}`, percentile(late, part), "ms");
}

for (const open of await places(broker as string | undefined)) {
  await using place = await open();
  if (http) await measureHttp(place, many, notes(place));
  else await (rates ? measureRates : control ? measureAnswers : beat ? measureLateness : measure)(place);
}
if (json) {
  console.log(JSON.stringify({ at: new Date().toISOString(), cpus: navigator.hardwareConcurrency, figures }, null, 2));
} else {
  const names = [...new Set(figures.map((figure) => figure.broker))];
  console.log(`\n| | ${names.join(" | ")} |\n|---|${names.map(() => "---:|").join("")}`);
  for (const measure of new Set(figures.map((figure) => figure.measure))) {
    const cells = names.map((name) => {
      const figure = figures.find((one) => one.broker === name && one.measure === measure);
      return figure
        ? `${figure.value.toLocaleString("en", { maximumFractionDigits: figure.value < 10 ? 2 : 0 })} ${figure.unit}`
        : "—";
    });
    console.log(`| ${measure} | ${cells.join(" | ")} |`);
  }
}
