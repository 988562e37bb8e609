/**
 * What a server says is wrong, as the errors that an app throws.
 *
 * @module
 */
import {
  AlreadyExists,
  BrokerRefused,
  BrokerUnavailable,
  IdempotencyMismatch,
  InvalidInput,
  QueueFull,
  SchemaMismatch,
  StoreFailed,
  UmbelError,
  UnknownTask,
  UnknownTaskId,
} from "../errors.ts";

/** A request that the server refused, for a reason that only its `code` names: `unauthorized`, `too_large`, … */
export class RequestRefused extends UmbelError {
  /** Stable, for programs: as docs/http.md lists them; `unexpected_answer` when the answer is none of Umbel's. */
  override readonly code: string;
  /** The status of the answer. */
  readonly status: number;

  /** Makes the error of an answer. */
  constructor(code: string, status: number, message: string) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** The server gave no answer within the deadline, after every repetition; `cause` is the last failure. */
export class ServerUnavailable extends UmbelError {
  /** Stable, for programs. */
  override readonly code = "server_unavailable";
}

/** What `application/problem+json` holds, as far as it is read. */
export interface Problem {
  /** The stable code. */
  readonly code: string;
  /** The sentence. */
  readonly detail: string;
  /** What is wrong with which field. */
  readonly errors?: readonly { readonly field: string }[];
  /** The task that is there already. */
  readonly id?: string;
  /** The queue that is full. */
  readonly queue?: string;
}

const classes: { readonly [code: string]: new (message: string) => UmbelError } = {
  unknown_task: UnknownTask,
  unknown_id: UnknownTaskId,
  idempotency_mismatch: IdempotencyMismatch,
  broker_unavailable: BrokerUnavailable,
  broker_refused: BrokerRefused,
  store_failed: StoreFailed,
};

/** The error that a problem tells of. */
export function errorOf({ code, detail, errors, id = "", queue = "" }: Problem, status: number): UmbelError {
  const field = errors?.[0]?.field ?? "";
  switch (code) {
    case "invalid_input":
      return new InvalidInput(field, detail);
    case "schema_mismatch":
      return new SchemaMismatch(field, detail);
    case "already_exists":
      return new AlreadyExists(detail, { id, calls: [] });
    case "queue_full":
      return new QueueFull(detail, { queue, calls: [] });
  }
  const known = classes[code];
  return known ? new known(detail) : new RequestRefused(code, status, detail);
}

/** The problem that a text tells, if it is one. */
export function readProblem(text: string): Problem | undefined {
  const problem = readJson(text) as Partial<Problem> | null | undefined;
  return typeof problem?.code === "string" && typeof problem.detail === "string" ? problem as Problem : undefined;
}

/** What a text says in JSON; `undefined` when it is none. */
export function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
