import { assertEquals } from "@std/assert";
import ts from "typescript";
import { scripts } from "../../../../src/http/dashboard/assets/scripts.ts";

/** What the compiler says of scripts that run in a browser. */
function complaintsOf(sources: { readonly [name: string]: string }): string[] {
  const options: ts.CompilerOptions = {
    ...{ allowJs: true, checkJs: true, noEmit: true, strict: true, noUncheckedIndexedAccess: true, types: [] },
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.ESNext,
    lib: ["lib.es2023.d.ts", "lib.dom.d.ts", "lib.dom.iterable.d.ts"],
    moduleDetection: ts.ModuleDetectionKind.Force,
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile } = host;
  host.getSourceFile = (path, version, ...rest) => {
    const text = sources[path.replace(/\.js$/, "")];
    return text === undefined ? getSourceFile(path, version, ...rest) : ts.createSourceFile(path, text, version, true);
  };
  const names = Object.keys(sources).map((name) => `${name}.js`);
  return ts.getPreEmitDiagnostics(ts.createProgram(names, options, host)).map(({ file, start, messageText }) => {
    const line = file && start !== undefined ? file.getLineAndCharacterOfPosition(start).line + 1 : 0;
    return `${file?.fileName}:${line} ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
  });
}

Deno.test("the scripts of the dashboard fit the types of a browser", () => {
  assertEquals(complaintsOf(scripts), []);
  assertEquals(complaintsOf({ wrong: `document.nothing();` }).length, 1);
});

Deno.test("the scripts of the dashboard import nothing: their names tell their content", () => {
  for (const [name, text] of Object.entries(scripts)) {
    assertEquals([name, /^\s*import\b|\bimport\(/m.test(text)], [name, false]);
  }
});
