/**
 * Random histories of sending, running, revoking, failing and time, against a plain list: whatever the filter and however
 * it is cut into parts, the list tells each task that it should once, the newest first.
 */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { type Broker, type Message, type TaskRecord, upstash } from "@umbel/umbel";
import { sqlite } from "@umbel/umbel/sqlite";
import { ManualClock } from "@umbel/umbel/testing";
import { fitsListing, listedAt, type ListingFilter, type StateCounts } from "../../src/ports/listing.ts";
import { message, TestWorker } from "../../src/testing/test_worker.ts";
import { redisTest, startRest } from "../redis.ts";
import { seed } from "../random.ts";

const minute = 60_000;

const step = fc.oneof(
  fc.record({
    kind: fc.constant("send" as const),
    many: fc.integer({ min: 1, max: 8 }),
    chosen: fc.boolean(),
    task: fc.constantFrom("add", "mail"),
    queue: fc.constantFrom("default", "mail"),
    delay: fc.constantFrom(0, 0, 5 * minute),
  }),
  fc.record({
    kind: fc.constant("run" as const),
    most: fc.integer({ min: 1, max: 6 }),
    as: fc.constantFrom("SUCCESS", "FAILURE", "RETRY", "HELD"),
    keep: fc.constantFrom(2 * minute, 1440 * minute),
  }),
  fc.record({ kind: fc.constant("revoke" as const), nth: fc.nat(50) }),
  fc.record({ kind: fc.constant("wait" as const), ms: fc.constantFrom(1, 700, 5000, 3 * minute, 1500 * minute) }),
);

const filter = fc.record({
  states: fc.option(fc.subarray(["QUEUED", "SCHEDULED", "RETRY", "SUCCESS", "FAILURE", "REVOKED"], { minLength: 1 })),
  task: fc.option(fc.constantFrom("add", "mail")),
  queue: fc.option(fc.constantFrom("default", "mail")),
  from: fc.option(fc.integer({ min: 0, max: 10 * minute })),
  to: fc.option(fc.integer({ min: 0, max: 10 * minute })),
}).map((all) => Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null)) as ListingFilter);

type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

class History {
  readonly sent: Message[] = [];
  readonly #worker: TestWorker;

  constructor(readonly broker: Broker, readonly clock: ManualClock) {
    this.#worker = new TestWorker(broker, clock);
  }

  async do(step: Step): Promise<void> {
    const { broker, clock } = this;
    switch (step.kind) {
      case "send": {
        const { many, chosen, task, queue, delay } = step;
        const messages = Array.from({ length: many }, (_, index) =>
          message(clock, [index], {
            ...(chosen ? { id: `order-${this.sent.length + index}` } : {}),
            ...{ task, queue, ...(delay === 0 ? {} : { eta: clock.now() + delay }) },
          }));
        this.sent.push(...messages);
        await broker.publish(messages);
        return;
      }
      case "run": {
        const worker = this.#worker;
        const deliveries = await worker.take(step.most, { queues: ["default", "mail"] });
        if (step.as === "HELD") return;
        const settlements = deliveries.map((one) => {
          if (step.as === "RETRY") return worker.again(one, { retries: 1, eta: clock.now() + minute });
          const error = { error: { type: "Error", message: "no" } };
          const { message } = one;
          return worker.success(one, {
            state: step.as,
            keep: step.keep,
            message,
            ...(step.as === "FAILURE" ? error : {}),
          });
        });
        await worker.exchange({ settlements, queues: ["default", "mail"] });
        return;
      }
      case "revoke": {
        const one = this.sent[step.nth % Math.max(this.sent.length, 1)];
        if (one) await broker.control.revoke([one.id]);
        return;
      }
      case "wait":
        await clock.advance({ milliseconds: step.ms });
    }
  }

  /** What `fetch` knows and the filter lets through. */
  async expected(filter: ListingFilter): Promise<string[]> {
    const records = await this.broker.fetch(this.sent.map(({ id }) => id));
    return records.filter((one): one is TaskRecord => one !== undefined && fitsListing(one, filter)).map(({ id }) =>
      id
    );
  }

  async expectedCounts(filter: ListingFilter): Promise<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const record of await this.broker.fetch(await this.expected(filter))) {
      counts[record!.state] = (counts[record!.state] ?? 0) + 1;
    }
    return counts;
  }

  /** Counted in parts. */
  async counted(filter: Omit<ListingFilter, "states">, looks: number): Promise<Record<string, number>> {
    const counts: Record<string, number> = {};
    let to = filter.to;
    do {
      const { states, since }: StateCounts = await this.broker.listing.count({
        ...{ ...filter, looks },
        ...(to === undefined ? {} : { to }),
      });
      for (const [state, count] of Object.entries(states)) counts[state] = (counts[state] ?? 0) + count;
      assert(since === undefined || since < (to ?? Infinity), "it goes on");
      to = since;
    } while (to !== undefined);
    return counts;
  }

  async listed(filter: ListingFilter, limit: number): Promise<string[]> {
    const told: TaskRecord[] = [];
    let cursor: string | undefined;
    do {
      const page = await this.broker.listing.list({ ...filter, limit, ...(cursor === undefined ? {} : { cursor }) });
      told.push(...page.tasks.map(({ record }) => record));
      cursor = page.cursor;
    } while (cursor !== undefined);
    const times = told.map(({ id, sentAt }) => Math.floor(listedAt(id, sentAt) / 1024));
    assertEquals(times, times.toSorted((a, b) => b - a), "the newest first");
    return told.map(({ id }) => id);
  }
}

async function check(open: (clock: ManualClock) => Broker, runs: number): Promise<void> {
  const steps = fc.array(step, { minLength: 3, maxLength: 25, size: "max" });
  await fc.assert(
    fc.asyncProperty(steps, fc.array(filter, { minLength: 1, maxLength: 4 }), fc.integer({ min: 1, max: 9 }), async (
      steps,
      filters,
      limit,
    ) => {
      const clock = new ManualClock();
      const start = clock.now();
      await using broker = open(clock);
      const history = new History(broker, clock);
      for (const one of steps) await history.do(one);
      for (const { from, to, ...rest } of [{}, ...filters]) {
        const filter = {
          ...rest,
          ...(from === undefined ? {} : { from: start + from }),
          ...(to === undefined ? {} : { to: start + to }),
        };
        const expected = await history.expected(filter);
        assertEquals((await history.listed(filter, limit)).toSorted(), expected.toSorted());
        const { states: _, ...any } = filter;
        assertEquals(await history.counted(any, limit), await history.expectedCounts(any));
      }
    }),
    { numRuns: runs, seed, endOnFailure: false },
  );
}

Deno.test("SQLite lists and counts what a plain list does after 200 random histories", async () => {
  await check((clock) => sqlite(":memory:")("listing", clock), 200);
});

redisTest("Redis over HTTP lists and counts what a plain list does after 60 random histories", async () => {
  await using rest = await startRest();
  const source = upstash({ url: rest.url, token: rest.token });
  let apps = 0;
  await check((clock) => source(`listing-${apps++}`, clock), 60);
});
