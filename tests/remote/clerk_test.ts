/** What a worker makes of its mail, signal by signal and turn by turn. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { createLogger, type RemoteCommand, Umbel, Worker, type WorkerOptions } from "@umbel/umbel";
import { ManualClock } from "@umbel/umbel/testing";
import { delivery, ScriptedBroker, settled } from "../scripted.ts";

function setup(tasks: Readonly<Record<string, object>> = {}, options: WorkerOptions = {}) {
  const clock = new ManualClock();
  const broker = new ScriptedBroker(clock);
  const app = new Umbel("shop", { broker, clock, env: {} });
  const gate = Promise.withResolvers<void>();
  for (const [name, options] of Object.entries(tasks)) app.task(name, options, () => gate.promise);
  const lines: string[] = [];
  const log = createLogger({ level: "info", write: (line) => lines.push(line), clock });
  const worker = new Worker(app, { name: "w@h", concurrency: 1, log, ...options });
  const running = worker.run();
  let commands = 0;
  return {
    ...{ broker, clock, lines, worker, gate },
    command: (name: string, args: RemoteCommand["args"] = {}, seconds = 5): RemoteCommand => ({
      ...{ id: `c${++commands}`, name, args },
      expires: clock.now() + seconds * 1000,
    }),
    /** What was answered since this was asked last. */
    answers: () => broker.answered.splice(0).map(({ command, text }) => [command, JSON.parse(text)]),
    async leave() {
      gate.resolve();
      void worker.stop();
      for (;;) {
        const turn = await broker.turn();
        await turn.answer();
        if (turn.leave) break;
      }
      await running;
    },
  };
}

Deno.test("a command that comes by a signal and by turns is carried out once, and said to be read once", async () => {
  const given = setup();
  const { broker } = given;
  await (await broker.turn()).answer();
  const grow = given.command("pool_grow");
  await broker.signalWorker({ kind: "mail", command: grow });
  assertEquals(given.answers(), [["c1", { answer: { concurrency: 2 } }]]);
  // It has room for one task more, which it says at once, and that it has read the command.
  const turn = await broker.turn();
  assertEquals([turn.read, turn.limit], [["c1"], 2]);
  await turn.answer({ mail: [grow] });
  await broker.signalWorker({ kind: "mail", command: grow });
  assertEquals([given.answers(), given.worker.concurrency], [[], 2]);
  await broker.signalWorker({ kind: "wake" });
  const next = await broker.turn();
  assertEquals(next.read, undefined);
  await next.answer();
  await given.leave();
});

Deno.test("a command whose signal was lost comes with the next turn", async () => {
  const given = setup();
  await (await given.broker.turn()).answer({ mail: [given.command("ping"), given.command("active_queues")] });
  assertEquals(given.answers(), [["c1", { answer: "pong" }], ["c2", { answer: [{ name: "default", holds: 0 }] }]]);
  await given.broker.signalWorker({ kind: "wake" });
  const turn = await given.broker.turn();
  assertEquals(turn.read, ["c1", "c2"]);
  await turn.answer();
  await given.leave();
});

Deno.test("a command that comes too late is carried out by nobody", async () => {
  const given = setup();
  await (await given.broker.turn()).answer();
  const late = given.command("pool_grow", {}, 1);
  await given.clock.advance(1);
  await given.broker.signalWorker({ kind: "mail", command: late });
  assertEquals([given.answers(), given.worker.concurrency], [[], 1]);
  await given.leave();
});

Deno.test("a worker answers while its only place is taken and a turn is on its way", async () => {
  const given = setup({ held: {} });
  const { broker, clock } = given;
  await (await broker.turn()).answer({ deliveries: [delivery("held", [1]), delivery("held", [2])] });
  await broker.signalWorker({ kind: "mail", command: given.command("active") });
  const [[, active]] = given.answers() as [[string, { answer: { args: unknown[] }[] }]];
  assertEquals(active.answer.map(({ args }) => args), [[1]]);
  await broker.signalWorker({ kind: "mail", command: given.command("reserved") });
  const [[, reserved]] = given.answers() as [[string, { answer: { args: unknown[] }[] }]];
  assertEquals(reserved.answer.map(({ args }) => args), [[2]]);
  await clock.advance(2);
  const turn = await broker.turn();
  await broker.signalWorker({ kind: "mail", command: given.command("ping") });
  assertEquals(given.answers().length, 1);
  await turn.answer();
  await given.leave();
});

