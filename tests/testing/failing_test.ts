import { assertEquals } from "@std/assert";
import { Umbel, Worker } from "@umbel/umbel";
import { sqlite } from "@umbel/umbel/sqlite";
import { failing, type Fate } from "@umbel/umbel/testing";

for (const fate of ["drop request", "drop answer", "twice"] satisfies Fate[]) {
  Deno.test(`failing() on SQLite: 1,000 tasks are done once each when every second turn meets: ${fate}`, async () => {
    const met = { count: 0 };
    const broker = failing(sqlite(":memory:")("chaos"), (verb, count) => {
      if (verb !== "exchange" || count % 2 === 1) return "pass";
      met.count++;
      return fate;
    });
    await using app = new Umbel("chaos", { broker });
    const runs = new Map<number, number>();
    const note = app.task("note", (n: number) => {
      runs.set(n, (runs.get(n) ?? 0) + 1);
    });
    await note.delayMany(Array.from({ length: 1000 }, (_, n): [number] => [n]));
    const { done, lost } = await new Worker(app, { concurrency: 50, prefetch: 50, log: silent }).drain({ seconds: 60 });
    assertEquals([done, lost, runs.size], [1000, 0, 1000]);
    assertEquals([...runs].filter(([, times]) => times !== 1), []);
    assertEquals(met.count > 5, true, `${met.count} turns met it`);
  });
}

const silent = { enabled: () => false, debug() {}, info() {}, warning() {}, error() {} };
