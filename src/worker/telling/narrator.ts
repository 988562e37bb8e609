/**
 * What a worker says about its tasks, in the lines that Celery's users know.
 *
 * @module
 */
import type { TaskRecord } from "../../ports/task_record.ts";
import { errorInfo } from "../../error_info.ts";
import type { Json } from "../../json.ts";
import type { Logger } from "../../log.ts";
import { redacted } from "../../policies/redact.ts";
import { readable } from "../../wire/readable.ts";
import type { Outcome } from "../runs/outcome.ts";
import type { Run } from "../runs/run.ts";

/** As many characters of a result are shown. */
const shown = 100;

/** Says what happens to tasks; nothing is built that is not written. */
export class Narrator {
  readonly #log: Logger;
  readonly #isInfo: boolean;
  readonly #isWarning: boolean;
  readonly #worker: string;

  /** Speaks for this worker. */
  constructor(log: Logger, worker: string) {
    this.#log = log;
    this.#isInfo = log.enabled("info");
    this.#isWarning = log.enabled("warning");
    this.#worker = worker;
  }

  /** A message arrived. */
  received(run: Run): void {
    if (this.#isInfo) this.#log.info(`${name(run)} received`, fields(run));
  }

  /** A run came to something. */
  ended(run: Run, outcome: Outcome, record: TaskRecord): void {
    const log = this.#log;
    switch (outcome.kind) {
      case "succeeded":
        if (run.hasMadeRetry && this.#isWarning) {
          log.warning(`${name(run)} made a retry and did not throw it: throw self.retry(…)`, fields(run));
        }
        if (!this.#isInfo) return;
        return log.info(
          `${name(run)} succeeded in ${seconds(record)}: ${run.isPrivate ? redacted : excerpt(outcome.result)}`,
          fields(run, record),
        );
      case "failed": {
        const { type, message, stack } = errorInfo(outcome.thrown);
        const text = `${name(run)} failed in ${seconds(record)}: ${type}: ${message}`;
        if (outcome.isExpected) return log.info(text, { ...fields(run, record), error: { type, message } });
        return log.error(text, { ...fields(run, record), error: { type, message }, ...(stack ? { stack } : {}) });
      }
      case "retry": {
        if (!this.#isInfo) return;
        const { error, eta, finishedAt: _ } = record;
        const why = error ? `: ${error.type}: ${error.message}` : "";
        return log.info(
          `${name(run)} retry ${record.retries} at ${new Date(eta ?? 0).toISOString()}${why}`,
          fields(run, record),
        );
      }
      case "snoozed":
        if (!this.#isInfo) return;
        return log.info(`${name(run)} snoozed until ${new Date(record.eta ?? 0).toISOString()}`, fields(run));
      case "ignored":
        if (!this.#isInfo) return;
        return log.info(`${name(run)} done, left as ${record.leftAs ?? record.state}`, fields(run, record));
      case "unknown":
        if (!this.#isWarning) return;
        return log.warning(
          `${name(run)} ${outcome.thrown ? `cannot be read here: ${outcome.thrown.message};` : "is not known here:"} ` +
            `it goes back until ${new Date(record.eta ?? 0).toISOString()}`,
          fields(run),
        );
      case "expired":
        if (this.#isWarning) log.warning(`${name(run)} expired`, fields(run));
        return;
      case "revoked":
        if (!this.#isWarning) return;
        return log.warning(`${name(run)} revoked${outcome.terminated ? " and terminated" : ""}`, fields(run));
      case "crashed":
        return log.error(`${name(run)} is handed back: ${outcome.thrown.message}`, fields(run));
      case "returned":
        return this.returned(run);
    }
  }

  /** A handler went on when its run was over: past its time limit, or terminated, or its lease was lost. */
  late(run: Run, outcome: Outcome): void {
    if (!this.#isInfo || !run.hasBegun) return;
    const how = outcome.kind === "succeeded" ? "returned" : "threw";
    this.#log.info(`${name(run)} ${how} after its run was over: that is ignored`, fields(run));
  }

  /** A message goes back. */
  returned(run: Run): void {
    if (this.#isInfo) this.#log.info(`${name(run)} handed back`, fields(run));
  }

  /** Another worker has the task now. */
  lost(run: Run): void {
    if (this.#isWarning) this.#log.warning(`${name(run)} was lost by ${this.#worker}: its lease was over`, fields(run));
  }
}

function name({ message: { task, id } }: Run): string {
  return `Task ${task}[${id}]`;
}

function fields({ message: { task, id } }: Run, record?: TaskRecord): { readonly [name: string]: unknown } {
  if (!record) return { task, id };
  const { startedAt, finishedAt, retries } = record;
  const took = startedAt === undefined || finishedAt === undefined ? {} : { seconds: (finishedAt - startedAt) / 1000 };
  return { task, id, ...took, ...(retries ? { retries } : {}) };
}

function seconds({ startedAt, finishedAt }: TaskRecord): string {
  return `${((finishedAt ?? 0) - (startedAt ?? finishedAt ?? 0)) / 1000}s`;
}

function excerpt(result: Json): string {
  try {
    const text = JSON.stringify(readable(result));
    return text.length <= shown ? text : `${text.slice(0, shown)}…`;
  } catch {
    // Codecs may carry what is no JSON: values that nest too deep to be shown, or whose members throw.
    return "…";
  }
}
