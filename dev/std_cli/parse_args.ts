/** `@std/cli/parse-args`, the part of `@std/cli` that the command line uses. */
// @ts-types="./types.d.ts"
export * from "deno-std/cli/parse_args.js";
