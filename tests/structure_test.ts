/**
 * Holds the source to its layout: which way imports go, where the platform may be touched, what lies at the top.
 */
import { assertEquals } from "@std/assert";
import ts from "typescript";
import config from "../deno.json" with { type: "json" };

const root = new URL("../", import.meta.url);

/** One import of a file. */
interface Import {
  readonly path: string;
  readonly typeOnly: boolean;
  /** What is imported, by the names that it has there; absent when that is all. */
  readonly names?: readonly string[];
}

/** What a file asks for. */
interface SourceFile {
  /** Files of this repository that it imports, by their paths, and what of them. */
  readonly imports: readonly Import[];
  /** Other modules that it imports, as written. */
  readonly modules: readonly string[];
  /** Which of the platform's globals it names. */
  readonly globals: readonly string[];
  /** The functions, classes and constants that it exports itself. */
  readonly values: readonly string[];
}

const platformGlobals = new Set(["Deno", "process", "Buffer", "Bun"]);

const files = new Map<string, SourceFile>();
for (const path of ["mod.ts", "cli.ts", ...await filesBelow("src/")]) {
  if (await exists(path)) files.set(path, read(path, await Deno.readTextFile(new URL(path, root))));
}

/**
 * What a part of the source must not reach, directly or through others:
 * message ← tasks, ports ← canvas, policies, operations, brokers, celery ← app ← worker, beat ← http ← cli.
 */
const tools = ["src/rest/", "src/testing/", "src/cli/", "cli.ts"];
const runners = ["src/worker/", "src/beat/", "src/http/", "src/client/", "src/health/", ...tools];
const middle = ["src/canvas/", "src/brokers/", "src/celery/"];
const rules: { readonly part: string; readonly reachesNo: readonly string[] }[] = [
  { part: "src/message.ts", reachesNo: ["src/tasks/", "src/ports/", "src/policies/", ...middle, "src/app/"] },
  {
    part: "src/ports/",
    reachesNo: ["src/tasks/", "src/results/", "src/sending/", "src/policies/", ...middle, "src/app/", ...runners],
  },
  { part: "src/tasks/", reachesNo: [...middle, "src/app/", ...runners] },
  { part: "src/results/", reachesNo: [...middle, "src/app/", ...runners] },
  { part: "src/sending/", reachesNo: ["src/brokers/sqlite/", ...runners] },
  { part: "src/policies/", reachesNo: ["src/brokers/", "src/app/", ...runners] },
  { part: "src/callbacks/", reachesNo: ["src/brokers/", "src/app/", ...runners] },
  { part: "src/operations/", reachesNo: ["src/brokers/", "src/app/", ...runners] },
  { part: "src/canvas/", reachesNo: ["src/brokers/", "src/app/", ...runners] },
  { part: "src/celery/", reachesNo: ["src/app/", ...runners] },
  { part: "src/brokers/", reachesNo: ["src/app/", "src/tasks/", "src/results/", "src/sending/", ...runners] },
  { part: "src/brokers/http/", reachesNo: ["src/brokers/redis/", "src/brokers/sqlite/"] },
  { part: "src/brokers/redis/", reachesNo: ["src/brokers/sqlite/"] },
  { part: "src/brokers/sqlite/", reachesNo: ["src/brokers/redis/"] },
  { part: "src/app/", reachesNo: ["src/brokers/sqlite/", ...runners] },
  { part: "src/worker/", reachesNo: ["src/brokers/sqlite/", "src/http/", ...tools] },
  { part: "src/beat/", reachesNo: ["src/brokers/sqlite/", "src/http/", ...tools] },
  { part: "src/telemetry/", reachesNo: ["src/brokers/sqlite/", "src/worker/", "src/http/", ...tools] },
  { part: "src/health/", reachesNo: ["src/brokers/sqlite/", "src/http/", ...tools] },
  { part: "src/http/", reachesNo: ["src/brokers/sqlite/", ...tools] },
  { part: "src/rest/", reachesNo: ["src/brokers/", "src/app/", "src/worker/", "src/http/", "src/cli/"] },
  { part: "src/testing/", reachesNo: ["src/http/", "src/rest/", "src/cli/", "cli.ts"] },
  { part: "mod.ts", reachesNo: ["src/brokers/sqlite/", "src/http/", ...tools] },
];

/** Where the platform may be touched. */
const rim = ["cli.ts", "src/cli/", "src/rest/", "src/brokers/sqlite/"];

