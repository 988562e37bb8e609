/** Codecs from end to end, over each broker. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  type BatchCall,
  type LogUpdate,
  SchemaMismatch,
  sharedTask,
  type StateUpdate,
  type TaskContext,
  TaskFailed,
} from "@umbel/umbel";
import { compress, richTypes, sealed, signed } from "@umbel/umbel/codecs";
import { z } from "zod";
import { everywhere, key } from "./setup.ts";

const keys = { k1: key(1) };

everywhere("all codecs together bring arguments, headers and results as they were", async (setup) => {
  const app = setup.app({
    codecs: [signed({ keys }), sealed({ keys }), compress({ over: 100 }), richTypes()],
  });
  const seen: unknown[] = [];
  const task = app.task("task", { bind: true }, (self: TaskContext, day: Date, text: string) => {
    seen.push(day, text.length, self.args, self.headers);
    return new Map([[day, new Set([1n])]]);
  });
  const day = new Date("2026-11-21");
  const text = "x".repeat(5000);
  const handle = await task.applyAsync([day, text], { headers: { from: "us" } });
  await setup.drain(app);
  assertEquals(seen, [day, 5000, [day, text], { from: "us" }]);
  assertEquals(await handle.get(), new Map([[day, new Set([1n])]]));
  const [record] = await app.broker.fetch([handle.id]);
  assertEquals(record!.message!.encoded!.by, ["rich", "gzip", "sealed"]);
  assertEquals(record!.message!.signature!.by, "hmac");
  assertEquals(record!.encoded!.result!.by, ["rich", "sealed"]);
});

everywhere("who runs the broker reads nothing of a sealed task", async (setup) => {
  const app = setup.app({ codecs: [sealed({ keys })] });
  const secret = "xyzzy";
  const task = app.task(
    "task",
    { bind: true, unique: true, retry: { max: 1, delay: "10s" } },
    (self: TaskContext, word: string) => {
      self.updateState("THINKING", { about: word });
      self.log(`so ${word}`);
      if (self.retries === 0) throw new TypeError(`first ${word}`, { cause: new Error(word) });
      throw new TypeError(`then ${word}`);
    },
  );
  const fine = app.task("fine", (word: string) => ({ [word]: [word] }));
  const handle = await task.applyAsync([secret], { headers: { [secret]: secret } });
  assertEquals((await task.delay(secret)).id, handle.id, "what is unique is known without being read");
  const other = await fine.delay(secret);
  assert(!(await setup.all()).includes(secret));
  await setup.drain(app);
  assert(!(await setup.all()).includes(secret));
  await setup.clock.advance("10s");
  await setup.drain(app);
  assert(!(await setup.all()).includes(secret));
  assert((await setup.all()).includes(handle.id));

  assertEquals(await other.get(), { [secret]: [secret] });
  const error = await assertRejects(() => handle.get(), TaskFailed);
  assertEquals(error.info.type, "TypeError");
  assertEquals(error.info.message, "then xyzzy");
  const record = await handle.record();
  assertEquals(record!.meta, { about: secret });
  assertEquals(record!.log!.lines.map(({ message }) => message), ["so xyzzy", "so xyzzy"]);
  assertEquals(record!.attempts!.map(({ error }) => error!.message), ["first xyzzy", "then xyzzy"]);
  assertEquals(record!.message!.args, [secret]);
  assertEquals(record!.message!.headers, { [secret]: secret });
  assertEquals(record!.error!.cause, undefined);

  // Who has no key sees that it is sealed, and all that is no secret.
  const blind = await setup.app().result(handle.id).record();
  assertEquals(blind!.state, "FAILURE");
  assertEquals(blind!.error!.type, "Sealed");
  assertEquals(blind!.attempts!.map(({ error }) => error!.type), ["Sealed", "Sealed"]);
  assertEquals(blind!.encoded!.meta!.by, ["sealed"]);
});

everywhere("keys by which a sealed task is limited are blind", async (setup) => {
  const app = setup.app({ codecs: [sealed({ keys })] });
  app.use({
    publish: (messages, next) => next(messages.map((message) => ({ ...message, limits: ["all", "tenant#acme"] }))),
  });
  const task = app.task("task", () => 1);
  const handles = [await task.delay(), await task.delay()];
  await setup.drain(app);
  const records = await app.broker.fetch(handles.map(({ id }) => id));
  const [first, second] = records.map((record) => record!.message!.limits!);
  assertEquals(first, second);
  assertEquals(first![0], "all");
  assert(/^tenant#[\w-]{43}$/.test(first![1]!), first![1]);
});

everywhere(
  "a task's own codecs stand in place of its app's, and what went through those is still read",
  async (setup) => {
    const app = setup.app({ codecs: [sealed({ keys })] });
    const open = app.task("task", { codecs: [] }, (word: string) => word);
    const closed = setup.app({ codecs: [sealed({ keys })] });
    closed.task("task", (word: string) => word);
    const before = await closed.sendTask("task", ["sealed"]);
    const handle = await open.delay("open");
    await setup.drain(app);
    assertEquals((await app.broker.fetch([handle.id]))[0]!.result, "open");
    assertEquals(await app.result(before.id).get(), "sealed");
  },
);

everywhere("a task that was not taken in is sent through its codecs too", async (setup) => {
  const app = setup.app();
  const shared = sharedTask("shared", { codecs: [sealed({ keys })] }, (word: string) => `${word}!`);
  const handle = await app.sendTask(shared, ["xyzzy"]);
  assert(!(await setup.all()).includes("xyzzy"));
  const worker = setup.app();
  worker.include(shared);
  await setup.drain(worker);
  assertEquals(await handle.get(), "xyzzy!");
});

everywhere("schemas, unique keys and routes see what was sent, not what codecs make of it", async (setup) => {
  const seen: unknown[] = [];
  const app = setup.app({
    codecs: [richTypes(), sealed({ keys })],
    config: {
      routes: ({ args: [day] }) => {
        seen.push(day);
        return "default";
      },
    },
  });
  const task = app.task(
    "task",
    { schema: z.tuple([z.date()]), unique: { key: (day: Date) => String(day) } },
    (day) => day.getTime(),
  );
  await assertRejects(() => task.delay("today" as never), SchemaMismatch);
  seen.splice(0);
  const day = new Date("2026-11-21");
  const [first, second] = [await task.delay(day), await task.delay(new Date(day))];
  assertEquals([second.id, second.existed, seen], [first.id, true, [day, day]]);
  const other = app.task("other", { unique: true }, (map: Map<string, bigint>) => map.size);
  const one = await other.delay(new Map([["a", 1n]]));
  assertEquals((await other.delay(new Map([["a", 1n]]))).id, one.id);
  assert((await other.delay(new Map([["a", 2n]]))).id !== one.id);
  await setup.drain(app);
  assertEquals(await first.get(), day.getTime());
});

everywhere("updates of a sealed task are read by who has the key", async (setup) => {
  const app = setup.app({ codecs: [sealed({ keys })] });
  const task = app.task("task", { bind: true }, (self: TaskContext) => {
    self.log("half way");
    self.progress(1, 2, "word by word");
    return "done";
  });
  const handle = await task.delay();
  await setup.drain(app);
  const updates = [];
  for await (const update of handle.updates()) updates.push(update);
  assertEquals(updates.map(({ kind }) => kind), ["progress", "log", "state"]);
  assertEquals((updates[1] as LogUpdate).message, "half way");
  assertEquals((updates[2] as StateUpdate).record.result, "done");
});

everywhere("a worker's log shows neither results nor arguments of what is sealed or redacted", async (setup) => {
  const app = setup.app();
  const hidden = app.task("hidden", { redact: ["0"] }, (word: string) => word);
  const shut = app.task("shut", { codecs: [sealed({ keys })] }, (word: string) => word);
  const open = app.task("open", { codecs: [richTypes()] }, (word: string) => [word, 1n, new Date(0)]);
  await Promise.all([hidden.delay("xyzzy"), shut.delay("xyzzy"), open.delay("plugh")]);
  await setup.drain(app);
  const said = setup.said.join("\n");
  assert(!said.includes("xyzzy"), said);
  assert(said.includes('["plugh","1","1970-01-01T00:00:00.000Z"]'), said);
});

everywhere("hooks and middleware see what was sent, and what was returned", async (setup) => {
  const app = setup.app({ codecs: [sealed({ keys })] });
  const seen: unknown[] = [];
  app.on("beforeTaskPublish", ({ message }) => seen.push(message.args));
  app.on("taskPrerun", ({ message }) => seen.push(message.args));
  app.on("taskSuccess", ({ message, record }) => seen.push(message.args, record.result));
  app.use({ run: async (self, next) => (seen.push(self.args), await next()) });
  const task = app.task("task", (word: string) => `${word}!`);
  await task.delay("hey");
  await setup.drain(app);
  assertEquals(seen, [["hey"], ["hey"], ["hey"], ["hey"], "hey!"]);
});

everywhere("a batch of sealed calls comes open to its handler, without those that are refused", async (setup) => {
  const app = setup.app({ codecs: [sealed({ keys }), richTypes()] });
  const got: unknown[] = [];
  const task = app.task(
    "task",
    { batch: { size: 3, wait: "1s" } },
    (calls: readonly BatchCall<[n: bigint]>[]) => {
      got.push(calls.map(({ args: [n] }) => n).sort());
      return calls.map(({ args: [n] }) => 2n * n);
    },
  );
  const [one, two] = await task.delayMany([[1n], [2n]]);
  const forged = await setup.app().sendTask("task", [3]);
  await setup.clock.advance("2s");
  await setup.drain(app);
  assertEquals(got, [[1n, 2n]]);
  assertEquals([await one!.get(), await two!.get(), await forged.state()], [2n, 4n, "FAILURE"]);
});
