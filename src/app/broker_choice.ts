/**
 * Which broker an app goes through: the one it is given, or what the environment names.
 *
 * @module
 */
import { upstash } from "../brokers/redis/mod.ts";
import { type BrokerSource, openBroker } from "../brokers/registry.ts";
import type { Clock } from "../clock.ts";
import { type Environment, readVariable } from "../environment.ts";
import { InvalidInput } from "../errors.ts";
import type { Broker } from "../ports/broker.ts";

/** What names a broker. */
type Source = Broker | BrokerSource | string | undefined;

/** The broker of an app: opened when it is first needed. */
export class BrokerChoice {
  readonly #app: string;
  readonly #clock: Clock;
  readonly #env: Environment | undefined;
  #source: Source;
  #broker: Broker | undefined;

  /**
   * @param app The app's name.
   * @param source What it was given, if anything.
   * @param env The environment; that of the process when absent.
   */
  constructor(app: string, source: Source, clock: Clock, env: Environment | undefined) {
    this.#app = app;
    this.#source = source;
    this.#clock = clock;
    this.#env = env;
  }

  /** Whether one is named, by an option or the environment. */
  get isMade(): boolean {
    return this.#broker !== undefined || this.#named() !== undefined;
  }

  /** The broker; opened now if it was not. @throws {InvalidInput} When none is named, or its URL means none. */
  get broker(): Broker {
    return this.#broker ??= this.#open();
  }

  /** Names another one. @throws {InvalidInput} When one was opened already. */
  use(source: Broker | BrokerSource | string): void {
    if (this.#broker) {
      throw new InvalidInput("broker", `App ${this.#app} has opened its broker already: ${this.#broker.name}`);
    }
    this.#source = source;
  }

  /** Names another one for a while. @returns Closes that, and names what was named before. */
  standIn(source: Broker | BrokerSource): () => Promise<void> {
    const own = this.#source;
    this.use(source);
    return async () => {
      await this.close();
      this.#source = own;
    };
  }

  /** Closes it, if it was opened. */
  async close(): Promise<void> {
    const broker = this.#broker;
    this.#broker = undefined;
    await broker?.[Symbol.asyncDispose]();
  }

  #named(): Source {
    return this.#source ?? (this.#variable("UMBEL_BROKER") || this.#variable("UPSTASH_REDIS_REST_URL"));
  }

  #open(): Broker {
    const source = this.#named();
    if (source === undefined) {
      throw new InvalidInput(
        "broker",
        `App ${JSON.stringify(this.#app)} has no broker. Give it one (new Umbel(name, { broker: ` +
          "upstash({ url, token }) }), or sqlite(path)), or set UMBEL_BROKER to a URL, or UPSTASH_REDIS_REST_URL and " +
          "UPSTASH_REDIS_REST_TOKEN",
      );
    }
    if (typeof source === "object") return source;
    return (typeof source === "string" ? this.#openUrl(source) : source)(this.#app, this.#clock);
  }

  #openUrl(url: string): BrokerSource {
    // A URL may carry its token; else the token has a variable of its own.
    if (!/^https?:/.test(url) || /^https?:\/\/[^/]*@/.test(url)) return openBroker(url);
    const token = this.#variable("UPSTASH_REDIS_REST_TOKEN");
    return upstash({ url, ...(token ? { token } : {}) });
  }

  #variable(name: string): string | undefined {
    return (this.#env ? this.#env[name] : readVariable(name)) || undefined;
  }
}
