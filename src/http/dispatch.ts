/**
 * The way of a request: who calls, what for, may it, is it well formed; then the route answers.
 *
 * @module
 */
import type { Umbel } from "../app/app.ts";
import { type Caller, forbidden } from "./access/caller.ts";
import { checkHost, checkSite } from "./access/cross_site.ts";
import { isSecure } from "./access/sessions.ts";
import { audit } from "./access/audit.ts";
import { readBytes } from "./requests/body.ts";
import { type AuditFacts, Call } from "./requests/call.ts";
import { harden } from "./answers/headers.ts";
import type { Settings } from "./options.ts";
import { Refusal, refusalOf } from "./answers/problem.ts";
import { checkSize, readBody, readHeaders, readParams, readQuery } from "./requests/reading.ts";
import type { Route } from "./route.ts";

/** A path and what is to be had there. */
export interface Place {
  /** The routes of this path by their methods; none where there is nothing. */
  readonly routes: ReadonlyMap<string, Route>;
}

/** A request, and where it goes. */
export interface Arrival {
  /** The request. */
  readonly request: Request;
  /** The place that its path leads to. */
  readonly place: Place;
  /** The parameters of the path, decoded. */
  readonly params: { readonly [name: string]: string };
  /** The path below which the API is mounted. */
  readonly base: string;
}

/** What is known of a request on its way, for those who hear of its end. */
interface Progress {
  route?: Route;
  caller?: Caller;
  facts: AuditFacts;
  /** What the response's headers say of the caller's rate. */
  rate?: { readonly [name: string]: string };
}

/** Answers requests by routes. */
export class Dispatcher {
  readonly #app: Umbel;
  readonly #settings: Settings;

  /** For an app. */
  constructor(app: Umbel, settings: Settings) {
    this.#app = app;
    this.#settings = settings;
  }

  /** Answers a request, whatever happens. */
  async answer(arrival: Arrival): Promise<Response> {
    const { request } = arrival;
    const { origins, log } = this.#settings;
    const progress: Progress = { facts: {} };
    let response: Response;
    let code: string | undefined;
    try {
      response = origins.preflight(request) ?? await this.#proceed(arrival, progress);
    } catch (thrown) {
      const refusal = refusalOf(thrown, log);
      code = refusal.code;
      response = await this.#refuse(refusal, request, progress.route);
    }
    this.#audit(progress, response.status, code);
    if (request.method === "HEAD") response = await withoutBody(response);
    const hardened = harden(response, isSecure(request));
    for (const [name, value] of Object.entries(progress.rate ?? {})) hardened.headers.set(name, value);
    origins.allow(request, hardened.headers);
    return hardened;
  }

  async #proceed(arrival: Arrival, progress: Progress): Promise<Response> {
    const { request, place, params, base } = arrival;
    const { access, limiter, maxBodySize, isReadOnly, origins, hosts } = this.#settings;
    checkSize(request);
    checkHost(request, hosts);
    const route = place.routes.get(request.method === "HEAD" ? "GET" : request.method);
    if (route) progress.route = route;
    const read = once(() => readBytes(request, route?.body?.maxSize ?? maxBodySize, this.#app.clock));
    const caller = await access.admit(request, route, read);
    progress.caller = caller;
    progress.facts = params;
    if (limiter && route?.access !== "public") progress.rate = limiter.pass(caller.key);
    if (!route) return answerElse(place, request.method);
    checkAdmission(route, caller, params);
    if (route.method !== "GET" && caller.isAmbient) checkSite(request, origins);
    if (isReadOnly && isChange(route)) {
      throw new Refusal(403, "read_only", "This server changes nothing: it is read-only");
    }
    if (!route.brokerless) this.#openBroker();
    const call = new Call({
      request,
      caller,
      params: readParams(route, params),
      query: readQuery(route, new URL(request.url)),
      headers: readHeaders(route, request.headers),
      body: await readBody(route, request.headers, { read, caller, access }),
      read,
      base,
      stop: this.#settings.signal,
    });
    try {
      return await route.answer(call);
    } finally {
      progress.facts = { ...params, ...call.facts };
    }
  }

  /** A broker that is named wrongly is this side's fault, whatever is asked. */
  #openBroker(): void {
    try {
      void this.#app.broker;
    } catch (cause) {
      throw new Error(`The broker cannot be opened: ${cause instanceof Error ? cause.message : cause}`, { cause });
    }
  }

  async #refuse(refusal: Refusal, request: Request, route: Route | undefined): Promise<Response> {
    try {
      return await (route?.refuse?.(refusal, request) ?? refusal.response());
    } catch (thrown) {
      return refusalOf(thrown, this.#settings.log).response();
    }
  }

  #audit({ route, caller, facts }: Progress, status: number, code: string | undefined): void {
    if (!route || !caller || !isChange(route) || route.routine) return;
    audit(this.#settings.log, { route, caller, facts, status, ...(code === undefined ? {} : { code }) });
  }
}

/** Whether a route changes something. */
function isChange({ method, safe = false }: Route): boolean {
  return method !== "GET" && !safe;
}

function checkAdmission({ access, single }: Route, caller: Caller, params: { readonly task?: string }): void {
  if (access === "public" || caller.kind === "signature") return;
  if (caller.single) {
    const { id, may } = caller.single;
    const isEnough = single === "read" || (single !== undefined && single === may);
    if (isEnough && id === params.task) return;
    throw forbidden("do this: its token is for a single task", caller);
  }
  if (access !== "caller") caller.must(access);
}

function answerElse({ routes }: Place, method: string): Response {
  if (routes.size === 0) throw new Refusal(404, "not_found", "There is nothing at this path");
  const methods = [...routes.keys()].flatMap((one) => one === "GET" ? ["GET", "HEAD"] : [one]);
  const allow = methods.join(", ");
  if (method === "OPTIONS") return new Response(null, { status: 204, headers: { allow: `${allow}, OPTIONS` } });
  throw new Refusal(405, "method_not_allowed", `This path takes ${allow}`, { headers: { allow } });
}

/** A body can be read once, and a signature is of it too. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => made ??= make();
}

async function withoutBody(response: Response): Promise<Response> {
  await response.body?.cancel();
  return new Response(null, { status: response.status, headers: response.headers });
}
