import { ManualClock } from "@umbel/umbel/testing";
import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import {
  type CallOptions,
  InvalidInput,
  type Json,
  type Message,
  sharedTask,
  Snooze,
  type TaskOptions,
} from "@umbel/umbel";
import { readConfig } from "../../../src/config/config.ts";
import { silentLogger } from "../../../src/log.ts";
import { MiddlewareChain } from "../../../src/middleware.ts";
import { TimeLimits } from "../../../src/policies/time_limit.ts";
import type { TaskDefinition } from "../../../src/tasks/task.ts";
import { Executor } from "../../../src/worker/runs/executor.ts";
import type { Outcome } from "../../../src/worker/runs/outcome.ts";
import { settle } from "../../../src/worker/runs/settlement.ts";
import { Run } from "../../../src/worker/runs/run.ts";
import { delivery, settled } from "../../scripted.ts";

interface Executed {
  readonly run: Run;
  readonly clock: ManualClock;
  readonly outcomes: Outcome[];
}

/** Executes one delivery. */
function execute(
  task: TaskDefinition,
  args: readonly Json[] = [],
  message: Partial<Message> = {},
  { deaths = 0, config = {}, random = 1, middleware = new MiddlewareChain() } = {},
): Executed {
  const clock = new ManualClock();
  const outcomes: Outcome[] = [];
  const limits = new TimeLimits(clock);
  const executor = new Executor({
    tasks: new Map([[task.name, task]]),
    config: readConfig(config, {}),
    middleware,
    limits,
    now: () => clock.now(),
    random: () => random,
  });
  const runner = {
    late: () => {},
    ended: (run: Run, outcome: Outcome) => (limits.remove(run), outcomes.push(outcome)),
    began: () => {},
    told: () => {},
    logFor: () => silentLogger,
  };
  const run = new Run(delivery("task", args, message, deaths), runner as never, clock.now());
  executor.execute(run);
  return { run, clock, outcomes };
}

/** What the broker would be told. */
function settlement({ run, outcomes, clock }: Executed, config = {}) {
  return settle(run, outcomes[0]!, { id: "w", config: readConfig(config, {}) }, clock.now());
}

function thrownBy({ outcomes }: Executed): string {
  const [outcome] = outcomes;
  return outcome?.kind === "failed" ? String(outcome.thrown) : `not failed: ${outcome?.kind}`;
}

const plain = (handler: (...args: never[]) => unknown, options: TaskOptions = {}): TaskDefinition =>
  sharedTask("task", options as { bind?: false }, handler);

Deno.test("Executor.execute() ends at once with what a handler returns", () => {
  assertEquals(execute(plain((x: number) => x + 1), [1]).outcomes, [{ kind: "succeeded", result: 2, size: 20 }]);
  assertEquals(execute(plain(() => {})).outcomes, [{ kind: "succeeded", result: null, size: 4 }]);
  assertEquals(execute(plain(() => ({ a: [1] }))).outcomes, [{ kind: "succeeded", result: { a: [1] }, size: 9 }]);
});

Deno.test("Executor.execute() waits for a promise, and for anything with then", async () => {
  const executed = execute(plain(() => Promise.resolve("x")));
  assertEquals(executed.outcomes, []);
  await settled();
  assertEquals(executed.outcomes, [{ kind: "succeeded", result: "x", size: 3 }]);
  const thenable = execute(plain(() => ({ then: (resolve: (value: number) => void) => resolve(5) })));
  assertEquals(thenable.outcomes.length, 1);
});

Deno.test("Executor.execute() turns what is thrown or rejected into a failure", async () => {
  const thrown = execute(plain(() => {
    throw new TypeError("bad", { cause: "why" });
  }));
  const { record } = settlement(thrown);
  assertEquals([record.state, record.error?.type, record.error?.message, record.error?.cause], [
    "FAILURE",
    "TypeError",
    "bad",
    { type: "Error", message: "why" },
  ]);
  assertMatch(record.error!.stack!, /TypeError: bad\n/);
  assertEquals(record.message, thrown.run.message);
  const rejected = execute(plain(() => Promise.reject(undefined)));
  await settled();
  assertEquals(settlement(rejected).record.error, { type: "Error", message: "undefined" });
});

