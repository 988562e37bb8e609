/** What is refused, what waits for a better reader, and what replacing keys takes; over each broker. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { CannotDecode, type Codec, type Message, Snooze, type TaskContext, TaskFailed, type Umbel } from "@umbel/umbel";
import { compress, richTypes, sealed, signed } from "@umbel/umbel/codecs";
import { everywhere, key, type Setup } from "./setup.ts";

const keys = { k1: key(1) };

/** Changes what an app sends on its way to the broker. */
function intercept(app: Umbel, change: (message: Message) => Message): void {
  const { broker } = app;
  const publish = broker.publish.bind(broker);
  broker.publish = (messages, options) => publish(messages.map(change), options);
}

/** An app whose task `echo` notes what it is run with. */
function echo(setup: Setup, codecs: readonly Codec[]) {
  const app = setup.app({ codecs });
  const ran: unknown[] = [];
  const task = app.task("echo", { timeLimit: "1h" }, (word: string) => {
    ran.push(word);
    return word;
  });
  return { app, task, ran };
}

const tamperings: { readonly [what: string]: (message: Message) => Message } = {
  "other arguments": (message) => ({ ...message, args: ["evil"] }),
  "another name": (message) => ({ ...message, task: "other" }),
  "another id": (message) => ({ ...message, id: crypto.randomUUID() }),
  "other headers": (message) => ({ ...message, headers: { as: "root" } }),
  "a time limit": (message) => ({ ...message, timeLimit: 1 }),
  "a later end": (message) => ({ ...message, expires: Date.now() + 1e10 }),
  "another parent": (message) => ({ ...message, parentId: "p" }),
  "no signature": ({ signature: _, ...message }) => message,
  "a longer life": (message) => ({ ...message, signature: { ...message.signature!, until: 8e15 } }),
  "the name of another codec": (message) => ({ ...message, signature: { ...message.signature!, by: "none" } }),
  "no mac": (message) => ({ ...message, signature: { ...message.signature!, value: "k1:" } }),
  "an unknown key": (message) => ({
    ...message,
    signature: { ...message.signature!, value: message.signature!.value.replace("k1", "k2") },
  }),
};

everywhere("a signed message that was changed is not run, and ends as a dead letter", async (setup) => {
  for (const [what, tamper] of Object.entries(tamperings)) {
    const { app, task, ran } = echo(setup, [signed({ keys })]);
    app.task("other", () => ran.push("other"));
    let id = "";
    intercept(app, (message) => {
      const changed = tamper(message);
      id = changed.id;
      return changed;
    });
    await task.delay("fine");
    await setup.drain(app);
    const record = await app.result(id).record();
    assertEquals([record?.state, record?.error?.type], ["FAILURE", "SignatureRefused"], what);
    assertStringIncludes(record!.error!.message, "is not run: it", what);
    assertEquals(ran, [], what);
    assertEquals((await app.deadLetters.get(id))?.id, id, what);
    // Sent again it is no more trusted than before, unless that takes away just what was added.
    assertEquals((await app.deadLetters.resend(id)).resent, [id]);
    await setup.drain(app);
    const isAsSigned = what === "a later end";
    assertEquals([await app.result(id).state(), ran], isAsSigned ? ["SUCCESS", ["fine"]] : ["FAILURE", []], what);
    await app.deadLetters.delete(id);
  }
});

everywhere("a time limit in a forged message gets it no signature", async (setup) => {
  const { app, task, ran } = echo(setup, [signed({ keys })]);
  intercept(app, ({ signature: _, ...message }) => ({ ...message, timeLimit: 1, softTimeLimit: 1, maxRetries: 9 }));
  const handle = await task.delay("evil");
  await setup.drain(app);
  const record = await handle.record();
  assertEquals([record!.state, record!.message!.signature, ran], ["FAILURE", undefined, []]);
});

everywhere("what may be changed without a key leaves a signature valid", async (setup) => {
  const { app, task, ran } = echo(setup, [signed({ keys })]);
  intercept(app, (message) => ({ ...message, priority: 9, queue: "default" }));
  await task.applyAsync(["moved"], { queue: "elsewhere" });
  await setup.drain(app);
  assertEquals(ran, ["moved"]);
});

everywhere("a signed message is refused once it is too old, which counts from when it is due", async (setup) => {
  const { app, task, ran } = echo(setup, [signed({ keys, maxAge: "1h" })]);
  await task.applyAsync(["late"], { countdown: "1d" });
  const old = await task.delay("old");
  await setup.clock.advance("2h");
  await setup.drain(app);
  const error = await assertRejects(() => old.get(), TaskFailed);
  assertEquals(error.info.type, "SignatureRefused");
  assertStringIncludes(error.info.message, "its signature was valid until 20");
  await setup.clock.advance("22h");
  await setup.drain(app);
  assertEquals(ran, ["late"]);
  // Whoever sends it again says that it is still wanted.
  assertEquals((await app.deadLetters.resend(old.id)).resent, [old.id]);
  await setup.drain(app);
  assertEquals(ran, ["late", "old"]);
});

