/**
 * The grammar of a crontab's fields, which is Celery's: lists, ranges that wrap, steps, names.
 *
 * @module
 */
import { InvalidInput } from "../../errors.ts";
import { show } from "../../options/values.ts";

/** The fields of a crontab. */
export type FieldName = "second" | "minute" | "hour" | "dayOfMonth" | "monthOfYear" | "dayOfWeek";

/** What a field stands for. */
export interface Field {
  /** Its values, ascending. */
  readonly values: readonly number[];
  /** Whether it stands for every value, or some part of it begins with `*`. */
  readonly hasStar: boolean;
  /** `L` of a day of the month: its last day. */
  readonly last: boolean;
  /** `1#2` and `5L`: the second Monday, the last Friday. */
  readonly nth: readonly { readonly weekday: number; readonly nth: number | "L" }[];
}

const ranges: { readonly [name in FieldName]: readonly [least: number, most: number] } = {
  second: [0, 59],
  minute: [0, 59],
  hour: [0, 23],
  dayOfMonth: [1, 31],
  monthOfYear: [1, 12],
  dayOfWeek: [0, 6],
};
const months = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ");
const weekdays = "sun mon tue wed thu fri sat".split(" ");

/**
 * Reads a field: a number, numbers, or a pattern.
 *
 * @throws {InvalidInput} Where Celery refuses it, and where Celery reads something else than what stands there.
 */
export function readField(name: FieldName, value: unknown): Field {
  if (typeof value === "string") return new Reader(name, value).read();
  const list = typeof value === "number" ? [value] : isIterable(value) ? [...value] : undefined;
  const [least, most] = ranges[name];
  if (list && list.length > 0 && list.every((one) => Number.isInteger(one) && one >= least && one <= most)) {
    return fieldOf(name, list, false, [], false);
  }
  throw new InvalidInput(
    name,
    `${name} must be a pattern, or whole numbers from ${least} to ${most}, and it is ${show(list ?? value)}`,
  );
}

/** The pattern of a field, as text: numbers become a list. */
export function fieldText(value: unknown): string {
  return typeof value === "string" ? value.trim() : isIterable(value) ? [...value].join(",") : String(value);
}

/** Whether it stands for every value that it may have. */
export function isWhole(name: FieldName, { values }: Field): boolean {
  const [least, most] = ranges[name];
  return values.length === most - least + 1;
}

function isIterable(value: unknown): value is Iterable<number> {
  return typeof value === "object" && value !== null && Symbol.iterator in value;
}

function fieldOf(name: FieldName, values: readonly number[], last: boolean, nth: Field["nth"], star: boolean): Field {
  const sorted = [...new Set(values)].sort((a, b) => a - b);
  const field: Field = { values: sorted, hasStar: star, last, nth };
  return { ...field, hasStar: star || isWhole(name, field) };
}

/**
 * Reads one pattern. Celery tries its expressions on the beginning of a part and does not look at what follows; so do
 * these, and refuse a part of which something is left.
 */
class Reader {
  readonly #name: FieldName;
  readonly #text: string;
  readonly #least: number;
  readonly #most: number;

