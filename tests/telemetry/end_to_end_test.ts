import { assert, assertEquals } from "@std/assert";
import { brokerTest } from "../cli/brokers.ts";
import { makeFolder, umbel } from "../cli/process.ts";
import { collect } from "./collector.ts";

const traced: string = new URL("traced.ts", import.meta.url).pathname;

brokerTest("spans lead from the sending to its run, and from a later try to the one before", async (place) => {
  await using collector = collect();
  const env = { ...place.env, ...collector.env };
  for (const task of ["greet", "flaky"]) {
    const sent = await umbel(["call", task, "-A", traced], { env });
    assertEquals([sent.code, sent.stderr], [0, ""]);
  }
  const { code, stderr } = await umbel(["worker", "-A", traced, "--drain", "--idle", "1", "-l", "error"], { env });
  assertEquals([code, stderr], [0, ""]);

  const named = (name: string) => collector.spans.filter((span) => span.name === name);
  const [send] = named("send greet");
  const [run] = named("run greet");
  const [inside] = named("inside");
  assert(send && run && inside, JSON.stringify(collector.spans.map(({ name }) => name)));
  assertEquals([send.kind, run.kind], [4, 5]);
  assertEquals([run.traceId, run.parentSpanId], [send.traceId, send.spanId]);
  assertEquals([inside.traceId, inside.parentSpanId], [send.traceId, run.spanId]);
  assertEquals(run.links ?? [], []);
  const said = Object.fromEntries(run.attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
  assertEquals(
    [said["messaging.system"], said["messaging.destination.name"], said["umbel.task.state"]],
    ["umbel", "default", "SUCCESS"],
  );

  const [sent] = named("send flaky");
  const tries = named("run flaky");
  assertEquals(tries.map(({ traceId, parentSpanId }) => [traceId, parentSpanId]), [
    [sent!.traceId, sent!.spanId],
    [sent!.traceId, sent!.spanId],
  ]);
  const [first, second] = tries as [typeof send, typeof send];
  assertEquals([first.status?.code, first.status?.message], [2, "not yet"]);
  assertEquals(second.links?.map(({ traceId, spanId }) => [traceId, spanId]), [[first.traceId, first.spanId]]);

  for (const name of ["messaging.client.sent.messages", "messaging.process.duration", "umbel.task.wait"]) {
    assert(collector.metrics.has(name), `${name} is not among ${[...collector.metrics]}`);
  }
});

Deno.test("spans of children of a pool are below the sending, too, and later tries linked to the one before", async () => {
  await using folder = await makeFolder();
  await using collector = collect();
  const env = { UMBEL_BROKER: `sqlite:${folder.path}/umbel.db`, ...collector.env };
  for (const task of ["flaky", "greet"]) {
    assertEquals((await umbel(["call", task, "-A", traced], { env })).code, 0);
  }
  const args = ["worker", "-A", traced, "--pool", "threads", "-c", "1", "--drain", "--idle", "1", "-l", "error"];
  const { code, stderr } = await umbel(args, { env });
  assertEquals([code, stderr], [0, ""]);
  const [sent] = collector.spans.filter(({ name }) => name === "send flaky");
  const tries = collector.spans.filter(({ name }) => name === "run flaky");
  assertEquals(tries.map(({ parentSpanId, status }) => [parentSpanId, status?.code ?? 0]), [
    [sent!.spanId, 2],
    [sent!.spanId, 0],
  ]);
  assertEquals(tries[1]!.links?.map(({ spanId }) => spanId), [tries[0]!.spanId]);
  // What a handler does in its child is below its run.
  const [run] = collector.spans.filter(({ name }) => name === "run greet");
  const [inside] = collector.spans.filter(({ name }) => name === "inside");
  assertEquals([inside!.traceId, inside!.parentSpanId], [run!.traceId, run!.spanId]);
});
