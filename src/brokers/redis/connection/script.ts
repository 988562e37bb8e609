/**
 * Lua scripts: declared with the names of their keys and arguments, run by their SHA-1.
 *
 * @module
 */

/** A script and what it is called with. */
export interface Script<Key extends string, Arg extends string> {
  /** For error messages. */
  readonly name: string;
  /** The first keys, by name; more may follow. */
  readonly keys: readonly Key[];
  /** The first arguments, by name; more may follow. */
  readonly args: readonly Arg[];
  /** The Lua text. */
  readonly source: string;
}

/** How a script is declared. */
export interface ScriptDeclaration<Key extends string, Arg extends string> {
  /** For error messages. */
  readonly name: string;
  /** Whether it only reads. */
  readonly readOnly?: boolean;
  /** The names of its first keys: locals of the script. Further keys are found from `KEYS[first_key]` on. */
  readonly keys: readonly Key[];
  /** The names of its first arguments: locals of the script. Further ones are found from `ARGV[first_arg]` on. */
  readonly args: readonly Arg[];
  /** The Lua text that follows. */
  readonly body: string;
}

/** Declares a script: the first line of its text names its keys and arguments. */
export function script<Key extends string, Arg extends string>(
  { name, readOnly = false, keys, args, body }: ScriptDeclaration<Key, Arg>,
): Script<Key, Arg> {
  const names = [...keys, ...args, "first_key", "first_arg"].join(", ");
  const values = [
    ...keys.map((_, index) => `KEYS[${index + 1}]`),
    ...args.map((_, index) => `ARGV[${index + 1}]`),
    keys.length + 1,
    args.length + 1,
  ].join(", ");
  const flags = readOnly ? "no-writes,allow-key-locking" : "allow-key-locking";
  return { name, keys, args, source: `#!lua flags=${flags}\nlocal ${names} = ${values}\n${body}` };
}

/** A script without its flags, for a server that does not know those of Upstash. */
export function withoutFlags(source: string): string {
  return source.slice(source.indexOf("\n") + 1);
}

const digests = new Map<string, Promise<string>>();

/** The SHA-1 of a script's text in hex, computed once. */
export function sha1(source: string): Promise<string> {
  let digest = digests.get(source);
  if (!digest) {
    digest = crypto.subtle.digest("SHA-1", new TextEncoder().encode(source)).then((bytes) =>
      Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("")
    );
    digests.set(source, digest);
  }
  return digest;
}
