import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import ts from "typescript";
import { bundle, sizesOf } from "../bundle.ts";

Deno.test("src/client/mod.ts, bundled for browsers, imports nothing, and is as small as docs/client.md says", async () => {
  const code = await bundle("src/client/mod.ts", { minify: true });
  assertEquals(ts.preProcessFile(code, true, true).importedFiles.map(({ fileName }) => fileName), []);
  for (const foreign of ["node:", "DatabaseSync", "Upstash", "Deno"]) {
    assert(!code.includes(foreign), `The bundle of src/client/mod.ts contains ${foreign}`);
  }
  const page = await Deno.readTextFile(new URL("../../docs/client.md", import.meta.url));
  const said = /([\d.]+) kB minified, ([\d.]+) kB gzipped/.exec(page)!.slice(1).map(Number);
  for (const [index, size] of (await sizesOf(code)).entries()) assertAlmostEquals(size, said[index]!, size / 20);
  assert(said[1]! <= 6, "A few kB, and no more");
});
