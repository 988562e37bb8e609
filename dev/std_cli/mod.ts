/**
 * `@std/cli` where only the npm registry can be reached: see `dev/std_assert`.
 *
 * @module
 */
export * from "./parse_args.ts";
