import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { livingPid } from "../../../src/cli/processes/pid_file.ts";
import { makeFolder, Process, shop, umbel } from "../process.ts";

Deno.test("worker --logfile adds to the file, and opens it anew after SIGHUP", async () => {
  await using folder = await makeFolder();
  const env = { UMBEL_BROKER: `sqlite:${folder.path}/umbel.db` };
  await Deno.mkdir(`${folder.path}/log`);
  const file = `${folder.path}/log/w1.log`;
  await Deno.writeTextFile(file, "before\n");
  const args = ["worker", "-A", shop, "-n", "w1@%h", "--logfile", `${folder.path}/log/%n.log`];
  await using worker = new Process(args, { env });
  await worker.printed(/tasks:/);
  await umbel(["call", "add", "-A", shop, "-a", "[1, 2]", "--wait"], { env });
  await Deno.rename(file, `${file}.1`);
  const watcher = Deno.watchFs(`${folder.path}/log`);
  worker.kill("SIGHUP");
  for await (const { kind, paths } of watcher) if (kind === "create" && paths[0]!.endsWith("w1.log")) break;
  await umbel(["call", "add", "-A", shop, "-a", "[3, 4]", "--wait"], { env });
  worker.kill("SIGTERM");
  assertEquals((await worker.end()).stderr, "");
  const old = await Deno.readTextFile(`${file}.1`);
  assertMatch(old, /^before\n\[.*: INFO\/w1@.*\] w1@.* takes from/);
  assertStringIncludes(old, ": 3\n");
  assertMatch(await Deno.readTextFile(file), /succeeded in .*: 7\n/);
});

Deno.test("worker --pidfile names its process; a second one is refused while it lives, and not after it was killed", async () => {
  await using folder = await makeFolder();
  const env = { UMBEL_BROKER: `sqlite:${folder.path}/umbel.db` };
  const file = `${folder.path}/run/w1.pid`;
  const args = ["worker", "-A", shop, "-n", "w1@%h", "--pidfile", `${folder.path}/run/%n.pid`];
  {
    await using worker = new Process(args, { env });
    await worker.said(/takes from/);
    const pid = (await livingPid(file))!;
    assertEquals(pid > 1, true);
    const { code, stderr } = await umbel(args, { env });
    assertEquals(code, 69);
    assertStringIncludes(stderr, `${file} is held by process ${pid}, which runs`);
  }
  assertEquals(await livingPid(file), undefined);
  assertEquals((await umbel([...args, "--drain"], { env })).code, 0);
  assertEquals(await Deno.stat(file).catch(() => "gone"), "gone");
});

Deno.test("what is said deep inside of a handler carries its task's name and id", async () => {
  await using folder = await makeFolder();
  const env = { UMBEL_BROKER: `sqlite:${folder.path}/umbel.db` };
  const id = (await umbel(["call", "chat", "-A", shop], { env })).stdout.trim();
  const { stderr } = await umbel(["worker", "-A", shop, "--drain"], { env });
  assertMatch(stderr, new RegExp(`INFO/library\\] chat\\[${id}\\]: deep inside$`, "m"));
});

Deno.test("worker names the nearest option for one that there is not", async () => {
  const { code, stderr } = await umbel(["worker", "-A", shop, "--pid-file", "x"]);
  assertEquals([code, stderr], [2, "umbel: --pid-file is no option of worker: did you mean --pidfile?\n"]);
});
