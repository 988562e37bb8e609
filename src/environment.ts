/**
 * What the surroundings tell: environment variables and the host's name, on any runtime, without a permission prompt.
 *
 * @module
 */

/** Variables by name. */
export type Environment = { readonly [name: string]: string | undefined };

/** What is used of a runtime, where it is there at all: no runtime's own types are needed. */
interface Runtime {
  readonly Deno?: {
    readonly env: { get(name: string): string | undefined; toObject(): Record<string, string> };
    readonly permissions: { querySync(what: Permission): { readonly state: string } };
    hostname(): string;
  };
  readonly process?: { readonly env?: Environment };
}

type Permission = { readonly name: "env"; readonly variable?: string } | {
  readonly name: "sys";
  readonly kind: string;
};

const runtime = globalThis as Runtime;

function granted(what: Permission): boolean {
  try {
    return runtime.Deno!.permissions.querySync(what).state === "granted";
  } catch {
    return false;
  }
}

/** A variable of the environment; `undefined` also where it must not be read. */
export function readVariable(name: string): string | undefined {
  if (!runtime.Deno) return runtime.process?.env?.[name];
  return granted({ name: "env", variable: name }) ? runtime.Deno.env.get(name) : undefined;
}

/** The names of all variables, where they may be known. */
export function variableNames(): string[] {
  if (!runtime.Deno) return Object.keys(runtime.process?.env ?? {});
  return granted({ name: "env" }) ? Object.keys(runtime.Deno.env.toObject()) : [];
}

/** The host's name; `localhost` where it must not be known. */
export function hostname(): string {
  if (runtime.Deno && granted({ name: "sys", kind: "hostname" })) return runtime.Deno.hostname();
  return readVariable("HOSTNAME") || "localhost";
}
