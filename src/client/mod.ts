/**
 * A client of an app's HTTP API, of a few kB: for browsers, servers and the edge. Types flow from the tasks; requests are
 * repeated safely. All of it is in docs/client.md.
 *
 * ```ts ignore
 * import { Client } from "@umbel/umbel/client";
 * import type { mail } from "./tasks.ts";
 *
 * const client = new Client("https://shop.example/api", { token: "a-long-secret" });
 * const sent = await client.task<typeof mail>("send_mail").delay("ada@example.org");
 * for await (const update of sent.updates()) {
 *   if (update.kind === "progress") console.log(update.current);
 * }
 * console.log(await sent.get({ timeout: "1m" }));
 * ```
 *
 * @module
 */
export { Client, type RemoteCall, type RemoteHandles } from "./client.ts";
export { type Problem, RequestRefused, ServerUnavailable } from "./problem.ts";
export { RemoteResult, type SignalOptions } from "./remote_result.ts";
export {
  type ArgsOf,
  type EachSendOptions,
  type RemoteSender,
  RemoteTask,
  type ResultOf,
  type SendOptions,
  type TaskLike,
} from "./remote_task.ts";
export type { ClientOptions, ClientRequest, OpenStream, Transport } from "./transport.ts";
export type { RemoteLogUpdate, RemoteStateUpdate, RemoteUpdate } from "./updates.ts";
export {
  AlreadyExists,
  BrokerRefused,
  BrokerUnavailable,
  IdempotencyMismatch,
  InvalidInput,
  QueueFull,
  ResultTimeout,
  SchemaMismatch,
  type SentCall,
  StoreFailed,
  TaskExpired,
  TaskFailed,
  TaskRevoked,
  UmbelError,
  UnknownTask,
  UnknownTaskId,
} from "../errors.ts";
export type { ErrorInfo } from "../error_info.ts";
