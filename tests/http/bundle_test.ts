import { assert, assertEquals } from "@std/assert";
import ts from "typescript";
import { bundle } from "../bundle.ts";

Deno.test("src/http/mod.ts, bundled for browsers, imports nothing", async () => {
  const code = await bundle("src/http/mod.ts");
  assertEquals(ts.preProcessFile(code, true, true).importedFiles.map(({ fileName }) => fileName), []);
  for (const foreign of ["node:", "DatabaseSync", "createRequire"]) {
    assert(!code.includes(foreign), `The bundle of src/http/mod.ts contains ${foreign}`);
  }
});
