import { assertEquals } from "@std/assert";
import type { Signal } from "@umbel/umbel";
import { Hub } from "../../../src/brokers/sqlite/signals.ts";

/** By when something is heard, or never (ms). */
const patience = 60_000;
/** How often the hub looks by itself (ms): not in these tests, for it would hear of everything. */
const never = 2 ** 31 - 1;

/** A hub whose database another process writes: the version and what has ended are set by hand. */
async function withHub(
  run: (
    hub: Hub,
    other: { version: number; ended: string[]; changed: string[]; touch(): Promise<void> },
  ) => Promise<void>,
): Promise<void> {
  const log = await Deno.makeTempFile({ prefix: "umbel_log_" });
  const other = {
    version: 1,
    ended: [] as string[],
    changed: [] as string[],
    touch: () => Deno.writeTextFile(log, "x", { append: true }),
  };
  const hub = new Hub(
    {
      log,
      version: () => other.version,
      ended: (ids) => ids.filter((id) => other.ended.includes(id)).map((id) => ({ kind: "ended", id })),
      changed: (ids) => ids.filter((id) => other.changed.includes(id)).map((id) => ({ kind: "changed", id })),
      mail: () => [],
      answers: () => [],
    },
    log,
    never,
  );
  try {
    await run(hub, other);
  } finally {
    hub.close();
    await Deno.remove(log);
  }
}

/** Begins to listen, and returns what is heard first. */
function listen(hub: Hub, id: string): { readonly heard: Promise<Signal | undefined> } {
  const iterator = hub.watch([{ task: id }], AbortSignal.timeout(patience))[Symbol.asyncIterator]();
  return { heard: iterator.next().then(({ value }) => value) };
}

Deno.test("Hub hears of an end that another process wrote just before this one told of something else", async () => {
  await withHub(async (hub, other) => {
    const { heard } = listen(hub, "t");
    other.version++;
    other.ended.push("t");
    // Its own news must not make it overlook the other's.
    hub.tell(true, []);
    await other.touch();
    assertEquals(await heard, { kind: "ended", id: "t" });
  });
});

Deno.test("Hub looks again when a commit becomes visible only after the log was written", async () => {
  await withHub(async (hub, other) => {
    const { heard } = listen(hub, "t");
    await other.touch();
    setTimeout(() => {
      other.version++;
      other.ended.push("t");
    }, 20);
    assertEquals(await heard, { kind: "ended", id: "t" });
  });
});

Deno.test("Hub.close() ends its streams", async () => {
  await withHub(async (hub) => {
    const stream = hub.watch([{ worker: "w" }], new AbortController().signal);
    const kinds: string[] = [];
    for await (const { kind } of stream) {
      kinds.push(kind);
      queueMicrotask(() => hub.close());
    }
    assertEquals(kinds, ["wake"]);
    for await (const _ of hub.watch([{ worker: "w" }], new AbortController().signal)) kinds.push("never");
    assertEquals(kinds, ["wake"]);
  });
});

Deno.test("Hub tells of a change that another process wrote only those who watch updates", async () => {
  await withHub(async (hub, other) => {
    const signal = AbortSignal.timeout(patience);
    const updates = hub.watch([{ task: "t", updates: true }], signal)[Symbol.asyncIterator]();
    const ends = hub.watch([{ task: "t" }], signal)[Symbol.asyncIterator]();
    const [heard, ended] = [updates.next(), ends.next()];
    other.version++;
    other.changed.push("t");
    await other.touch();
    assertEquals((await heard).value, { kind: "changed", id: "t" });
    other.version++;
    other.ended.push("t");
    await other.touch();
    assertEquals((await ended).value, { kind: "ended", id: "t" });
    await Promise.all([updates.return?.(undefined), ends.return?.(undefined)]);
  });
});
