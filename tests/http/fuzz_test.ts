/**
 * Random requests, made from the OpenAPI document, so that they reach what others add: no answer is a fault, each error
 * is a problem, and each success is what the document says.
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { z } from "zod";
import { Umbel, Worker } from "@umbel/umbel";
import { sqlite } from "@umbel/umbel/sqlite";
import type { Logger } from "@umbel/umbel";
import { Dispatcher } from "../../src/http/dispatch.ts";
import { flowerRoutes } from "../../src/http/flower/routes.ts";
import { readOptions } from "../../src/http/options.ts";
import { routesOf } from "../../src/http/parts.ts";
import { describe } from "../../src/http/resources/reference.ts";
import type { Route } from "../../src/http/route.ts";
import { router } from "../../src/http/router.ts";
import { checkJson } from "../../src/http/schema/check.ts";
import { silentLogger } from "../../src/log.ts";
import { type RandomRequest, requestsOf } from "./requests.ts";
import { seedProperties } from "../random.ts";

seedProperties();

const runs = 5000;
const known = ["add", "mail", "fail", "done-1", "failed-1", "waiting-1", "later-1", "nightly", "default"];

Deno.test("no request makes the API fail, whatever it says", { permissions: "inherit" }, async () => {
  const faults: string[] = [];
  const log: Logger = { ...silentLogger, error: (message, fields) => void faults.push(`${message} ${fields?.stack}`) };
  await using app = await setUp();
  const options = {
    tokens: ["s3cret"],
    secret: "a secret of the tests that nobody guesses",
    maxBodySize: 20_000,
    // Who waits is told the present state at once.
    signal: AbortSignal.abort(),
    log,
  };
  const settings = readOptions(app, options);
  // Those that are hidden from readers too.
  const routes = [...routesOf(app, settings), ...flowerRoutes(app, settings)].map((route) => ({
    ...route,
    hidden: false,
  }));
  const api = router(routes, new Dispatcher(app, settings));
  const requests = requestsOf(describe(app, settings, routes, ""), known);

  await fc.assert(
    fc.asyncProperty(requests, async (request) => {
      const { method, url, headers, body } = request;
      const response = await api.request(url, {
        method,
        headers: { authorization: "Bearer s3cret", ...headers },
        ...(body === undefined ? {} : { body }),
      });
      await check(request, response, routes);
      assertEquals(faults, []);
    }),
    { numRuns: runs, endOnFailure: true },
  );
});

async function setUp(): Promise<Umbel> {
  const app = new Umbel("shop", { broker: sqlite(":memory:"), env: {} });
  const add = app.task("add", (x: number, y: number) => x + y);
  app.task("mail", { schema: z.tuple([z.object({ to: z.email() })]), redact: true }, ({ to }) => to);
  const fail = app.task("fail", { maxRetries: 0 }, () => {
    throw new TypeError("no");
  });
  await add.applyAsync([1, 2], { id: "done-1" });
  await fail.applyAsync([], { id: "failed-1" });
  await new Worker(app, { log: silentLogger }).drain({ seconds: 60 });
  await add.applyAsync([1, 2], { id: "waiting-1" });
  await add.applyAsync([1, 2], { id: "later-1", countdown: "1d" });
  app.beatSchedule = { nightly: { task: add, args: [1, 2], schedule: "0 3 * * *" } };
  return app;
}

async function check({ operation, method }: RandomRequest, response: Response, routes: readonly Route[]) {
  const { status, headers } = response;
  const type = headers.get("content-type");
  if (method === "HEAD") return await response.body?.cancel();
  if (status >= 400) {
    const text = await response.text();
    const made = routes.find(({ id }) => id === operation);
    // Who cannot wait, since the server stops, may say so.
    assert(status < 500 || made?.problems?.[status], `${status} ${text}`);
    // Some tell their errors in the format of somebody else.
    if (made?.refuse) return;
    assertEquals(type, "application/problem+json");
    const problem = JSON.parse(text);
    assertEquals(problem.status, status);
    for (const member of ["type", "title", "code", "detail"]) {
      assert(typeof problem[member] === "string" && problem[member] !== "", `${member} of ${text}`);
    }
    return;
  }
  const route = routes.find(({ id, method: its }) =>
    its === method && operation.replace(/^sendTask\..*/, "sendTask") === id
  );
  const declared = route?.responses[status];
  if (route) assert(declared, `${route.id} answers ${status}, and the document does not tell`);
  if (type !== "application/json") return await response.body?.cancel();
  const answer = await response.json();
  if (declared?.schema) checkJson(declared.schema, answer);
}
