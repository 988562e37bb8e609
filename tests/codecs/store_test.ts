/** Large payloads aside, from end to end, over each broker. */
import { assertEquals, assertInstanceOf, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { InvalidInput, StoreFailed, type StoreOptions, TaskFailed, Umbel } from "@umbel/umbel";
import { compress, sealed, signed } from "@umbel/umbel/codecs";
import { everywhere, key } from "./setup.ts";

const keys = { k1: key(1) };
const large = "x".repeat(3000);

/** A store that can be looked into, and made to fail. */
class Shelf implements StoreOptions {
  readonly over = 2000;
  readonly kept = new Map<string, Uint8Array>();
  readonly expires = new Map<string, Date>();
  fails: "put" | "get" | "delete" | undefined;

  put = (key: string, bytes: Uint8Array, { expires }: { expires: Date }) => {
    if (this.fails === "put") throw new TypeError("disk full");
    this.kept.set(key, bytes.slice());
    this.expires.set(key, expires);
  };
  get = (key: string) => {
    if (this.fails === "get") throw new TypeError("not now");
    return this.kept.get(key);
  };
  delete = (key: string) => {
    if (this.fails === "delete") return Promise.reject(new TypeError("gone fishing"));
    this.kept.delete(key);
  };

  /** What lies there, without the words of its keys. */
  get parts(): string[] {
    return [...this.kept.keys()].map((key) => key.replace(/^.*\/|\..*$/g, "")).sort();
  }
}

everywhere("large arguments and results lie in the store, and are gone with the task", async (setup) => {
  const store = new Shelf();
  const app = setup.app({ store, config: { maxMessageSize: 2500 } });
  const task = app.task("task", (text: string) => [text, text]);
  const small = await task.delay("x");
  assertEquals(store.parts, []);
  const handle = await task.delay(large);
  assertEquals(store.parts, ["args"]);
  assertEquals([...store.kept.keys()][0]!.startsWith(`shop/${handle.id}/args.`), true);
  assertEquals(store.expires.values().next().value, new Date(setup.clock.now() + 90 * 86_400_000));
  await setup.drain(app);
  assertEquals(await handle.get(), [large, large]);
  assertEquals(await small.get(), ["x", "x"]);
  assertEquals((await handle.record())!.result, [large, large]);
  assertEquals(store.parts, ["result"]);
  const [expires] = [...store.expires.values()].slice(1);
  assertEquals(expires, new Date(setup.clock.now() + 86_400_000 + 3_600_000));
  // The broker has none of it.
  assertEquals((await setup.all()).includes("xxxx"), false);
  const other = await setup.app().result(handle.id).record();
  assertEquals([other!.state, other!.encoded!.result!.by], ["SUCCESS", ["stored"]]);
});

everywhere("what is compressed and sealed is measured then, and stored so", async (setup) => {
  const store = new Shelf();
  const app = setup.app({ store, codecs: [compress({ over: 100 }), sealed({ keys }), signed({ keys })] });
  const task = app.task("task", (text: string) => text.length);
  await task.delay(large);
  assertEquals(store.parts, []);
  const random = Array.from(crypto.getRandomValues(new Uint8Array(4000)), (byte) => byte.toString(36)).join("");
  const handle = await task.delay(random);
  assertEquals(store.parts, ["args"]);
  assertEquals(new TextDecoder("latin1").decode([...store.kept.values()][0]!).includes(random.slice(0, 10)), false);
  await setup.drain(app);
  assertEquals([await handle.get(), store.parts], [random.length, []]);
});

everywhere("a store that fails is told to the sender, and nothing is sent", async (setup) => {
  const store = new Shelf();
  const app = setup.app({ store });
  const task = app.task("task", (text: string) => text.length);
  store.fails = "put";
  const error = await assertRejects(() => task.delay(large), StoreFailed);
  assertInstanceOf(error.cause, TypeError);
  assertStringIncludes(error.message, "The store did not take the 3006 bytes of the args of task task[");
  assertStringIncludes(error.message, "disk full");
  assertEquals((await app.broker.inspector.queues()).filter(({ waiting }) => waiting > 0), []);
});

everywhere("a payload that does not come is tried again, and then the task is a dead letter", async (setup) => {
  const store = new Shelf();
  const app = setup.app({ store });
  let runs = 0;
  const task = app.task("task", { maxRetries: 1, retryDelay: "10s" }, (text: string) => (runs++, text.length));
  const [handle, lost] = [await task.delay(large), await task.delay(`${large}!`)];
  store.fails = "get";
  await setup.drain(app);
  const record = (await handle.record())!;
  assertEquals([record.state, record.retries, record.error!.type, runs], ["RETRY", 1, "StoreFailed", 0]);
  assertStringIncludes(record.error!.message, "not now");
  store.fails = undefined;
  store.kept.delete([...store.kept.keys()].find((key) => key.includes(lost.id))!);
  await setup.clock.advance("10s");
  await setup.drain(app);
  assertEquals([await handle.get(), runs], [3000, 1]);
  const error = await assertRejects(() => lost.get(), TaskFailed);
  assertEquals(error.info.message, `The store has nothing, or not yet, of the args of task task[${lost.id}]`);
});

everywhere("a payload that was changed is not run", async (setup) => {
  const store = new Shelf();
  const app = setup.app({ store, codecs: [signed({ keys })] });
  const task = app.task("task", (text: string) => text.length);
  const handle = await task.delay(large);
  for (const bytes of store.kept.values()) bytes[10]! ^= 1;
  await setup.drain(app);
  const error = await assertRejects(() => handle.get(), TaskFailed);
  assertEquals(error.info.type, "CannotDecode");
  assertStringIncludes(error.info.message, "is not what was put there");
});

everywhere(
  "a dead letter, and what was revoked or expired, keep their payloads, and can be sent again",
  async (setup) => {
    const store = new Shelf();
    const app = setup.app({ store });
    let isDown = true;
    const task = app.task("task", (text: string) => {
      if (isDown) throw new Error("down");
      return text.length;
    });
    const handle = await task.delay(large);
    await setup.drain(app);
    assertEquals([await handle.state(), store.parts], ["FAILURE", ["args"]]);
    isDown = false;
    await app.deadLetters.resend(handle.id);
    await setup.drain(app);
    assertEquals([await app.result(handle.id).get(), store.parts], [3000, []]);

    const revoked = await task.delay(large);
    assertEquals(await app.revoke(revoked.id), ["revoked"]);
    const expired = await task.applyAsync([large], { expires: new Date(1) });
    for (const met of [false, true]) {
      if (met) await setup.drain(app);
      const { status, id } = await app.retry(revoked.id);
      assertEquals(status, "sent");
      await setup.drain(app);
      assertEquals(await app.result(id).get(), 3000);
    }
    assertEquals(await expired.state(), "EXPIRED");
    const { id } = await app.retry(expired.id);
    await setup.drain(app);
    assertEquals(await app.result(id).get(), 3000);
    await app.wire.settled();
    assertEquals(store.parts, ["args", "args"]);
  },
);

everywhere("what was not added leaves nothing in the store", async (setup) => {
  const store = new Shelf();
  const app = setup.app({ store });
  const task = app.task("task", { unique: { key: () => "one" } }, (text: string) => text.length);
  await task.delay(large);
  await task.delay(large);
  await app.sendTask("other", [large], { id: "mine" });
  await app.sendTask("other", [large], { id: "mine" });
  await app.wire.settled();
  assertEquals(store.parts, ["args", "args"]);
});

everywhere("a result that the store does not take fails its task", async (setup) => {
  const store = new Shelf();
  const app = setup.app({ store });
  const task = app.task("task", () => large);
  const handle = await task.delay();
  store.fails = "put";
  await setup.drain(app);
  const error = await assertRejects(() => handle.get(), TaskFailed);
  assertEquals(error.info.type, "StoreFailed");
});

everywhere("a store that does not delete holds nothing up", async (setup) => {
  const store = new Shelf();
  const app = setup.app({ store });
  const task = app.task("task", (text: string) => text.length);
  const handle = await task.delay(large);
  store.fails = "delete";
  await setup.drain(app);
  assertEquals([await handle.get(), store.parts], [3000, ["args"]]);
});

Deno.test("Umbel() says what is wrong with a store", () => {
  const store = new Shelf();
  const cases: readonly (readonly [unknown, string])[] = [
    [{ put: store.put, get: store.get }, "store.delete must be a function, and it is undefined"],
    [{ ...store }, '"kept" is no option of a store'],
    ["s3", "store must be an object with put, get and delete"],
    [
      { over: "big", put: store.put, get: store.get, delete: store.delete },
      'store.over must be bytes, or text like "8kb"',
    ],
  ];
  for (const [store, sentence] of cases) {
    assertThrows(() => new Umbel("shop", { store: store as StoreOptions, env: {} }), InvalidInput, sentence);
  }
});
