import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { type ConfigOptions, InvalidInput, type Routes, Umbel, Worker } from "@umbel/umbel";
import { ManualClock } from "@umbel/umbel/testing";
import { ScriptedBroker } from "../scripted.ts";

function routed(routes: Routes | undefined, env = {}) {
  const clock = new ManualClock();
  const broker = new ScriptedBroker(clock);
  const config: ConfigOptions = { ...(routes ? { routes } : {}) };
  const app = new Umbel("shop", { broker, clock, config, env });
  const queues = () => broker.requests.flat().map(({ queue }) => queue);
  return { app, queues };
}

Deno.test("routes are patterns, and the first that fits counts", async () => {
  const { app, queues } = routed({ "mail.bulk.*": "bulk", "mail.*": "mail", "*.png": "images", "a+b": "sum" });
  for (const task of ["mail.bulk.all", "mail.one", "mail", "x.png", "x.pngs", "a+b", "aab"]) await app.sendTask(task);
  assertEquals(queues(), ["bulk", "mail", "default", "images", "default", "sum", "default"]);
});

Deno.test("routes come after what the call says and what the task says", async () => {
  const { app, queues } = routed({ "*": "routed" });
  const mail = app.task("mail", { queue: "tasks" }, () => {});
  await mail.delay();
  await mail.applyAsync([], { queue: "calls" });
  await app.sendTask("other", [], { queue: "calls" });
  await app.sendTask("other");
  assertEquals(queues(), ["tasks", "calls", "calls", "routed"]);
});

Deno.test("a function as routes sees the call", async () => {
  const { app, queues } = routed(({ task, args, headers }) => {
    if (task === "bad") return "a b";
    return headers.tenant ? `tenant-${headers.tenant}` : args[0] === 1 ? "ones" : undefined;
  });
  await app.sendTask("t", [1]);
  await app.sendTask("t", [2]);
  await app.sendTask("t", [1], { headers: { tenant: "x" } });
  assertEquals(queues(), ["ones", "default", "tenant-x"]);
  await assertRejects(
    () => app.sendTask("bad"),
    InvalidInput,
    'The route of task "bad" names no queue: queue must be',
  );
});

Deno.test("routes come from the environment too", async () => {
  const { app, queues } = routed({ "*": "object" }, { UMBEL_ROUTES: '{"mail":"mail"}' });
  await app.sendTask("mail");
  assertEquals(queues(), ["mail"]);
});

Deno.test("routes that are none are refused", () => {
  const refused: [unknown, string][] = [
    [3, "routes must be an object of patterns and queues"],
    [[["a", "b"]], 'or a function, and it is [["a","b"]]'],
    [{ "mail.*": "a b" }, 'routes["mail.*"] names no queue: queue must be'],
    [{ "": "a" }, "routes has an empty pattern"],
  ];
  for (const [routes, sentence] of refused) assertThrows(() => routed(routes as Routes), InvalidInput, sentence);
  assertThrows(() => routed(undefined, { UMBEL_ROUTES: "mail" }), InvalidInput, "UMBEL_ROUTES must be an object");
});

Deno.test("a worker takes from the queues that the routes of its tasks name", () => {
  const { app } = routed({ "mail.*": "mail", "other.*": "other" });
  app.task("mail.send", () => {});
  app.task("mail.own", { queue: "own" }, () => {});
  assertEquals(new Worker(app).queues, ["default", "mail", "own"]);
});