for (const { part, reachesNo } of rules) {
  Deno.test(`${part} imports nothing from above it`, () => {
    const wrong = [];
    for (const path of files.keys()) {
      if (!path.startsWith(part)) continue;
      for (const [reached, way] of waysFrom(path)) {
        if (reachesNo.some((start) => reached.startsWith(start))) wrong.push(way.join(" → "));
      }
    }
    assertEquals(wrong, []);
  });
}

Deno.test("only the command line imports the command line", () => {
  const wrong = [];
  for (const [path, { imports }] of files) {
    if (path === "cli.ts" || path.startsWith("src/cli/")) continue;
    for (const { path: to } of imports) {
      if (to === "cli.ts" || to.startsWith("src/cli/")) wrong.push(`${path} → ${to}`);
    }
  }
  assertEquals(wrong, []);
});

Deno.test("src/client/ needs nothing but leaves of the core: a browser loads all of it", () => {
  const leaves = [
    "clock.ts",
    "errors.ts",
    "id.ts",
    "json.ts",
    "options/duration.ts",
    "retry_after.ts",
    "streams/",
    "to_json.ts",
  ];
  const allowed = leaves.map((name) => `src/${name}`);
  const wrong = [];
  for (const path of files.keys()) {
    if (!path.startsWith("src/client/")) continue;
    for (const [reached, way] of waysFrom(path, "values")) {
      if (!["src/client/", ...allowed].some((start) => reached.startsWith(start))) wrong.push(way.join(" → "));
    }
  }
  assertEquals(wrong, []);
});

Deno.test(`only ${rim.join(", ")} touch the platform`, () => {
  const wrong = [];
  for (const [path, { modules, globals }] of files) {
    if (rim.some((start) => path.startsWith(start))) continue;
    for (const name of [...modules.filter((name) => name.startsWith("node:")), ...globals]) {
      wrong.push(`${path} uses ${name}`);
    }
  }
  assertEquals(wrong, []);
});

/** Files that import one another's types, since each is what it is by the other. */
const circles = [
  // A run leaves the batch that it is in; a batch waits for its runs.
  ["src/worker/runs/batch.ts", "src/worker/runs/run.ts"],
];

Deno.test("no file imports itself through others, not even for types", () => {
  const reached = new Map([...files.keys()].map((path) => [path, waysFrom(path)]));
  const found = new Map<string, readonly string[]>();
  for (const [path, ways] of reached) {
    const circle = [...ways.keys()].filter((other) => reached.get(other)?.has(path)).sort();
    if (circle.length > 1) found.set(circle.join(), circle);
  }
  assertEquals([...found.values()], circles);
});

/** What is imported by a text that is run elsewhere. */
const importedByText = ["src/worker/pools/child.ts: serveChild"];

Deno.test("what is exported is used by another file", async () => {
  const entries = new Set(Object.values<string>(config.exports).map((path) => path.slice(2)));
  const all = new Map(files);
  for (const path of await filesBelow("tests/")) {
    all.set(path, read(path, await Deno.readTextFile(new URL(path, root))));
  }
  const used = new Set(importedByText);
  for (const { imports } of all.values()) {
    for (const { path, names } of imports) {
      for (const name of names ?? files.get(path)?.values ?? []) used.add(`${path}: ${name}`);
    }
  }
  const unused = [...files].flatMap(([path, { values }]) =>
    entries.has(path) ? [] : values.map((name) => `${path}: ${name}`)
  );
  assertEquals(unused.filter((value) => !used.has(value)), []);
});

Deno.test("every entry of exports is a file, and every file it needs is published", async () => {
  const wrong = [];
  for (const [name, path] of Object.entries<string>(config.exports)) {
    if (!await exists(path)) wrong.push(`${name}: there is no ${path}`);
  }
  for (const path of files.keys()) {
    if (!config.publish.include.some((part) => path === part || path.startsWith(`${part}/`))) wrong.push(path);
  }
  assertEquals(wrong, []);
});

