import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { MailCatcher } from "../../examples/signup/mail_catcher.ts";
import { redisTest, startRest } from "../redis.ts";
import { type Program, startDeno } from "./program.ts";

const root = new URL("../../", import.meta.url).pathname;

/** The demo as `deno task demo` starts it, without a broker from the surroundings. */
function startDemo(args: readonly string[], env: Record<string, string> = {}): Program {
  return startDeno(["task", "demo", ...args], {
    env: { UMBEL_BROKER: "", UPSTASH_REDIS_REST_URL: "", UPSTASH_REDIS_REST_TOKEN: "", ...env },
  });
}

function assertTable(output: string): void {
  for (const name of ["Ada Lovelace", "Grace Hopper", "Radia Perlman"]) {
    const line = new RegExp(`^${name} +([\\d.]+) ms +([\\d.]+) ms +([\\d.]+) ms$`, "m").exec(output);
    assert(line, output);
    const [, without, arrived] = line.slice(1).map(Number) as [number, number, number];
    // The mail server takes 400 ms for a mail: who waits for it waits for that.
    assert(without >= 399 && arrived >= 399, output);
  }
}

Deno.test("deno task demo --once signs three people up and prints their times", async () => {
  await using demo = startDemo(["--once"]);
  assertEquals(await demo.ended, 0, demo.output);
  assertMatch(demo.output, /^Broker +sqlite :memory:/m);
  assertTable(demo.output);
});

redisTest("deno task demo --once does the same over Redis by HTTP", async () => {
  await using rest = await startRest();
  await using demo = startDemo(["--once"], { UPSTASH_REDIS_REST_URL: rest.url, UPSTASH_REDIS_REST_TOKEN: rest.token });
  assertEquals(await demo.ended, 0, demo.output);
  assertStringIncludes(demo.output, new URL(rest.url).host);
  assertTable(demo.output);
});

Deno.test("deno task demo --once fails in a sentence when the mails are late", async () => {
  await using demo = startDemo(["--once", "--timeout", "0.01"]);
  assertEquals(await demo.ended, 1, demo.output);
  assertStringIncludes(demo.output, "No mail has arrived within 0.01 s for Ada Lovelace, Grace Hopper, Radia Perlman.");
});

Deno.test("deno task demo runs until it is told to stop, and finishes what it has begun", async () => {
  const broker = await Deno.makeTempFile({ dir: root, prefix: ".demo_", suffix: ".db" });
  try {
    await using demo = startDemo([], { UMBEL_BROKER: `sqlite:${broker}` });
    const [, url] = await demo.says(/^Sign up +(http:\S+)\/$/m);
    const [, inbox] = await demo.says(/^Inbox +(http:\S+)$/m);
    await demo.says(/Ctrl-C/);

    const page = await (await fetch(url!)).text();
    assertStringIncludes(page, '<form method="post" action="/register">');
    const wrong = await register(url!, { name: "<b>Ada</b>", email: "nowhere" });
    assertEquals(wrong.status, 422);
    assertStringIncludes(await wrong.text(), "&lt;b&gt;Ada&lt;/b&gt;");

    const news = await fetch(`${inbox}/events`);
    const right = await register(url!, { name: "Ada", email: "ada@example.org" });
    assertEquals(right.status, 303);
    await right.body?.cancel();
    await demo.says(/Task welcome\S+ received/);
    demo.kill("SIGINT");
    assertEquals(await demo.ended, 0, demo.output);
    assertMatch(demo.output, /Task welcome\S+ succeeded/);
    assertStringIncludes(await news.text(), "data: 1\n");
  } finally {
    for (const ending of ["", "-wal", "-shm"]) await Deno.remove(broker + ending).catch(() => {});
  }
});

Deno.test("MailCatcher takes another port when its own is taken", async () => {
  const { signal } = new AbortController();
  await using one = await MailCatcher.start({ port: 0, delay: 0, signal });
  await using two = await MailCatcher.start({ port: Number(new URL(one.url).port), delay: 0, signal });
  assert(one.url !== two.url);
});

function register(url: string, form: Record<string, string>): Promise<Response> {
  return fetch(`${url}/register`, { method: "POST", body: new URLSearchParams(form), redirect: "manual" });
}
