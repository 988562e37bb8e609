/**
 * Which broker a URL means. A broker that not every runtime can load registers its scheme when it is imported.
 *
 * @module
 */
import type { Broker } from "../ports/broker.ts";
import type { Clock } from "../clock.ts";
import { InvalidInput } from "../errors.ts";

/** Makes the broker of an app, once its name is known. */
export type BrokerSource = (app: string, clock?: Clock) => Broker;

const schemes = new Map<string, (url: string) => BrokerSource>();

/** Says what URLs of a scheme (`sqlite`) mean. */
export function registerBroker(scheme: string, open: (url: string) => BrokerSource): void {
  schemes.set(scheme, open);
}

/**
 * The broker of a URL.
 *
 * @throws {InvalidInput} When nobody has registered its scheme.
 */
export function openBroker(url: string): BrokerSource {
  const scheme = /^([a-z][a-z0-9+.-]*):/.exec(url)?.[1];
  const open = scheme === undefined ? undefined : schemes.get(scheme);
  if (open) return open(url);
  const module = scheme === "sqlite" ? "sqlite" : scheme?.startsWith("umbel+") ? "remote" : undefined;
  const hint = module
    ? `import "@umbel/umbel/${module}" first`
    : `it must begin with one of ${
      ["https", "http", "sqlite", "umbel+https", "umbel+http"].map((name) => name + ":").join(", ")
    }`;
  throw new InvalidInput("broker", `No broker is known for ${JSON.stringify(withoutSecrets(url))}: ${hint}`);
}

function withoutSecrets(url: string): string {
  return url.replace(/\/\/[^@/]*@/, "//…@");
}