  constructor(name: FieldName, text: string) {
    this.#name = name;
    this.#text = text;
    [this.#least, this.#most] = ranges[name];
  }

  read(): Field {
    const values: number[] = [];
    const nth: { weekday: number; nth: number | "L" }[] = [];
    let star = false;
    let last = false;
    for (const part of this.#text.split(",")) {
      if (part === "") throw this.#refused("a part of it is empty");
      star ||= part.startsWith("*");
      const day = this.#extension(part);
      if (day === "last") last = true;
      else if (day) nth.push(day);
      else values.push(...this.#part(part));
    }
    return fieldOf(this.#name, values, last, nth, star);
  }

  /** What Celery refuses, and here means a day by its place in the month. */
  #extension(part: string): "last" | { weekday: number; nth: number | "L" } | undefined {
    if (this.#name === "dayOfMonth" && /^\s*L\s*$/i.test(part)) return "last";
    if (this.#name !== "dayOfWeek") return undefined;
    const [, weekday, nth] = /^\s*([0-6])(?:#([1-5])|L)\s*$/i.exec(part) ?? [];
    if (weekday === undefined) return undefined;
    return { weekday: Number(weekday), nth: nth === undefined ? "L" : Number(nth) };
  }

  #part(part: string): number[] {
    const stepped = /^(\w+?)-(\w+)\/(\w+)?/.exec(part);
    if (stepped) {
      const [whole, from, to, step] = stepped;
      this.#end(part, whole);
      return this.#every(this.#range(this.#number(from!), this.#number(to!)), step);
    }
    const range = /^(\w+?)-(\w+)/.exec(part);
    if (range) {
      this.#end(part, range[0]);
      return this.#range(this.#number(range[1]!), this.#number(range[2]!));
    }
    const star = /^\*\/(\w+)?/.exec(part);
    if (star) {
      this.#end(part, star[0]);
      return this.#every(this.#range(this.#least, this.#most), star[1]);
    }
    return part === "*" ? this.#range(this.#least, this.#most) : [this.#number(part)];
  }

  #end(part: string, read: string): void {
    const rest = part.slice(read.length);
    if (/^\s*$/.test(rest)) return;
    // A step that is missing is what is wrong, not what stands in its place.
    if (read.endsWith("/")) throw this.#refused(`${show(part)} has no step after its /`);
    throw this.#refused(`Celery would ignore the end ${show(rest)} of ${show(part)}`);
  }

  #range(from: number, to: number): number[] {
    const numbers: number[] = [];
    const end = to < from ? this.#most : to;
    for (let number = from; number <= end; number++) numbers.push(number);
    if (to < from) { for (let number = this.#least; number <= to; number++) numbers.push(number); }
    return numbers;
  }

  #every(numbers: readonly number[], text: string | undefined): number[] {
    if (text === undefined) throw this.#refused("a / has no step after it");
    const step = wholeNumber(text);
    if (step === undefined) throw this.#refused(`the step ${show(text)} is no whole number`);
    if (step === 0) throw this.#refused("a step cannot be 0");
    return numbers.filter((_, index) => index % step === 0);
  }

  #number(text: string): number {
    if (text.startsWith("-")) throw this.#refused("negative numbers are not supported");
    const number = wholeNumber(text) ?? this.#named(text);
    if (number > this.#most) throw this.#refused(`${number} is above ${this.#most}${this.#hint(number)}`);
    if (number < this.#least) throw this.#refused(`${number} is below ${this.#least}`);
    return number;
  }

  #hint(number: number): string {
    return this.#name === "dayOfWeek" && number === 7 ? ": Sunday is 0, or sun" : "";
  }

  /** Celery looks at the first three letters, in every field, for a month and then for a weekday. */
  #named(text: string): number {
    const word = text.trimEnd().toLowerCase();
    const beginning = word.slice(0, 3);
    const month = months.indexOf(beginning);
    const weekday = weekdays.indexOf(beginning);
    if (month === -1 && weekday === -1) throw this.#refused(`${show(text)} is neither a number nor a name`);
    if (month !== -1 && this.#name !== "monthOfYear") throw this.#refused(`${show(text)} is a month`);
    if (weekday !== -1 && this.#name !== "dayOfWeek") throw this.#refused(`${show(text)} is a day of the week`);
    const rest = word.slice(3);
    const place = /^(?:#\s*(\d)|(l))$/.exec(rest);
    if (place) {
      const instead = place[2] ? `${weekday}L` : `${weekday}#${place[1]}`;
      throw this.#refused(`Celery reads ${show(text)} as every ${beginning}: write ${instead}`);
    }
    if (!/^\p{L}*$/u.test(rest)) throw this.#refused(`Celery would ignore the end ${show(rest)} of ${show(text)}`);
    return month === -1 ? weekday : month + 1;
  }

  #refused(why: string): InvalidInput {
    const { least, most } = { least: this.#least, most: this.#most };
    return new InvalidInput(
      this.#name,
      `${this.#name} must be a crontab pattern of ${least} to ${most}, and it is ${show(this.#text)}: ${why}`,
    );
  }
}

/** A number as Python's `int()` reads it. */
function wholeNumber(text: string): number | undefined {
  return /^\s*\+?\d+(_\d+)*\s*$/.test(text) ? Number(text.replaceAll("_", "")) : undefined;
}
