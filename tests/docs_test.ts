/**
 * Holds the pages to what is there: links, tasks, flags and variables. Their TypeScript runs by `deno test --doc`.
 */
import { assert, assertEquals } from "@std/assert";
import config from "../deno.json" with { type: "json" };
import { configNames } from "../src/config/config.ts";

const root = new URL("../", import.meta.url);
const tasks = new Set(Object.keys(config.tasks));

/** The variables of settings, and those that some command reads. */
const variables = new Set(configNames.map(variableOf));
for (
  const path of ["src/config/config.ts", "src/app/broker_choice.ts", "src/cli/commands/serve.ts", "src/cli/access.ts"]
) {
  for (const name of variablesIn(await Deno.readTextFile(new URL(path, root)))) variables.add(name);
}

const pages = ["README.md", "CHANGELOG.md", "examples/curl.sh"];
for await (const { name } of Deno.readDir(new URL("docs/", root))) if (name.endsWith(".md")) pages.push(`docs/${name}`);

for (const page of pages.sort()) {
  const text = await Deno.readTextFile(new URL(page, root));

  Deno.test(`${page} links to files that are there`, async () => {
    const prose = text.replace(/`[^`]*`/g, "");
    const missing = [];
    for (const [, target] of prose.matchAll(/\]\((?!https?:|#)([^)#\s]+)[^)]*\)/g)) {
      if (!await Deno.stat(new URL(target!, new URL(page, root))).catch(() => undefined)) missing.push(target);
    }
    assertEquals(missing, []);
  });

  Deno.test(`${page} links to headings that are there`, async () => {
    const missing = [];
    for (const [, target, heading] of text.matchAll(/\]\((?!https?:)([^)#\s]*)#([^)\s]+)\)/g)) {
      const file = target === "" ? text : await Deno.readTextFile(new URL(target!, new URL(page, root)));
      if (!anchorsOf(file).has(heading!)) missing.push(`${target}#${heading}`);
    }
    assertEquals(missing, []);
  });

  Deno.test(`${page} names tasks and flags that are there`, async () => {
    const wrong = [];
    for (const [task, flags] of commandsIn(text)) {
      if (!tasks.has(task)) wrong.push(`deno task ${task}`);
      else if (flags.length > 0 && hasHelp(task)) {
        const help = await helpOf(task);
        wrong.push(...flags.filter((flag) => !names(help, flag)).map((flag) => `deno task ${task} ${flag}`));
      }
    }
    assertEquals(wrong, []);
  });

  Deno.test(`${page} names variables that are there`, () => {
    assertEquals([...variablesIn(text)].filter((name) => !variables.has(name)), []);
  });
}

Deno.test("README.md links to every page", async () => {
  const readme = await Deno.readTextFile(new URL("README.md", root));
  assertEquals(pages.filter((page) => page.startsWith("docs/") && !readme.includes(`](${page}`)), []);
});

Deno.test("every task of deno.json is named in some page", async () => {
  const texts = await Promise.all(pages.map((page) => Deno.readTextFile(new URL(page, root))));
  const all = texts.join("\n");
  assertEquals([...tasks].filter((task) => !new RegExp(`task ${task}\\b`).test(all)), []);
});

Deno.test("README.md's first task prints its result, saved and run as it stands", async () => {
  const readme = await Deno.readTextFile(new URL("README.md", root));
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(file, /```ts\n(.*?)```/s.exec(readme)![1]!);
    const { code, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--config=deno.json", file],
      cwd: root,
      env: { NO_COLOR: "1" },
    }).output();
    assertEquals({ code, output: new TextDecoder().decode(stdout) }, { code: 0, output: "3\n" });
  } finally {
    await Deno.remove(file);
  }
});

/** The names under which a page's headings are linked to. */
function anchorsOf(page: string): Set<string> {
  const headings = page.replace(/^```.*?^```/gms, "").matchAll(/^#+ (.*)$/gm);
  return new Set(
    [...headings].map(([, title]) => title!.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-")),
  );
}

/** The tasks that a page tells to run, with the flags it gives them. */
function* commandsIn(text: string): Iterable<[task: string, flags: string[]]> {
  // In a project of one's own they are all behind one task.
  for (const [, task, rest] of text.matchAll(/(?:deno|deno@2) task (?:umbel(?::run)? )?([a-z]+)([^\n`|]*)/g)) {
    const command = rest!.replace(/\s#.*$/, "").replace(/'[^']*'|"[^"]*"/g, "…");
    yield [task!, [...command.matchAll(/\s(--?[a-zA-Z][\w-]*)/g)].map(([, flag]) => flag!)];
  }
}

/** Whether the task is a program of ours that reads its flags: not `deno test` and its like. */
function hasHelp(task: string): boolean {
  return /(cli|main)\.ts/.test((config.tasks as Record<string, string>)[task]!);
}

const helps = new Map<string, Promise<string>>();

/** What the task says of itself; nothing for one that is no command of ours. */
function helpOf(task: string): Promise<string> {
  const known = helps.get(task);
  if (known) return known;
  const help = new Deno.Command(Deno.execPath(), { args: ["task", task, "--help"], cwd: root, env: { NO_COLOR: "1" } })
    .output().then(({ success, stdout, stderr }) => {
      assert(success, `deno task ${task} --help failed:\n${new TextDecoder().decode(stderr)}`);
      return new TextDecoder().decode(stdout);
    });
  helps.set(task, help);
  return help;
}

/** Whether a help text has a flag, also as a part of `-l, --loglevel`. */
function names(help: string, flag: string): boolean {
  return new RegExp(`(^|[\\s,[|])${flag}(?![\\w-])`, "m").test(help);
}

function variablesIn(text: string): Set<string> {
  return new Set([...text.matchAll(/\bUMBEL_[A-Z_]*[A-Z]\b/g)].map(([name]) => name));
}

function variableOf(setting: string): string {
  return "UMBEL_" + setting.replace(/[A-Z]/g, (letter) => "_" + letter).toUpperCase();
}
