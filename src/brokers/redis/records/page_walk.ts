/**
 * The pages of records there are, the newest first: a walk over their names, which are written down where pages are made.
 *
 * @module
 */
import type { Connection } from "../connection/connection.ts";
import type { Keys } from "../keys.ts";
import { forgetPages, namesOfPages } from "../scripts/listing.ts";
import { placeOf } from "./place.ts";

/** How many times of 1.024 s a slice has: see fragments/page_names.ts. */
const times = 16;
/** How many characters of a member are a name. */
const width = 4;
/** How often names are read for one answer: each time some 1,000 of them, if there are. */
const mostReads = 10;
/** How many names are looked at in one request to be forgotten. */
const mostForgotten = 2000;

/** A page. */
export interface Page {
  /** Its name: see id.ts. */
  readonly name: string;
  /** Its time, in 1.024 s. */
  readonly time: number;
  /** Its position in the list. */
  readonly at: string;
}

/** Which pages. */
export interface WalkOptions {
  /** The keys. */
  readonly keys: Keys;
  /** Calls scripts. */
  readonly connection: Connection;
  /** None above this position. */
  readonly top: string;
  /** Whether a page in this position was told as a whole. */
  readonly isTold: boolean;
  /** The time of the position. */
  readonly time: number;
  /** None before this time. */
  readonly lowest: number;
}

/** A walk over pages. */
export class PageWalk {
  readonly #options: WalkOptions;
  /** Those that are known and lie ahead. */
  #pages: readonly Page[] = [];
  /** The slice to read the names of next, and those below; `undefined` when all were read. */
  #slice: number | undefined;
  #reads = 0;
  readonly #members = new Map<string, readonly string[]>();
  readonly #gone = new Set<string>();

  /** A walk that begins there. */
  constructor(options: WalkOptions) {
    this.#options = options;
    this.#slice = Math.floor(options.time / times);
  }

  /** The next pages, so many at most; none only when there are none, or their names would have to be read too often. */
  async ahead(most: number): Promise<readonly Page[]> {
    while (this.#pages.length < most && this.#slice !== undefined && this.#reads < mostReads) {
      this.#pages = [...this.#pages, ...await this.#read(this.#slice)];
    }
    return this.#pages.slice(0, most);
  }

  /** So many of them were read; of these there is nothing any more. */
  pass(count: number, gone: readonly Page[]): void {
    this.#pages = this.#pages.slice(count);
    for (const { name } of gone) this.#gone.add(name);
  }

  /** Below which position more pages may lie; `undefined` when all were passed. `last` is that of the last one. */
  reached(last: string | undefined): string | undefined {
    if (this.#pages.length > 0) return last;
    return this.#slice === undefined ? undefined : placeOf(this.#slice * times + times - 1, "~~");
  }

  /** Forgets names of which all pages that they were noted with are gone. */
  async forget(): Promise<void> {
    const { keys, connection } = this.#options;
    const args: string[] = [];
    const pages: string[] = [];
    for (const [member, names] of this.#members) {
      if (pages.length + names.length > mostForgotten || !names.every((name) => this.#gone.has(name))) continue;
      args.push(member, String(names.length));
      for (const name of names) pages.push(keys.pageNamed(name));
    }
    if (args.length > 0) await connection.run(forgetPages, [keys.pageNames, ...pages], args, undefined);
  }

  /** The pages of a slice and of some below it. */
  async #read(slice: number): Promise<readonly Page[]> {
    const { keys, connection, top, isTold, lowest } = this.#options;
    this.#reads++;
    const args = [String(slice), String(Math.floor(lowest / times))];
    const reply = await connection.run(namesOfPages, [keys.map, keys.pageNames], args, undefined) as string[];
    const [isAll, recent, ...members] = reply as [string, string, ...string[]];
    // Of the last slice there may be more.
    const below = isAll === "1" ? undefined : sliceOf(members.at(-1)!);
    const pages = new Map<string, Page>();
    for (const member of [...recent.split(" "), ...members]) {
      const own = sliceOf(member);
      if (member === "" || own > slice || below !== undefined && own <= below) continue;
      for (const page of pagesOf(member)) {
        const isAhead = isTold ? page.at < top : page.at <= top;
        if (isAhead && page.time >= lowest) pages.set(page.name, page);
      }
    }
    for (const member of members) this.#members.set(member, pagesOf(member).map(({ name }) => name));
    this.#slice = below;
    return [...pages.values()].sort((a, b) => a.at < b.at ? 1 : -1);
  }
}

function sliceOf(member: string): number {
  return parseInt(member, 10);
}

function pagesOf(member: string): Page[] {
  const first = sliceOf(member) * times;
  const pages: Page[] = [];
  for (let at = member.indexOf(":") + 1; at < member.length; at += width) {
    const time = first + parseInt(member[at]!, 16);
    const page = member.slice(at + 1, at + width);
    pages.push({ name: `${time.toString(36)}-${page}`, time, at: placeOf(time, page) });
  }
  return pages;
}
