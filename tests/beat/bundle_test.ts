import { assertEquals } from "@std/assert";
import ts from "typescript";
import { bundle } from "../bundle.ts";

Deno.test("src/beat/mod.ts, bundled for browsers, imports nothing of a runtime", async () => {
  const code = await bundle("src/beat/mod.ts");
  const imported = ts.preProcessFile(code, true, true).importedFiles.map(({ fileName }) => fileName);
  assertEquals(imported.filter((name) => !name.startsWith("./")), []);
  assertEquals(code.includes("node:"), false);
});
