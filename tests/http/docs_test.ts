/**
 * Holds docs/http.md to the code: its options, its parts, its errors, its paths.
 */
import { assertEquals, assertThrows } from "@std/assert";
import { InvalidInput, Umbel } from "@umbel/umbel";
import { http } from "@umbel/umbel/http";
import { readOptions } from "../../src/http/options.ts";
import { partNames } from "../../src/http/part_names.ts";
import { routesOf } from "../../src/http/parts.ts";

const root = new URL("../../", import.meta.url);
const page = await Deno.readTextFile(new URL("docs/http.md", root));
const pages = await Promise.all(
  ["http", "exchange", "edge", "control", "events", "searching", "production", "bench", "flower", "waiting"].map((
    name,
  ) => Deno.readTextFile(new URL(`docs/${name}.md`, root)).catch(() => "")),
);
const app = new Umbel("shop", { env: {} });

/** The first cells of the rows of the table that begins so. */
function rowsOf(heading: RegExp): string[] {
  const lines = page.split("\n");
  const start = lines.findIndex((line) => heading.test(line));
  const rows = lines.slice(start + 2);
  return rows.slice(0, rows.findIndex((line) => !line.startsWith("|")));
}

Deno.test("docs/http.md names the options of http(), all of them and no others", () => {
  const { message } = assertThrows(() => http(app, { "no-such-option-anywhere": 1 } as never), InvalidInput);
  const known = /known are (.*)$/.exec(message)![1]!.split(", ");
  const told = rowsOf(/^\| option +\| default/).map((row) => /`(\w+)`/.exec(row)![1]!);
  assertEquals(told.toSorted(), known.toSorted());
});

Deno.test("docs/http.md names the parts, all of them and no others, with their paths", () => {
  const rows = rowsOf(/^\| part +\| paths/);
  assertEquals(rows.map((row) => /`([\w-]+)`/.exec(row)![1]!).toSorted(), partNames.toSorted());
  for (const row of rows) {
    const [, part, paths] = row.split("|").map((cell) => cell.trim());
    const name = part!.replaceAll("`", "") as typeof partNames[number];
    const firsts = routesOf(app, readOptions(app, { open: true, parts: [name] })).map(({ path }) =>
      `/${path.split("/")[1]}`
    );
    assertEquals(
      [...paths!.matchAll(/`([^`]+)`/g)].map(([, path]) => path).toSorted(),
      [...new Set(firsts)].toSorted(),
    );
  }
});

Deno.test("docs/http.md lists every code of an error", async () => {
  const told = new Set(rowsOf(/^\| status +\| code/).map((row) => `${/\d+/.exec(row)![0]} ${/`(\w+)`/.exec(row)![1]}`));
  const missing: string[] = [];
  for await (const path of filesBelow("src/http/")) {
    if (path.startsWith("src/http/dashboard/")) continue;
    const text = await Deno.readTextFile(new URL(path, root));
    for (const [, status, code] of text.matchAll(/new Refusal\(\s*(\d+),\s*"(\w+)"/g)) {
      if (!told.has(`${status} ${code}`)) missing.push(`${status} ${code} (${path})`);
    }
  }
  assertEquals(missing, []);
});

Deno.test("every path that is not hidden stands in some page", () => {
  const routes = routesOf(app, readOptions(app, { open: true })).filter(({ hidden }) => !hidden);
  const texts = pages.map((page) => page.replace(/\/:\w+/g, "/:"));
  const missing = routes.map(({ path }) => path.replace(/\/:\w+/g, "/:")).filter((path) => {
    const [, parent, last] = /^(.*)\/([^/]+)$/.exec(path)!;
    // Of paths that are alike but for their last word a page may list the words.
    return !texts.some((text) => text.includes(path) || (text.includes(`${parent}/`) && text.includes(`\`${last}\``)));
  });
  assertEquals([...new Set(missing)], []);
});

async function* filesBelow(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(new URL(folder, root))) {
    if (isDirectory) yield* filesBelow(`${folder}${name}/`);
    else if (/\.tsx?$/.test(name)) yield folder + name;
  }
}
