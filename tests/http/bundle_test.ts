import { assert, assertEquals } from "@std/assert";
import ts from "typescript";
import { bundle } from "../bundle.ts";

Deno.test("src/http/mod.ts, bundled for browsers, imports nothing", async () => {
  const code = await bundle("src/http/mod.ts");
  assertEquals(ts.preProcessFile(code, true, true).importedFiles.map(({ fileName }) => fileName), []);
  // Hono's JSX asks the runtime for node:async_hooks, where it has it; it imports it from nowhere.
  for (const foreign of ["DatabaseSync", "createRequire"]) {
    assert(!code.includes(foreign), `The bundle of src/http/mod.ts contains ${foreign}`);
  }
});
