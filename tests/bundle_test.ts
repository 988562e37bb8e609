import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import ts from "typescript";
import { bundle, sizesOf } from "./bundle.ts";

Deno.test("mod.ts, bundled for browsers, imports nothing", async () => {
  const code = await bundle("mod.ts");
  assertEquals(ts.preProcessFile(code, true, true).importedFiles.map(({ fileName }) => fileName), []);
  for (const foreign of ["node:", "DatabaseSync", "Hono", "createRequire"]) {
    assert(!code.includes(foreign), `The bundle of mod.ts contains ${foreign}`);
  }
});

Deno.test("mod.ts, bundled and minified, is as small as docs/edge.md says", async () => {
  const code = await bundle("mod.ts", { minify: true });
  const page = await Deno.readTextFile(new URL("../docs/edge.md", import.meta.url));
  const said = /(\d+) kB minified, (\d+) kB gzipped/.exec(page)!.slice(1).map(Number);
  // To within a twentieth: nobody should have to mend the page with every line of code.
  for (const [index, size] of (await sizesOf(code)).entries()) assertAlmostEquals(size, said[index]!, size / 20);
});