everywhere("what is tried again or snoozed is valid for as long again", async (setup) => {
  const app = setup.app({ codecs: [signed({ keys, maxAge: "1h" }), sealed({ keys })] });
  const task = app.task(
    "task",
    { bind: true, retry: { max: 3, delay: "2h", backoff: "fixed", jitter: false } },
    (self: TaskContext, word: string) => {
      if (self.retries < 2) throw new Error(word);
      if (self.log.enabled("info") && !snoozed) {
        snoozed = true;
        throw new Snooze("3h");
      }
      return word;
    },
  );
  let snoozed = false;
  const handle = await task.delay("once more");
  for (const hours of [0, 2, 2, 3]) {
    await setup.clock.advance({ hours });
    await setup.drain(app);
  }
  assertEquals([await handle.get(), snoozed], ["once more", true]);
});

everywhere("signing and sealing can be introduced while plain messages wait", async (setup) => {
  const before = setup.app();
  for (const word of ["one", "two"]) await before.sendTask("echo", [word]);
  const { app, task, ran } = echo(setup, [signed({ keys, required: false }), sealed({ keys, required: false })]);
  await task.delay("three");
  await setup.drain(app);
  assertEquals(ran.sort(), ["one", "three", "two"]);
});

everywhere("a sealed task refuses arguments that are not sealed", async (setup) => {
  const { app, ran } = echo(setup, [sealed({ keys })]);
  const handle = await setup.app().sendTask("echo", ["plain"]);
  await setup.drain(app);
  const record = await handle.record();
  assertEquals([record!.state, record!.error!.type, ran], ["FAILURE", "Sealed", []]);
  assertStringIncludes((await app.result(handle.id).record())!.error!.message, "are not sealed");
});

everywhere("what is sealed opens in no other message, and not as another part of its own", async (setup) => {
  const { app, task, ran } = echo(setup, [sealed({ keys }), compress({ over: 0 }), richTypes()]);
  const taken: Message[] = [];
  intercept(app, (message) => {
    taken.push(message);
    const encoded = taken[0]!.encoded!;
    if (taken.length === 2) return { ...message, encoded };
    if (taken.length === 3) return { ...message, encoded: { ...message.encoded!, by: ["rich", "sealed"] } };
    if (taken.length === 4) return { ...message, encoded: { ...message.encoded!, data: "AAAA" } };
    if (taken.length === 5) return { ...message, encoded: { ...message.encoded!, data: { no: "text" } } };
    return message;
  });
  const handles = await Promise.all([task.delay("first")]);
  for (const word of ["second", "third", "fourth", "fifth"]) handles.push(await task.delay(word));
  await setup.drain(app);
  assertEquals(ran, ["first"]);
  for (const handle of handles.slice(1)) {
    const error = await assertRejects(() => handle.get(), TaskFailed);
    assertEquals(error.info.type, "CannotDecode");
  }
});

everywhere("a result that somebody put there is not taken for a sealed one", async (setup) => {
  const { app, task } = echo(setup, [sealed({ keys })]);
  const handle = await task.delay("mine");
  const forger = setup.app();
  forger.task("echo", () => "forged");
  intercept(forger, (message) => message);
  const [delivery] = (await forger.broker.exchange({
    ...{ worker: "forger", number: 1, queues: ["default"], limit: 1, holds: [], settlements: [], reports: [] },
    ...{ lease: 30_000, park: false, leave: false },
  })).deliveries;
  const { lease, message: { id, queue, sentAt, retries } } = delivery!;
  const record = { id, task: "echo", queue, sentAt, retries, state: "SUCCESS", finishedAt: sentAt, result: "forged" };
  await forger.broker.exchange({
    ...{ worker: "forger", number: 2, queues: ["default"], limit: 0, holds: [lease], reports: [] },
    ...{ settlements: [{ lease, record }], lease: 30_000, park: false, leave: true },
  });
  assertEquals(await forger.result(handle.id).get(), "forged");
  await assertRejects(() => app.result(handle.id).get(), CannotDecode, "is not sealed");
});

everywhere("keys are replaced in turn, and nothing that waits is lost", async (setup) => {
  const old = { k1: key(1) };
  const both = { k2: key(2), k1: key(1) };
  const first = echo(setup, [sealed({ keys: old }), signed({ keys: old })]);
  const before = await first.task.delay("before");
  const second = echo(setup, [sealed({ keys: both }), signed({ keys: both })]);
  const after = await second.task.delay("after");
  await setup.drain(second.app);
  assertEquals(second.ran.sort(), ["after", "before"]);
  assertEquals(await second.app.result(before.id).get(), "before");
  assertEquals(await second.app.result(after.id).get(), "after");

  // A reader that does not have the new key says so.
  await assertRejects(
    () => first.app.result(after.id).get(),
    CannotDecode,
    'A payload is sealed with the key "k2", and known are k1',
  );
});

