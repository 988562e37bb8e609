/**
 * Time zones: which offset from UTC holds when, and when it changes. Asked of `Intl`, which every runtime has.
 *
 * @module
 */
import { readTimezone } from "../../options/timezone.ts";

/** A zone's clocks were set to another offset. */
export interface Change {
  /** When: ms since 1970. */
  readonly at: number;
  /** The offset until then: ms to add to UTC. */
  readonly before: number;
  /** The offset from then on. */
  readonly after: number;
}

/** A year of a zone. */
interface Year {
  readonly first: number;
  readonly changes: readonly Change[];
}

const day = 86_400_000;
const zones = new Map<string, Zone>();

/** A time zone. What was asked of `Intl` is kept, by year. */
export class Zone {
  readonly #format: Intl.DateTimeFormat;
  readonly #years = new Map<number, Year>();

  private constructor(name: string) {
    this.#format = new Intl.DateTimeFormat("en-US", {
      timeZone: name,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
  }

  /**
   * The zone of an IANA name.
   *
   * @throws {InvalidInput} When there is none of that name.
   */
  static of(name: string): Zone {
    const known = zones.get(name);
    if (known) return known;
    const zone = new Zone(readTimezone(name));
    zones.set(name, zone);
    return zone;
  }

  /** The offset at a time: ms to add to UTC. */
  offsetAt(time: number): number {
    const { first, changes } = this.#year(new Date(time).getUTCFullYear());
    let offset = first;
    for (const { at, after } of changes) if (at <= time) offset = after;
    return offset;
  }

  /** The changes from one time up to another, both included. */
  changes(from: number, to: number): Change[] {
    const found: Change[] = [];
    const last = new Date(to).getUTCFullYear();
    for (let year = new Date(from).getUTCFullYear(); year <= last; year++) {
      for (const change of this.#year(year).changes) if (change.at >= from && change.at <= to) found.push(change);
    }
    return found;
  }

  /** The first change after a time, up to another. */
  nextChange(after: number, to: number): Change | undefined {
    const last = new Date(to).getUTCFullYear();
    for (let year = new Date(after).getUTCFullYear(); year <= last; year++) {
      const change = this.#year(year).changes.find(({ at }) => at > after);
      if (change) return change.at <= to ? change : undefined;
    }
    return undefined;
  }

  /**
   * When the zone's clocks first show a reading; for one that they jump over, the moment after the jump.
   *
   * @param wall The reading, as if it were UTC.
   */
  firstShowing(wall: number): number {
    // No clock is a day and a half from UTC.
    let from = wall - 1.5 * day;
    let offset = this.offsetAt(from);
    for (const { at, before, after } of this.changes(from, wall + 1.5 * day)) {
      const time = wall - before;
      if (time < at) return Math.max(time, from);
      if (wall < at + after) return at;
      from = at;
      offset = after;
    }
    return wall - offset;
  }

  #year(number: number): Year {
    const known = this.#years.get(number);
    if (known) return known;
    const end = Date.UTC(number + 1, 0, 1);
    const changes: Change[] = [];
    let at = Date.UTC(number, 0, 1);
    const first = this.#ask(at);
    for (let before = first; at < end; at += day) {
      const after = this.#ask(Math.min(at + day, end) - 1000);
      if (after === before) continue;
      changes.push({ at: this.#between(at - 1000, at + day - 1000, before), before, after });
      before = after;
    }
    const year = { first, changes };
    this.#years.set(number, year);
    return year;
  }

  /** When the offset ceases to be `before`: to the second. */
  #between(from: number, to: number, before: number): number {
    while (to - from > 1000) {
      const middle = Math.floor((from + to) / 2000) * 1000;
      if (this.#ask(middle) === before) from = middle;
      else to = middle;
    }
    return to;
  }

  #ask(time: number): number {
    const [month, date, year, hour, minute, second] = this.#format.format(time).match(/\d+/g)!.map(Number) as Parts;
    return Date.UTC(year, month - 1, date, hour, minute, second) - Math.floor(time / 1000) * 1000;
  }
}

type Parts = [number, number, number, number, number, number];