Deno.test("docs/source.md tells of every folder of src/, and of no other", async () => {
  const page = await Deno.readTextFile(new URL("docs/source.md", root));
  const told = [...page.matchAll(/^\| `(\w+)\/`/gm)].map(([, name]) => name!).sort();
  const folders = new Set([...files.keys()].flatMap((path) => /^src\/(\w+)\//.exec(path)?.[1] ?? []));
  assertEquals(told, [...folders].sort());
});

Deno.test("the top level holds what it should, and nothing else", async () => {
  const allowed = new Set([
    ..."mod.ts cli.ts deno.json deno.lock README.md CHANGELOG.md LICENSE".split(" "),
    ..."src tests examples bench dev docs".split(" "),
  ]);
  const tracked = await new Deno.Command("git", { args: ["ls-files"], cwd: root }).output();
  const tops = new Set(new TextDecoder().decode(tracked.stdout).trim().split("\n").map((path) => path.split("/")[0]!));
  assertEquals([...tops].filter((name) => !name.startsWith(".") && !allowed.has(name)), []);
});

/** Every file that is reached from one, and the way to it. */
function waysFrom(start: string, what: "values" | "all" = "all"): Map<string, readonly string[]> {
  const ways = new Map<string, readonly string[]>([[start, [start]]]);
  for (const [path, way] of ways) {
    for (const { path: next, typeOnly } of files.get(path)?.imports ?? []) {
      if (!ways.has(next) && !(what === "values" && typeOnly)) ways.set(next, [...way, next]);
    }
  }
  return ways;
}

/** Reads a file's imports and the platform's globals that it names. */
function read(path: string, text: string): SourceFile {
  const imports: Import[] = [];
  const values: string[] = [];
  const modules: string[] = [];
  const globals = new Set<string>();
  const add = (specifier: ts.Node | undefined, typeOnly: boolean, named?: ts.Node) => {
    if (!specifier || !ts.isStringLiteral(specifier)) return;
    if (!specifier.text.startsWith(".")) return modules.push(specifier.text);
    const names = named && (ts.isNamedImports(named) || ts.isNamedExports(named))
      ? { names: named.elements.map(({ name, propertyName = name }) => propertyName.text) }
      : {};
    imports.push({ path: new URL(specifier.text, `file:///${path}`).pathname.slice(1), typeOnly, ...names });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      add(node.moduleSpecifier, importsTypesOnly(node.importClause), node.importClause?.namedBindings);
    } else if (ts.isExportDeclaration(node)) {
      add(node.moduleSpecifier, exportsTypesOnly(node), node.exportClause);
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node.arguments[0], false);
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal, true);
    else if (ts.isIdentifier(node) && platformGlobals.has(node.text) && isVariable(node)) globals.add(node.text);
    values.push(...exportedValues(node));
    ts.forEachChild(node, visit);
  };
  const kind = path.endsWith(".tsx") ? ts.ScriptKind.TSX : ts.ScriptKind.TS;
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true, kind));
  return { imports, modules, globals: [...globals], values };
}

/** The names of what a statement declares and exports, types aside. */
function exportedValues(node: ts.Node): readonly string[] {
  if (!ts.canHaveModifiers(node)) return [];
  if (!ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)) return [];
  if (ts.isVariableStatement(node)) {
    return node.declarationList.declarations.flatMap(({ name }) => ts.isIdentifier(name) ? [name.text] : []);
  }
  return (ts.isFunctionDeclaration(node) || ts.isClassDeclaration(node)) && node.name ? [node.name.text] : [];
}

function importsTypesOnly(clause: ts.ImportClause | undefined): boolean {
  if (!clause) return false;
  if (clause.isTypeOnly) return true;
  const { name, namedBindings } = clause;
  return !name && !!namedBindings && ts.isNamedImports(namedBindings) &&
    namedBindings.elements.every(({ isTypeOnly }) => isTypeOnly);
}

function exportsTypesOnly({ isTypeOnly, exportClause }: ts.ExportDeclaration): boolean {
  return isTypeOnly ||
    (!!exportClause && ts.isNamedExports(exportClause) && exportClause.elements.every(({ isTypeOnly }) => isTypeOnly));
}

/** Whether a name is read as a variable, and not the name of some object's member. */
function isVariable(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isQualifiedName(parent)) return parent.left === node;
  return !(ts.isPropertySignature(parent) || ts.isPropertyAssignment(parent) || ts.isBindingElement(parent));
}

async function filesBelow(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory, isFile } of Deno.readDir(new URL(folder, root))) {
    if (isDirectory) found.push(...await filesBelow(`${folder}${name}/`));
    else if (isFile && /\.tsx?$/.test(name)) found.push(folder + name);
  }
  return found.sort();
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(new URL(path, root)).then(() => true, () => false);
}