everywhere("a message whose codec or key is not known yet goes back, and is run by who knows it", async (setup) => {
  const newer = echo(setup, [sealed({ keys: { k2: key(2), k1: key(1) } })]);
  const older = echo(setup, [sealed({ keys: { k1: key(1) }, required: false })]);
  const oldest = echo(setup, []);
  const handle = await newer.task.delay("new");
  await setup.drain(older.app);
  const record = (await newer.app.result(handle.id).record())!;
  assertEquals([record.state, record.error!.type, older.ran], ["SCHEDULED", "CannotDecode", []]);
  assertStringIncludes(record.error!.message, 'sealed with the key "k2"');
  await setup.clock.advance("1s");
  await setup.drain(oldest.app);
  assertStringIncludes(
    (await oldest.app.result(handle.id).record())!.error!.message,
    'went through the codec "sealed", which is not known here',
  );
  assert(setup.said.some((line) => line.includes("cannot be read here")));
  await setup.clock.advance("1m");
  await setup.drain(newer.app);
  assertEquals([newer.ran, await newer.app.result(handle.id).get()], [["new"], "new"]);
});

everywhere("a dead letter of a sealed and signed task is sent again with other arguments", async (setup) => {
  const app = setup.app({ codecs: [sealed({ keys }), signed({ keys }), richTypes()] });
  const ran: unknown[] = [];
  const task = app.task("task", { bind: true }, (self: TaskContext, day: Date) => {
    ran.push(day, self.headers);
    if (Number.isNaN(day.getTime())) throw new RangeError("no day");
  });
  const handle = await task.applyAsync([new Date(NaN)], { headers: { from: "us" } });
  await setup.drain(app);
  const { letters: [letter] } = await app.deadLetters.list();
  assertEquals(letter!.error!.message, "no day");
  const day = new Date("2026-11-21");
  assertEquals((await app.deadLetters.resend(handle.id, { args: [day] })).resent, [handle.id]);
  await setup.drain(app);
  assertEquals(ran.slice(2), [day, { from: "us" }]);
  assertEquals(await handle.state(), "SUCCESS");
});

everywhere("a dead letter is sent again without keys as long as its signature is valid", async (setup) => {
  const app = setup.app({ codecs: [sealed({ keys }), signed({ keys, maxAge: "1d" })] });
  let isDown = true;
  const task = app.task("task", (word: string) => {
    if (isDown) throw new Error("down");
    return word;
  });
  const handle = await task.delay("up again");
  await setup.drain(app);
  isDown = false;
  await setup.app().deadLetters.resend(handle.id);
  await setup.drain(app);
  assertEquals(await app.result(handle.id).get({ timeout: "10m" }), "up again");
});

everywhere("headers that somebody slipped into a sealed task are not sealed with other arguments", async (setup) => {
  const app = setup.app({ codecs: [sealed({ keys })] });
  const seen: unknown[] = [];
  app.task("task", { bind: true }, (self: TaskContext, word: string) => seen.push(word, self.headers));
  const forged = await setup.app().sendTask("task", ["evil"], { headers: { as: "root" } });
  await setup.drain(app);
  assertEquals(seen, []);
  await app.deadLetters.resend(forged.id, { args: ["fine"] });
  await setup.drain(app);
  assertEquals(seen, ["fine", {}]);
});

everywhere("whatever somebody writes in place of codecs ends as a dead letter, and no worker", async (setup) => {
  const kept = new Map<string, Uint8Array>();
  const store = {
    put: (key: string, bytes: Uint8Array) => kept.set(key, bytes),
    get: (key: string) => kept.get(key),
    delete: (key: string) => kept.delete(key),
  };
  const forger = setup.app();
  const words: readonly unknown[] = [
    {},
    { by: 7 },
    { by: [], data: 1 },
    { by: ["gzip"], data: {} },
    { by: ["stored"] },
    {
      by: ["stored"],
      data: { word: "../../other", sha256: "" },
    },
    { by: ["rich", "stored", "rich"], data: [] },
    { by: ["rich"], data: [["Date", {}], 0] },
  ];
  let word: unknown;
  intercept(forger, (message) => ({ ...message, encoded: word as never, args: [] }));
  const ids: string[] = [];
  for (word of words) ids.push((await forger.sendTask("echo", [])).id);
  word = words[4];
  const late = await forger.sendTask("echo", [], { expires: 1 });
  await setup.clock.advance("1m");
  const app = setup.app({ store, codecs: [richTypes(), compress()] });
  const ran: unknown[] = [];
  app.task("echo", (...args: unknown[]) => ran.push(args));
  await setup.drain(app);
  assertEquals(ran, []);
  for (const id of ids) assertEquals((await app.result(id).record())!.error!.type, "CannotDecode", id);
  assertEquals(await app.result(late.id).state(), "EXPIRED");
});
