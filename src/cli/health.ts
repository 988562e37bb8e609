/**
 * `umbel worker --health-port`.
 *
 * @module
 */
import type { Umbel } from "../app/app.ts";
import type { Logger } from "../log.ts";
import type { WorkerView } from "../worker/view.ts";
import { readAddress } from "./command.ts";

/** Serves a worker's health until it is disposed of. @throws {Deno.errors.AddrInUse} When the port is taken. */
export async function serveHealth(app: Umbel, worker: WorkerView, at: string, log: Logger): Promise<AsyncDisposable> {
  const { hostname, port } = readAddress(at, "--health-port");
  // Loaded here: a worker that nobody watches needs no server.
  const { health } = await import("../health/mod.ts");
  const server = Deno.serve({ hostname, port, onListen() {} }, health(app, worker).fetch);
  const host = hostname.includes(":") ? `[${hostname}]` : hostname;
  log.info(`Health at http://${host}:${server.addr.port}/healthz, /readyz and /metrics`);
  return server;
}
