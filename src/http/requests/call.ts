/**
 * A request as the handler of a route sees it: checked, and with who calls.
 *
 * @module
 */
import type { Json } from "../../json.ts";
import type { Caller } from "../access/caller.ts";
import type { Body } from "./body.ts";

/** Facts of the audit line: which thing was changed, and to what. Never what is secret. */
export type AuditFacts = { readonly [name: string]: Json | undefined };

/** What a call is made of. */
export interface CallParts<Params, Query, Headers> {
  /** The request as it came; its body has been read. */
  readonly request: Request;
  /** Who calls. */
  readonly caller: Caller;
  /** The parameters of the path, decoded. */
  readonly params: Params;
  /** The parameters of the query, read. */
  readonly query: Query;
  /** The headers that the route names, read. */
  readonly headers: Headers;
  /** The members of the body; none where the route takes none. */
  readonly body: Body;
  /** Reads the bytes of the body. */
  readonly read: Reader;
  /** The path below which the API is mounted: `/api`, or nothing. */
  readonly base: string;
  /** Aborted when the server stops. */
  readonly stop: AbortSignal;
}

/** Reads the bytes of a body, as often as it is asked. @throws {Refusal} 413, when there are too many. */
export type Reader = () => Promise<Uint8Array<ArrayBuffer>>;

/** The values of parameters when nothing is known of them. */
// deno-lint-ignore no-explicit-any
type Any = any;

/** A request as the handler of a route sees it. */
export class Call<Params = Any, Query = Any, Headers = Any> {
  /** The request as it came; its body has been read. */
  readonly request: Request;
  /** Who calls: its name, and what it may do. */
  readonly caller: Caller;
  /** The parameters of the path, decoded. */
  readonly params: Params;
  /** The parameters of the query, read. */
  readonly query: Query;
  /** The headers that the route names, read. */
  readonly headers: Headers;
  /** The members of the body, which fit the route's schema; none where the route takes none. */
  readonly body: Body;
  /** The path below which the API is mounted: `/api`, or nothing. */
  readonly base: string;
  /**
   * Aborted when the server stops. That a client has gone is told by the body of the answer, which is cancelled: see
   * {@linkcode lateJson}. The request's own signal is not looked at: Deno's is aborted by answers that arrive, too, and says
   * so to whoever runs the server.
   */
  readonly stop: AbortSignal;
  readonly #read: Reader;
  #facts: AuditFacts = {};

  /** Made by the dispatcher, once all is checked. */
  constructor(parts: CallParts<Params, Query, Headers>) {
    this.request = parts.request;
    this.caller = parts.caller;
    this.params = parts.params;
    this.query = parts.query;
    this.headers = parts.headers;
    this.body = parts.body;
    this.#read = parts.read;
    this.base = parts.base;
    this.stop = parts.stop;
  }

  /** The bytes of the body. @throws {Refusal} 413, when there are more than the route takes. */
  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return await this.#read();
  }

  /** The path of something in this API, wherever it is mounted: `call.href("/tasks", id)`. */
  href(path: string, ...parts: readonly string[]): string {
    return [this.base + path, ...parts.map(encodeURIComponent)].join("/");
  }

  /** Adds to what the audit line says, beside the parameters of the path: the id of what was made, how many were meant. */
  audit(facts: AuditFacts): void {
    this.#facts = { ...this.#facts, ...facts };
  }

  /** What the audit line is to say. */
  get facts(): AuditFacts {
    return this.#facts;
  }
}
