/** Asking where signals are lost, late or doubled. */
import { assertEquals } from "@std/assert";
import { type AnswerPart, type Broker, type Mail, type RemoteCommand, type Signal, Umbel } from "@umbel/umbel";
import { ManualClock } from "@umbel/umbel/testing";
import { ScriptedBroker, settled } from "../scripted.ts";

/** Workers w1 and w2, whose answers the test gives by hand. */
function setup() {
  const clock = new ManualClock();
  const scripted = new ScriptedBroker(clock);
  const sent: RemoteCommand[] = [];
  const stored: AnswerPart[] = [];
  let looks = 0;
  let hear: ((signal: Signal) => void) | undefined;
  const mail: Mail = {
    send: (_, command) => {
      sent.push(command);
      return Promise.resolve([{ worker: "w1", status: "sent" }, { worker: "w2", status: "sent" }]);
    },
    answer: () => Promise.resolve(),
    answers: (_, except) => {
      looks++;
      return Promise.resolve(stored.filter(({ part, parts, worker }) => !except.has(`${part}/${parts} ${worker}`)));
    },
  };
  async function* watch(_: unknown, { signal }: { readonly signal: AbortSignal }): AsyncGenerator<Signal> {
    const signals: Signal[] = [{ kind: "wake" }];
    let wake = () => {};
    hear = (one) => {
      signals.push(one);
      wake();
    };
    signal.addEventListener("abort", () => wake(), { once: true });
    while (!signal.aborted) {
      while (signals.length > 0) yield signals.shift()!;
      if (!signal.aborted) await new Promise<void>((resolve) => wake = resolve);
    }
  }
  const broker: Broker = Object.assign(Object.create(scripted), { mail, watch });
  const app = new Umbel("shop", { broker, clock, env: {} });
  const part = (worker: string, change: Partial<AnswerPart> = {}): AnswerPart => ({
    ...{ command: sent.at(-1)!.id, worker, part: 0, parts: 1, text: '{"answer":"pong"}' },
    ...change,
  });
  return {
    ...{ app, clock, sent, stored, part },
    looks: () => looks,
    async signal(one: Signal) {
      hear!(one);
      await settled();
    },
  };
}

const pongs = ["w1", "w2"].map((worker) => ({ worker, ok: true, answer: "pong" } as const));

Deno.test("answers come by signals, in parts, in any order, and twice", async () => {
  const given = setup();
  const asked = given.app.inspect.ping();
  await settled();
  const { part } = given;
  await given.signal({ kind: "answer", answer: part("w2", { part: 1, parts: 2, text: '"pong"}' }) });
  await given.signal({ kind: "answer", answer: part("w1") });
  await given.signal({ kind: "answer", answer: part("w1") });
  await given.signal({ kind: "answer", answer: part("w1", { command: "another" }) });
  await given.signal({ kind: "answer", answer: part("w2", { parts: 2, text: '{"answer":' }) });
  assertEquals(await asked, pongs);
  assertEquals([given.looks(), given.sent.length], [0, 1]);
  assertEquals(given.sent[0]!.expires, given.clock.now() + 1000);
});

Deno.test("answers that came before the stream was open are looked for as soon as it is", async () => {
  const given = setup();
  const asked = given.app.inspect.ping();
  await settled();
  given.stored.push(given.part("w1"), given.part("w2"));
  await given.signal({ kind: "wake" });
  assertEquals(await asked, pongs);
});

Deno.test("answers whose signals were lost are looked for every second, and at the end", async () => {
  const given = setup();
  const asked = given.app.inspect.ping({ timeout: "2.5s" });
  await settled();
  given.stored.push(given.part("w1"));
  await given.clock.advance(1);
  await given.clock.advance(1);
  assertEquals(given.looks(), 3);
  given.stored.push(given.part("w2"));
  await given.clock.advance({ milliseconds: 500 });
  assertEquals(await asked, pongs);
});

Deno.test("whoever gave no answer is named when the time is over, also with half of one", async () => {
  const given = setup();
  const asked = given.app.inspect.ping();
  await settled();
  await given.signal({ kind: "answer", answer: given.part("w1", { parts: 2 }) });
  await given.signal({
    kind: "answer",
    answer: given.part("w2", { text: '{"error":{"code":"internal","message":"x"}}' }),
  });
  await given.clock.advance(1);
  assertEquals(await asked, [
    {
      worker: "w1",
      ok: false,
      error: { code: "no_answer", message: "w1 gave no answer within 1000 ms: it hangs, is cut off, or has died" },
    },
    { worker: "w2", ok: false, error: { code: "internal", message: "x" } },
  ]);
});
