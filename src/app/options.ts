/**
 * What an app is made with.
 *
 * @module
 */
import type { BrokerSource } from "../brokers/registry.ts";
import type { CallbacksOptions } from "../callbacks/callbacks.ts";
import type { Clock } from "../clock.ts";
import type { ConfigOptions } from "../config/config_options.ts";
import type { Environment } from "../environment.ts";
import type { Logger } from "../log.ts";
import type { Backend } from "../ports/backend.ts";
import type { Broker } from "../ports/broker.ts";
import type { WakeOptions } from "../sending/wake.ts";
import type { Codec } from "../wire/codec.ts";
import type { StoreOptions } from "../wire/store.ts";

/** What an app is made with. */
export interface UmbelOptions {
  /**
   * The broker: `upstash({ url, token })`, `sqlite("./umbel.db")`, a URL, or one of your own. The app closes it.
   *
   * @default {what the environment says: `UMBEL_BROKER`, a URL, or `UPSTASH_REDIS_REST_URL` and its `_TOKEN`}
   */
  readonly broker?: Broker | BrokerSource | string;
  /**
   * Holds results apart from the broker.
   *
   * @default {the broker holds them}
   */
  readonly backend?: Backend;
  /** The settings; `UMBEL_*` variables of the environment go over them. */
  readonly config?: ConfigOptions;
  /**
   * Tells the time and waits: for tests.
   *
   * @default {the machine's}
   */
  readonly clock?: Clock;
  /**
   * The environment, for runtimes that hand theirs to a request.
   *
   * @default {the process's, as far as it may be read without asking}
   */
  readonly env?: Environment;
  /**
   * Takes what hooks throw that are told of sending; a worker's own log takes the others.
   *
   * @default {a text log of warnings and errors}
   */
  readonly log?: Logger;
  /**
   * What messages and results go through, of tasks that name no codecs of their own: see `@umbel/umbel/codecs`.
   *
   * @default {none}
   */
  readonly codecs?: readonly Codec[];
  /**
   * Keeps large arguments and results aside.
   *
   * @default {they go through the broker}
   */
  readonly store?: StoreOptions;
  /**
   * Where it may be told what tasks came to, and what signs that: see docs/webhooks.md.
   *
   * @default {nowhere}
   */
  readonly callbacks?: CallbacksOptions;
  /**
   * Wakes a worker by its `POST /work` once something was sent that is due: for places where workers run by request.
   *
   * @default {nobody is woken: workers hear of it by themselves}
   */
  readonly wake?: WakeOptions;
}
