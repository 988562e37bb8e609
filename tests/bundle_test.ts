import { assert, assertEquals, assertLess, assertMatch } from "@std/assert";
import ts from "typescript";
import { bundle } from "./bundle.ts";

/** What the bundle may weigh, minified and gzipped: a bound to notice growth by, some 20 % above what it is. */
const mostGzipped = 40_000;

Deno.test("mod.ts, bundled for browsers, imports nothing", async () => {
  const code = await bundle("mod.ts");
  assertEquals(ts.preProcessFile(code, true, true).importedFiles.map(({ fileName }) => fileName), []);
  for (const foreign of ["node:", "DatabaseSync", "Hono", "createRequire"]) {
    assert(!code.includes(foreign), `The bundle of mod.ts contains ${foreign}`);
  }
});

Deno.test("mod.ts, bundled and minified, is as small as docs/edge.md says", async () => {
  const code = await bundle("mod.ts", { minify: true });
  const gzipped = await sizeGzipped(code);
  assertLess(gzipped, mostGzipped, `The bundle weighs ${gzipped} bytes gzipped`);
  const said = /(\d+) kB minified, (\d+) kB gzipped/.exec(await Deno.readTextFile("docs/edge.md"));
  assertMatch(
    `${code.length} ${gzipped}`,
    new RegExp(`^${said?.[1]}\\d{3} ${said?.[2]}\\d{3}$`),
    "docs/edge.md tells another size",
  );
});

async function sizeGzipped(text: string): Promise<number> {
  const compressed = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return (await new Response(compressed).bytes()).length;
}
