import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { type ConfigOptions, InvalidInput, Umbel } from "@umbel/umbel";

const read = (config: ConfigOptions = {}, env = {}) => new Umbel("shop", { config, env }).config;

Deno.test("the config has defaults, in ms", () => {
  assertEquals({ ...read() }, {
    defaultQueue: "default",
    routes: undefined,
    queues: new Map(),
    maxMessageSize: 1_048_576,
    resultExpires: 86_400_000,
    deadLetterExpires: 2_592_000_000,
    deadLetterMax: 10_000,
    resultExtended: true,
    ignoreResult: false,
    keepLog: true,
    idempotencyExpires: 86_400_000,
    publishDeadline: undefined,
    maxRetries: 3,
    retryDelay: 180_000,
    timeLimit: undefined,
    softTimeLimit: undefined,
    timezone: "UTC",
    lease: 30_000,
    concurrency: 10,
    prefetch: 500,
    events: "none",
    history: false,
    grace: 4000,
  });
});

Deno.test("the config takes durations of every kind", () => {
  const { resultExpires, retryDelay, lease, grace } = read({
    resultExpires: "1h",
    retryDelay: 1.5,
    lease: { minutes: 1 },
    grace: 0,
  });
  assertEquals([resultExpires, retryDelay, lease, grace], [3_600_000, 1500, 60_000, 0]);
});

Deno.test("UMBEL_* variables go over the object", () => {
  const config = read({ concurrency: 2, defaultQueue: "a", maxRetries: 1 }, {
    UMBEL_CONCURRENCY: "4",
    UMBEL_DEFAULT_QUEUE: "b",
    UMBEL_RESULT_EXTENDED: "false",
    UMBEL_LEASE: "45",
    UMBEL_GRACE: "2s",
    UMBEL_MAX_RETRIES: "null",
    UMBEL_PREFETCH: "",
    UMBEL_BROKER: "sqlite:./x.db",
    OTHER: "x",
  });
  const { concurrency, defaultQueue, resultExtended, lease, grace, maxRetries, prefetch } = config;
  assertEquals(
    [concurrency, defaultQueue, resultExtended, lease, grace, maxRetries, prefetch],
    [4, "b", false, 45_000, 2000, null, 500],
  );
});

Deno.test("the config refuses what is unknown or breaks a rule, naming field or variable", () => {
  const refused: [ConfigOptions, Record<string, string>, string][] = [
    [{ resultExpire: 1 } as never, {}, '"resultExpire" is no setting: did you mean resultExpires?'],
    [{ xyz: 1 } as never, {}, '"xyz" is no setting: known are defaultQueue, routes, queues, maxMessageSize'],
    [{ concurrency: 0 }, {}, "concurrency must be a whole number from 1 to 500, and it is 0"],
    [{ lease: 0.5 }, {}, "lease must take from 1000 to 86400000 ms, and it is 0.5"],
    [{ timeLimit: 1, softTimeLimit: 2 }, {}, "softTimeLimit must be shorter than timeLimit"],
    [{}, { UMBEL_CONCURRENCY: "many" }, 'UMBEL_CONCURRENCY must be a whole number from 1 to 500, and it is "many"'],
    [{}, { UMBEL_LEASE: "soon" }, "UMBEL_LEASE must be seconds"],
    [{}, { UMBEL_RESULT_EXTENDED: "yes" }, "UMBEL_RESULT_EXTENDED must be true or false"],
    [{}, { UMBEL_CONCURENCY: "4" }, "UMBEL_CONCURENCY is no setting: did you mean UMBEL_CONCURRENCY?"],
  ];
  for (const [config, env, sentence] of refused) assertThrows(() => read(config, env), InvalidInput, sentence);
  assertEquals(read({}, { UMBEL_SOMEBODY_ELSES_AFFAIR: "x" }).concurrency, 10);
});

Deno.test("docs/settings.md lists every setting", async () => {
  const text = await Deno.readTextFile(new URL("../../docs/settings.md", import.meta.url));
  for (const name of Object.keys(read())) assertMatch(text, new RegExp(`\`${name}\``));
});
