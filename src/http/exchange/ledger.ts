/**
 * What was handed out to workers over HTTP, as far as this process remembers: it saves asking the broker when they hand it
 * in. Whatever is forgotten, or was handed out elsewhere, the broker knows.
 *
 * @module
 */
import type { Delivery, Lease } from "../../ports/turn.ts";

/** The most characters that are remembered. */
const most = 16 * 1024 * 1024;

/** Remembers deliveries, the last ones. */
export class Ledger {
  readonly #texts = new Map<string, { readonly text: string; readonly at: number | undefined }>();
  #characters = 0;

  /**
   * Notes a delivery to a worker; returns its JSON.
   *
   * @param at When it was handed out, if somebody will ask for that.
   */
  note(worker: string, delivery: Delivery, at?: number): string {
    const key = `${worker} ${delivery.lease}`;
    const text = JSON.stringify(delivery);
    this.#drop(key);
    this.#texts.set(key, { text, at });
    this.#characters += text.length;
    while (this.#characters > most) this.#drop(this.#texts.keys().next().value!);
    return text;
  }

  /** What a worker was handed under this lease, and when. */
  find(worker: string, lease: Lease): { readonly delivery: Delivery; readonly at?: number } | undefined {
    const noted = this.#texts.get(`${worker} ${lease}`);
    if (!noted) return undefined;
    const { text, at } = noted;
    return { delivery: JSON.parse(text), ...(at === undefined ? {} : { at }) };
  }

  /** These were handed in. */
  forget(worker: string, leases: Iterable<Lease>): void {
    for (const lease of leases) this.#drop(`${worker} ${lease}`);
  }

  #drop(key: string): void {
    this.#characters -= this.#texts.get(key)?.text.length ?? 0;
    this.#texts.delete(key);
  }
}
