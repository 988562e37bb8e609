import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { brokerTest } from "../brokers.ts";
import { makeFolder, Process, shop, umbel } from "../process.ts";

const json = { "content-type": "application/json" };

async function listening(serve: Process): Promise<string> {
  return (await serve.printed(/^(http:\/\/.+\/tasks)\n/))[1]!;
}

brokerTest("serve takes tasks over HTTP, and a waiting request has the result at once", async ({ env }) => {
  await using serve = new Process(["serve", "-A", shop, "--port", "0"], {
    env: { ...env, UMBEL_HTTP_TOKENS: "one,two" },
  });
  const url = await listening(serve);
  await using worker = new Process(["worker", "-A", shop, "-l", "error"], { env });
  const authorization = "Bearer two";
  const sent = await fetch(`${url}/add`, {
    method: "POST",
    headers: { ...json, authorization },
    body: '{"args": [1, 2]}',
  });
  assertEquals(sent.status, 202);
  await sent.body?.cancel();
  const place = new URL(sent.headers.get("location")!, sent.url);
  const { state, result } = await (await fetch(`${place}?wait=20`, { headers: { authorization } })).json();
  assertEquals([state, result], ["SUCCESS", 3]);
  const updates = await fetch(`${place}/updates`, { headers: { authorization } });
  assertStringIncludes(await updates.text(), "id: end");
  const refused = await fetch(place, { headers: { authorization: "Bearer three" } });
  assertEquals([refused.status, (await refused.json()).code], [401, "unauthorized"]);
  serve.kill("SIGTERM");
  const { code, stderr } = await serve.end();
  assertEquals([code, stderr.split("\n").filter((line) => line.startsWith("Deno.serve"))], [0, []]);
  worker.kill("SIGTERM");
  assertEquals((await worker.end()).code, 0);
});

Deno.test("serve without a token answers this machine alone, and stops in the middle of a wait", async () => {
  await using folder = await makeFolder();
  const env = { UMBEL_BROKER: `sqlite:${folder.path}/umbel.db` };
  await using serve = new Process(["serve", "-A", shop, "--port", "0"], { env });
  const url = await listening(serve);
  await serve.said(/no token is needed on this machine/);
  const sent = await fetch(`${url}/add`, { method: "POST", headers: json, body: '{"args": [1, 2], "id": "one"}' });
  assertEquals([sent.status, (await sent.json()).id], [202, "one"]);
  assertMatch(await rawGet(url, "rebound.example"), /^HTTP\/1\.1 421 /);
  assertMatch(await rawGet(url, "localhost"), /^HTTP\/1\.1 200 /);

  // It answers at once, and with a body when there is something to tell.
  const waiting = await fetch(`${url}/one?wait=30`);
  serve.kill("SIGINT");
  assertEquals((await waiting.json()).state, "QUEUED");
  const { code, stderr } = await serve.end();
  assertEquals(code, 0);
  // What is the program's own alone: Deno has nothing to say about how requests are answered.
  assertEquals(stderr.match(/Deno\.serve/), null);
});

Deno.test("serve --flower answers as Flower does, to the same callers", async () => {
  await using folder = await makeFolder();
  const env = { UMBEL_BROKER: `sqlite:${folder.path}/umbel.db`, UMBEL_HTTP_TOKENS: "one" };
  await using serve = new Process(["serve", "-A", shop, "--port", "0", "--flower", "--no-dashboard"], { env });
  const url = (await listening(serve)).replace("/tasks", "/flower/api");
  const headers = { authorization: "Bearer one" };
  const sent = await fetch(`${url}/task/async-apply/add`, { method: "POST", headers, body: '{"args": [1, 2]}' });
  assertEquals((await sent.json()).state, "PENDING");
  const queues = await fetch(`${url}/queues/length`, { headers });
  assertEquals(await queues.json(), { active_queues: [{ name: "default", messages: 1 }] });
  const stranger = await fetch(`${url}/tasks`);
  await stranger.body?.cancel();
  assertEquals(stranger.status, 401);
  serve.kill("SIGTERM");
  assertEquals((await serve.end()).code, 0);
});

