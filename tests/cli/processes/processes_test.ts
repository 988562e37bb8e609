import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { makeFolder, Process, shop, umbel } from "../process.ts";

/** Starting processes takes more than running tasks does. */
const task = "multi";

async function setUp() {
  const folder = await makeFolder();
  const env = { UMBEL_BROKER: `sqlite:${folder.path}/umbel.db` };
  return { path: folder.path, env, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

Deno.test("worker --processes keeps so many alive, and starts one again that was killed", async () => {
  await using place = await setUp();
  const { env } = place;
  await using workers = new Process(["worker", "-A", shop, "--processes", "2"], { env, task });
  const [, pid] = await workers.said(/w1@\S+ is process (\d+)/);
  await workers.said(/w1@\S+ takes from/);
  await workers.said(/w2@\S+ takes from/);
  Deno.kill(Number(pid), "SIGKILL");
  await workers.said(/ERROR\/supervisor\] w1@\S+ ended with code 137; it is started again in 0.5 s/);
  await workers.said(/(w1@\S+ takes from.*[^]*){2}/);
  const { stdout } = await umbel(["call", "add", "-A", shop, "-a", "[1, 2]", "--wait"], { env });
  assertEquals(stdout, "3\n");
  workers.kill("SIGTERM");
  const { code, stderr } = await workers.end();
  assertEquals(code, 0);
  assertMatch(stderr, /w2@\S+ has left/);
});

Deno.test("the processes of a supervisor that is killed finish what runs, and end", async () => {
  await using place = await setUp();
  const { env, path } = place;
  await using workers = new Process(["worker", "-A", shop, "--processes", "2", "--grace", "1h"], { env, task });
  await umbel(["call", "wait_for_file", "-A", shop, "-a", JSON.stringify([`${path}/found`])], { env });
  await workers.said(/^wait_for_file runs/m);
  workers.kill("SIGKILL");
  await workers.said(/(stdin has ended: what runs is finished first[^]*){2}/);
  await Deno.writeTextFile(`${path}/found`, "");
  // Their output ends with the last of them.
  assertStringIncludes((await workers.end()).stderr, "succeeded");
});

Deno.test("worker --processes ends with what its processes cannot mend, and needs the permission to start some", async () => {
  await using place = await setUp();
  const { env, path } = place;
  await Deno.writeTextFile(`${path}/none.ts`, "export const nothing = 1;");
  const wrong = await umbel(["worker", "-A", `${path}/none.ts`, "--processes", "2"], { env, task });
  assertEquals(wrong.code, 2);
  assertStringIncludes(wrong.stderr, "exports no app but nothing");
  const refused = await umbel(["worker", "-A", shop, "--processes", "2"], { env });
  assertEquals([refused.code, refused.stderr.includes("that takes --allow-run")], [2, true]);
  const one = await umbel(["worker", "-A", shop, "--processes", "2", "--pidfile", `${path}/all.pid`], { env, task });
  assertStringIncludes(one.stderr, "--pidfile must hold %n, since each of the processes has its own");
  const many = await umbel(["worker", "-A", shop, "--processes", "1000"], { env, task });
  assertStringIncludes(many.stderr, "--processes must be a whole number from 1 to 256, or auto");
});

Deno.test("worker --watch restarts when code has changed, after what runs is finished", async () => {
  await using place = await setUp();
  const { env, path } = place;
  const file = `${path}/shop.ts`;
  const write = (code: string) =>
    Deno.writeTextFile(
      file,
      `import { Umbel } from ${JSON.stringify(new URL("../../../mod.ts", import.meta.url))};\n${code}`,
    );
  const say = (word: string) => `export const app = new Umbel("shop"); app.task("say", () => ${JSON.stringify(word)});`;
  await write(say("one"));
  await using worker = new Process(["worker", "-A", file, "--watch"], { env, task });
  await worker.said(/takes from/);
  const call = ["call", "say", "--app", "shop", "--wait"];
  assertEquals((await umbel(call, { env })).stdout, '"one"\n');
  await write("this is no code");
  await worker.said(/shop\.ts has changed: what runs is finished first/);
  await worker.said(/ended with code 2; it is started again when the code has changed/);
  await write(say("two"));
  assertEquals((await umbel(call, { env })).stdout, '"two"\n');
  worker.kill("SIGTERM");
  assertEquals((await worker.end()).code, 0);
});
