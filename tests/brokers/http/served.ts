/** An app whose exchange is served, and what its callers need. */
import { type Broker, type BrokerSource, type Clock, Umbel } from "@umbel/umbel";
import { http } from "@umbel/umbel/http";
import { remote, type RemoteOptions } from "@umbel/umbel/remote";
import { toHex } from "../../../src/http/access/secrets.ts";
import { silentLogger } from "../../../src/log.ts";

/** A token that may do all. */
export const secret = "s3cret";

/** An app behind HTTP. */
export interface Served extends AsyncDisposable {
  readonly app: Umbel;
  /** Where its exchange is. */
  readonly url: string;
  /** Opens a broker on it, as another process would. */
  open(options?: Partial<RemoteOptions>): Broker;
}

/** The line of a token that may do so much, and no more. */
export async function tokenLine(name: string, token: string, scopes: string): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token)));
  return `${name} sha256:${toHex(hash)} ${scopes}`;
}

/** How to serve an app. */
export interface ServeOptions {
  readonly clock?: Clock;
  readonly tokens?: readonly string[];
  readonly setUp?: (app: Umbel) => void;
}

/** Serves an app of this name. Whatever was opened is closed with it. */
export function serve(name: string, broker: BrokerSource, { clock, tokens = [], setUp }: ServeOptions = {}): Served {
  const app = new Umbel(name, { broker, env: {}, ...(clock ? { clock } : {}) });
  setUp?.(app);
  const stopping = new AbortController();
  const api = http(app, { tokens: [secret, ...tokens], log: silentLogger, signal: stopping.signal, anyTask: true });
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, api.fetch);
  const url = `http://127.0.0.1:${server.addr.port}/exchange`;
  const brokers: Broker[] = [];
  return {
    app,
    url,
    open(options = {}) {
      const broker = remote({ url, token: secret, ...options })(name, clock);
      brokers.push(broker);
      return broker;
    },
    async [Symbol.asyncDispose]() {
      for (const broker of brokers) await broker[Symbol.asyncDispose]();
      stopping.abort();
      await server.shutdown();
      await app[Symbol.asyncDispose]();
    },
  };
}

/** The same broker, which whoever opened it closes. */
export function unclosed(broker: Broker): Broker {
  return new Proxy(broker, {
    get(target, name) {
      if (name === Symbol.asyncDispose) return () => Promise.resolve();
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
