/** Codecs from end to end, over each broker. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { type TaskContext, TaskFailed } from "@umbel/umbel";
import { compress, richTypes, sealed, signed } from "@umbel/umbel/codecs";
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
