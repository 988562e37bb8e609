/**
 * Umbel: Celery for the edge. Tasks, workers and results over Redis by HTTP, or over an embedded broker.
 *
 * An app names tasks; calling one with `delay` sends a message through the broker; a worker anywhere runs its handler;
 * whoever sent it may wait for the result.
 *
 * ```ts
 * import { Umbel, Worker } from "@umbel/umbel";
 * import { sqlite } from "@umbel/umbel/sqlite";
 * import { assertEquals } from "@std/assert";
 *
 * await using app = new Umbel("shop", { broker: sqlite(":memory:") });
 * const add = app.task("add", (x: number, y: number) => x + y);
 *
 * const sum = await add.delay(1, 2); // add.delay("1") does not compile
 * await new Worker(app).drain({ seconds: 5 }); // as a rule elsewhere: `umbel worker -A shop.ts`, or worker.run()
 * assertEquals(await sum.get({ timeout: "5s" }), 3);
 * ```
 *
 * In place of `sqlite(…)` stands `upstash({ url, token })`, or nothing at all: then the environment names the broker, by
 * `UMBEL_BROKER` or `UPSTASH_REDIS_REST_URL` and `UPSTASH_REDIS_REST_TOKEN`.
 *
 * ## Tasks
 *
 * What a task wants stands in its options: how it is tried again, how often it may start, how long it may take. With
 * `bind` its handler gets its {@linkcode TaskContext} first. A task may run twice, when the worker that has it dies: its
 * handler is to bear that.
 *
 * ```ts
 * import { RetryAfter, Umbel } from "@umbel/umbel";
 *
 * const app = new Umbel("shop");
 * const mail = app.task(
 *   "send_mail",
 *   { bind: true, queue: "mail", retry: { max: 5, delay: "2s" }, rateLimit: "10/s", timeLimit: "30s" },
 *   async (self, to: string) => {
 *     const response = await fetch("https://mail.example/send", { method: "POST", body: to, signal: self.signal });
 *     if (!response.ok) throw new RetryAfter(response); // what else it throws is retried too
 *     self.log(`sent to ${to}`);
 *   },
 * );
 * const later = () => mail.applyAsync(["ada@example.org"], { countdown: "1h", expires: "1d", priority: 9 });
 * ```
 *
 * Durations are seconds, text with a unit (`"250ms"`, `"10s"`, `"5m"`, `"2h"`, `"1d"`) or `{ minutes: 5 }`. Arguments and
 * results are JSON; what JSON cannot carry is refused, unless codecs carry it. An option that breaks its rule is an
 * {@linkcode InvalidInput}, which names the field, the rule and the value.
 *
 * ## What is where
 *
 * | import               | what it has                                                                |
 * | -------------------- | -------------------------------------------------------------------------- |
 * | `.`                  | apps, tasks, results, workers, the broker for Redis over HTTP              |
 * | `./sqlite`           | the broker in a file or in memory                                          |
 * | `./remote`           | the broker of another app, over HTTP                                       |
 * | `./beat`             | periodic tasks                                                             |
 * | `./http`, `./client` | tasks over HTTP, and a typed client of that                                |
 * | `./dashboard`        | a dashboard; `./flower` answers as Celery's Flower does                    |
 * | `./threads`          | a pool of Web Workers, for tasks that compute                              |
 * | `./codecs`           | rich types, compression, seals and signatures                              |
 * | `./webhooks`         | the check of what an app tells a URL                                       |
 * | `./health`           | `/healthz`, `/readyz` and `/metrics` of a worker                           |
 * | `./opentelemetry`    | spans and metrics                                                          |
 * | `./testing`          | a bench for your own tasks, with a clock that a test moves                 |
 * | `./rest`             | Redis spoken as Upstash speaks it, in front of a Redis of your own         |
 * | `./cli`              | the command line: `deno run -A @umbel/umbel/cli --help`                    |
 *
 * This entry point needs `fetch` and nothing else of its runtime. The pages of `docs/` tell the whole: docs/start.md leads
 * from two files to production, docs/celery.md over from Celery.
 *
 * @module
 */
