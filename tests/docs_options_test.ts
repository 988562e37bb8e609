/**
 * Holds docs/options.md to the code: it names the options that are accepted, all of them, and their defaults.
 */
import { assertEquals } from "@std/assert";
import { InvalidInput, Umbel, Worker, type WorkerOptions } from "@umbel/umbel";
import { compress, sealed, signed } from "@umbel/umbel/codecs";
import { sqlite } from "@umbel/umbel/sqlite";
import { configNames, readConfig } from "../src/config/config.ts";
import { milliseconds } from "../src/options/duration.ts";
import { nextDelay, readRetryPolicy } from "../src/policies/backoff.ts";
import { readUnique } from "../src/policies/unique.ts";
import { retryOrGiveUp } from "../src/policies/retry.ts";
import { readRate } from "../src/limits/rate.ts";
import { PayloadStore } from "../src/wire/store.ts";
import { readSize } from "../src/options/size.ts";

interface Row {
  readonly option: string;
  readonly places: readonly string[];
  readonly usual: string;
}

const page = await Deno.readTextFile(new URL("../docs/options.md", import.meta.url));
const rows: readonly Row[] = page.split("\n").filter((line) => line.startsWith("| `")).map((line) => {
  const [, option, places, , usual] = line.split("|").map((cell) => cell.trim());
  return { option: option!.replaceAll("`", ""), places: places!.split(", "), usual: usual! };
});

const app = new Umbel("options", { env: {} });
const key = { key: new Uint8Array(32) };
/** Further than any name's slip, so that the refusal names all that there are. */
const stranger: object = { "no-such-option-anywhere": 1 };
const task = (options: object) => () => void app.task("refused", options as { bind: false }, () => {});
const queue = (options: object) => () => void new Umbel("refused", { config: { queues: { bulk: options } } });
const parts = (option: string) => task({ [option]: stranger });

/** What refuses an unknown option, by where it would stand; for the members of an option by its name. */
const doors: { readonly [place: string]: { readonly [option: string]: () => unknown } } = {
  task: {
    "": task(stranger),
    ...Object.fromEntries(
      ["retry", "timeouts", "rateLimit", "concurrency", "batch", "unique", "debounce", "throttle", "callback"]
        .map((option) => [option, parts(option)]),
    ),
  },
  call: {
    "": () => app.sendTask("any", [], stranger),
    ...Object.fromEntries(
      ["timeouts", "unique", "debounce", "throttle", "callback"]
        .map((option) => [option, () => app.sendTask("any", [], { [option]: stranger })]),
    ),
  },
  queue: {
    "": queue(stranger),
    rateLimit: queue({ rateLimit: stranger }),
    groupBy: queue({ groupBy: stranger }),
  },
  config: { "": () => readConfig(stranger, {}) },
  app: {
    "": () => new Umbel("refused", stranger),
    store: () => new Umbel("refused", { store: stranger as never }),
    wake: () => new Umbel("refused", { wake: stranger as never }),
    callbacks: () => new Umbel("refused", { callbacks: stranger as never }),
  },
  worker: { "": () => new Worker(app, stranger as WorkerOptions) },
  retry: { "": () => retryOrGiveUp({} as never, {} as never, stranger) },
  change: { "": () => app.change(["any"], stranger) },
  revoke: { "": () => app.revoke(["any"], stranger) },
  resend: { "": () => app.deadLetters.resend("any", stranger) },
  codecs: {
    compress: () => compress(stranger),
    sealed: () => sealed(stranger as never),
    signed: () => signed(stranger as never),
  },
};

for (const [place, refusals] of Object.entries(doors)) {
  Deno.test(`docs/options.md names the options that stand in ${place}, all of them and no others`, async () => {
    const known = [];
    for (const [option, refuse] of Object.entries(refusals)) {
      for (const name of await namesToldBy(refuse)) known.push(option === "" ? name : `${option}.${name}`);
    }
    const told = rows.filter(({ places }) => places.includes(place)).map(({ option }) => option);
    assertEquals(told.toSorted(), known.toSorted());
  });
}

Deno.test("docs/options.md names no place that has no door", () => {
  const places = new Set(rows.flatMap(({ places }) => places));
  assertEquals([...places].toSorted(), Object.keys(doors).toSorted());
});

Deno.test("docs/options.md tells the defaults of the config", () => {
  const config = readConfig({}, {});
  for (const name of configNames) {
    const value: unknown = config[name as keyof typeof config];
    const isNone = value === undefined || value instanceof Map;
    assertEquals(usualOf(name, "config"), isNone ? undefined : value, name);
  }
});

Deno.test("docs/options.md tells the defaults of tasks, calls, queues and codecs", async () => {
  const { priority, lifo } = await usualMessage();
  const retry = readRetryPolicy({});
  const signing = signed({ keys: key });
  const store = new PayloadStore({ put() {}, get: () => null, delete() {} });
  const expected: { readonly [name: string]: unknown } = {
    bind: app.task("bound", () => {}).settings.bind,
    priority,
    lifo: lifo ?? false,
    "retry.backoff": retry.backoff,
    "retry.factor": retry.factor,
    "retry.jitter": retry.jitter === 1,
    "retry.maxDelay": nextDelay({ ...retry, jitter: 0 }, 100, 180_000, () => 1),
    "rateLimit.burst": readRate({ limit: 1, period: 1 }, "rateLimit").burst,
    "unique.for": readUnique(true)!.for,
    "sealed.required": sealed({ keys: key }).isRequired,
    "signed.required": signing.isRequired,
    "signed.maxAge": signing.maxAge,
    "store.over": store.over,
  };
  for (const [name, value] of Object.entries(expected)) assertEquals(usualOf(name), value, name);
});

Deno.test("docs/options.md tells from which size on compress() compresses", async () => {
  const over = usualOf("compress.over") as number;
  const place = { app: "options", task: "any", id: "any", part: "args", through: [] } as never;
  assertEquals(await compress().encode(new Uint8Array(over), place), undefined);
  assertEquals((await compress().encode(new Uint8Array(over + 1), place))!.length < over, true);
});

/** The names that a refusal tells: "known are a, b, c". */
async function namesToldBy(refuse: () => unknown): Promise<readonly string[]> {
  try {
    await refuse();
  } catch (error) {
    const [, names] = (error instanceof InvalidInput && /known are (.*)$/.exec(error.message)) || [];
    if (names !== undefined) return names.split(", ");
    throw error;
  }
  throw new Error("An unknown option was let in");
}

/** What the table's default says: the code with which its cell begins, or `undefined` where that begins with prose. */
function usualOf(option: string, place?: string): unknown {
  const row = rows.find((one) => one.option === option && (place === undefined || one.places.includes(place)));
  if (!row) throw new Error(`docs/options.md has no ${option} of ${place}`);
  const [, text] = /^`([^`]*)`/.exec(row.usual) ?? [];
  if (text === undefined) return undefined;
  if (/^[\d_]+$/.test(text)) return Number(text.replaceAll("_", ""));
  if (/^\d+(s|m|h|d)$/.test(text)) return milliseconds(text, option);
  if (/^\d+(kb|mb)$/.test(text)) return readSize(text, option);
  return text === "true" ? true : text === "false" ? false : text;
}

/** A message of a call that says nothing, as the broker has it. */
async function usualMessage() {
  await using app = new Umbel("options", { broker: sqlite(":memory:"), env: {} });
  await app.sendTask("any");
  return (await app.waiting()).tasks[0]!.message;
}
