/**
 * A worker's name, and the files that are named after it.
 *
 * @module
 */
import { hostname } from "../../environment.ts";

/** The full name of a worker: `%h` is the host's name. */
export function nodeName(name: string): string {
  return name.replaceAll("%h", hostname());
}

/** The name of the worker of this number among several: `%i` stands for it, else it is put before the `@`. */
export function numberedName(name: string, number: number): string {
  if (name.includes("%i")) return nodeName(name.replaceAll("%i", String(number)));
  const [node, ...rest] = name.split("@");
  return nodeName([`${node}${number}`, ...rest].join("@"));
}

/** A path that may name the worker: `%n` is its name up to the `@`, `%h` the host's. */
export function pathOf(path: string, name: string): string {
  return nodeName(path.replaceAll("%n", name.split("@")[0]!.replaceAll("/", "_")));
}
