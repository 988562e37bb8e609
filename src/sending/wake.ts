/**
 * Wakes a worker elsewhere once something was sent: by a request to its `POST /work`. It only saves waiting: what is sent
 * is safe without it, and neither waits for it nor hears of its failure.
 *
 * @module
 */
import { systemClock } from "../clock.ts";
import type { Duration } from "../options/duration.ts";
import { InvalidInput } from "../errors.ts";
import { lines } from "../streams/lines.ts";
import type { Logger } from "../log.ts";
import { checkKeys } from "../options/keys.ts";
import { readLimit, show } from "../options/values.ts";

/** Who is woken. */
export interface WakeOptions {
  /** Where an app is served that works: `https://…/work`. */
  readonly url: string;
  /** A token with the scope `work`. */
  readonly token?: string;
  /**
   * How long one request may take: the worker works as long as somebody waits for it.
   *
   * @default {"30s"}
   */
  readonly deadline?: Duration;
  /** Keeps the runtime alive until a request is over: that of the present request, where the runtime has one. */
  readonly waitUntil?: (over: Promise<void>) => void;
}

/** So long it waits after a request that failed before it makes another one (ms). */
const pause = 1000;
/** So long before the deadline it is to be done (s). */
const reserve = 5;

/** Wakes one worker: one request at a time, however much is sent. */
export class Wake {
  readonly #url: string;
  readonly #token: string | undefined;
  readonly #deadline: number;
  readonly #waitUntil: WakeOptions["waitUntil"];
  readonly #log: Logger;
  readonly #closing = new AbortController();
  #calling: Promise<void> | undefined;
  #again = false;

  /** @throws {InvalidInput} When an option is unknown or breaks its rule. */
  constructor(options: WakeOptions, log: Logger) {
    checkKeys(options, ["url", "token", "deadline", "waitUntil"], "option of wake");
    const { url, token, deadline = "30s", waitUntil } = options;
    this.#url = checkUrl(url);
    if (token !== undefined && !/^[\x21-\x7e]+$/.test(token)) {
      throw new InvalidInput("wake.token", "wake.token must be visible ASCII characters, at least one");
    }
    this.#token = token;
    this.#deadline = readLimit(deadline, "wake.deadline");
    this.#waitUntil = waitUntil;
    this.#log = log;
  }

  /** Something was sent. Returns at once. */
  poke(): void {
    this.#again = true;
    if (this.#calling || this.#closing.signal.aborted) return;
    this.#calling = this.#callOn().finally(() => {
      this.#calling = undefined;
      // Between its last look and now.
      if (this.#again) this.poke();
    });
    this.#waitUntil?.(this.#calling);
  }

  /** Calls again for what was sent meanwhile, which the last call may not have seen, and for what it left. */
  async #callOn(): Promise<void> {
    for (let isLeft = false; (this.#again || isLeft) && !this.#closing.signal.aborted;) {
      this.#again = false;
      try {
        isLeft = await this.#call();
      } catch (error) {
        if (this.#closing.signal.aborted) return;
        isLeft = false;
        this.#log.warning(`No worker could be woken: ${error instanceof Error ? error.message : error}`);
        await systemClock.sleep(pause, this.#closing.signal);
      }
    }
  }

  /** It is told to be done in good time: what runs then may finish within the grace. */
  #target(): URL {
    const target = new URL(this.#url);
    const seconds = Math.max(1, this.#deadline / 1000 - reserve);
    if (!target.searchParams.has("seconds")) target.searchParams.set("seconds", String(seconds));
    return target;
  }

  /** Returns whether there may be more to do. */
  async #call(): Promise<boolean> {
    const stop = new AbortController();
    const close = () => stop.abort();
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      stop.abort();
    }, this.#deadline);
    this.#closing.signal.addEventListener("abort", close, { once: true });
    try {
      const response = await fetch(this.#target(), {
        method: "POST",
        headers: this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` },
        // A token is for this host, and no other.
        redirect: "manual",
        signal: stop.signal,
      });
      if (!response.ok || !response.body) {
        await response.body?.cancel();
        throw new Error(`${this.#url} answers ${response.status}`);
      }
      let last = "{}";
      for await (const line of lines(response.body, stop.signal, () => {})) if (line !== "") last = line;
      stop.signal.throwIfAborted();
      return JSON.parse(last).state === "time";
    } catch (error) {
      throw isLate ? new Error(`${this.#url} took longer than ${this.#deadline} ms`, { cause: error }) : error;
    } finally {
      clearTimeout(timer);
      this.#closing.signal.removeEventListener("abort", close);
    }
  }

  /** Ends the request that is on its way, unless the runtime was asked to wait for it. */
  async close(): Promise<void> {
    if (this.#waitUntil) return;
    this.#closing.abort();
    await this.#calling;
  }
}

function checkUrl(url: string): string {
  if (typeof url === "string" && /^https?:\/\//.test(url) && URL.canParse(url)) {
    const { username, password, hash } = new URL(url);
    if (username + password + hash === "") return url;
  }
  throw new InvalidInput("wake.url", `wake.url must be that of a worker (https://…/work), and it is ${show(url)}`);
}
