import { assertEquals } from "@std/assert";
import { lifeOf, type Lived } from "../../../../src/http/dashboard/components/life.ts";

const error = { type: "Error", message: "no" };
const task = (more: Partial<Lived>): Lived => ({ state: "QUEUED", sentAt: 0, retries: 0, ...more });
const told = (more: Partial<Lived>, eta?: number) =>
  lifeOf(task(more), { now: 1000, eta }).map(({ kind, from, to, attempt, isOpen }) =>
    `${kind} ${from}-${to}${attempt === undefined ? "" : ` #${attempt}`}${isOpen ? " open" : ""}`
  );

Deno.test("lifeOf tells what a task does that has not run", () => {
  assertEquals(told({}), ["waited 0-1000 open"]);
  assertEquals(told({ state: "SCHEDULED", eta: 5000 }), ["delayed 0-5000 open"]);
  assertEquals(told({}, 400), ["delayed 0-400", "waited 400-1000 open"]);
  assertEquals(told({ state: "REVOKED", finishedAt: 300 }), ["waited 0-300"]);
  assertEquals(told({ state: "EXPIRED", finishedAt: 300 }, 200), ["delayed 0-200", "waited 200-300"]);
});

Deno.test("lifeOf tells what a task did that runs or ran once", () => {
  assertEquals(told({ state: "STARTED", startedAt: 200 }), ["waited 0-200", "ran 200-1000 #1 open"]);
  assertEquals(told({ state: "HALF_WAY", startedAt: 200 }), ["waited 0-200", "ran 200-1000 #1 open"]);
  assertEquals(told({ state: "SUCCESS", startedAt: 200, finishedAt: 200 }), ["waited 0-200", "ran 200-200 #1"]);
  assertEquals(told({ state: "FAILURE", startedAt: 200, finishedAt: 900, error }), [
    "waited 0-200",
    "failed 200-900 #1",
  ]);
  assertEquals(told({ state: "REVOKED", startedAt: 200, finishedAt: 900 }), ["waited 0-200", "ran 200-900 #1"]);
});

const run = (startedAt: number, finishedAt: number, more = {}) => ({ startedAt, finishedAt, worker: "w", ...more });

Deno.test("lifeOf tells of tries, and of what lies between them", () => {
  const attempts = [run(100, 200, { error }), run(400, 500, { error })];
  const tried = ["waited 0-100", "failed 100-200 #1", "backoff 200-400", "failed 400-500 #2"];
  assertEquals(told({ state: "RETRY", retries: 2, eta: 3000, startedAt: 400, attempts }), [
    ...tried,
    "backoff 500-3000 open",
  ]);
  assertEquals(told({ state: "QUEUED", retries: 2, startedAt: 400, attempts }), [...tried, "waited 500-1000 open"]);
  assertEquals(told({ state: "STARTED", retries: 2, startedAt: 900, attempts }), [
    ...tried,
    "backoff 500-900",
    "ran 900-1000 #3 open",
  ]);
  const ended = { state: "SUCCESS", retries: 2, startedAt: 900, finishedAt: 950 };
  assertEquals(told({ ...ended, attempts: [...attempts, run(900, 950)] }), [
    ...tried,
    "backoff 500-900",
    "ran 900-950 #3",
  ]);
  assertEquals(told({ state: "REVOKED", retries: 2, finishedAt: 800, attempts }), [...tried, "backoff 500-800"]);
});

Deno.test("lifeOf knows of tries that are no longer kept, and of letters that were sent again", () => {
  const attempts = Array.from({ length: 10 }, (_, index) => run(500 + index * 10, 505 + index * 10, { error }));
  const life = told({ state: "FAILURE", retries: 14, startedAt: 590, finishedAt: 595, attempts });
  assertEquals(life.slice(0, 2), ["earlier 0-500", "failed 500-505 #6"]);
  assertEquals(life.at(-1), "failed 590-595 #15");
  assertEquals(told({ resentAt: 700 }), ["rested 0-700", "waited 700-1000 open"]);
});

Deno.test("lifeOf goes forward, though clocks differ", () => {
  assertEquals(told({ state: "SUCCESS", startedAt: -5, finishedAt: -2 }), ["ran 0-0 #1"]);
});
