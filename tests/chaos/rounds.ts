/**
 * Rounds in which a worker with 20 tasks running is killed at some point of its life, and another one has to bring
 * everything to its due end.
 */
import { createLogger, type TaskRecord, type Umbel, Worker } from "@umbel/umbel";
import { brokerAt, lease, roundApp, RunLog } from "./rounds_app.ts";

/** Where a worker may be hit. */
export const phases = [
  "workerReady",
  "taskReceived",
  "taskPrerun",
  "handler",
  "taskPostrun",
  "taskSuccess",
  "taskRetry",
  "taskFailure",
  "before a turn",
  "after a turn",
  "grace",
  "workerShutdown",
] as const;

/** At which occurrence at most: how often there are some. */
const most: Partial<Record<Phase, number>> = {
  workerReady: 1,
  workerShutdown: 1,
  taskRetry: 4,
  taskFailure: 4,
  "before a turn": 8,
  "after a turn": 8,
  grace: 8,
};

/** One of them. */
export type Phase = typeof phases[number];

/** A round: who is hit, where, and by what. */
export interface Round {
  readonly phase: Phase;
  readonly signal: "SIGKILL" | "SIGTERM";
  readonly pool: "async" | "threads";
  readonly broker: string;
  /** At which occurrence. */
  readonly nth: number;
}

/** What came of it. */
export interface RoundResult {
  /** What is wrong; nothing, if all is well. */
  readonly wrong: readonly string[];
  /** How many tasks the victim had begun and not ended. */
  readonly interrupted: number;
  /** How many were run again. */
  readonly again: number;
  /** How long after the end of the victim the last of these was begun (ms). */
  readonly latest: number;
}

/** How many tasks there are, and how many run at once. */
const count = 60;
const running = 20;
/** By when a victim has met its end (ms). */
const patience = 600_000;

/** All combinations, one after the other, as many as asked for; at which occurrence is left to chance. */
export function* roundsOf(count: number, brokers: readonly string[], random: () => number): Generator<Round> {
  const kinds = (["SIGKILL", "SIGTERM"] as const).flatMap((signal) =>
    (["async", "threads"] as const).flatMap((pool) => brokers.map((broker) => ({ signal, pool, broker })))
  );
  for (let number = 0; number < count; number++) {
    const phase = phases[number % phases.length]!;
    const turn = Math.floor(number / phases.length);
    const kind = kinds[(number + turn) % kinds.length]!;
    // Each child of the pool counts for itself, and runs three tasks or so.
    const last = kind.pool === "threads" && phase === "handler" ? 2 : most[phase] ?? running;
    const nth = 1 + Math.floor(random() * last);
    yield { phase, ...kind, nth };
  }
}

/** Plays one. */
export async function playRound(round: Round, url: string): Promise<RoundResult> {
  const name = `round-${crypto.randomUUID().slice(0, 8)}`;
  const dir = await Deno.makeTempDir({ prefix: "umbel_round_" });
  const path = `${dir}/runs.log`;
  const log = new RunLog(path, "heir");
  const broker = round.broker === "sqlite" ? `sqlite:${dir}/umbel.db` : url;
  try {
    await using app = roundApp(name, brokerAt(broker), log);
    return await play(round, app, { name, path, broker });
  } finally {
    log.close();
    await Deno.remove(dir, { recursive: true });
  }
}

interface Place {
  readonly name: string;
  readonly path: string;
  readonly broker: string;
}

async function play(round: Round, app: Umbel, { name, path, broker }: Place): Promise<RoundResult> {
  const numbers = Array.from({ length: count }, (_, n) => n);
  const taskOf = (n: number) => n % 15 === 7 ? "fails" : n % 10 === 3 ? "flaky" : "work";
  const handles = await Promise.all(numbers.map((n) => app.sendTask(taskOf(n), [n])));
  const wrong: string[] = [];

  const { phase, signal, pool, nth } = round;
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", new URL("../../cli.ts", import.meta.url).pathname, "worker"],
      ...["-A", new URL("./victim.ts", import.meta.url).pathname, "--pool", pool, "-c", String(running)],
      ...["--lease", `${lease}ms`, "--loglevel", "error"],
    ],
    env: { ROUND_VICTIM: [broker, name, path, phase, signal, nth].join("|") },
    stdout: "null",
    stderr: "null",
    signal: AbortSignal.timeout(patience),
  }).output();
  const endedAt = Date.now();
  const isKilled = code === 137;
  // A second SIGTERM adds nothing to the first.
  if (code !== (signal === "SIGKILL" ? 137 : 0)) wrong.push(`the victim ended with ${code}`);
  const before = RunLog.read(path);
  const hitAt = isKilled ? before.find(({ what }) => what === "kill")?.at ?? endedAt : endedAt;
  const atEnd = await app.broker.fetch(handles.map(({ id }) => id));
  const isSettled = (n: number) => isFinal(atEnd[n]);
  if (!isKilled) {
    for (const { name, holds } of await app.broker.inspector.workers()) wrong.push(`${name} still holds ${holds}`);
  }

  const heir = new Worker(app, { concurrency: running, lease, log: createLogger({ write: () => {} }) });
  const working = heir.run();
  const ends = await Promise.allSettled(handles.map((handle) => handle.get({ timeout: "10m" })));
  await heir.stop();
  await working;

  for (const [n, end] of ends.entries()) {
    const due = taskOf(n) === "fails" ? "RangeError" : `${n}`;
    const is = end.status === "fulfilled" ? `${end.value}` : end.reason.info?.type ?? `${end.reason}`;
    if (is !== due) wrong.push(`${taskOf(n)}(${n}) ended as ${is}`);
  }
  const lines = RunLog.read(path);
  const startsOf = (who: string) =>
    new Set(lines.filter((line) => line.who === who && line.what === "start").map(({ n }) => n));
  const begun = startsOf("victim");
  const taken = startsOf("heir");
  for (const n of numbers) {
    if (isSettled(n) && taken.has(n)) wrong.push(`${taskOf(n)}(${n}) had ended, and was run again`);
    if (!begun.has(n) && !taken.has(n)) wrong.push(`${taskOf(n)}(${n}) was never run`);
  }
  // One that waits for its next try was not interrupted: its try was over.
  const tries = (n: number) =>
    lines.filter((line) => line.who === "victim" && line.what === "start" && line.n === n).length;
  const interrupted = numbers.filter((n) => !isSettled(n) && tries(n) > (atEnd[n]?.retries ?? 0));
  const again = interrupted.filter((n) => taken.has(n));
  const firstStart = (n: number) =>
    lines.find((line) => line.who === "heir" && line.what === "start" && line.n === n)!.at;
  const latest = Math.max(0, ...again.map((n) => firstStart(n) - hitAt));
  return { wrong, interrupted: interrupted.length, again: again.length, latest };
}

function isFinal(record: TaskRecord | undefined): boolean {
  return record !== undefined && ["SUCCESS", "FAILURE", "REVOKED", "EXPIRED"].includes(record.state);
}