Deno.test("Executor.execute() fails a result that JSON cannot carry or that is too large", () => {
  assertEquals(
    thrownBy(execute(plain(() => ({ at: new Date() })))),
    "InvalidInput: result.at is a Date, which JSON cannot carry",
  );
  assertEquals(
    thrownBy(execute(plain(() => new Snooze("1m")))),
    "InvalidInput: The handler returned a Snooze, which says something only when it is thrown",
  );
  assertEquals(thrownBy(execute(plain(() => NaN))), "InvalidInput: result is NaN, which JSON cannot carry");
  assertEquals(
    thrownBy(execute(plain(() => "x".repeat(100)), [], {}, { config: { maxMessageSize: 100 } })),
    'TooLarge: The result of task "task" is too large: 102 bytes, the limit is 100',
  );
});

Deno.test("Executor.execute() starts nothing that has expired, however unknown", () => {
  const { outcomes, run, clock } = execute(plain(() => 1), [], { expires: 1_799_999_999_999 });
  assertEquals(outcomes, [{ kind: "expired" }]);
  assertEquals(settlement({ outcomes, run, clock }).record.state, "EXPIRED");
  assertEquals(execute(plain(() => 1), [], { task: "other", expires: 1 }).outcomes, [{ kind: "expired" }]);
  assertEquals(execute(plain(() => 1), [], { expires: 1_800_000_000_000 }).outcomes.length, 1);
});

Deno.test("Executor.execute() gives up a message that three workers died of", () => {
  assertEquals(execute(plain(() => 1), [], {}, { deaths: 2 }).outcomes[0]!.kind, "succeeded");
  assertMatch(
    thrownBy(execute(plain(() => 1), [], {}, { deaths: 3 })),
    /^WorkerLost: 3 workers died while they held task task\[id-\d+\]$/,
  );
});

Deno.test("Executor.execute() puts back an unknown task, later each time", () => {
  const delays = [];
  for (const unknown of [undefined, 1, 2, 8, 9, 100]) {
    const executed = execute(plain(() => 1), [], { task: "other", ...(unknown === undefined ? {} : { unknown }) });
    const { again, record } = settlement(executed);
    delays.push(again!.message.eta! - executed.clock.now());
    assertEquals([again!.message.unknown, again!.head, record.state], [(unknown ?? 0) + 1, false, "SCHEDULED"]);
    assertEquals([record.eta, record.error?.type], [again!.message.eta, "UnknownTask"]);
  }
  assertEquals(delays, [1000, 2000, 4000, 256_000, 300_000, 300_000]);
});

Deno.test("maxRetries and retryDelay bound what self.retry() asks for, and retry nothing by themselves", () => {
  const asks = sharedTask("task", { bind: true, maxRetries: 5, retryDelay: "10s" }, (self) => {
    throw self.retry();
  });
  assertEquals(settlement(execute(asks)).again?.message.eta, 1_800_000_010_000);
  assertEquals(settlement(execute(asks, [], { retries: 4 })).again?.message.retries, 5);
  assertMatch(thrownBy(execute(asks, [], { retries: 5 })), /the limit is 5$/);
  const throws = sharedTask("task", { maxRetries: 5 }, () => {
    throw new Error("once");
  });
  assertEquals(thrownBy(execute(throws)), "Error: once");
  // With a policy they say what it leaves open.
  const both = sharedTask("task", { maxRetries: 1, retryDelay: 7, retry: { backoff: "fixed" } }, () => {
    throw new Error("again");
  });
  assertEquals(settlement(execute(both)).again?.message.eta, 1_800_000_007_000);
  assertEquals(thrownBy(execute(both, [], { retries: 1 })), "Error: again");
  assertThrows(() => sharedTask("x", { maxRetries: 1, retry: { max: 2 } }, () => {}), InvalidInput, "retry.max");
  assertThrows(() => sharedTask("x", { retryDelay: 1, retry: { delay: 2 } }, () => {}), InvalidInput, "retry.delay");
  assertThrows(() => sharedTask("x", { maxRetries: -1 }, () => {}), InvalidInput, "-1");
});

