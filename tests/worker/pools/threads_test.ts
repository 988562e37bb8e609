import { assert, assertEquals, assertMatch, assertNotEquals, assertRejects, assertThrows } from "@std/assert";
import {
  type AsyncResult,
  createLogger,
  InvalidInput,
  PoolFailed,
  TaskFailed,
  TaskRevoked,
  Umbel,
  Worker,
  type WorkerOptions,
} from "@umbel/umbel";
import { sqlite } from "@umbel/umbel/sqlite";
import { threads, type ThreadsOptions } from "@umbel/umbel/threads";

const file = await Deno.makeTempFile({ suffix: ".db" });
Deno.env.set("POOL_TEST_DB", file);
globalThis.addEventListener("unload", () => Deno.removeSync(file));

const module = import.meta.resolve("./shop.ts");
const shop = await import("./shop.ts");
const { app } = shop;

/** Resolves when somebody hears that the task has changed. */
async function untilChanged(handle: AsyncResult<unknown>): Promise<void> {
  for await (const { kind } of handle.updates()) if (kind === "state") return;
}

/** Works with children while something is done. */
async function working(
  does: (log: string[]) => Promise<void>,
  pool: Partial<ThreadsOptions> = {},
  options: WorkerOptions = {},
): Promise<string[]> {
  const lines: string[] = [];
  const log = createLogger({ write: (line) => lines.push(line) });
  await using worker = new Worker(app, { pool: threads({ module, ...pool }), concurrency: 2, log, ...options });
  const running = worker.run();
  try {
    await Promise.race([does(lines), running.then(() => Promise.reject(new Error("The worker ended")))]);
  } finally {
    await worker.stop();
  }
  return lines;
}

Deno.test("a handler runs in a child, and its result comes back", async () => {
  await working(async () => {
    assertEquals(await (await shop.add.delay(1, 2)).get({ timeout: "10m" }), 3);
    const [a, b] = await shop.who.delayMany([[], []]);
    assertMatch(await a!.get({ timeout: "10m" }), /^[0-9a-f-]{36}$/);
    await b!.get({ timeout: "10m" });
  });
});

Deno.test("an error keeps its class's name, its stack and its cause", async () => {
  await working(async () => {
    const { info } = await assertRejects(
      async () => await (await shop.fail.delay("sold")).get({ timeout: "10m" }),
      TaskFailed,
    );
    assertEquals([info.type, info.message, info.cause?.type, info.cause?.message], [
      "OutOfStock",
      "none left",
      "TypeError",
      "sold",
    ]);
    assertMatch(info.stack!, /shop\.ts/);
    const refused = await assertRejects(
      async () => await (await shop.dates.delay()).get({ timeout: "10m" }),
      TaskFailed,
    );
    assertEquals(refused.info.message, "result.at is a Date, which JSON cannot carry");
    assertEquals(await (await shop.picky.delay()).get({ timeout: "10m" }), 2);
  });
});

