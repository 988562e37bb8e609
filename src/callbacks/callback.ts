/**
 * The option `callback`: where it is told what a task came to.
 *
 * @module
 */
import { InvalidInput } from "../errors.ts";
import { checkKeys } from "../options/keys.ts";
import { show } from "../options/values.ts";

/**
 * What a callback may be told of: that its task succeeded, that it failed for good and is a dead letter, or that it could
 * not be started in time.
 */
export type CallbackEvent = "success" | "failure" | "expired";

/** Where it is told what a task came to, when, and with which headers. */
export interface CallbackOptions {
  /** A URL of a host that the app allows. */
  readonly url: string;
  /**
   * When.
   *
   * @default {["success", "failure", "expired"]}
   */
  readonly on?: readonly CallbackEvent[];
  /** Headers of the request, beside those that sign it. They lie in the broker as they are. */
  readonly headers?: { readonly [name: string]: string };
}

/** A URL, or more than that; `false` for none, whatever the task or the app says. */
export type Callback = string | CallbackOptions | false;

/** A callback once it is checked. */
export interface CallbackSettings {
  /** The URL, as `URL` writes it. */
  readonly url: string;
  /** When; absent for always. */
  readonly on?: readonly CallbackEvent[];
  /** Headers. */
  readonly headers?: { readonly [name: string]: string };
}

const events: readonly CallbackEvent[] = ["success", "failure", "expired"];

/** Headers that are the request's own. */
const reserved = /^(webhook-.*|content-.*|transfer-encoding|connection|host|expect|te|trailer|upgrade|user-agent)$/i;

/** Checks the form of a callback; which hosts are allowed is the app's business. @throws {InvalidInput} */
export function readCallback(value: unknown): CallbackSettings | false {
  if (value === false) return false;
  const options = typeof value === "string" ? { url: value } : value as CallbackOptions;
  if (typeof value !== "string") checkKeys(options, ["url", "on", "headers"], "member of callback", "callback");
  const { on, headers } = options;
  const url = readUrl(options.url);
  return Object.freeze({
    url,
    ...(on === undefined ? {} : readEvents(on)),
    ...(headers === undefined ? {} : { headers: readHeaders(headers) }),
  });
}

function readUrl(value: unknown): string {
  const url = typeof value === "string" && URL.canParse(value) ? new URL(value) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new InvalidInput(
      "callback",
      `callback must be a URL, as in "https://shop.example/done", and it is ${show(value)}`,
    );
  }
  if (url.username !== "" || url.password !== "") {
    throw new InvalidInput("callback", "callback must be a URL without a name and a password: say headers instead");
  }
  url.hash = "";
  return url.href;
}

function readEvents(on: unknown): Pick<CallbackSettings, "on"> {
  const isList = Array.isArray(on) && on.length > 0 && on.every((event) => events.includes(event));
  if (!isList) {
    throw new InvalidInput("callback.on", `callback.on must list some of ${events.join(", ")}, and it is ${show(on)}`);
  }
  const wanted = events.filter((event) => on.includes(event));
  return wanted.length === events.length ? {} : { on: Object.freeze(wanted) };
}

function readHeaders(headers: unknown): { readonly [name: string]: string } {
  checkKeys(headers as object, Object.keys(headers ?? {}), "header", "callback.headers");
  for (const [name, value] of Object.entries(headers as object)) {
    const field = `callback.headers.${name}`;
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name)) throw new InvalidInput(field, `${show(name)} is no name of a header`);
    if (reserved.test(name)) throw new InvalidInput(field, `The header ${name} is the request's own`);
    if (typeof value !== "string" || !/^[\x20-\x7e]*$/.test(value)) {
      throw new InvalidInput(field, `${field} must be printable ASCII text`);
    }
  }
  return Object.freeze({ ...headers as object });
}
