/**
 * The broker over Redis by HTTP: the Upstash REST protocol.
 *
 * @module
 */
import { systemClock } from "../../clock.ts";
import { type Duration, milliseconds } from "../../options/duration.ts";
import { InvalidInput } from "../../errors.ts";
import { type BrokerSource, registerBroker } from "../registry.ts";
import { RedisBroker } from "./broker.ts";
import { Connection } from "./connection/connection.ts";
import type { RedisClient } from "./connection/client.ts";
import { restClient } from "./connection/rest_client.ts";
import { onTimeline } from "./timeline.ts";

export type { RedisClient };

/** Where the database is, and how patient to be with it. */
export interface UpstashOptions {
  /** The REST URL: `https://….upstash.io`, or that of `deno task rest`. */
  readonly url?: string;
  /** The REST token. */
  readonly token?: string;
  /**
   * A client to call scripts with, in place of one made from `url` and `token`: it must return strings as they are
   * (`automaticDeserialization: false`) and should not repeat by itself (`retry: { retries: 0 }`). `url` and `token` are
   * then used for signals alone; without them workers and callers ask every `pollInterval`.
   */
  readonly client?: RedisClient;
  /**
   * How long one request may take.
   *
   * @default {"5s"}
   */
  readonly requestTimeout?: Duration;
  /**
   * How long a call that got no answer is repeated before it fails with `BrokerUnavailable`.
   *
   * @default {"10s"}
   */
  readonly deadline?: Duration;
  /**
   * How often to ask where there are no signals.
   *
   * @default {"1s"}
   */
  readonly pollInterval?: Duration;
  /**
   * The timeline of Deno Deploy that the app's keys carry, so that a branch or a preview takes no tasks of production and
   * sends none of its periodic ones; `"production"` for production's keys wherever it runs.
   *
   * @default {that of `DENO_TIMELINE`, which is none elsewhere}
   */
  readonly timeline?: string;
}

/**
 * A broker over Redis by HTTP, for `new Umbel(name, { broker: upstash({ url, token }) })`.
 *
 * @returns What makes the broker once the app's name is known.
 * @throws {InvalidInput} When neither `url` and `token` nor `client` are given, or the URL is none.
 */
export function upstash(options: UpstashOptions): BrokerSource {
  const { url, token, requestTimeout = "5s", deadline = "10s", pollInterval = "1s", timeline } = options;
  const timeout = milliseconds(requestTimeout, "requestTimeout");
  const server = url === undefined && options.client ? undefined : { url: checkUrl(url), token: checkToken(token) };
  return (app, clock = systemClock) => {
    const client = options.client ?? restClient(server!, timeout);
    const connection = new Connection(client, milliseconds(deadline, "deadline"), timeout, clock);
    return new RedisBroker({
      app: onTimeline(app, timeline),
      connection,
      server,
      clock,
      pollInterval: milliseconds(pollInterval, "pollInterval"),
    });
  };
}

/** `https://:<token>@host`: for the environment and the command line, where a broker is one text. */
function openUrl(text: string): BrokerSource {
  const url = new URL(text);
  const token = decodeURIComponent(url.password || url.username);
  url.username = url.password = "";
  return upstash({ url: url.href, token });
}

registerBroker("https", openUrl);
registerBroker("http", openUrl);

function checkUrl(url: string | undefined): string {
  if (typeof url === "string" && /^https?:\/\//.test(url) && URL.canParse(url)) return url.replace(/\/$/, "");
  throw new InvalidInput(
    "url",
    `url must be the REST URL of the database (https://…), and it is ${JSON.stringify(url)}`,
  );
}

function checkToken(token: string | undefined): string {
  if (typeof token === "string" && token !== "") return token;
  throw new InvalidInput("token", "token must be the REST token of the database, and there is none");
}