Deno.test("a command that no worker knows, or that it cannot carry out, is refused in a sentence", async () => {
  const given = setup();
  await (await given.broker.turn()).answer();
  for (const [name, args] of [["pong", {}], ["pool_grow", { count: "a" }], ["toString", {}]] as const) {
    await given.broker.signalWorker({ kind: "mail", command: given.command(name, args) });
  }
  const errors = given.answers().map(([, { error }]) => [error.code, error.field, error.message]);
  assertMatch(errors[0]![2], /^"pong" is no command of this worker: it knows ping, stats, active/);
  assertEquals(errors[1], ["invalid_input", "count", 'count must be a whole number from 1 on, and it is "a"']);
  assertMatch(errors[2]![2], /^"toString" is no command/);
  await given.leave();
});

Deno.test("arguments are told in short, those of sealed tasks not at all, and those that a task keeps out neither", async () => {
  const given = setup({ held: { redact: ["1"] } });
  const sealed = delivery("other", [1]);
  const deliveries = [
    delivery("held", ["x".repeat(5000), "secret", { n: 1 }]),
    { ...sealed, message: { ...sealed.message, encoded: { by: ["sealed"], data: "AAAA" } } },
  ];
  await (await given.broker.turn()).answer({ deliveries });
  await given.broker.signalWorker({ kind: "mail", command: given.command("active") });
  await given.broker.signalWorker({ kind: "mail", command: given.command("reserved") });
  const [active, reserved] = given.answers().map(([, answer]) => answer as { answer: { args?: unknown[] }[] });
  assertEquals(active!.answer[0]!.args, [`"${"x".repeat(999)}…`, "[redacted]", { n: 1 }]);
  assertEquals(reserved!.answer.map(({ args }) => args), [undefined]);
  await given.leave();
});

Deno.test("an answer is cut into parts between characters", async () => {
  const options = { redact: [`0.${"😀".repeat(60_000)}`] };
  const given = setup({ a: options, b: options });
  await (await given.broker.turn()).answer();
  await given.broker.signalWorker({ kind: "mail", command: given.command("registered") });
  await settled();
  const parts = given.broker.answered.splice(0);
  assert(parts.length > 2 && parts.every(({ parts: all, text }) => all === parts.length && text.length <= 100_000));
  assert(parts.every(({ text }) => text.isWellFormed()));
  assertEquals(JSON.parse(parts.map(({ text }) => text).join("")).answer[0].options, { bind: false, ...options });
  await given.leave();
});

Deno.test("what is told to a worker is logged, what it is asked is not", async () => {
  const given = setup();
  await (await given.broker.turn()).answer();
  given.lines.length = 0;
  await given.broker.signalWorker({ kind: "mail", command: given.command("stats") });
  await given.broker.signalWorker({ kind: "mail", command: given.command("add_consumer", { queue: "more" }) });
  assertEquals(given.lines.length, 1);
  assertMatch(given.lines[0]!, /w@h~\w+ was told: add_consumer/);
  assertEquals((await given.broker.turn().then((turn) => turn.answer().then(() => turn))).queues, ["default", "more"]);
  await given.leave();
});

Deno.test("a worker without remote control says that it is there, and refuses the rest", async () => {
  const given = setup({}, { remoteControl: false });
  await (await given.broker.turn()).answer();
  for (const name of ["ping", "conf", "shutdown"]) {
    await given.broker.signalWorker({ kind: "mail", command: given.command(name) });
  }
  const [pong, conf, shutdown] = given.answers().map(([, answer]) => answer);
  assertEquals(pong, { answer: "pong" });
  assertEquals([conf.error?.code, shutdown.error?.code], ["refused", "refused"]);
  assertMatch(conf.error.message, /^w@h~\w+ was started without remote control$/);
  assertEquals(given.worker.isWorking, true);
  await given.leave();
});
