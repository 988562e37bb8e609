/**
 * Who calls, and what it may do.
 *
 * @module
 */
import { Refusal } from "../answers/problem.ts";
import { Grants, type Scope } from "./scopes.ts";

/** How a caller made itself known. */
export type CallerKind = "token" | "task-token" | "password" | "header" | "session" | "signature" | "open";

/** What a token for a single task may do with it. */
export type SingleTask = { readonly id: string; readonly may: "read" | "revoke" };

/** What is known of a caller. */
export interface CallerFacts {
  /** Its name, for people: that of the token or of the user. */
  readonly name: string;
  /** Its own key: what it counts and repeats is apart from what others do. Tells nothing about its secret. */
  readonly key: string;
  /** How it made itself known. */
  readonly kind: CallerKind;
  /** What it may do. */
  readonly grants: Grants;
  /** The task that it may see, when that is all. */
  readonly single?: SingleTask;
  /** The id of its session. */
  readonly session?: string;
}

/** Who calls. */
export class Caller {
  /** Its name, for people: that of the token or of the user. */
  readonly name: string;
  /** Its own key: what it counts and repeats is apart from what others do. Tells nothing about its secret. */
  readonly key: string;
  /** How it made itself known. */
  readonly kind: CallerKind;
  /** What it may do, as it was granted: `read`, `send:mail.*`. */
  readonly scopes: readonly string[];
  /** The queues that it may work on; all when `undefined`. */
  readonly queues: readonly string[] | undefined;
  /** The task that it may see, when that is all. */
  readonly single: SingleTask | undefined;
  /** The id of its session, when it has one. */
  readonly session: string | undefined;
  readonly #grants: Grants;

  /** Made by whatever found out who it is. */
  constructor({ name, key, kind, grants, single, session }: CallerFacts) {
    this.name = name;
    this.key = key;
    this.kind = kind;
    this.scopes = grants.texts;
    this.queues = grants.queues;
    this.single = single;
    this.session = session;
    this.#grants = grants;
  }

  /** Whether it has this scope; `send` also when it is for some tasks only. */
  may(scope: Scope): boolean {
    return this.#grants.has(scope);
  }

  /** Whether it may send a task of this name. */
  maySend(task: string): boolean {
    return this.#grants.hasTask(task);
  }

  /** @throws {Refusal} 403, when it may not send a task of this name. */
  mustSend(task: string): void {
    if (!this.maySend(task)) throw forbidden(`send ${JSON.stringify(task)}`, this);
  }

  /** @throws {Refusal} 403, when it has not this scope. */
  must(scope: Scope): void {
    if (!this.may(scope)) throw forbidden(`do this: it takes the scope ${scope}`, this);
  }

  /** The same in a session that it opened. */
  inSession(session: string): Caller {
    const { name, key } = this;
    return new Caller({ name, key, kind: "session", grants: this.#grants, session });
  }

  /** Whether the browser shows who it is by itself, so that a page of another origin could call in its name. */
  get isAmbient(): boolean {
    return this.kind !== "token" && this.kind !== "task-token" && this.kind !== "signature";
  }
}

/** Whoever is there, where nobody has to say who it is. */
export const anybody: Caller = new Caller({ name: "anybody", key: "", kind: "open", grants: new Grants(["admin"]) });

/** Why a caller may not do something. */
export function forbidden(what: string, { name }: Caller): Refusal {
  return new Refusal(403, "forbidden", `${JSON.stringify(name)} may not ${what}`);
}