Deno.test("self.retry() puts the message back with a delay, until no retry is left", () => {
  const task = sharedTask("task", { bind: true, retry: { max: 2, delay: 7 } }, (self, options?: object) => {
    throw self.retry(options as never);
  });
  const first = execute(task);
  const { again, record } = settlement(first);
  assertEquals([again!.message.retries, again!.message.eta, again!.deaths], [1, first.clock.now() + 7000, 0]);
  assertEquals([record.state, record.retries, record.eta], ["RETRY", 1, again!.message.eta]);

  const when = (options: CallOptions | { max: null }, message = {}) =>
    settlement(execute(
      sharedTask("task", { bind: true }, (self) => {
        throw self.retry(options as never);
      }),
      [],
      message,
    )).again?.message.eta;
  assertEquals(when({ countdown: "1s" }), 1_800_000_001_000);
  assertEquals(when({ eta: 1_900_000_000_000 }), 1_900_000_000_000);
  assertEquals(when({}), 1_800_000_180_000);
  assertEquals(when({}, { retries: 3 }), undefined);
  assertEquals(when({}, { retries: 3, maxRetries: 4 }), 1_800_000_600_000);
  assertEquals(when({}, { retries: 99, maxRetries: null }), 1_800_000_600_000);
  assertEquals(when({ max: null }, { retries: 99 }), 1_800_000_600_000);

  assertMatch(thrownBy(execute(task, [], { retries: 2 })), /^MaxRetriesExceeded: .* 2 times, and the limit is 2$/);
});

Deno.test("self.retry() keeps its cause, and gives it as the error of the last try", () => {
  const task = sharedTask("task", { bind: true, retry: { max: 1 } }, (self) => {
    throw self.retry({ error: new RangeError("down") });
  });
  assertEquals(settlement(execute(task)).record.error?.type, "RangeError");
  assertEquals(thrownBy(execute(task, [], { retries: 1 })), "RangeError: down");
  const options = sharedTask("task", { bind: true }, (self) => {
    throw self.retry({ countdwn: 1 } as never);
  });
  assertEquals(
    thrownBy(execute(options)),
    'InvalidInput: "countdwn" is no option of a retry: did you mean countdown?',
  );
});

Deno.test("self.retry() that gives up is not revived by its task's policy", () => {
  const retry = (error?: unknown) =>
    sharedTask("task", { bind: true, retry: { max: 9 } }, (self) => {
      throw self.retry({ max: 1, error });
    });
  assertEquals(thrownBy(execute(retry(new RangeError("down")), [], { retries: 1 })), "RangeError: down");
  assertMatch(thrownBy(execute(retry(), [], { retries: 1 })), /^MaxRetriesExceeded: .* 1 time, and the limit is 1$/);
  const caught = sharedTask("task", { bind: true, retry: { max: 9, delay: 1 } }, () => {
    throw new RangeError("down");
  });
  assertEquals(settlement(execute(caught, [], { retries: 1 })).again?.message.eta, 1_800_000_002_000);
});

Deno.test("self.retry() waits as its task says, with a part left to chance", () => {
  const task = sharedTask("task", { bind: true, retry: { delay: "8s", jitter: 0.5 }, retryFor: [] }, (self) => {
    throw self.retries < 3 ? self.retry() : new Error("not retried");
  });
  const delays = [0, 1, 2].map((retries) => {
    const executed = execute(task, [], { retries }, { random: 0.25 });
    return settlement(executed).record.eta! - executed.clock.now();
  });
  assertEquals(delays, [5000, 10_000, 20_000]);
  assertEquals(thrownBy(execute(task, [], { retries: 3, maxRetries: null })), "Error: not retried");
});

