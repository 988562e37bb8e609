/**
 * Where callbacks may go: to hosts that were named, and to no private address unless that was said.
 *
 * @module
 */
import { InvalidInput } from "../errors.ts";
import { show } from "../options/values.ts";
import { isPrivateAddress, isPrivateHost } from "./addresses.ts";

/** What an allow list is made of. */
export interface AllowListOptions {
  /** Names of hosts, `*.` before one for all below it, with `:port` where it is not the usual one. */
  readonly hosts: readonly string[];
  /** Whether they may be private, and spoken to without TLS. */
  readonly allowPrivate: boolean;
  /** Gives the addresses of a name. */
  readonly resolve: ((name: string) => Promise<readonly string[]>) | undefined;
}

/** Where callbacks may go. */
export class AllowList {
  readonly #options: AllowListOptions;

  /** @throws {InvalidInput} For what is no host. */
  constructor(options: AllowListOptions) {
    if (!Array.isArray(options.hosts) || options.hosts.length === 0) {
      throw new InvalidInput("callbacks.hosts", "callbacks.hosts must name at least one host");
    }
    for (const [index, host] of options.hosts.entries()) {
      if (typeof host === "string" && /^(\*\.)?([a-z0-9_-]+(\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])(:\d{1,5})?$/.test(host)) {
        continue;
      }
      const field = `callbacks.hosts[${index}]`;
      throw new InvalidInput(
        field,
        `${field} must be a host in lower case, as "hooks.example.org", "*.example.org" or "hooks.example.org:8443", ` +
          `and it is ${show(host)}`,
      );
    }
    this.#options = options;
  }

  /** Refuses a URL by its words. @throws {InvalidInput} */
  check(url: string): void {
    const wrong = this.#wrongWith(new URL(url));
    if (wrong !== undefined) throw new InvalidInput("callback", wrong);
  }

  #wrongWith({ protocol, hostname, port, host }: URL): string | undefined {
    const { hosts, allowPrivate } = this.#options;
    const name = hostname.replace(/\.$/, "");
    const full = port === "" ? name : `${name}:${port}`;
    const isNamed = hosts.some((one) => one.startsWith("*.") ? full.endsWith(one.slice(1)) : one === full);
    if (!isNamed) return `callback goes to ${host}, which is none of callbacks.hosts: ${hosts.join(", ")}`;
    if (allowPrivate) return undefined;
    if (protocol !== "https:") return `callback must be an https: URL, unless callbacks.allowPrivate is set`;
    if (!isPrivateHost(hostname)) return undefined;
    return `callback goes to ${host}, which is private: that takes callbacks.allowPrivate`;
  }

  /** What is wrong with a URL, by the addresses that its name has now, too; `undefined` when nothing is. */
  async wrongNow(url: string): Promise<string | undefined> {
    const { resolve, allowPrivate } = this.#options;
    const parsed = new URL(url);
    const wrong = this.#wrongWith(parsed);
    if (wrong !== undefined || allowPrivate || !resolve) return wrong;
    const { hostname } = parsed;
    // An address needs no resolving, and was looked at.
    if (hostname.startsWith("[") || /^[\d.]+$/.test(hostname)) return undefined;
    const found = (await resolve(hostname)).find(isPrivateAddress);
    return found === undefined ? undefined : `${hostname} has the address ${found}, which is private`;
  }
}
