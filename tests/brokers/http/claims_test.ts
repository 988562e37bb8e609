/** What a holder of a small token may claim with what it sends: its own, and nothing of others. */
import { assertEquals, assertRejects } from "@std/assert";
import { type Broker, BrokerRefused, InvalidInput, type Message, type Turn } from "@umbel/umbel";
import { sqlite } from "@umbel/umbel/sqlite";
import { newId } from "../../../src/id.ts";
import { serve, type Served, tokenLine } from "./served.ts";

const scopes: { readonly [name: string]: string } = {
  sender: "send",
  mailer: "work:mail send",
  worker: "work send",
  boss: "control send",
};

async function shop(): Promise<Served & { as(name: string): Broker }> {
  const tokens = await Promise.all(Object.entries(scopes).map(([name, scope]) => tokenLine(name, `t-${name}`, scope)));
  const served = serve("shop", sqlite(":memory:"), {
    tokens,
    setUp(app) {
      app.task("mail", { queue: "mail", concurrency: { limit: 2, key: (to: string) => to } }, (_to: string) => {});
      app.task("mail:all", { queue: "mail" }, () => {});
      app.task("report", { concurrency: 1 }, () => {});
    },
  });
  return { ...served, as: (name) => served.open({ token: `t-${name}` }) };
}

function message(change: Partial<Message> = {}): Message {
  const now = Date.now();
  return { id: newId(now), task: "mail", args: ["a"], queue: "mail", priority: 5, sentAt: now, retries: 0, ...change };
}

function turn(number: number, change: Partial<Turn> = {}): Turn {
  const nothing = { holds: [], settlements: [], reports: [], park: false, leave: false };
  return { worker: "w", number, queues: ["mail"], limit: 10, lease: 30_000, ...nothing, ...change };
}

Deno.test("a sender holds no unique key of another task, and takes no other task's place", async () => {
  await using served = await shop();
  const sender = served.as("sender");
  const victim = await served.app.sendTask("report", [1], { unique: true, countdown: "1h" });
  const { unique } = (await served.app.detail(victim.id))!.message!;
  const wrong = [unique!.key, "mail:all:[]", "mail:all@mail:[]", "mailer:[]", "mail", ""];
  for (const key of wrong) {
    const sent = message({ unique: { key, for: 60_000, on: "replace" } });
    await assertRejects(() => sender.publish([message(), sent]), InvalidInput, "unique.key of task");
    assertEquals(await served.app.broker.fetch([sent.id]), [undefined]);
  }
  assertEquals(await victim.state(), "SCHEDULED");
  for (const key of ['mail:["a"]', "mail@mail:x"]) {
    const sent = message({ unique: { key, for: 60_000 } });
    assertEquals(await sender.publish([sent]), [{ id: sent.id, status: "added" }]);
  }
});

Deno.test("a sender fills no limit of another task, and escapes none of its own", async () => {
  await using served = await shop();
  const sender = served.as("sender");
  for (const limit of ["concurrency:report", "concurrency:mail%3Aall", "queue:other", "group:other#a", "mine"]) {
    await assertRejects(() => sender.publish([message({ limits: [limit] })]), InvalidInput, "limits must be those of");
  }
  const sent = [{}, { limits: [] }, { limits: ["concurrency:mail#nobody"] }].map((change) => message(change));
  await sender.publish(sent);
  const taken = await served.app.broker.inspector.messages(sent.map(({ id }) => id));
  assertEquals(taken.map((one) => one?.limits), sent.map(() => ["concurrency:mail#a"]));
  // What is sealed says itself which key counts; but not that it has no limit.
  const encoded = { by: ["none"], data: "x" };
  await assertRejects(
    () => sender.publish([message({ encoded, args: [] })]),
    InvalidInput,
    'must have "concurrency:mail"',
  );
  const sealed = message({ encoded, args: [], limits: ["concurrency:mail#abc"] });
  assertEquals(await sender.publish([sealed]), [{ id: sealed.id, status: "added" }]);
});

Deno.test("only who works on a task's queue, or controls, sends children of it", async () => {
  await using served = await shop();
  const { app } = served;
  const [mail, report] = [await app.sendTask("mail:all", []), await app.sendTask("report", [1])];
  const child = (parentId: string) => message({ parentId, rootId: parentId });
  const send = (name: string, parentId: string) => served.as(name).publish([child(parentId)]);
  await assertRejects(() => send("sender", mail.id), BrokerRefused, "it takes the scope work");
  await assertRejects(() => send("mailer", report.id), BrokerRefused, "of none of its queues");
  await assertRejects(() => send("mailer", "nobody"), BrokerRefused, "of none of its queues");
  await assertRejects(() => served.as("worker").publish([message({ rootId: mail.id })]), InvalidInput, "with parentId");
  assertEquals(await app.broker.inspector.children([mail.id, report.id, "nobody"]), [[], [], []]);
  for (const [name, parent] of [["mailer", mail], ["worker", mail], ["worker", report], ["boss", report]] as const) {
    await send(name, parent.id);
  }
  const [ofMail, ofReport] = await app.broker.inspector.children([mail.id, report.id]);
  assertEquals([ofMail!.length, ofReport!.length], [2, 2]);
});

Deno.test("a worker hands in no claims but those of what it holds", async () => {
  await using served = await shop();
  const mailer = served.as("mailer");
  const { app } = served;
  const other = await app.sendTask("report", [1]);
  await app.sendTask("mail", ["a"], { unique: true });
  const { deliveries: [held] } = await mailer.exchange(turn(1));
  const { lease, message: before } = held!;
  const { id, task, queue, sentAt, retries } = before;
  const record = { id, task, queue, sentAt, retries, state: "SUCCESS", finishedAt: sentAt };
  const settle = (number: number, followUps: readonly Message[]) =>
    mailer.exchange(turn(number, { holds: [lease], limit: 0, settlements: [{ lease, record, followUps }] }));
  const wrong: readonly [Partial<Message>, string][] = [
    [{ parentId: other.id, rootId: other.id }, "must be that task"],
    [{ parentId: id, rootId: other.id }, "must be that task"],
    [{ rootId: id }, "must be that task"],
    [{ unique: { key: "report:[1]", for: 1000 } }, "unique.key of task"],
    [{ limits: ["concurrency:report"] }, "limits must be those of"],
  ];
  for (const [change, words] of wrong) {
    await assertRejects(() => settle(2, [message(change)]), InvalidInput, words);
  }
  const stolen = { unique: { key: "report:[1]", for: 1000 }, limits: ["concurrency:report"], parentId: other.id };
  const again = { message: { ...before, ...stolen, rootId: other.id }, head: true, deaths: 0 };
  const back = { lease, record: { ...record, state: "RETRY" }, again };
  await mailer.exchange(turn(3, { holds: [lease], limit: 0, settlements: [back] }));
  assertEquals(await app.broker.inspector.messages([id]), [before]);
  const { deliveries: [once] } = await mailer.exchange(turn(4));
  const child = message({ parentId: id, rootId: id, args: ["b"] });
  const last = { lease: once!.lease, record, followUps: [child] };
  await mailer.exchange(turn(5, { holds: [once!.lease], limit: 0, settlements: [last] }));
  assertEquals(await app.broker.inspector.children([id, other.id]), [[child.id], []]);
  assertEquals((await app.broker.inspector.messages([child.id]))[0]?.limits, ["concurrency:mail#b"]);
});
