import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { BrokerUnavailable, type Clock, Umbel, Worker } from "@umbel/umbel";
import { sqlite } from "@umbel/umbel/sqlite";
import { systemClock } from "../../src/clock.ts";
import { LogLines } from "./log_lines.ts";

/** What becomes of a file, what is said of it, and how it is put right. */
interface FileFault {
  readonly reason: RegExp;
  /** @returns Puts it right. */
  readonly begin: (path: string) => () => void;
}

const faults: { readonly [name: string]: FileFault } = {
  "is locked by another program": {
    reason: /^The database is locked by another process: .*; trying on$/,
    begin(path) {
      const other = new DatabaseSync(path);
      other.exec("BEGIN EXCLUSIVE");
      return () => other.close();
    },
  },
  "is removed, and put back": {
    reason: /umbel\.db was removed or replaced while it was open: put it back, or start this process again; trying on$/,
    begin(path) {
      Deno.renameSync(path, `${path}.away`);
      return () => Deno.renameSync(`${path}.away`, path);
    },
  },
  "is replaced by another one, which is taken away again": {
    reason: /was removed or replaced while it was open/,
    begin(path) {
      Deno.renameSync(path, `${path}.away`);
      Deno.writeTextFileSync(path, "");
      return () => Deno.renameSync(`${path}.away`, path);
    },
  },
};

for (const [what, { reason, begin }] of Object.entries(faults)) {
  Deno.test(`a worker and a sender go on when the file ${what}`, async () => {
    const dir = await Deno.makeTempDir({ prefix: "umbel_faults_" });
    // Time passes between looks at the file, and pauses are short.
    let later = 0;
    const clock: Clock = {
      now: systemClock.now,
      steady: () => systemClock.steady!() + later,
      sleep: (ms, signal) => systemClock.sleep(ms / 20, signal),
    };
    try {
      const path = `${dir}/umbel.db`;
      await using app = new Umbel("shop", { broker: sqlite(path, { busyTimeout: "5ms" }), clock, env: {} });
      const begun = Promise.withResolvers<void>();
      const held = Promise.withResolvers<void>();
      const hold = app.task("hold", async () => {
        begun.resolve();
        await held.promise;
        return "held";
      });
      const said = new LogLines();
      const worker = new Worker(app, { log: said.log });
      const running = worker.run();
      const sent = await hold.delay();
      await begun.promise;
      const mend = begin(path);
      later = 1000;
      held.resolve();
      await said.said(/trying on/);
      await assertRejects(() => hold.delay(), BrokerUnavailable);
      mend();
      assertEquals(await sent.get({ timeout: "10m" }), "held");
      assertEquals(await (await hold.delay()).get({ timeout: "10m" }), "held");
      await said.said(/answers again/);
      await worker.stop();
      await running;
      assertEquals(said.ofBroker.map(({ level }) => level), ["warning", "info"]);
      assertMatch(said.ofBroker[0]!.message, reason);
    } finally {
      await Deno.remove(dir, { recursive: true });
    }
  });
}
