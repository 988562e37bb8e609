/**
 * Calls scripts over REST, again and again until an answer comes or the time is over. That is safe, since each script
 * knows its own repetitions; it is needed, since an answer can get lost.
 *
 * @module
 */
import { type Clock, steady, systemClock } from "../../../clock.ts";
import { BrokerRefused, BrokerUnavailable } from "../../../errors.ts";
import { CommandMeter, counting } from "./meter.ts";
import { Patience } from "../../patience.ts";
import type { RedisClient } from "./client.ts";
import { RestFailure } from "./rest_client.ts";
import { type Script, sha1, withoutFlags } from "./script.ts";

/** Codes of an answer that says "not now": what was asked may be asked again. */
const passing =
  /^(LOADING|BUSY|TRYAGAIN|CLUSTERDOWN|MASTERDOWN|READONLY|UNAVAILABLE|NOREPLICAS)\b|rate limit|too many/i;
/** Any other answer of Redis begins with a word in capitals. */
const refusal = /^[A-Z]{3,}\b/;

/** How often clocks are compared, and by how much they may have moved against each other before they are again (ms). */
const measureEvery = 600_000;
const jump = 1000;

/** A connection to one database. */
export class Connection {
  readonly #client: RedisClient;
  readonly #deadline: number;
  readonly #requestTimeout: number;
  readonly #clock: Clock;
  readonly #patience = new Patience();
  readonly #closed = new AbortController();
  #flags = true;
  #offset: number | undefined;
  /** When that was: by a clock that goes evenly, and by the one that people set. */
  #measuredAt = { even: -Infinity, set: 0 };
  #measuring: Promise<void> | undefined;
  #meter: CommandMeter | undefined;

  /**
   * @param deadline How long a call is repeated when its caller names no signal (ms).
   * @param requestTimeout How long one try may take (ms).
   * @param clock Measures pauses.
   */
  constructor(client: RedisClient, deadline: number, requestTimeout: number, clock: Clock = systemClock) {
    this.#client = client;
    this.#deadline = deadline;
    this.#requestTimeout = requestTimeout;
    this.#clock = clock;
  }

  /** Counts commands from now on. */
  meter(): CommandMeter {
    return this.#meter ??= new CommandMeter();
  }

  /** So many commands went another way. */
  counted(commands: number): void {
    this.#meter?.add(commands);
  }

  /**
   * Runs a script.
   *
   * @param isReply Whether the script may have returned that: a proxy on the way, or another program at that address, may
   * answer anything.
   * @throws {BrokerUnavailable}
   * @throws {BrokerRefused}
   */
  async run(
    script: Script<string, string>,
    keys: string[],
    args: string[],
    signal: AbortSignal | undefined,
    isReply: (answer: unknown) => boolean = () => true,
  ): Promise<unknown> {
    const meter = this.#meter;
    const source = meter ? counting(script.source) : script.source;
    const digest = await sha1(this.#flags ? source : withoutFlags(source));
    return this.#repeat(script.name, signal, async () => {
      try {
        const counted = await this.#attempt(source, digest, keys, args);
        const answer = meter ? meter.ran(script.name, counted) : counted;
        if (isReply(answer)) return answer;
        throw new RestFailure(`it answered what is no reply: ${JSON.stringify(answer)}`, true);
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
   * minutes, in the background, and at once when this machine's clock was set or the machine has slept.
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
    const age = steady(systemClock) - this.#measuredAt.even;
    if (Math.abs(systemClock.now() - this.#measuredAt.set - age) > jump) this.#offset = undefined;
    else if (age < measureEvery) return;
    if (this.#measuring) return;
    const { time } = this.#client;
    if (!time) {
      this.#measured(0);
      return;
    }
    this.#measuring = (async () => {
      try {
        await this.#repeat("time", AbortSignal.timeout(2000), async () => {
          const sent = steady(systemClock);
          this.#meter?.add(1);
          const [seconds, microseconds] = await this.#client.time!();
          const midpoint = systemClock.now() - (steady(systemClock) - sent) / 2;
          this.#measured(Math.round(Number(seconds) * 1000 + Number(microseconds) / 1000 - midpoint));
        });
      } catch {
        // Whoever needs the time makes a call of its own, which says what is wrong.
      } finally {
        this.#measuring = undefined;
      }
    })();
  }

  #measured(offset: number): void {
    this.#offset = offset;
    this.#measuredAt = { even: steady(systemClock), set: systemClock.now() };
  }

  async #repeat<T>(what: string, signal: AbortSignal | undefined, call: () => Promise<T>): Promise<T> {
    const end = signal ? Infinity : this.#now() + this.#deadline;
    let failure: Error | undefined;
    let attempts = 0;
    for (let pause = this.#patience.pause(this.#now());;) {
      if (pause > 0) {
        const isOver = this.#closed.signal.aborted || signal?.aborted || this.#now() + pause > end;
        if (isOver) {
          throw noAnswer(
            what,
            attempts,
            failure ?? new Error(`it asks to be left alone for ${Math.ceil(pause / 1000)} s`),
          );
        }
        await this.#clock.sleep(pause, signal ? AbortSignal.any([signal, this.#closed.signal]) : this.#closed.signal);
        // Others may have been told to wait meanwhile.
        pause = this.#patience.pause(this.#now());
        if (pause > 0) continue;
      }
      attempts++;
      try {
        const answer = await within(this.#requestTimeout, call());
        this.#patience.answered();
        return answer;
      } catch (error) {
        failure = plain(error);
        if (isRefusal(failure)) {
          this.#patience.answered();
          throw new BrokerRefused(`The broker refused ${what}: ${failure.message}`, { cause: failure });
        }
        pause = this.#patience.failed(this.#now(), failure instanceof RestFailure ? failure.retryAfter : undefined);
      }
    }
  }

  #now(): number {
    return steady(this.#clock);
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

function noAnswer(what: string, attempts: number, failure: Error): BrokerUnavailable {
  const tries = `${attempts} ${attempts === 1 ? "try" : "tries"}`;
  return new BrokerUnavailable(`The broker gave no answer to ${what} in ${tries}: ${failure.message}`, {
    cause: failure,
  });
}

function saysNoScript(error: unknown): boolean {
  return error instanceof Error && /NOSCRIPT/i.test(error.message);
}

/** Whether asking again would change nothing. */
function isRefusal(failure: Error): boolean {
  if (failure instanceof RestFailure && failure.isPassing) return false;
  if (failure instanceof RestFailure && !refusal.test(failure.message)) return !passing.test(failure.message);
  return refusal.test(failure.message) && !passing.test(failure.message);
}

/**
 * What went wrong in one sentence: `fetch` tells why it failed only by the cause, and the official client puts the whole
 * command into its message, arguments and all, which is not for logs.
 */
function plain(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  const { message, cause } = error;
  const sentence = message.split(", command was:")[0]!;
  const why = cause instanceof Error && !sentence.includes(cause.message) ? `${sentence}: ${cause.message}` : sentence;
  return why === message ? error : new Error(why, { cause: error });
}
