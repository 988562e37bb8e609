/**
 * Commands to workers, and their answers.
 *
 * @module
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Broker } from "../../ports/broker.ts";
import type { Signal } from "../../ports/signals.ts";
import { InvalidInput } from "../../errors.ts";
import { newWord } from "../../id.ts";
import { type AnswerPart, mostCommands, mostOfPart, partKey, type RemoteCommand } from "../../ports/mail.ts";
import type { Cases } from "../case.ts";
import type { ManualClock } from "../manual_clock.ts";
import { first, second, TestWorker } from "../test_worker.ts";

function command(clock: ManualClock, change: Partial<RemoteCommand> = {}): RemoteCommand {
  return { id: newWord(12), name: "ping", args: {}, expires: clock.now() + 5 * second, ...change };
}

function part(command: RemoteCommand, worker: string, change: Partial<AnswerPart> = {}): AnswerPart {
  return { command: command.id, worker, part: 0, parts: 1, text: '"pong"', ...change };
}

async function online(broker: Broker, clock: ManualClock, ...names: string[]): Promise<TestWorker[]> {
  const workers = names.map((name) => new TestWorker(broker, clock, name));
  for (const worker of workers) await worker.exchange();
  return workers;
}

async function read(broker: Broker, { id }: RemoteCommand): Promise<AnswerPart[]> {
  return (await broker.mail.answers(id, new Set())).sort((a, b) => partKey(a) < partKey(b) ? -1 : 1);
}

/** The first signal of a kind on a topic; `subscribed` resolves once signals come. */
function listen(
  broker: Broker,
  topic: { readonly worker: string } | { readonly command: string },
  kind: Signal["kind"],
) {
  const stop = new AbortController();
  const { promise: subscribed, resolve } = Promise.withResolvers<void>();
  let wakes = 0;
  const heard = first(broker.watch([topic], { signal: stop.signal }), (signal) => {
    // The first one says: look now. Over HTTP another one says that the stream is open.
    if (signal.kind === "wake" && (++wakes === 2 || broker.name.startsWith("sqlite"))) resolve();
    return signal.kind === kind;
  }).finally(() => stop.abort());
  return { heard, subscribed };
}

