/**
 * Calls scripts over REST, again and again until an answer comes or the time is over. That is safe, since each script
 * knows its own repetitions; it is needed, since an answer can get lost.
 *
 * @module
 */
import { systemClock } from "../../clock.ts";
import { BrokerRefused, BrokerUnavailable } from "../../errors.ts";
import { CommandMeter, counting } from "./meter.ts";
import { type Script, sha1, withoutFlags } from "./script.ts";

/** What is used of a Redis client: any that speaks to one database and returns strings as they are. */
export interface RedisClient {
  /** EVAL. */
  eval(script: string, keys: string[], args: string[]): Promise<unknown>;
  /** EVALSHA; rejects with an error whose message holds `NOSCRIPT` when the server does not know the script. */
  evalsha(sha1: string, keys: string[], args: string[]): Promise<unknown>;
  /** TIME: seconds and microseconds. Without it the clock of this machine is trusted. */
  time?(): Promise<[number | string, number | string]>;
}

/** Codes of an answer that says "not now": what was asked may be asked again. */
const passing =
  /^(LOADING|BUSY|TRYAGAIN|CLUSTERDOWN|MASTERDOWN|READONLY|UNAVAILABLE|NOREPLICAS)\b|rate limit|too many/i;
/** Any other answer of Redis begins with a word in capitals. */
const refusal = /^[A-Z]{3,}\b/;

/** A connection to one database. */
export class Connection {
  readonly #client: RedisClient;
  readonly #deadline: number;
  readonly #requestTimeout: number;
  readonly #closed = new AbortController();
  #flags = true;
  #offset: number | undefined;
  #measuredAt = -Infinity;
  #measuring: Promise<void> | undefined;
  #meter: CommandMeter | undefined;

  /**
   * @param deadline How long a call is repeated when its caller names no signal (ms).
   * @param requestTimeout How long one try may take (ms).
   */
  constructor(client: RedisClient, deadline: number, requestTimeout: number) {
    this.#client = client;
    this.#deadline = deadline;
    this.#requestTimeout = requestTimeout;
  }

  /** Counts commands from now on. */
  meter(): CommandMeter {
    return this.#meter ??= new CommandMeter();
  }

  /** So many commands went another way. */
  counted(commands: number): void {
    this.#meter?.add(commands);
  }

  /** Runs a script. @throws {BrokerUnavailable} @throws {BrokerRefused} */
  async run(
    script: Script<string, string>,
    keys: string[],
    args: string[],
    signal: AbortSignal | undefined,
  ): Promise<unknown> {
    const meter = this.#meter;
    const source = meter ? counting(script.source) : script.source;
    const digest = await sha1(this.#flags ? source : withoutFlags(source));
    return this.#repeat(script.name, signal, async () => {
      try {
        const answer = await this.#attempt(source, digest, keys, args);
        return meter ? meter.ran(script.name, answer) : answer;
      } catch (error) {
        meter?.lost(script.name);
        throw error;
      }
    });
  }

  async #attempt(source: string, digest: string, keys: string[], args: string[]): Promise<unknown> {
    try {
      return await this.#client.evalsha(digest, keys, args);
    } catch (error) {
      if (!saysNoScript(error)) throw error;
      this.#meter?.add(1);
    }
    return await this.#load(source, keys, args);
  }

  async #load(source: string, keys: string[], args: string[]): Promise<unknown> {
    if (this.#flags) {
      try {
        return await this.#client.eval(source, keys, args);
      } catch (error) {
        // Redis itself refuses the flag, and versions before 7 the whole line: nothing was run then.
        if (!(error instanceof Error && /shebang|script flag|near '#'|unexpected symbol/i.test(error.message))) {
          throw error;
        }
        this.#flags = false;
        this.#meter?.add(1);
      }
    }
    return await this.#client.eval(withoutFlags(source), keys, args);
  }

  /**
   * How far the server's clock is ahead of this machine's (ms), by the midpoint of a round trip; measured again after 10
   * minutes, in the background.
   */
  async offset(): Promise<number> {
    this.measure();
    if (this.#offset === undefined) await this.#measuring;
    return this.#offset ?? 0;
  }

  /** The same as far as it is known; starts the measurement. */
  get offsetSoFar(): number | undefined {
    this.measure();
    return this.#offset;
  }

  /** Measures if it is time to. */
  measure(): void {
    if (this.#measuring || systemClock.now() - this.#measuredAt < 600_000) return;
    const { time } = this.#client;
    if (!time) {
      this.#offset = 0;
      this.#measuredAt = Infinity;
      return;
    }
    this.#measuring = (async () => {
      try {
        await this.#repeat("time", AbortSignal.timeout(2000), async () => {
          const sent = performance.now();
          this.#meter?.add(1);
          const [seconds, microseconds] = await this.#client.time!();
          const midpoint = systemClock.now() - (performance.now() - sent) / 2;
          this.#offset = Math.round(Number(seconds) * 1000 + Number(microseconds) / 1000 - midpoint);
          this.#measuredAt = systemClock.now();
        });
      } catch {
        // Whoever needs the time makes a call of its own, which says what is wrong.
      } finally {
        this.#measuring = undefined;
      }
    })();
  }

  async #repeat<T>(what: string, signal: AbortSignal | undefined, call: () => Promise<T>): Promise<T> {
    const end = signal ? Infinity : performance.now() + this.#deadline;
    for (let attempt = 0;; attempt++) {
      let failure: Error;
      try {
        return await within(this.#requestTimeout, call());
      } catch (error) {
        failure = plain(error);
        if (refusal.test(failure.message) && !passing.test(failure.message)) {
          throw new BrokerRefused(`The broker refused ${what}: ${failure.message}`, { cause: failure });
        }
      }
      const pause = Math.min(25 * 2 ** attempt, 2000) * (0.5 + Math.random() / 2);
      if (this.#closed.signal.aborted || signal?.aborted || performance.now() + pause > end) {
        throw new BrokerUnavailable(
          `The broker gave no answer to ${what} in ${attempt + 1} ${
            attempt === 0 ? "try" : "tries"
          }: ${failure.message}`,
          { cause: failure },
        );
      }
      await systemClock.sleep(pause, signal ? AbortSignal.any([signal, this.#closed.signal]) : this.#closed.signal);
    }
  }

  /** Ends what is being repeated. */
  async close(): Promise<void> {
    this.#closed.abort();
    await this.#measuring;
  }
}

/**
 * The client has a time limit of its own; but a signal that only a request holds may be collected with it, and then never
 * fires. This one always does.
 */
function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

function saysNoScript(error: unknown): boolean {
  return error instanceof Error && /NOSCRIPT/i.test(error.message);
}

/** The official client puts the whole command into its message, arguments and all: that is not for logs. */
function plain(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  const message = error.message.split(", command was:")[0]!;
  return message === error.message ? error : new Error(message);
}
