import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import {
  type Broker,
  BrokerRefused,
  BrokerUnavailable,
  type Delivery,
  InvalidInput,
  type Message,
  type TaskRecord,
  type Turn,
  Umbel,
  Worker,
} from "@umbel/umbel";
import { remote } from "@umbel/umbel/remote";
import { sqlite } from "@umbel/umbel/sqlite";
import { verbs } from "../../../src/brokers/http/verbs.ts";
import { serve as serveApp, type Served, tokenLine, unclosed } from "./served.ts";

const scopes: { readonly [name: string]: string } = {
  reader: "read",
  sender: "send:mail.*",
  mailer: "work:mail",
  worker: "work",
  boss: "control read",
};

async function serve(): Promise<Served & { as(name: string): Broker }> {
  const tokens = await Promise.all(Object.entries(scopes).map(([name, scope]) => tokenLine(name, `t-${name}`, scope)));
  const served = serveApp("shop", sqlite(":memory:"), {
    tokens,
    setUp(app) {
      app.task("mail.send", { queue: "mail", redact: ["1"] }, () => {});
      app.task("report", () => {});
    },
  });
  return { ...served, as: (name) => served.open({ token: `t-${name}` }) };
}

function turn(worker: string, number: number, change: Partial<Turn> = {}): Turn {
  const nothing = { holds: [], settlements: [], reports: [], park: false, leave: false };
  return { worker, number, queues: ["mail"], limit: 10, lease: 30_000, ...nothing, ...change };
}

function succeeded(
  { lease, message: { id, task, queue, sentAt, retries } }: Delivery,
  change: Partial<TaskRecord> = {},
) {
  const record: TaskRecord = { id, task, queue, sentAt, retries, state: "SUCCESS", finishedAt: sentAt, keep: 60_000 };
  return { lease, record: { ...record, ...change } };
}

Deno.test("each verb is refused to whoever has not its scope", async () => {
  await using served = await serve();
  for (const [verb, { scope }] of Object.entries(verbs)) {
    for (const [name, granted] of Object.entries(scopes)) {
      const may = scope === "caller" || granted.split(" ").some((one) => one.replace(/:.*/, "") === scope);
      const response = await fetch(`${served.url}/${verb}`, {
        method: "POST",
        headers: { authorization: `Bearer t-${name}`, "content-type": "application/json" },
        body: '{"args": [0, 0, 0, 0, 0]}',
      });
      await response.body?.cancel();
      assertEquals(response.status, may ? 422 : 403, `${verb} asked by ${name}`);
    }
  }
});

Deno.test("whatever is asked wrong is refused in words, and never breaks the exchange", async () => {
  await using served = await serve();
  const strange = [undefined, null, 0, -1, "", "x", [], [null], {}, { limit: 1e9 }, [{}], [[[]]], true, { task: 1 }];
  for (const verb of [...Object.keys(verbs), "watch"]) {
    for (const first of strange) {
      for (const second of [undefined, "x", {}]) {
        const response = await fetch(`${served.url}/${verb}`, {
          method: "POST",
          headers: { authorization: "Bearer s3cret", "content-type": "application/json" },
          body: JSON.stringify({ args: [first ?? null, ...(second === undefined ? [] : [second])] }),
        });
        await response.body?.cancel();
        assertEquals(response.status < 500, true, `${verb} ${JSON.stringify([first, second])}: ${response.status}`);
      }
    }
  }
});

Deno.test("a token sends the tasks that it may, under the rules of the app that is asked", async () => {
  await using served = await serve();
  const [sender, boss] = [served.as("sender"), served.as("boss")];
  const message: Message = { id: "a", task: "mail.send", args: [], queue: "mail", priority: 5, sentAt: 0, retries: 0 };
  assertEquals(await sender.publish([message]), [{ id: "a", status: "added" }]);
  await assertRejects(() => sender.publish([{ ...message, id: "b", task: "report" }]), BrokerRefused, "may not send");
  // How long a queue may be is not the sender's to say.
  const queues = new Map([["mail", { maxLength: 1, whenFull: "dropOldest" as const }]]);
  assertEquals(await sender.publish([{ ...message, id: "c" }], { queues }), [{ id: "c", status: "added" }]);
  assertEquals((await boss.inspector.queues())[0]!.waiting, 2);
});

Deno.test("a token works on its queues, and puts nothing back into another one", async () => {
  await using served = await serve();
  const mailer = served.as("mailer");
  await served.app.sendTask("mail.send", ["a"]);
  await assertRejects(() => mailer.exchange(turn("w", 1, { queues: ["default"] })), BrokerRefused, "may not work on");
  const { deliveries: [held] } = await mailer.exchange(turn("w", 1));
  const { record, lease } = succeeded(held!);
  const again = { message: { ...held!.message, queue: "default" }, head: false, deaths: 0 };
  await assertRejects(
    () => mailer.exchange(turn("w", 2, { holds: [lease], settlements: [{ lease, record, again }] })),
    BrokerRefused,
    "may not work on",
  );
  assertEquals((await mailer.exchange(turn("w", 3, { holds: [lease], settlements: [succeeded(held!)] }))).lost, []);
  assertEquals((await served.app.broker.fetch([held!.message.id]))[0]!.state, "SUCCESS");
});

