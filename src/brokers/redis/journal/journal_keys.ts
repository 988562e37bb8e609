/**
 * What a client knows of what is written down, and which keys that takes: told by the broker's answers, see
 * fragments/journal.ts.
 *
 * @module
 */
import { steps } from "../../../ports/history.ts";
import type { EventLevel, Recording } from "../../../ports/journal.ts";
import { nothingRecorded } from "../../../ports/journal.ts";

const letters: { readonly [level in EventLevel]: string } = { none: "n", lifecycle: "l", all: "a" };
const levels: { readonly [letter: string]: EventLevel } = { n: "none", l: "lifecycle", a: "all" };

/** What is written down, as far as is known here. */
export class JournalKeys {
  readonly #prefix: string;
  #known: Recording | undefined;
  #segments: readonly string[] = [];

  /** @param prefix What every key of the app begins with. */
  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** What is written down, with what the caller declares where nothing is known. */
  recording(declared?: Recording): Recording {
    return this.#known ?? declared ?? nothingRecorded;
  }

  /** The same once the caller declares it for all. */
  overriding(declared: Recording | undefined): Recording {
    return declared ?? this.recording();
  }

  /** The keys needed to write down so much: events, and counts at this time. */
  needed({ events, history }: Recording, now: number): string[] {
    return [
      ...events === "none" ? [] : this.#segments,
      ...history ? [this.#hash("n", now, steps.hour.length), this.#hash("N", now, 24 * steps.hour.length)] : [],
    ];
  }

  /** Takes in what an answer says: `<level><history> <segment> <the one that goes>`. */
  learn(text: string): void {
    const [level = "n0", ...segments] = text.split(" ");
    this.#known = readRecording(level);
    this.#segments = segments.filter((one) => one !== "").map((segment) => this.segment(Number(segment)));
  }

  /** A segment of events. */
  segment(number: number): string {
    return `${this.#prefix}:e:${number}`;
  }

  /** The hashes of a history's points from one time on, until now. */
  hashes(step: "minute" | "hour", from: number, now: number): string[] {
    const [letter, length] = step === "minute"
      ? ["n", steps.hour.length] as const
      : ["N", 24 * steps.hour.length] as const;
    const first = Math.max(from, now - steps[step].keep - length);
    const keys: string[] = [];
    for (let at = Math.floor(first / length) * length; at <= now; at += length) {
      keys.push(this.#hash(letter, at, length));
    }
    return keys;
  }

  #hash(letter: string, at: number, length: number): string {
    return `${this.#prefix}:${letter}:${Math.floor(at / length)}`;
  }
}

/** What a script is told: what the caller takes to be written down, and what it declares. */
export function recordingArg(known: Recording, declared: Recording | undefined): string {
  return declared ? `${encodeRecording(known)} ${encodeRecording(declared)}` : encodeRecording(known);
}

function encodeRecording({ events, history }: Recording): string {
  return letters[events] + (history ? "1" : "0");
}

/** What a text says is written down: `<level><history>`. */
export function readRecording(text: string): Recording {
  return { events: levels[text[0]!] ?? "none", history: text[1] === "1" };
}
