import { assertEquals } from "@std/assert";
import { freePort } from "../../src/rest/free_port.ts";
import { redisTest, startRest, type TestRest } from "../redis.ts";
import { type Program, startDeno } from "./program.ts";

function startDeploy(rest: TestRest, flags: readonly string[] = [], env: Record<string, string> = {}): Program {
  return startDeno(["run", "-A", "--unstable-cron", ...flags, "examples/deploy.ts"], {
    env: {
      UPSTASH_REDIS_REST_URL: rest.url,
      UPSTASH_REDIS_REST_TOKEN: rest.token,
      API_TOKEN: "s3cret",
      DENO_SERVE_ADDRESS: "tcp:127.0.0.1:0",
      ...env,
    },
  });
}

/** Sends a task and waits for its result. */
async function shout(program: Program): Promise<unknown> {
  const [, url] = await program.says(/Listening on (http:\S+)\//);
  const headers = { authorization: "Bearer s3cret", "content-type": "application/json" };
  const sent = await fetch(`${url}/tasks/shout`, { method: "POST", headers, body: '{"args": ["hello"]}' });
  assertEquals(sent.status, 202, await sent.text());
  for (let tries = 0; tries < 3; tries++) {
    const answer = await fetch(url + sent.headers.get("location")! + "?wait=30", { headers });
    const { state, result } = await answer.json();
    if (state === "SUCCESS") return result;
  }
  throw new Error(`It did not run:\n${program.output}`);
}

redisTest("examples/deploy.ts takes tasks over HTTP, and its cron does them", async () => {
  await using rest = await startRest();
  await using program = startDeploy(rest, ["--preload=tests/examples/impatient_cron.ts"]);
  assertEquals(await shout(program), "HELLO!");
});

redisTest("examples/deploy.ts is woken by what it has sent, with no cron", async () => {
  await using rest = await startRest();
  const port = freePort();
  const env = { DENO_SERVE_ADDRESS: `tcp:127.0.0.1:${port}`, WAKE_URL: `http://127.0.0.1:${port}/work` };
  await using program = startDeploy(rest, ["--preload=tests/examples/no_cron.ts"], env);
  assertEquals(await shout(program), "HELLO!");
});

const inCi = Deno.env.get("CI") === "true";
(inCi ? redisTest : Deno.test.ignore)(
  "examples/deploy.ts runs by Deno.cron itself (up to a minute: in CI)",
  async () => {
    await using rest = await startRest();
    await using program = startDeploy(rest);
    assertEquals(await shout(program), "HELLO!");
  },
);