/** Commands to workers, and their answers. */
export const mail: Cases = {
  async "mail.send() to all: each worker's turns bring it until it was read"({ broker, clock }) {
    const [one, two] = await online(broker, clock, "w1@a~x", "w2@a~y");
    const sent = command(clock, {
      name: "query_task",
      args: { ids: ["a\tb\nc", "ü", "\u2028\u2029\u0085"], deep: { n: 1 } },
    });
    assertEquals(await broker.mail.send("all", sent), [
      { worker: "w1@a~x", status: "sent" },
      { worker: "w2@a~y", status: "sent" },
    ]);
    assertEquals((await one!.exchange()).mail, [sent]);
    assertEquals((await one!.exchange()).mail, [sent]);
    assertEquals((await one!.exchange({ read: [sent.id] })).mail, undefined);
    assertEquals((await one!.exchange()).mail, undefined);
    assertEquals((await two!.exchange()).mail, [sent]);
  },
  async "mail.send() to named workers, with or without what stands behind their last ~"({ broker, clock }) {
    const workers = await online(broker, clock, "w1@a~x", "w1@a~y", "w2@a~z", "plain");
    const sent = command(clock);
    const met = await broker.mail.send(["w1@a", "w2@a~z", "w2@a~zz", "plain", "w"], sent);
    assertEquals(met.map(({ worker, status }) => `${worker} ${status}`), [
      "plain sent",
      "w unknown",
      "w1@a~x sent",
      "w1@a~y sent",
      "w2@a~z sent",
      "w2@a~zz unknown",
    ]);
    for (const worker of workers) assertEquals((await worker.exchange()).mail, [sent]);
    const second = command(clock);
    await broker.mail.send(["w1@a~y"], second);
    assertEquals((await workers[0]!.exchange({ read: [sent.id] })).mail, undefined);
    assertEquals((await workers[1]!.exchange({ read: [sent.id] })).mail, [second]);
  },
  async "mail.send() again changes nothing, also when it was read"({ broker, clock }) {
    const [worker] = await online(broker, clock, "w1");
    const sent = command(clock);
    await broker.mail.send("all", sent);
    assertEquals(await broker.mail.send("all", sent), [{ worker: "w1", status: "sent" }]);
    assertEquals((await worker!.exchange()).mail, [sent]);
    assertEquals((await worker!.exchange({ read: [sent.id] })).mail, undefined);
    await broker.mail.send("all", sent);
    assertEquals((await worker!.exchange()).mail, undefined);
  },
  async "a worker's turn that is repeated brings its mail again"({ broker, clock }) {
    const [worker] = await online(broker, clock, "w1");
    const [before, after] = [command(clock), command(clock)];
    await broker.mail.send("all", before);
    assertEquals((await worker!.exchange()).mail, [before]);
    assertEquals((await worker!.repeat()).mail, [before]);
    await broker.mail.send("all", after);
    assertEquals((await worker!.repeat()).mail, [before, after]);
    await worker!.exchange({ read: [before.id] });
    assertEquals((await worker!.repeat()).mail, [after]);
  },
  async "a worker is not brought a command that has expired"({ broker, clock }) {
    const [worker] = await online(broker, clock, "w1");
    const [short, long] = [command(clock, { expires: clock.now() + second }), command(clock)];
    await broker.mail.send("all", short);
    await broker.mail.send("all", long);
    await clock.advance({ milliseconds: second });
    assertEquals((await worker!.exchange()).mail, [long]);
    await broker.mail.send("all", short);
    assertEquals((await worker!.exchange()).mail, [long]);
  },
  async "mail.send() passes by a worker that left, and one that died is forgotten with its mail"({ broker, clock }) {
    const [left, dead] = await online(broker, clock, "left", "dead");
    await left!.exchange({ leave: true });
    const sent = command(clock, { expires: clock.now() + 900 * second });
    assertEquals(await broker.mail.send("all", sent), [{ worker: "dead", status: "sent" }]);
    assertEquals(await broker.mail.send(["left", "dead"], sent), [
      { worker: "dead", status: "sent" },
      { worker: "left", status: "unknown" },
    ]);
    // An idle one counts as alive for 6 minutes.
    await clock.advance({ milliseconds: 400 * second });
    await online(broker, clock, "other");
    dead!.number = 0;
    assertEquals((await dead!.exchange()).mail, undefined);
  },
  async "a worker that left takes its mail along"({ broker, clock }) {
    const [worker] = await online(broker, clock, "w1");
    await broker.mail.send("all", command(clock, { expires: clock.now() + 900 * second }));
    await worker!.exchange({ leave: true });
    await clock.advance({ milliseconds: 400 * second });
    await online(broker, clock, "other");
    worker!.number = 0;
    assertEquals((await worker!.exchange()).mail, undefined);
  },
  async "a worker's mail is full at 1,000 commands or 200 kB, until some expire"({ broker, clock }) {
    const [worker] = await online(broker, clock, "w1");
    const short = command(clock, { expires: clock.now() + second });
    const long = Array.from({ length: mostCommands - 1 }, () => command(clock));
    for (const sent of [short, ...long]) assertEquals((await broker.mail.send("all", sent))[0]!.status, "sent");
    const last = command(clock, { expires: clock.now() + 9 * second });
    assertEquals(await broker.mail.send("all", last), [{ worker: "w1", status: "full" }]);
    assertEquals((await worker!.exchange()).mail?.length, mostCommands);
    await clock.advance({ milliseconds: second });
    assertEquals(await broker.mail.send("all", last), [{ worker: "w1", status: "sent" }]);
    await clock.advance({ milliseconds: 5 * second });
    const statuses: string[] = [];
    for (let count = 0; count < 30; count++) {
      const large = command(clock, { args: { text: "x".repeat(9000) } });
      statuses.push((await broker.mail.send("all", large))[0]!.status);
    }
    assertEquals([statuses[20], statuses[25]], ["sent", "full"]);
  },
  async "mail.send() refuses what is too large, and ids that are none"({ broker, clock }) {
    await online(broker, clock, "w1");
    const large = command(clock, { args: { text: "x".repeat(20_000) } });
    await assertRejects(() => broker.mail.send("all", large), InvalidInput, "at most 10000 characters");
    await assertRejects(
      () => broker.mail.send("all", command(clock, { id: "a b" })),
      InvalidInput,
      "letters and digits",
    );
    await assertRejects(() => broker.mail.send(["a b"], command(clock)), InvalidInput, "worker must be");
  },
  async "watch() brings a worker's mail"({ broker, clock, another }) {
    const [worker] = await online(broker, clock, "w1");
    const { heard, subscribed } = listen(broker, { worker: "w1" }, "mail");
    await subscribed;
    const sent = command(clock, { args: { text: "a\tb\nc" } });
    await another().mail.send("all", sent);
    assertEquals(await heard, { kind: "mail", command: sent });
    // Wherever else it came from, it is the same one.
    assertEquals((await worker!.exchange()).mail, [sent]);
  },
  async "mail.answer() is read by whoever asked, in parts, by several workers"({ broker, clock, another }) {
    const sent = command(clock);
    const parts = [
      part(sent, "w1@a~x", { parts: 2, text: '["a\\tb' }),
      part(sent, "w1@a~x", { part: 1, parts: 2, text: 'ü\t\n"]' }),
      part(sent, "w2"),
    ];
    for (const one of parts) await another().mail.answer(one, sent.expires);
    const other = command(clock);
    await broker.mail.answer(part(other, "w1"), other.expires);
    assertEquals(await read(broker, sent), parts.toSorted((a, b) => partKey(a) < partKey(b) ? -1 : 1));
    assertEquals(await broker.mail.answers(sent.id, new Set(parts.slice(1).map(partKey))), [parts[0]!]);
    assertEquals((await read(broker, other)).length, 1);
  },
  async "mail.answer() again changes nothing"({ broker, clock }) {
    const sent = command(clock);
    await broker.mail.answer(part(sent, "w1"), sent.expires);
    await broker.mail.answer(part(sent, "w1"), sent.expires);
    assertEquals(await read(broker, sent), [part(sent, "w1")]);
  },
  async "mail.answers() brings a few at a time of those that are large together"({ broker, clock }) {
    const sent = command(clock);
    const parts = Array.from(
      { length: 30 },
      (_, index) => part(sent, "w1", { part: index, parts: 30, text: String(index).padEnd(mostOfPart, "x") }),
    );
    for (const one of parts) await broker.mail.answer(one, sent.expires);
    const found: AnswerPart[] = [];
    let rounds = 0;
    for (let more = true; more; rounds++) {
      const some = await broker.mail.answers(sent.id, new Set(found.map(partKey)));
      found.push(...some);
      more = some.length > 0;
    }
    assert(rounds > 2 && rounds < 10, `${rounds} rounds`);
    assertEquals(found.sort((a, b) => a.part - b.part), parts);
    const large = part(sent, "w1", { text: "x".repeat(mostOfPart + 1) });
    await assertRejects(() => broker.mail.answer(large, sent.expires), InvalidInput, "characters");
  },
  async "watch() of a command brings its answers, and no others"({ broker, clock, another }) {
    const [one, two] = [command(clock), command(clock)];
    const first = listen(broker, { command: one.id }, "answer");
    const second = listen(broker, { command: two.id }, "answer");
    await Promise.all([first.subscribed, second.subscribed]);
    const [answer, other] = [part(one, "w1", { text: '"a\tb"' }), part(two, "w1")];
    const worker = another();
    await worker.mail.answer(other, two.expires);
    await worker.mail.answer(answer, one.expires);
    assertEquals(await first.heard, { kind: "answer", answer });
    assertEquals(await second.heard, { kind: "answer", answer: other });
  },
};