Deno.test("what a worker hands in is of what it holds, also when another process had handed that out", async () => {
  await using served = await serve();
  // The exchange as another process would serve it, on the same broker.
  await using second = serveApp("shop", () => unclosed(served.app.broker), {
    tokens: [await tokenLine("mailer", "t-mailer", "work:mail")],
  });
  const [here, there] = [served.as("mailer"), second.open({ token: "t-mailer" })];
  const victim = await served.app.sendTask("report", []);
  await served.app.sendTask("mail.send", ["a"]);
  const { deliveries: [held] } = await here.exchange(turn("w", 1));
  const { lease } = held!;
  for (const [index, broker] of [here, there].entries()) {
    const number = 2 + index;
    for (const change of [{ id: victim.id }, { task: "report" }, { unique: "a key of another one" }]) {
      const settlements = [succeeded(held!, change)];
      await assertRejects(
        () => broker.exchange(turn("w", number, { holds: [lease], settlements })),
        InvalidInput,
        "must be of",
      );
    }
    const settlements = [{ ...succeeded(held!), lease: "9:9" }];
    assertEquals((await broker.exchange(turn("w", number, { holds: [lease], settlements }))).lost, [
      "9:9",
    ]);
  }
  const last = turn("w", 4, { holds: [lease], settlements: [succeeded(held!, { worker: "w", result: "done" })] });
  assertEquals((await there.exchange(last)).lost, []);
  // Its repetition finds it done, wherever it comes.
  assertEquals((await here.exchange(last)).lost, []);
  const [record, untouched] = await served.app.broker.fetch([held!.message.id, victim.id]);
  assertEquals([record!.state, record!.result, record!.worker], ["SUCCESS", "done", "mailer+w"]);
  assertEquals(untouched!.state, "QUEUED");
});

Deno.test("workers of two tokens are two, whatever they call themselves", async () => {
  await using served = await serve();
  const [mailer, worker] = [served.as("mailer"), served.as("worker")];
  await served.app.sendTask("mail.send", ["a"]);
  const { deliveries: [held] } = await mailer.exchange(turn("w", 7));
  const { lease } = held!;
  // Neither its turns, nor what it holds, nor its signals.
  const reply = await worker.exchange(turn("w", 1, { holds: [lease], settlements: [succeeded(held!)] }));
  assertEquals([reply.deliveries, reply.lost], [[], [lease]]);
  await worker.exchange(turn("mailer+w", 1, { leave: true }));
  const names = (await served.app.broker.inspector.workers()).map(({ name, holds }) => [name, holds]);
  assertEquals(names, [["mailer+w", 1], ["worker+w", 0]]);
});

Deno.test("who only reads does not see the arguments that a task keeps out of views; who controls does", async () => {
  await using served = await serve();
  const handle = await served.app.sendTask("mail.send", ["a", "secret"]);
  await served.as("mailer").exchange(turn("w", 1));
  const seen = async (name: string) => {
    const args = [];
    for await (const part of served.as(name).inspector.running()) args.push(...part.map((message) => message.args));
    return args;
  };
  assertEquals(await seen("reader"), [["a", "[redacted]"]]);
  assertEquals(await seen("boss"), [["a", "secret"]]);
  assertMatch(JSON.stringify(await served.as("reader").fetch([handle.id])), /mail\.send/);
});

Deno.test("a worker with a token that may work and send does tasks that send others", async () => {
  const tokens = [await tokenLine("hands", "t-hands", "work send read")];
  await using served = serveApp("shop", sqlite(":memory:"), { tokens });
  await using app = new Umbel("shop", { broker: remote({ url: served.url, token: "t-hands" }), env: {} });
  const child = app.task("child", (n: number) => n + 1);
  const parent = app.task("parent", async (n: number) => {
    const { id } = await child.delay(n);
    return id;
  });
  const sent = await parent.delay(1);
  await new Worker(app).drain({ seconds: 60 });
  const id = await sent.get({ timeout: "10m" });
  assertEquals(await app.result(id).get({ timeout: "10m" }), 2);
});

Deno.test("a wrong token, another app and a place that is no exchange are said in words", async () => {
  await using served = await serve();
  await assertRejects(() => served.open({ token: "wrong" }).fetch(["a"]), BrokerRefused, "The token is not known");
  const other = remote({ url: served.url, token: "s3cret" })("bakery");
  await assertRejects(() => other.fetch(["a"]), BrokerRefused, "This is the exchange of app shop, and not of bakery");
  const nowhere = remote({ url: served.url.replace("/exchange", "/nothing"), token: "s3cret" })("shop");
  await assertRejects(() => nowhere.fetch(["a"]), BrokerRefused, "refused fetch");
  const away = remote({ url: "http://127.0.0.1:9/exchange", token: "s3cret", deadline: "50ms" })("shop");
  await assertRejects(() => away.fetch(["a"]), BrokerUnavailable, "gave no answer to fetch");
  for (const broker of [other, nowhere, away]) await broker[Symbol.asyncDispose]();
});
