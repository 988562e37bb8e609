/**
 * A broker over HTTP: that of an app whose exchange is served by `@umbel/umbel/http`. For workers and producers that are
 * to have no access to Redis or the SQLite file itself: a token says what each may do, and can be taken back. All of it is
 * in docs/exchange.md.
 *
 * ```ts
 * import { Umbel, Worker } from "@umbel/umbel";
 * import { http } from "@umbel/umbel/http";
 * import { remote } from "@umbel/umbel/remote";
 * import { sqlite } from "@umbel/umbel/sqlite";
 * import { assertEquals } from "@std/assert";
 *
 * // Here the tasks wait, …
 * await using shop = new Umbel("shop", { broker: sqlite(":memory:") });
 * const sum = await shop.sendTask("add", [1, 2]);
 * await using server = Deno.serve({ hostname: "127.0.0.1", port: 0 }, http(shop, { tokens: ["s3cret"] }).fetch);
 *
 * // … and somewhere else they are done.
 * const url = `http://127.0.0.1:${server.addr.port}/exchange`;
 * await using elsewhere = new Umbel("shop", { broker: remote({ url, token: "s3cret" }) });
 * elsewhere.task("add", (x: number, y: number) => x + y);
 * await new Worker(elsewhere).drain({ seconds: 5 });
 * assertEquals(await sum.get({ timeout: "1m" }), 3);
 * ```
 *
 * @module
 */
import { systemClock } from "../../clock.ts";
import { type Duration, milliseconds } from "../../options/duration.ts";
import { readVariable } from "../../environment.ts";
import { InvalidInput } from "../../errors.ts";
import { checkName } from "../../message.ts";
import { checkKeys } from "../../options/keys.ts";
import { type BrokerSource, registerBroker } from "../registry.ts";
import { RemoteBroker } from "./broker.ts";
import { Line } from "./line.ts";

/** Where the exchange is, and how patient to be with it. */
export interface RemoteOptions {
  /** Its URL: where the app is served, and `/exchange`. */
  readonly url: string;
  /** A token that may do what is to be done: `work`, `send`, `read`, `control`. */
  readonly token: string;
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
   * How often to ask while no signals come.
   *
   * @default {"1s"}
   */
  readonly pollInterval?: Duration;
}

const optionNames: readonly (keyof RemoteOptions)[] = ["url", "token", "requestTimeout", "deadline", "pollInterval"];

/** Holds a token where a URL without one is all that is said. */
const tokenVariable = "UMBEL_TOKEN";

/**
 * A broker behind the exchange of an app of the same name, for `new Umbel(name, { broker: remote({ url, token }) })`.
 *
 * @returns What makes the broker once the app's name is known.
 * @throws {InvalidInput} When an option breaks its rule.
 */
export function remote(options: RemoteOptions): BrokerSource {
  checkKeys(options, optionNames, "option of remote");
  const { requestTimeout = "5s", deadline = "10s", pollInterval = "1s" } = options;
  const url = checkUrl(options.url);
  const token = checkToken(options.token);
  const times = {
    requestTimeout: milliseconds(requestTimeout, "requestTimeout"),
    deadline: milliseconds(deadline, "deadline"),
  };
  const pollEvery = milliseconds(pollInterval, "pollInterval");
  return (app, clock = systemClock) => {
    const line = new Line({ url, token, app: checkName("app", app), ...times });
    return new RemoteBroker({ name: `remote ${new URL(url).host} ${app}`, line, clock, pollInterval: pollEvery });
  };
}

/** `umbel+https://:<token>@host/exchange`: for the environment and the command line, where a broker is one text. */
function openUrl(text: string): BrokerSource {
  const url = new URL(text.replace(/^umbel\+/, ""));
  const token = decodeURIComponent(url.password || url.username) || readVariable(tokenVariable);
  url.username = url.password = "";
  return remote({ url: url.href, token: token ?? "" });
}

registerBroker("umbel+https", openUrl);
registerBroker("umbel+http", openUrl);

function checkUrl(url: string): string {
  if (typeof url === "string" && /^https?:\/\//.test(url) && URL.canParse(url)) {
    const { username, password, search, hash } = new URL(url);
    if (username + password + search + hash === "") return url.replace(/\/$/, "");
  }
  throw new InvalidInput(
    "url",
    `url must be that of an exchange (https://…/exchange), and it is ${JSON.stringify(url)}`,
  );
}

function checkToken(token: string): string {
  if (typeof token === "string" && /^[\x21-\x7e]+$/.test(token)) return token;
  throw new InvalidInput(
    "token",
    `token must be a token of the exchange, by the option or ${tokenVariable}: there is none`,
  );
}