Deno.test("what a handler says, tells and throws comes back", async () => {
  const lines = await working(async () => {
    const handle = await shop.says.applyAsync([], { headers: { lang: "fr" } });
    const told = await handle.get({ timeout: "10m" });
    assertEquals(told, { id: handle.id, headers: { lang: "fr" }, retries: 0 });
    const record = await handle.record();
    assertEquals(record?.log?.lines.map(({ message }) => message), ["hello", "careful"]);
    assertEquals(record?.meta, { done: 1 });

    const ignored = await shop.control.delay("ignore");
    await ignored.get({ timeout: "10m" });
    assertEquals((await ignored.record())?.leftAs, "LEFT");
    const rejected = await shop.control.delay("reject");
    const { info } = await assertRejects(() => rejected.get({ timeout: "10m" }), TaskFailed);
    assertEquals([info.type, info.message], ["Reject", "no way"]);
  });
  assert(lines.some((line) => /WARNING.*says\[.*: careful/.test(line)), lines.join("\n"));
});

Deno.test("while (true) is ended at its hard limit while ten others go on", async () => {
  await working(async () => {
    const endless = await shop.endless.delay();
    const others = await shop.add.delayMany(Array.from({ length: 10 }, (_, index) => [index, 1]));
    const sums = await Promise.all(others.map((one) => one.get({ timeout: "10m" })));
    assertEquals(sums, Array.from({ length: 10 }, (_, index) => index + 1));
    const { info } = await assertRejects(() => endless.get({ timeout: "10m" }), TaskFailed);
    assertEquals(info.type, "TimeLimitExceeded");
    // Both children are there again.
    const both = await shop.add.delayMany([[1, 1], [2, 2]]);
    assertEquals(await Promise.all(both.map((one) => one.get({ timeout: "10m" }))), [2, 4]);
  });
});

Deno.test("while (true) is ended at its hard limit while ten others run, each in its thread", async () => {
  const until = await Deno.makeTempFile();
  await Deno.remove(until);
  try {
    await working(
      async () => {
        const others = await shop.held.delayMany(Array.from({ length: 10 }, () => [until]));
        for (const other of others) while ((await other.record())?.startedAt === undefined) await untilChanged(other);
        const endless = await shop.endless.delay();
        const { info } = await assertRejects(() => endless.get({ timeout: "10m" }), TaskFailed);
        assertEquals(info.type, "TimeLimitExceeded");
        const endedAt = (await endless.record())!.finishedAt!;
        assertEquals((await Promise.all(others.map((other) => other.record()))).map((record) => record!.state), [
          ...Array.from({ length: 10 }, () => "STARTED"),
        ]);
        await Deno.writeTextFile(until, "");
        for (const other of others) {
          // None was run again: each went on where it was.
          assert(await other.get({ timeout: "10m" }) > 0);
          const record = await other.record();
          assert(record!.startedAt! < endedAt && record!.finishedAt! >= endedAt);
        }
      },
      {},
      { concurrency: 11 },
    );
  } finally {
    await Deno.remove(until);
  }
});

Deno.test("terminate ends a handler that never gives way, and its lease is renewed until then", async () => {
  const lines = await working(
    async () => {
      const spin = await shop.spin.delay();
      for await (const { kind } of spin.updates()) if (kind === "progress") break;
      // Longer than the lease.
      await new Promise((resolve) => setTimeout(resolve, 4500));
      assertEquals((await spin.record())?.state, "PROGRESS");
      await spin.revoke({ terminate: true });
      await assertRejects(() => spin.get({ timeout: "10m" }), TaskRevoked);
      assertEquals(await (await shop.add.delay(1, 1)).get({ timeout: "10m" }), 2);
    },
    {},
    { concurrency: 1, lease: "4s" },
  );
  assert(!lines.some((line) => line.includes("was lost")), lines.join("\n"));
});

Deno.test("a signal is aborted across the boundary", async () => {
  await working(async () => {
    assertEquals(await (await shop.soft.delay()).get({ timeout: "10m" }), "soft_time_limit_exceeded");
    const waits = await shop.waits.delay();
    for await (const one of waits.updates()) if (one.kind === "state" && one.state === "WAITS") break;
    await waits.revoke();
    await assertRejects(() => waits.get({ timeout: "10m" }), TaskRevoked);
  });
});

for (const how of ["throw", "reject", "close", "exit"] as const) {
  Deno.test(`a child that ends itself by ${how} takes no other along, and its task is given up in the end`, async () => {
    const lines = await working(async () => {
      const crash = await shop.crash.delay(how);
      const add = await shop.add.delay(1, 2);
      assertEquals(await add.get({ timeout: "10m" }), 3);
      const { info } = await assertRejects(() => crash.get({ timeout: "10m" }), TaskFailed);
      assertEquals([info.type, info.message], [
        "WorkerLost",
        `3 workers died while they held task crash[${crash.id}]`,
      ]);
      assertMatch(info.cause!.message, /^The child that ran it (crashed: .*|ended itself)/);
    });
    assertEquals(lines.filter((line) => /A child .*; another takes its place/.test(line)).length, 3);
  });
}

Deno.test("a handler that runs out of stack fails, and its child goes on", async () => {
  await working(
    async () => {
      const before = await (await shop.who.delay()).get({ timeout: "10m" });
      const { info } = await assertRejects(
        async () => await (await shop.deep.delay()).get({ timeout: "10m" }),
        TaskFailed,
      );
      assertEquals(info.type, "RangeError");
      assertEquals(await (await shop.who.delay()).get({ timeout: "10m" }), before);
    },
    {},
    { concurrency: 1 },
  );
});

Deno.test("what a handler posts itself does the worker no harm", async () => {
  await working(async () => {
    assertEquals(await (await shop.posts.delay()).get({ timeout: "10m" }), "posted");
    assertEquals(await (await shop.add.delay(1, 2)).get({ timeout: "10m" }), 3);
  });
});

Deno.test("maxTasksPerChild replaces a child after so many tasks, and loses none", async () => {
  await working(
    async () => {
      const handles = await shop.who.delayMany(Array.from({ length: 12 }, () => []));
      const counts = new Map<string, number>();
      for (const handle of handles) {
        const child = await handle.get({ timeout: "10m" });
        counts.set(child, (counts.get(child) ?? 0) + 1);
      }
      assert([...counts.values()].every((count) => count <= 3), [...counts.values()].join(", "));
      assert(counts.size >= 4);
    },
    { maxTasksPerChild: 3 },
  );
});

Deno.test("maxMemoryPerChild keeps a child that leaks under its limit", async () => {
  await working(
    async () => {
      const handles = await shop.leak.delayMany(Array.from({ length: 10 }, () => [20]));
      const most = new Map<string, number>();
      for (const handle of handles) {
        const [child, leaked] = await handle.get({ timeout: "10m" });
        most.set(child, Math.max(most.get(child) ?? 0, leaked));
      }
      // Three of them are 60 MB: the task after which there is more is the child's last.
      assertEquals([...most.values()], [3, 3, 3, 1]);
    },
    { maxMemoryPerChild: "60mb" },
    { concurrency: 1 },
  );
});

Deno.test("what a handler sends goes out by its child's own connection, also when the child is replaced", async () => {
  await working(
    async () => {
      await (await shop.sends.delay()).get({ timeout: "10m" });
    },
    { maxTasksPerChild: 1 },
    { concurrency: 1 },
  );
  // A child that ends sends first what its handlers have sent, and nobody awaited.
  await new Worker(app, { log: createLogger({ write: () => {} }) }).drain({ seconds: 60 });
  assertEquals(await app.result("sent-by-a-child").get({ timeout: "10m" }), 42);
});

Deno.test("a batch is handed to one child, and each of its calls is settled on its own", async () => {
  await working(async () => {
    const handles = await shop.sums.delayMany([[1], [13], [3]]);
    assertEquals(await handles[0]!.get({ timeout: "10m" }), [2, 3]);
    assertEquals(await handles[2]!.get({ timeout: "10m" }), [6, 3]);
    const { info } = await assertRejects(() => handles[1]!.get({ timeout: "10m" }), TaskFailed);
    assertEquals(info.type, "RangeError");
  });
});

Deno.test("a child is free again when of its batch only those run on that were terminated", async () => {
  const until = `${await Deno.makeTempDir()}/until`;
  await working(
    async () => {
      const [stuck, other] = await shop.together.delayMany([[until, "stuck"], [until, "other"]]);
      for await (const { kind } of stuck!.updates()) if (kind === "progress") break;
      await stuck!.revoke({ terminate: true });
      await assertRejects(() => stuck!.get({ timeout: 60 }), TaskRevoked);
      await Deno.writeTextFile(until, "");
      assertEquals(await other!.get({ timeout: 60 }), "together 2");
      assertEquals(await (await shop.add.delay(1, 2)).get({ timeout: "10m" }), 3);
    },
    {},
    { concurrency: 1 },
  );
});

Deno.test("a worker whose children cannot load says why", async () => {
  const broken = `data:text/javascript,throw new TypeError("no such luck")`;
  const none = "data:text/javascript,export const x = 1";
  for (const [module, why] of [[broken, /crashed: .*no such luck/], [none, /exports no app but x/]] as const) {
    await using worker = new Worker(app, {
      concurrency: 1,
      pool: threads({ module }),
      log: createLogger({ write: () => {} }),
    });
    const { message } = await assertRejects(() => worker.run(), PoolFailed);
    assertMatch(message, why);
  }
});

Deno.test("threads() refuses what cannot work", async () => {
  assertThrows(() => threads({ module: "./shop.ts" }), InvalidInput, "module must be a URL");
  assertThrows(() => threads({ module, maxTasksPerChild: 0 }), InvalidInput, "maxTasksPerChild");
  assertThrows(
    () => threads({ module, maxMemoryPerChild: "lots" }),
    InvalidInput,
    "maxMemoryPerChild must be an amount",
  );
  await using memory = new Umbel("shop", { broker: sqlite(":memory:"), env: {} });
  await using worker = new Worker(memory, { pool: threads({ module }) });
  await assertRejects(() => worker.run(), InvalidInput, ":memory: is none");
  const own = globalThis.Worker;
  try {
    Object.assign(globalThis, { Worker: undefined });
    assertThrows(() => threads({ module }), InvalidInput, "this runtime has none: use the pool async");
  } finally {
    Object.assign(globalThis, { Worker: own });
  }
  assertNotEquals(own, undefined);
});

Deno.test("control.poolRestart() replaces every child, each after what it runs", async () => {
  await working(async () => {
    const timeout = "60s";
    const before = await Promise.all((await shop.who.delayMany([[], [], []])).map((one) => one.get({ timeout })));
    const running = await shop.waits.delay();
    while (await running.state() !== "WAITS");
    const [answer] = await app.control.poolRestart({ timeout });
    assertEquals(answer?.ok && answer.answer, { children: 2 });
    const after = await Promise.all((await shop.who.delayMany([[], [], []])).map((one) => one.get({ timeout })));
    assertEquals(after.filter((child) => before.includes(child)), []);
    // The one that ran something was let finish it.
    assertEquals(await running.state(), "WAITS");
    await running.revoke();
  });
});