Deno.test("the context shows the run", () => {
  const seen: unknown[] = [];
  const task = sharedTask("task", { bind: true, queue: "q" }, (self, x: number) => {
    const { id, task, args, queue, retries, maxRetries, deaths, headers, rootId, parentId } = self;
    seen.push({ id, task, args, queue, retries, maxRetries, deaths, headers, rootId, parentId, x });
  });
  execute(task, [4], { id: "me", queue: "other", retries: 1, headers: { a: 1 }, parentId: "p", rootId: "r" }, {
    deaths: 1,
  });
  assertEquals(seen, [{
    id: "me",
    task: "task",
    args: [4],
    queue: "other",
    retries: 1,
    maxRetries: 3,
    deaths: 1,
    headers: { a: 1 },
    rootId: "r",
    parentId: "p",
    x: 4,
  }]);
});

Deno.test("a hard limit fails the run whatever its handler does, a soft one only tells it", async () => {
  const signals: AbortSignal[] = [];
  const { promise, resolve } = Promise.withResolvers<string>();
  const task = sharedTask("task", { bind: true, timeLimit: 10, softTimeLimit: 5 }, (self) => {
    signals.push(self.signal);
    return promise;
  });
  const executed = execute(task);
  await executed.clock.jump({ milliseconds: 4999 });
  assertEquals(signals[0]!.aborted, false);
  await executed.clock.jump({ milliseconds: 1 });
  assertEquals([signals[0]!.reason.code, executed.outcomes], ["soft_time_limit_exceeded", []]);
  await executed.clock.jump({ milliseconds: 5000 });
  assertMatch(thrownBy(executed), /^TimeLimitExceeded: Task id-\d+ reached its time limit of 10s$/);
  resolve("too late");
  await settled();
  assertEquals(executed.outcomes.length, 1);
});

Deno.test("time limits come from the message, the task, the app, in this order", async () => {
  const never = () => new Promise(() => {});
  const limit = async (options: TaskOptions, message: Partial<Message>, config: object) => {
    const executed = execute(plain(never, options), [], message, { config });
    let ms = 0;
    while (executed.outcomes.length === 0) await executed.clock.jump((ms += 1000, 1));
    return ms;
  };
  assertEquals(await limit({ timeLimit: 2 }, { timeLimit: 1000 }, { timeLimit: 3 }), 1000);
  assertEquals(await limit({ timeLimit: 2 }, {}, { timeLimit: 3 }), 2000);
  assertEquals(await limit({}, {}, { timeLimit: 3 }), 3000);
});

Deno.test("what is kept follows ignoreResult, resultExpires, deadLetterExpires and resultExtended", () => {
  const done = (options: TaskOptions, message: Partial<Message>, config: object) => {
    const { result, keep, message: kept } =
      settlement(execute(plain(() => 1, options), [], message, { config }), config)
        .record;
    return [result, keep, kept !== undefined];
  };
  assertEquals(done({}, {}, {}), [1, 86_400_000, true]);
  assertEquals(done({}, {}, { resultExtended: false, resultExpires: 60 }), [1, 60_000, false]);
  assertEquals(done({ resultExpires: 30 }, {}, { resultExpires: 60 }), [1, 30_000, true]);
  assertEquals(done({ resultExpires: 30 }, { resultExpires: 5 }, {}), [1, 5, true]);
  assertEquals(done({ ignoreResult: true }, {}, {}), [undefined, 0, false]);
  assertEquals(done({ ignoreResult: true }, { ignoreResult: false }, {}), [1, 86_400_000, true]);

  const failed = (options: TaskOptions, config: object = {}) => {
    const fails = plain(() => {
      throw new Error("x");
    }, options);
    const { error, keep, message } = settlement(execute(fails, [], {}, { config }), config).record;
    return [error?.message, keep, message !== undefined];
  };
  // A dead letter stays, to be looked at and sent again.
  assertEquals(failed({ ignoreResult: true }), [undefined, 2_592_000_000, true]);
  assertEquals(failed({ resultExpires: 30 }, { resultExtended: false }), ["x", 2_592_000_000, true]);
  assertEquals(failed({}, { deadLetterExpires: 60 }), ["x", 60_000, true]);
  assertEquals(failed({ deadLetterExpires: "2m" }, { deadLetterExpires: 60 }), ["x", 120_000, true]);
});