export { Umbel } from "./src/app/app.ts";
export type { Handles, NamedCall } from "./src/app/calls.ts";
export type { UmbelOptions } from "./src/app/options.ts";
export { type RedisClient, upstash, type UpstashOptions } from "./src/brokers/redis/mod.ts";
export { type BrokerSource, openBroker, registerBroker } from "./src/brokers/registry.ts";
export type { Callback, CallbackEvent, CallbackOptions, CallbackSettings } from "./src/callbacks/callback.ts";
export type { CallbacksOptions } from "./src/callbacks/callbacks.ts";
export { type Clock, systemClock } from "./src/clock.ts";
export type { Config } from "./src/config/config.ts";
export type { ConfigOptions } from "./src/config/config_options.ts";
export type { GroupOptions, GroupSettings, QueueOptions, Queues, QueueSettings } from "./src/config/queues.ts";
export type { RoutedCall, RouteFunction, Router, Routes } from "./src/config/routes.ts";
export { type CurrentTask, currentTask } from "./src/current.ts";
export type { Environment } from "./src/environment.ts";
export type { ErrorInfo } from "./src/error_info.ts";
export {
  AlreadyExists,
  BrokerRefused,
  BrokerUnavailable,
  CannotDecode,
  IdempotencyMismatch,
  InvalidInput,
  MaxRetriesExceeded,
  PoolFailed,
  QueueFull,
  ResultTimeout,
  SchemaMismatch,
  type SentCall,
  SignatureRefused,
  SoftTimeLimitExceeded,
  StoreFailed,
  TaskExpired,
  TaskFailed,
  TaskRevoked,
  TimeLimitExceeded,
  TooLarge,
  UmbelError,
  UnknownTask,
  UnknownTaskId,
  WorkerLost,
  WorkerStopped,
} from "./src/errors.ts";
export type { FailureEvent, Hook, HookEvents, OutcomeEvent, TaskEvent, WorkerEvent } from "./src/hooks.ts";
export type { Json } from "./src/json.ts";
export type { LimitKey } from "./src/limits/key.ts";
export type { LimitKind, LimitNameParts } from "./src/limits/name.ts";
export type { Rate, RateOptions, RateText } from "./src/limits/rate.ts";
export {
  createLogger,
  type KeptLog,
  type LogFields,
  type Logger,
  type LoggerOptions,
  type LogLevel,
  type LogLine,
  type TaskLogger,
} from "./src/log.ts";
export type { Attempt, Message, Uniqueness } from "./src/message.ts";
export type { Middleware } from "./src/middleware.ts";
export type { Bill, BillDay, BillOptions } from "./src/operations/billing.ts";
export type { AppControl, GroupSelection, LimitView, QueueLimits, TaskLimitOptions } from "./src/operations/control.ts";
export type { CountOptions, SearchCounts } from "./src/operations/counting.ts";
export type {
  DeadLetterOffice,
  DeleteSummary,
  LetterFilter,
  LetterListOptions,
  LetterSelection,
  ResendOptions,
  ResendSummary,
} from "./src/operations/dead_letter_office.ts";
export type { DetailOptions, TaskDetail, TaskNode } from "./src/operations/detail.ts";
export type { EventOptions, HistoryOptions } from "./src/operations/event_stream.ts";
export type { AppInspect, ScheduledOptions } from "./src/operations/inspection.ts";
export type { RetryAnswer, RetryTaskOptions } from "./src/operations/retrying.ts";
export type { RetryFilter, RetryMatchingOptions, RetrySummary } from "./src/operations/retry_matching.ts";
export type { RevokeFilter, RevokeMatchingOptions, RevokeSummary } from "./src/operations/revoke_matching.ts";
export type { FoundTask, SearchFilter, SearchOptions, SearchPage } from "./src/operations/search.ts";
export type { WaitingListOptions } from "./src/operations/waiting_list.ts";
export type { ShutdownOptions, TimeLimitChange, WorkerControl } from "./src/operations/worker_control.ts";
export type { CallOptions } from "./src/options/call_options.ts";
export type { ChangeAnswer, ChangeOptions } from "./src/options/change_options.ts";
export type { Duration, DurationParts } from "./src/options/duration.ts";
export type { DebounceOptions, OnceOptions, ThrottleOptions, UniqueKey, UniqueOptions } from "./src/options/once.ts";
export type { Timeouts } from "./src/options/timeouts.ts";
export type { PeriodicApp } from "./src/periodic/app.ts";
export type {
  BeatEntry,
  BeatSchedule,
  EntryCallOptions,
  EntryOptions,
  PeriodicTaskOptions,
  TickSummary,
} from "./src/periodic/entry_options.ts";
export type { Periodic } from "./src/periodic/periodic.ts";
export type {
  AtSchedule,
  CrontabSchedule,
  EverySchedule,
  Schedule,
  SolarEvent,
  SolarSchedule,
} from "./src/periodic/schedule_data.ts";
export type { RetryPolicy, RetrySettings } from "./src/policies/backoff.ts";
export type {
  BatchCall,
  BatchOptions,
  BatchResults,
  BatchSettings,
  ResultOf,
  ResultsOf,
} from "./src/policies/batch.ts";
export type { ConcurrencyOptions, ConcurrencySettings } from "./src/policies/concurrency.ts";
export { type HasHeaders, Ignore, Reject, RetryAfter, Snooze } from "./src/policies/control.ts";
export type { ErrorClass, ErrorFilter, ErrorTest } from "./src/policies/error_filter.ts";
export type { PermissionSet, TaskPermissions } from "./src/policies/permissions.ts";
export type { RateLimitOptions, RateLimitSettings } from "./src/policies/rate_limit.ts";
export type { Redact, RedactFunction, RedactSettings } from "./src/policies/redact.ts";
export { Retry, type RetryOptions } from "./src/policies/retry.ts";
export type { SequenceSettings } from "./src/policies/sequence.ts";
export type { UniqueSettings } from "./src/policies/unique.ts";
export type { Backend } from "./src/ports/backend.ts";
export type { BilledCommands, BilledDay, BilledOperation, Bills, Meter } from "./src/ports/bill.ts";
export type { Broker } from "./src/ports/broker.ts";
export type { Control, Revocation, RevokeOptions } from "./src/ports/control.ts";
export type {
  DeadLetterFilter,
  DeadLetterPage,
  DeadLetterQuery,
  DeadLetters,
  Deletion,
  Resending,
} from "./src/ports/dead_letters.ts";
export {
  type Histogram,
  historyBuckets,
  type HistoryPoint,
  type HistoryQuery,
  type HistoryStep,
  quantileOf,
} from "./src/ports/history.ts";
export type { Inspector, QueueInfo, WorkerInfo } from "./src/ports/inspector.ts";
export type {
  AppEvent,
  EventDetails,
  EventLevel,
  EventPage,
  EventQuery,
  EventType,
  Journal,
  Recording,
} from "./src/ports/journal.ts";
export type { Limit, LimitInfo, Limits } from "./src/ports/limits.ts";
export type {
  CountQuery,
  ListedTask,
  Listing,
  ListingFilter,
  ListingPage,
  ListingQuery,
  StateCounts,
} from "./src/ports/listing.ts";
export type { Addressee, AnswerPart, Mail, RemoteCommand } from "./src/ports/mail.ts";
export type { PublishOptions, QueueLength, Receipt } from "./src/ports/publishing.ts";
export type { EntryChange, Schedules, StoredEntry, Tick, TickAnswer } from "./src/ports/schedules.ts";
export type { Signal, Topic } from "./src/ports/signals.ts";
export {
  type FinalState,
  isFinal,
  type RevocationReason,
  type TaskRecord,
  type TaskState,
} from "./src/ports/task_record.ts";
export type { Delivery, Lease, Report, Settlement, Turn, TurnReply } from "./src/ports/turn.ts";
export type {
  Change,
  Changing,
  Finding,
  Waiting,
  WaitingFilter,
  WaitingPage,
  WaitingQuery,
  WaitingState,
  WaitingTask,
} from "./src/ports/waiting.ts";
export type {
  ActiveQueue,
  ActiveTask,
  HeldTask,
  MemoryStats,
  PoolSize,
  PoolStats,
  QueriedTask,
  RegisteredTask,
  RemoteFailure,
  ScheduledTask,
  SchemaView,
  TaskCounts,
  TimeLimitsInForce,
  WorkerAnswer,
  WorkerConf,
  WorkerCounts,
  WorkerStats,
} from "./src/remote/answers.ts";
export type { RemoteOptions } from "./src/remote/ask.ts";
export type { AsyncResult, GetOptions } from "./src/results/result.ts";
export type { LogUpdate, Progress, ProgressUpdate, StateUpdate, TaskUpdate } from "./src/results/updates.ts";
export type { WakeOptions } from "./src/sending/wake.ts";
export type { TaskContext } from "./src/tasks/context.ts";
export type { SchemaIssue, SchemaResult, Schemas, StandardSchema } from "./src/tasks/schema.ts";
export { sharedTask } from "./src/tasks/shared_task.ts";
export type { Signature } from "./src/tasks/signature.ts";
export type { Call, Sender, Stored, Task, TaskDefinition } from "./src/tasks/task.ts";
export type { AnyTaskOptions, ArgsSchema, Batching, ResultSchema, TaskOptions } from "./src/tasks/task_options.ts";
export type { TaskSettings } from "./src/tasks/task_settings.ts";
export type { ByteCodec, Bytes, Codec, Codecs, SigningCodec, ValueCodec } from "./src/wire/codec.ts";
export type { Encoded, Signature as PayloadSignature } from "./src/wire/encoded.ts";
export type { StoreOptions } from "./src/wire/store.ts";
export {
  type AutoscaleOptions,
  type BudgetText,
  type DrainOptions,
  type PoolSource,
  type QueueOrder,
  Worker,
  type WorkerOptions,
  type WorkerSummary,
} from "./src/worker/worker.ts";
