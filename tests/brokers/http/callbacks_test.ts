/** Where it is told what a task came to is looked at, whoever says it over HTTP. */
import { assertEquals, assertRejects } from "@std/assert";
import { InvalidInput, type Message, type TaskRecord } from "@umbel/umbel";
import { sqlite } from "@umbel/umbel/sqlite";
import { serve, tokenLine } from "./served.ts";

const callback = { url: "https://evil.example/", headers: { "webhook-signature": "v1,mine" } };

Deno.test("the exchange takes no callback that the app would not take of a call", async () => {
  await using served = serve("shop", sqlite(":memory:"), { tokens: [await tokenLine("sender", "t-sender", "send")] });
  const sender = served.open({ token: "t-sender" });
  const message: Message = { id: "a", task: "mail", args: [], queue: "mail", priority: 5, sentAt: 0, retries: 0 };
  await assertRejects(() => sender.publish([{ ...message, callback }]), InvalidInput, "is the request's own");
  const plain = { url: "https://evil.example/" };
  await assertRejects(() => sender.publish([{ ...message, callback: plain }]), InvalidInput, "goes to no host");
  await assertRejects(() => sender.publish([{ ...message, callback: 5 as never }]), InvalidInput, "callback must be");
  assertEquals((await sender.publish([{ ...message, callback: false }]))[0]!.status, "added");
});

Deno.test("a worker that puts a task back gives it no callback", async () => {
  await using served = serve("shop", sqlite(":memory:"), { tokens: [await tokenLine("hands", "t-hands", "work")] });
  const { app } = served;
  const hands = served.open({ token: "t-hands" });
  const { id } = await app.sendTask("mail");
  const turn = { worker: "w", queues: ["default"], limit: 10, lease: 30_000, reports: [], park: false };
  const { deliveries } = await hands.exchange({ ...turn, number: 1, holds: [], settlements: [], leave: false });
  const { lease, message } = deliveries[0]!;
  const { task, queue, sentAt } = message;
  const again = { message: { ...message, retries: 1, callback }, head: false, deaths: 0 };
  const record: TaskRecord = { id, task, queue, sentAt, retries: 1, state: "RETRY" };
  const settlements = [{ lease, record, again, dueAt: sentAt + 86_400_000 }];
  await hands.exchange({ ...turn, number: 2, limit: 0, holds: [lease], settlements, leave: true });
  const [found] = await app.broker.waiting.find([id]);
  assertEquals(typeof found === "object" && [found.message.retries, found.message.callback], [1, undefined]);
});
