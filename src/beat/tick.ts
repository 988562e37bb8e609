/**
 * One look at what is due: for cron and the edge.
 *
 * @module
 */
import type { PeriodicApp } from "../periodic/app.ts";
import { createLogger } from "../log.ts";
import type { TickSummary } from "../periodic/entry_options.ts";
import { Book } from "./book.ts";

/** An app's book: kept between ticks, so that what the code declares is compared once in a process. */
const books = new WeakMap<PeriodicApp, Book>();

/** How often what has become due meanwhile is sent too. */
const mostRounds = 10;
/** An entry that is held is looked at by the next tick (ms). */
const holdPause = 1000;

/** Sends what is due now. */
export async function tick(app: PeriodicApp): Promise<TickSummary> {
  const log = createLogger({ level: "warning", name: "beat" });
  const book = books.get(app) ?? new Book(app, log, holdPause);
  books.set(app, book);
  await book.read();
  const fired: { name: string; due: number; ids: readonly string[] }[] = [];
  for (let round = 0; round < mostRounds; round++) {
    const now = await app.broker.now();
    if (book.next > now) break;
    for (const { entry, ids } of await book.send(now)) {
      if (ids.length > 0) fired.push({ name: entry.name, due: entry.lastDue ?? now, ids });
    }
  }
  const { next } = book;
  return { fired, ...(next === Infinity ? {} : { next }) };
}
