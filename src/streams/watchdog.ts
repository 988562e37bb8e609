/**
 * A stream that has died without a word: nobody tells its reader, so somebody has to look.
 *
 * @module
 */

/** How long a stream is read before it is opened anew, in case nobody told us that it died (ms). */
const longest = 30 * 60_000;
/** A server that sends comments as a sign of life and then is silent for so long has died (ms). */
const silence = 60_000;

/** Ends a stream that does not open, has died in silence, or is old. One timer, which looks now and then. */
export class Watchdog {
  /** Whether the server has sent a comment: from then on silence means that it died. */
  comments = false;
  readonly #end: () => void;
  readonly #started: number = performance.now();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #seen: number = performance.now();

  /** @param opening How long the stream may take to open (ms); absent when it is open. */
  constructor(end: () => void, opening?: number) {
    this.#end = end;
    if (opening === undefined) this.open();
    else this.#timer = setTimeout(end, opening);
  }

  /** The stream is open. */
  open(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#look(), silence / 2);
  }

  /** Something came. */
  alive(): void {
    this.#seen = performance.now();
  }

  /** Looks no longer. */
  stop(): void {
    clearTimeout(this.#timer);
  }

  #look(): void {
    const now = performance.now();
    if (now - this.#started > longest || (this.comments && now - this.#seen > silence)) return this.#end();
    this.open();
  }
}
