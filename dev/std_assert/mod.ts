/**
 * `@std/assert` where only the npm registry can be reached: the same code from the npm package `deno-std`, which brings
 * no types, so those that the tests use are declared in `types.d.ts`.
 *
 * @module
 */
// @ts-types="./types.d.ts"
export * from "deno-std/assert/mod.js";
