import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { makeFolder, Process, shop, umbel } from "../process.ts";

const json = { "content-type": "application/json" };

Deno.test("token makes a token and its line, which lets its holder do what it says", async () => {
  await using folder = await makeFolder();
  const file = `${folder.path}/tokens.txt`;
  const made = await umbel(["token", "--name", "ci", "--scope", "send:add", "--scope", "read", "--expires", "1d"]);
  assertEquals(made.code, 0);
  assertStringIncludes(made.stderr, "shown this once");
  const [token, line] = made.stdout.trim().split("\n") as [string, string];
  assertMatch(token, /^umbel_[\w-]{43}$/);
  assertMatch(line, /^ci sha256:[0-9a-f]{64} send:add read until:\d{4}-\d\d-\d\dT/);
  await Deno.writeTextFile(file, `# who may call\n\n${line}\n`);

  const added = await umbel(["token", "-n", "reader", "-s", "read", "--tokens-file", file]);
  const reader = added.stdout.trim();
  assertMatch(reader, /^umbel_[\w-]{43}$/);
  assertEquals((await Deno.readTextFile(file)).split("\n").length, 5);

  const env = { UMBEL_BROKER: `sqlite:${folder.path}/umbel.db` };
  await using serve = new Process(["serve", "-A", shop, "--port", "0", "--tokens-file", file, "--rate-limit", "5/d"], {
    env,
  });
  const url = (await serve.printed(/^(http:\/\/.+\/tasks)\n/))[1]!;
  const send = async (name: string, shown: string) => {
    const headers = { ...json, authorization: `Bearer ${shown}` };
    const response = await fetch(`${url}/${name}`, { method: "POST", headers, body: '{"args": [1, 2]}' });
    await response.body?.cancel();
    return response.status;
  };
  assertEquals([await send("add", token), await send("fail", token), await send("add", reader)], [202, 403, 403]);
  assertEquals([await send("add", token), await send("add", token), await send("add", token)], [202, 202, 202]);
  assertEquals(await send("add", token), 429);
  await serve.said(/audit: ci \(token\) sendTask task="add" id="[^"]+" → 202/);
  serve.kill("SIGTERM");
  assertEquals((await serve.end()).code, 0);
});

Deno.test("token refuses what says nothing, and what is wrong", async () => {
  for (
    const [args, said] of [
      [["--name", "ci"], "Say what its holder may do"],
      [["--scope", "read"], "Say whose token it is"],
      [["--name", "ci", "--scope", "raed"], '"raed" is no scope: did you mean read?'],
      [["--name", "a b", "--scope", "read"], "visible ASCII characters"],
      [["--name", "ci", "--scope", "read", "--expires", "soon"], "--expires"],
      [["--name", "ci", "--scope", "read", "--iterations", "5"], "--iterations needs --password"],
      [["--name", "ci", "--scope", "read", "--password", "--iterations", "5"], "from 100000 to 10000000"],
      [["--name", "ci", "--scope", "read", "--password"], "at least 8 characters"],
    ] as const
  ) {
    const { code, stdout, stderr } = await umbel(["token", ...args]);
    assertEquals([code, stdout], [2, ""], stderr);
    assertStringIncludes(stderr, said);
  }
});

Deno.test("serve knows users, a proxy's header, and parts; and may be read-only", async () => {
  await using folder = await makeFolder();
  const env = { UMBEL_BROKER: `sqlite:${folder.path}/umbel.db`, UMBEL_BASIC_AUTH: "anna:geheim" };
  const options = ["--trust-header", "x-user read", "--parts", "tasks,waiting", "--read-only"];
  await using serve = new Process(["serve", "-A", shop, "--port", "0", ...options], { env });
  const url = (await serve.printed(/^(http:\/\/.+)\/tasks\n/))[1]!;
  const ask = async (path: string, headers: HeadersInit, method = "GET") => {
    const response = await fetch(`${url}${path}`, { method, headers });
    await response.body?.cancel();
    return response.status;
  };
  const anna = { authorization: `Basic ${btoa("anna:geheim")}` };
  assertEquals(await ask("/waiting", anna), 200);
  assertEquals(await ask("/waiting", { "x-user": "bert" }), 200);
  assertEquals(await ask("/waiting", {}), 401);
  assertEquals(await ask("/dead-letters", anna), 404);
  assertEquals(await ask("/tasks/any", anna, "DELETE"), 403);
  serve.kill("SIGTERM");
  assertEquals((await serve.end()).code, 0);
});

for (
  const [options, said] of [
    [["--tokens-file", "/nowhere/tokens.txt"], "There is no file"],
    [["--basic-auth", "anna"], "--basic-auth must be USER:PASSWORD"],
    [["--trust-header", "x-user"], "--trust-header must be a header and scopes"],
    [["--token", "a", "--rate-limit", "fast"], "rateLimit must be a rate"],
    [["--token", "a", "--parts", "task"], "did you mean tasks?"],
  ] as const
) {
  Deno.test(`serve refuses ${options.join(" ")}`, async () => {
    await using folder = await makeFolder();
    const { code, stderr } = await umbel(["serve", "-A", shop, "--port", "0", ...options], {
      env: { UMBEL_BROKER: `sqlite:${folder.path}/umbel.db` },
    });
    assertEquals(code, 2, stderr);
    assertStringIncludes(stderr, said);
  });
}

Deno.test("openapi prints the document of an app, and needs no broker", async () => {
  await using folder = await makeFolder();
  const { code, stdout } = await umbel(["openapi", "-A", shop, "--base", "/api"], { cwd: folder.path });
  assertEquals(code, 0);
  const { openapi, servers, paths } = JSON.parse(stdout);
  assertEquals([openapi, servers], ["3.1.1", [{ url: "/api" }]]);
  assert(paths["/tasks/add"].post && paths["/tasks/{task}"].get);
  assertEquals(await Array.fromAsync(Deno.readDir(folder.path)), []);
});
