import { assertEquals, assertMatch } from "@std/assert";
import { createLogger, Umbel, Worker } from "@umbel/umbel";
import { richTypes, sealed } from "@umbel/umbel/codecs";
import { sqlite } from "@umbel/umbel/sqlite";
import { brokerTest } from "../brokers.ts";
import { makeFolder, shop, umbel } from "../process.ts";

brokerTest("result tells what became of a task, by its output and its exit code", async ({ env }) => {
  const ids = ["done", "failed", "later"];
  const calls = [["add", "-a", "[1, 2]"], ["fail"], ["add", "-a", "[1, 2]", "--countdown", "1h"]];
  for (const [index, call] of calls.entries()) {
    await umbel(["call", ...call, "-A", shop, "--id", ids[index]!], { env });
  }
  assertEquals((await umbel(["worker", "-A", shop, "--drain", "-l", "error"], { env })).code, 0);
  const result = async (...args: string[]) => await umbel(["result", ...args, "--app", "shop"], { env });

  assertEquals(await result("done"), { code: 0, stdout: "3\n", stderr: "" });
  assertEquals(await result("failed"), {
    code: 1,
    stdout: "",
    stderr: "umbel: Task failed failed: TypeError: no good\n",
  });
  assertEquals(await result("later"), { code: 75, stdout: "", stderr: "umbel: Task later has not ended: SCHEDULED\n" });
  assertEquals((await result("later", "--wait", "--timeout", "10ms")).code, 75);
  const unknown = await result("nobody");
  assertEquals([unknown.code, unknown.stdout], [3, ""]);
  assertMatch(unknown.stderr, /^umbel: Nothing is known of task nobody/);

  const json = await result("failed", "--json", "--wait");
  assertEquals(json.code, 1);
  const { state, ended, error, finishedAt } = JSON.parse(json.stdout);
  assertEquals([state, ended, error.type], ["FAILURE", true, "TypeError"]);
  assertMatch(finishedAt, /^\d{4}-\d\d-\d\dT/);
  assertEquals((await result("later", "--json")).code, 75);
  assertEquals((await result("done", "--json")).code, 0);

  assertEquals(await result("done", "--follow"), { code: 0, stdout: "3\n", stderr: "SUCCESS\n" });
  const followed = await result("later", "--follow", "--timeout", "3s");
  assertEquals([followed.code, followed.stdout], [75, ""]);
  assertMatch(followed.stderr, /^SCHEDULED\numbel: Task later has not ended within 3s/);
});

Deno.test("result says that a result is sealed to those who have no key, and shows rich types as JSON", async () => {
  await using folder = await makeFolder();
  const env = { UMBEL_BROKER: `sqlite:${folder.path}/umbel.db` };
  await using app = new Umbel("shop", { broker: sqlite(`${folder.path}/umbel.db`), env: {} });
  const keys = { k1: new Uint8Array(32) };
  app.task("sealed", { codecs: [sealed({ keys })] }, (word: string) => word);
  app.task("rich", { codecs: [richTypes()] }, () => new Map([["day", new Date(0)]]));
  await app.sendTask("sealed", ["secret"], { id: "sealed" });
  await app.sendTask("rich", [], { id: "rich" });
  await new Worker(app, { log: createLogger({ write() {} }) }).drain({ seconds: 60 });
  const result = async (...args: string[]) => await umbel(["result", ...args, "--app", "shop"], { env });

  assertEquals(await result("sealed"), {
    code: 77,
    stdout: "",
    stderr: 'umbel: The result of task sealed[sealed] went through the codec "sealed", which is not known here\n',
  });
  const json = await result("sealed", "--json");
  assertEquals([json.code, JSON.parse(json.stdout).encoded], [0, { args: ["sealed"], result: ["sealed"] }]);
  assertEquals(await result("rich"), { code: 0, stdout: '[["day","1970-01-01T00:00:00.000Z"]]\n', stderr: "" });
});
