/** Schemas of arguments and results, with libraries as they are. */
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import * as v from "valibot";
import { z } from "zod";
import {
  type AsyncResult,
  type BrokerSource,
  createLogger,
  InvalidInput,
  SchemaMismatch,
  sharedTask,
  type StandardSchema,
  TaskFailed,
  Umbel,
  upstash,
  Worker,
} from "@umbel/umbel";
import { sqlite } from "@umbel/umbel/sqlite";
import { ManualClock } from "@umbel/umbel/testing";
import { redisTest, startRest } from "../redis.ts";
import { delivery, ScriptedBroker } from "../scripted.ts";

const log = createLogger({ write: () => {} });

function scripted() {
  const clock = new ManualClock();
  const broker = new ScriptedBroker(clock);
  return { broker, app: new Umbel("shop", { broker, clock, env: {} }) };
}

const zod = z.tuple([z.object({ to: z.email(), "reply to": z.string().optional() }), z.number().default(1)]);
const valibot = v.tuple([
  v.object({ to: v.pipe(v.string(), v.email()), "reply to": v.optional(v.string()) }),
  v.optional(v.number(), 1),
]);

/** A schema made by hand, and one that takes its time. */
function schemaOf<Input extends unknown[], Output>(
  validate: StandardSchema<Input, Output>["~standard"]["validate"],
): StandardSchema<Input, Output> {
  return { "~standard": { version: 1, vendor: "test", validate } };
}

for (const [name, schema] of [["zod", zod], ["valibot", valibot]] as const) {
  Deno.test(`sending checks arguments by a schema of ${name}, and names the path`, async () => {
    const { app, broker } = scripted();
    const options = { schema: schema as StandardSchema<unknown[], unknown[]> };
    const mail = app.task("mail", options, () => {});
    const to = "a@example.org";
    const refused = async (args: unknown[], field: string) => {
      const error = await assertRejects(() => mail.delay(...args), InvalidInput);
      assert(error instanceof SchemaMismatch);
      assertEquals(error.field, field);
      assert(error.message.startsWith(`${field} does not fit the schema of task "mail": `), error.message);
    };
    await refused([{ to: "nobody" }, 1], "args[0].to");
    await refused([{ to, "reply to": 1 }, 1], 'args[0]["reply to"]');
    await refused([{ to }, "1"], "args[1]");
    await assertRejects(() => app.sendTask("mail", [{}, 1]), SchemaMismatch, "args[0].to does not fit");
    await assertRejects(() => app.sendMany([["mail", [{ to }, 1]], ["mail", [{ to }, ""]]]), SchemaMismatch, "args[1]");
    assertEquals(broker.requests, []);
    await mail.delay({ to }, 2);
    assertEquals(broker.requests[0]![0]!.args, [{ to }, 2]);
  });
}

Deno.test("a mismatch tells how much more is wrong", async () => {
  const { app } = scripted();
  const both = app.task("both", { schema: z.tuple([z.string(), z.string()]) }, () => {});
  await assertRejects(
    () => both.delay(1 as never, 2 as never),
    SchemaMismatch,
    "expected string, received number (and 1 more)",
  );
});

Deno.test("a schema that takes its time is waited for", async () => {
  const { app, broker } = scripted();
  const schema = schemaOf<[string], [string]>(async (value) => {
    await null;
    return (value as string[])[0] === "taken" ? { issues: [{ message: "is taken" }] } : { value: value as [string] };
  });
  const signUp = app.task("sign_up", { schema }, (name) => name.length);
  await assertRejects(
    () => app.sendTask("sign_up", ["taken"]),
    SchemaMismatch,
    'args does not fit the schema of task "sign_up": is taken',
  );
  assertEquals(broker.requests, []);
  await app.sendTask("sign_up", ["free"]);
  assertEquals(broker.requests.length, 1);
  assertEquals(await signUp.run("free"), 4);
});

Deno.test("what is no schema is refused, and a schema of arguments must give a list", async () => {
  const { app } = scripted();
  assertThrows(
    () => app.task("x", { schema: {} as never }, () => {}),
    InvalidInput,
    "schema must be a Standard Schema (of zod, valibot, arktype, …), and it is {}",
  );
  assertThrows(() => app.task("x", { resultSchema: null as never }, () => {}), InvalidInput, "resultSchema must be a");
  app.task("y", { schema: z.any() as never }, () => {});
  const object = schemaOf(() => ({ value: {} }));
  app.task("z", { schema: object as never }, () => {});
  await assertRejects(() => app.sendTask("z"), SchemaMismatch, 'The schema of task "z" must give a list of arguments');
});

Deno.test("Task.run() goes through the schemas", async () => {
  const { app } = scripted();
  const schema = z.tuple([z.coerce.date()]);
  const year = app.task("year", { schema, resultSchema: z.number().max(2100) }, (when) => when.getUTCFullYear());
  assertEquals(await year.run("2026-11-21"), 2026);
  await assertRejects(() => year.run("2126-11-21"), SchemaMismatch, 'result does not fit the schema of task "year"');
  await assertRejects(() => year.run("soon"), SchemaMismatch, "args[0] does not fit");
});

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false;
const isTrue = <T extends true>(_?: T) => {};

