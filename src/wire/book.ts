/**
 * Which codecs a task has, and how what went through them is read.
 *
 * @module
 */
import type { Json } from "../json.ts";
import { toJson } from "../to_json.ts";
import type { Codecs } from "./codec.ts";
import type { Encoded, Place } from "./encoded.ts";
import { decode, type FindCodec } from "./pipeline.ts";
import type { PayloadStore } from "./store.ts";

/** What a book is made of. */
export interface BookOptions {
  /** The app's name. */
  readonly app: string;
  /** The codecs of tasks that name none. */
  readonly codecs: Codecs;
  /** Where large payloads go. */
  readonly store: PayloadStore | undefined;
  /** The task of that name, as far as it is known here: which codecs it names. */
  readonly taskNamed: (name: string) => { readonly settings: { readonly codecs?: Codecs } } | undefined;
}

/** What a place is named by. */
export interface Named {
  /** The task's id. */
  readonly id: string;
  /** The name of the task. */
  readonly task: string;
}

/** The codecs of an app and its tasks. */
export class Book {
  /** The app's name. */
  readonly app: string;
  /** Where large payloads go. */
  readonly store: PayloadStore | undefined;
  readonly #codecs: Codecs;
  #alsoRead: Codecs = {};
  readonly #taskNamed: BookOptions["taskNamed"];

  /** A book of these. */
  constructor({ app, codecs, store, taskNamed }: BookOptions) {
    this.app = app;
    this.store = store;
    this.#codecs = codecs;
    this.#taskNamed = taskNamed;
  }

  /** The names of the app's codecs, in their order. */
  get names(): readonly string[] {
    return Object.values(this.#codecs).map(({ name }) => name);
  }

  /** The codecs of a task: its own list, or else the app's. */
  codecsOf(task: string): Codecs {
    return this.#taskNamed(task)?.settings.codecs ?? this.#codecs;
  }

  /** Reads what went through these too, though nothing goes through them here. */
  alsoRead(codecs: Codecs): void {
    this.#alsoRead = codecs;
  }

  /**
   * A copy of arguments as the task gets them, and as JSON says what is the same.
   *
   * @throws {InvalidInput} When neither JSON nor the codec for values can carry them.
   */
  copyArgs(
    args: readonly unknown[],
    task: string,
  ): { readonly values: readonly Json[]; readonly json: readonly Json[] } {
    const codec = this.codecsOf(task).values;
    const rich = codec?.encode(args, "args");
    if (rich !== undefined) return { values: Object.freeze(codec!.decode(rich) as Json[]), json: [rich] };
    const values = Object.freeze(JSON.parse(toJson(args, "args")));
    return { values, json: values };
  }

  /** Where a part of a task belongs. */
  place({ id, task }: Named, part: Place["part"]): Place {
    return { app: this.app, id, task, part };
  }

  /** A part of a task as it was. @throws {CannotDecode} @throws {StoreFailed} */
  async decode(task: Named, part: Place["part"], encoded: Encoded): Promise<unknown> {
    return await decode(encoded, this.#finder(task.task), this.place(task, part), this.store);
  }

  /** A task that was given codecs of its own may have messages on their way that went through the app's. */
  #finder(task: string): FindCodec {
    const lists = [this.codecsOf(task), this.#codecs, this.#alsoRead];
    const all = lists.flatMap(({ values, compress, seal }) => [values, compress, seal]);
    return (name) => all.find((codec) => codec?.name === name);
  }
}
