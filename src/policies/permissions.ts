/**
 * What a task's handler may reach: `permissions`, in the words of Deno's own.
 *
 * @module
 */
import { InvalidInput } from "../errors.ts";
import { checkKeys } from "../options/keys.ts";
import { show } from "../options/values.ts";

/**
 * What a handler may reach, of what its worker may: nothing but what is named. `true` is all that its worker may, a list
 * names hosts (`net`), paths (`read`, `write`, `ffi`), variables (`env`), programs (`run`), kinds of facts (`sys`) or
 * hosts to import from (`import`).
 */
export interface TaskPermissions {
  /** Variables of the environment. */
  readonly env?: boolean | readonly string[];
  /** Native libraries. */
  readonly ffi?: boolean | readonly string[];
  /** Hosts that code is imported from while it runs. */
  readonly import?: boolean | readonly string[];
  /** Hosts, as `example.org` or `127.0.0.1:8080`. */
  readonly net?: boolean | readonly string[];
  /** Files and folders to read. */
  readonly read?: boolean | readonly string[];
  /** Programs to run. */
  readonly run?: boolean | readonly string[];
  /** Facts about the system. */
  readonly sys?: boolean | readonly string[];
  /** Files and folders to write. */
  readonly write?: boolean | readonly string[];
}

const kinds = ["env", "ffi", "import", "net", "read", "run", "sys", "write"] as const;

/** The same, with each kind named: what a Web Worker is made with. */
export type PermissionSet = { readonly [kind in keyof TaskPermissions]-?: false | "inherit" | readonly string[] };

/** Checks the option `permissions` of a task. @throws {InvalidInput} */
export function readPermissions(value: TaskPermissions): PermissionSet {
  checkKeys(value, kinds, "part of permissions");
  return Object.freeze(Object.fromEntries(kinds.map((kind) => [kind, readKind(kind, value[kind])])) as PermissionSet);
}

function readKind(kind: string, value: unknown): false | "inherit" | readonly string[] {
  if (value === undefined || value === false) return false;
  if (value === true) return "inherit";
  if (Array.isArray(value) && value.every((one) => typeof one === "string" && one !== "")) {
    return Object.freeze([...value]);
  }
  throw new InvalidInput(
    `permissions.${kind}`,
    `permissions.${kind} must be true, false or a list of names, and it is ${show(value)}`,
  );
}
