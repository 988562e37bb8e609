/**
 * What a worker and its children tell each other.
 *
 * @module
 */
import type { Delivery } from "../../ports/turn.ts";
import type { TaskState } from "../../ports/task_record.ts";
import type { Json } from "../../json.ts";
import type { LogFields, LogLevel } from "../../log.ts";
import type { Message } from "../../message.ts";
import type { Encoded } from "../../wire/encoded.ts";
import type { OutcomeData, ReasonData } from "./crossing.ts";

/** What a child is made with. */
export interface ChildSettings {
  /** The app's name, for a module that exports another one. */
  readonly app: string;
  /** Which of the module's exports it is; the only app when absent. */
  readonly export?: string;
  /** The broker's URL, in place of the one that the module names. */
  readonly broker?: string;
  /** The levels that its worker's log writes. */
  readonly levels: readonly LogLevel[];
  /** Whether to tell how much memory it takes. */
  readonly measures: boolean;
}

/** What a worker tells a child. */
export type ToChild =
  /** Run these: one, or a batch. */
  | { readonly kind: "start"; readonly deliveries: readonly Delivery[]; readonly now: number }
  /** The signal of this one is aborted. */
  | { readonly kind: "abort"; readonly lease: string; readonly reason: ReasonData }
  /** Finish what is to be sent, and say so. */
  | { readonly kind: "close" };

/** What a child tells its worker. */
export type FromChild =
  /** It can run something. */
  | { readonly kind: "ready" }
  /** It never will: its module has no such app. */
  | { readonly kind: "refused"; readonly message: string }
  /** A handler is called, with this message where codecs were about it. */
  | { readonly kind: "began"; readonly lease: string; readonly opened?: Message }
  /** A handler told something. */
  | { readonly kind: "report"; readonly lease: string; readonly state: TaskState; readonly meta: Json | undefined }
  /** A handler said something. */
  | {
    readonly kind: "log";
    readonly lease: string;
    readonly level: LogLevel;
    readonly message: string;
    readonly fields?: LogFields;
  }
  /** A run came to something; how much memory the child takes now (bytes). */
  | {
    readonly kind: "ended";
    readonly lease: string;
    readonly outcome: OutcomeData;
    readonly encoded?: Encoded;
    readonly span?: string;
    readonly heap?: number;
  }
  /** Nothing is left to be sent; or something in the child ends it. */
  | { readonly kind: "closed" };