/** Is compiled, and not run. */
function compiled(app: Umbel) {
  const coerced = z.tuple([z.string().transform((text) => new Date(text)), z.number().default(1)]);
  const zodded = app.task("zodded", { schema: coerced }, (when, n) => when.getTime() + n);
  isTrue<Same<Parameters<typeof zodded.delay>, [string, (number | undefined)?]>>();
  isTrue<Same<Awaited<ReturnType<typeof zodded.delay>>, AsyncResult<number>>>();
  void zodded.delay("2026-11-21");
  // @ts-expect-error the handler gets a Date, the sender gives text
  void zodded.delay(new Date());
  // @ts-expect-error there is one too many
  void zodded.applyAsync(["2026-11-21", 1, 2]);

  const tuple = v.tuple([v.pipe(v.string(), v.transform(Number))]);
  const bound = app.task("bound", { schema: tuple, bind: true, queue: "q" }, (self, n) => n + self.retries);
  isTrue<Same<Parameters<typeof bound.delay>, [string]>>();

  const kept = sharedTask("kept", { resultSchema: z.object({ n: z.coerce.number() }) }, (n: string) => ({ n }));
  isTrue<Same<Awaited<ReturnType<typeof kept.delay>>, AsyncResult<{ n: number }>>>();
  isTrue<Same<Parameters<typeof kept.delay>, [n: string]>>();

  const both = app.task("both", { schema: tuple, resultSchema: v.string() }, (n) => String(n));
  isTrue<Same<Awaited<ReturnType<typeof both.delay>>, AsyncResult<string>>>();
  isTrue<Same<Parameters<typeof both.delay>, [string]>>();

  // @ts-expect-error the schema gives a number
  app.task("wrong", { schema: tuple }, (text: string) => text.length);
}

Deno.test("types flow from schemas to delay(), the handler and get()", () => {
  assertEquals(typeof compiled, "function");
});

/** A test over SQLite, and one over Redis. */
function overEach(name: string, fn: (broker: BrokerSource) => Promise<void>): void {
  Deno.test(`${name} (SQLite)`, () => fn(sqlite(":memory:")));
  redisTest(`${name} (Redis)`, async () => {
    await using rest = await startRest();
    await fn(upstash({ url: rest.url, token: rest.token }));
  });
}

overEach("a worker checks arguments and results, and hands on what schemas make of them", async (broker) => {
  await using app = new Umbel("shop", { broker, env: {} });
  const schema = z.tuple([z.coerce.date(), z.number().default(2)]);
  const resultSchema = z.object({ day: z.number().max(30), month: z.number().default(11) });
  const day = app.task("day", { schema, resultSchema, retry: { max: 3 } }, (when, factor) => {
    return { day: when.getUTCDate() * factor, dropped: true };
  });
  const slow = app.task(
    "slow",
    { schema: schemaOf(async (value) => ({ value: [await value, 1] as const })) as never },
    (
      ...args: unknown[]
    ) => args.length,
  );
  let rejected = 0;
  app.on("taskRejected", () => void rejected++);
  const [good, bad, late] = await app.sendMany([
    day.call(["2026-11-11"]),
    day.call(["2026-11-21"]),
    ["slow", [1]],
  ]);
  // Somebody sends who does not have the schema.
  await using other = new Umbel("shop", { broker: app.broker, env: {} });
  const unchecked = await other.sendTask("day", ["soon", "x"]);
  await new Worker(app, { log }).drain({ seconds: 60 });
  assertEquals(await good.get({ timeout: "10m" }), { day: 22, month: 11 });
  assertEquals(await late.get({ timeout: "10m" }), 2);
  assertEquals(slow.name, "slow");
  const info = async (handle: { get(options: { timeout: "10m" }): Promise<unknown> }) => {
    const { info } = await assertRejects(() => handle.get({ timeout: "10m" }), TaskFailed);
    return [info.type, info.message.split(":")[0]];
  };
  assertEquals(await info(bad), ["SchemaMismatch", 'result.day does not fit the schema of task "day"']);
  assertEquals(await info(unchecked), ["SchemaMismatch", 'args[0] does not fit the schema of task "day"']);
  assertEquals((await unchecked.record())!.retries, 0);
  assertEquals(rejected, 1);
});

Deno.test("a handler is not called any more when its run ended while the schema took its time", async () => {
  const { app, broker } = scripted();
  const checked = Promise.withResolvers<{ value: [] }>();
  let called = false;
  app.task("slow", { schema: schemaOf<[], []>(() => checked.promise) }, () => void (called = true));
  const worker = new Worker(app, { log });
  const running = worker.run();
  const one = delivery("slow");
  await (await broker.turn()).answer({ deliveries: [one] });
  await broker.signalWorker({ kind: "revoked", id: one.message.id });
  checked.resolve({ value: [] });
  const turn = await broker.turn();
  assertEquals(turn.settlements[0]!.record.state, "REVOKED");
  await turn.answer();
  const stopped = worker.stop();
  await (await broker.turn()).answer();
  await Promise.all([stopped, running]);
  assertEquals(called, false);
});
