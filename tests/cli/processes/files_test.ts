import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { livingPid } from "../../../src/cli/processes/pid_file.ts";
import { until } from "../../until.ts";
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

Deno.test("a log file writes to stderr what the disk does not take", async () => {
  const module = import.meta.resolve("../../../src/cli/processes/log_file.ts");
  const code = `import { LogFile } from "${module}"; using file = new LogFile("/dev/full"); file.write("a line");`;
  // Only who may do everything may open a device.
  const { code: exit, stderr } = await new Deno.Command(Deno.execPath(), { args: ["eval", code] }).output();
  assertEquals([exit, new TextDecoder().decode(stderr)], [0, "a line\n"]);
});

Deno.test("worker --logfile goes on in the file that it has, when SIGHUP finds no other", async () => {
  await using folder = await makeFolder();
  const env = { UMBEL_BROKER: `sqlite:${folder.path}/umbel.db` };
  const args = ["worker", "-A", shop, "--logfile", `${folder.path}/log/w.log`];
  await using worker = new Process(args, { env });
  await worker.printed(/tasks:/);
  await Deno.rename(`${folder.path}/log`, `${folder.path}/old`);
  await Deno.writeTextFile(`${folder.path}/log`, "no folder");
  worker.kill("SIGHUP");
  const old = () => Deno.readTextFile(`${folder.path}/old/w.log`);
  await until(async () => (await old()).includes("cannot be opened anew"));
  await umbel(["call", "add", "-A", shop, "-a", "[3, 4]", "--wait"], { env });
  worker.kill("SIGTERM");
  assertEquals((await worker.end()).code, 0);
  assertMatch(await old(), /succeeded in .*: 7\n/);
});

Deno.test("worker --pidfile leaves alone what another has put in the place of its file, and does not miss it", async () => {
  await using folder = await makeFolder();
  const env = { UMBEL_BROKER: `sqlite:${folder.path}/umbel.db` };
  const file = `${folder.path}/w1.pid`;
  for (const other of [undefined, "4711\n"]) {
    await using worker = new Process(["worker", "-A", shop, "--pidfile", file], { env });
    await worker.said(/takes from/);
    await Deno.remove(file);
    if (other !== undefined) await Deno.writeTextFile(file, other);
    worker.kill("SIGTERM");
    assertEquals((await worker.end()).code, 0);
    assertEquals(await Deno.readTextFile(file).catch(() => undefined), other);
  }
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
