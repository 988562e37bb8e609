/**
 * Settings as JSON, for whoever looks at them from elsewhere: without secrets.
 *
 * @module
 */
import type { Json } from "../json.ts";

/** What stands for a secret. */
const masked = "********";

/** Names of what is not to be told. */
const secret =
  /secret|password|passwd|passphrase|token|credential|authorization|cookie|api_?key|private_?key|signing_?key/i;

/**
 * Settings as JSON. A function is the text `function`; what is named like a secret, and the password in a URL, is masked;
 * what is absent stays away.
 */
export function plain(settings: object): { [name: string]: Json } {
  return toPlain(settings, 0) as { [name: string]: Json };
}

function toPlain(value: unknown, depth: number): Json | undefined {
  if (value === null || typeof value === "boolean") return value;
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (typeof value === "string") return withoutPassword(value);
  if (typeof value === "bigint") return String(value);
  if (typeof value === "function") return "function";
  if (typeof value !== "object" || depth > 8) return undefined;
  if (value instanceof Set) return toPlain([...value], depth);
  if (Array.isArray(value)) return value.map((item) => toPlain(item, depth + 1) ?? null);
  if (value instanceof Uint8Array || value instanceof ArrayBuffer) return masked;
  const entries = value instanceof Map ? [...value].map(([name, item]) => [String(name), item]) : Object.entries(value);
  return Object.fromEntries(entries.flatMap(([name, item]) => {
    const shown = secret.test(name) && item !== undefined ? masked : toPlain(item, depth + 1);
    return shown === undefined ? [] : [[name, shown]];
  }));
}

/** A URL's user and password, wherever the URL stands in a text. */
function withoutPassword(text: string): string {
  return text.replace(/([a-z][a-z0-9+.-]*:\/\/)[^/?#\s@]*@/gi, `$1${masked}@`);
}