Deno.test("serve has a dashboard beside the API, which its start leads to, unless it is told not to", async () => {
  await using folder = await makeFolder();
  const env = { UMBEL_BROKER: `sqlite:${folder.path}/umbel.db` };
  await using serve = new Process(["serve", "-A", shop, "--port", "0", "--read-only"], { env });
  const url = (await serve.printed(/^http:.*\/tasks\n(http:.*\/dashboard)\n/))[1]!;
  const page = await fetch(new URL("/", url));
  assertEquals([page.status, page.url], [200, url]);
  assertStringIncludes(await page.text(), "Read-only");
  const missing = await fetch(new URL("/nothing", url));
  assertEquals([missing.status, (await missing.json()).code], [404, "not_found"]);

  await using bare = new Process(["serve", "-A", shop, "--port", "0", "--no-dashboard"], { env });
  const none = await fetch((await listening(bare)).replace("/tasks", "/dashboard"));
  assertEquals([none.status, (await none.json()).code], [404, "not_found"]);
});

brokerTest("serve --work-… says how POST /work works", async ({ env }) => {
  const options = ["--work-longest", "20s", "--work-drains", "1", "--work-queues", "mail", "--work-concurrency", "2"];
  await using serve = new Process(["serve", "-A", shop, "--port", "0", "--no-dashboard", ...options], { env });
  const url = await listening(serve);
  const send = async (queue: string) => {
    const sent = await fetch(`${url}/add`, {
      method: "POST",
      headers: json,
      body: `{"args": [1, 2], "queue": "${queue}"}`,
    });
    return (await sent.json()).id;
  };
  const [here, elsewhere] = [await send("mail"), await send("default")];
  const worked = await fetch(url.replace("/tasks", "/work?seconds=60"), { method: "POST" });
  const { state, done } = JSON.parse((await worked.text()).trim().split("\n").at(-1)!);
  assertEquals([state, done], ["empty", 1]);
  const states = [here, elsewhere].map(async (id) => (await (await fetch(`${url}/${id}`)).json()).state);
  assertEquals(await Promise.all(states), ["SUCCESS", "QUEUED"]);
  serve.kill("SIGTERM");
  assertEquals((await serve.end()).code, 0);
});

Deno.test("serve refuses --work-… that break their rules", async () => {
  await using folder = await makeFolder();
  const env = { UMBEL_BROKER: `sqlite:${folder.path}/umbel.db` };
  for (
    const [option, value, sentence] of [
      ["drains", "0", "work.drains must be a whole number from 1 on, and it is 0"],
      ["drains", "many", '--work-drains must be a number, and it is "many"'],
      ["concurrency", "0", "work.concurrency"],
      ["longest", "never", "work.longest"],
      ["queues", ",", "work.queues must name at least one queue"],
      ["queues", "a queue", "queue"],
    ] as const
  ) {
    const { code, stderr } = await umbel(["serve", "-A", shop, "--port", "0", `--work-${option}`, value], { env });
    assertEquals(code, 2);
    assertStringIncludes(stderr, sentence);
  }
});

Deno.test("serve refuses to be open to others without a token", async () => {
  for (const host of ["0.0.0.0", "::", "192.0.2.1"]) {
    const { code, stderr } = await umbel(["serve", "-A", shop, "--hostname", host, "--port", "0"]);
    assertEquals(code, 2);
    assertStringIncludes(
      stderr,
      `Others can reach ${host}: say who may call, by --token, --tokens-file or UMBEL_HTTP_TOKENS`,
    );
  }
});

Deno.test("serve exits 69 when its port is in use", async () => {
  await using folder = await makeFolder();
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { code, stderr } = await umbel(["serve", "-A", shop, "--port", String(listener.addr.port)], {
    env: { UMBEL_BROKER: `sqlite:${folder.path}/umbel.db` },
  });
  assertEquals([code, stderr], [69, "umbel: The port is in use: choose another\n"]);
});

/** `fetch` sets the host by itself. */
async function rawGet(url: string, host: string): Promise<string> {
  const { hostname, port } = new URL(url);
  using connection = await Deno.connect({ hostname, port: Number(port) });
  const request = `GET /tasks/one HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
  await connection.write(new TextEncoder().encode(request));
  let text = "";
  for await (const part of connection.readable.pipeThrough(new TextDecoderStream(), { preventCancel: false })) {
    text += part;
  }
  return text;
}
