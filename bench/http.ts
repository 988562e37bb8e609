/**
 * `deno task bench --http`: how fast tasks are sent over HTTP, and done by workers over the exchange. Server, broker and
 * client are processes of their own.
 */
import { Umbel, Worker } from "@umbel/umbel";
import { remote } from "@umbel/umbel/remote";
import { load, PlainConnection } from "./http_client.ts";
import type { Place } from "./places.ts";

/** Takes down a figure. */
export type Note = (measure: string, value: number, unit: string) => void;

/** Measures one broker behind HTTP. */
export async function measureHttp(place: Place, many: number, note: Note): Promise<void> {
  const name = `bench-${crypto.randomUUID().slice(0, 8)}`;
  await using server = await serve(name, place.url);
  const { url } = server;
  const one = { url, path: "/tasks/add", body: { args: [1, 2] } };
  await load({ ...one, connections: 10, requests: 500 });

  for (const [connections, requests] of [[1, Math.min(many, 3000)], [100, many]] as const) {
    const { rate, times } = await load({ ...one, connections, requests });
    const how = connections === 1 ? "one connection" : `${connections} connections`;
    note(`POST /tasks/add, ${how}`, rate, "/s");
    for (const part of [0.5, 0.99]) note(`POST /tasks/add, ${how}, p${part * 100}`, percentile(times, part), "ms");
  }
  const calls = Array.from({ length: 100 }, () => ({ task: "add", args: [1, 2] }));
  for (const connections of [1, 10]) {
    const { rate } = await load({ url, path: "/tasks", body: { calls }, connections, requests: many / 100 });
    note(
      `POST /tasks of 100 calls, ${connections === 1 ? "one connection" : `${connections} connections`}`,
      rate * 100,
      "/s",
    );
  }

  await using app = new Umbel(name, { broker: remote({ url: `${url}/exchange`, token: "s3cret" }), env: {} });
  const add = app.task("add", (x: number, y: number) => x + y);
  const drain = () => new Worker(app, { concurrency: 100 }).drain({ seconds: 600 });
  await drain();
  const sums = Array.from({ length: 1000 }, (): [number, number] => [1, 2]);
  const start = performance.now();
  for (let n = 0; n < many; n += sums.length) await add.delayMany(sums);
  note("sent by ./remote, batches of 1,000", many / (performance.now() - start) * 1000, "/s");
  const begin = performance.now();
  const { done } = await drain();
  note("done by one worker over ./remote, concurrency 100", done / (performance.now() - begin) * 1000, "/s");

  const worker = new Worker(app);
  const running = worker.run();
  const trips: number[] = [];
  for (let n = 0; n < 600; n++) {
    const sent = performance.now();
    await (await add.delay(1, 2)).get();
    if (n >= 100) trips.push(performance.now() - sent);
  }
  await worker.stop();
  await running;
  trips.sort((a, b) => a - b);
  for (const part of [0.5, 0.99]) note(`round trip over ./remote, p${part * 100}`, percentile(trips, part), "ms");

  for (let n = 0; n < 2000; n += sums.length) await add.delayMany(sums);
  note("done one by one by POST /exchange", await turns(url, 1, 1000), "/s");
  note("done ten at a time by POST /exchange", await turns(url, 10, 1000), "/s");
}

/** A worker as it would be in another language: each turn hands in what the one before brought. */
async function turns(url: string, limit: number, count: number): Promise<number> {
  using connection = await PlainConnection.open(url);
  const turn = async (turn: object) =>
    JSON.parse(await connection.post("/exchange", JSON.stringify({ worker: `plain-${limit}~1`, ...turn })));
  let settlements: unknown[] = [];
  const start = performance.now();
  for (let done = 0; done < count; done += settlements.length) {
    const { deliveries } = await turn({ limit, settlements });
    settlements = deliveries.map(({ lease, args: [x, y] }: { lease: string; args: number[] }) => ({
      lease,
      result: x! + y!,
    }));
    if (settlements.length === 0) throw new Error("Nothing was left to do");
  }
  const rate = count / (performance.now() - start) * 1000;
  await turn({ settlements, leave: true });
  return rate;
}

async function serve(name: string, broker: string): Promise<AsyncDisposable & { readonly url: string }> {
  const server = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", new URL("./http_server.ts", import.meta.url).pathname, name, broker],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const reader = server.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let printed = "";
  while (!printed.includes("\n")) printed += (await reader.read()).value ?? "";
  return {
    url: printed.trim(),
    async [Symbol.asyncDispose]() {
      await server.stdin.close();
      await reader.cancel();
      await server.status;
    },
  };
}

function percentile(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]!;
}
