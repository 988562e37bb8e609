import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { makeFolder, shop, umbel } from "./process.ts";

const commands = [
  "worker",
  "multi",
  "call",
  "result",
  "status",
  "pause",
  "resume",
  "revoke",
  "purge",
  "dead",
  "serve",
  "rest",
];

Deno.test("--help lists the commands and the exit codes; each has a help of its own with examples", async () => {
  const { code, stdout } = await umbel(["--help"]);
  assertEquals(code, 0);
  assertStringIncludes(stdout, "Exit codes: 0 ok, 1 failed, 2 usage, 3 unknown, 69 unavailable");
  for (const command of commands) {
    assertMatch(stdout, new RegExp(`^  ${command} `, "m"));
    const help = await umbel([command, "-h"]);
    assertEquals([help.code, help.stderr], [0, ""]);
    assertMatch(help.stdout, new RegExp(`^Usage: umbel ${command}.* \\[options\\]$`, "m"));
    assertStringIncludes(help.stdout, "\nExamples:\n");
    assert(help.stdout.split("\n").every((line) => line.length <= 120), `The help of ${command} is too wide`);
    assert(command in config.tasks, `deno.json has no task ${command}`);
  }
});

Deno.test("help worker shows the worker's help, --version the version", async () => {
  assertStringIncludes((await umbel(["help", "worker"])).stdout, "Usage: umbel worker [options]");
  assertEquals((await umbel(["--version"])).stdout, `umbel ${config.version}\n`);
});

Deno.test("no command at all is a wrong usage", async () => {
  const { code, stdout, stderr } = await umbel([]);
  assertEquals([code, stdout], [2, ""]);
  assertStringIncludes(stderr, "Usage: umbel COMMAND");
});

const noApp = "./no_app.ts";
const files: Readonly<Record<string, string>> = {
  [noApp]: "export const one = 1;\nexport const two = 2;\n",
  "./nothing.ts": "",
  "./two.ts":
    'import { Umbel } from "@umbel/umbel";\nexport const a = new Umbel("a");\nexport const b = new Umbel("b");\n',
  "./several.ts":
    'import { Umbel } from "@umbel/umbel";\nexport const mail = new Umbel("m");\nexport const other = 1;\n',
  "./broken.ts": "export const app = undefined.name;\n",
};

for (
  const [line, sentence] of [
    ["wurker", '"wurker" is no command: did you mean worker?'],
    ["flower", '"flower" is no command: umbel serve has the dashboard'],
    ["constructor", '"constructor" is no command: known are worker, multi, beat, call,'],
    ["frobnicate", '"frobnicate" is no command: known are worker, multi, beat, call,'],
    ["worker -A SHOP --concurency 3", "--concurency is no option of worker: did you mean --concurrency?"],
    ["worker -A SHOP -queues a", "-queues is no option of worker: did you mean --queues?"],
    ["worker -a SHOP", "-a is no option of worker: did you mean -A?"],
    ["worker -A SHOP -z", "-z is no option of worker: umbel worker --help lists them"],
    ["worker", "Say which app: -A FILE, a file that exports one"],
    ["worker -A shop", '-A must be a file here, as in -A shop.ts, and it is "shop"'],
    ["worker -A ./nope.ts", 'There is no file "./nope.ts" in '],
    [`worker -A ${noApp}`, "./no_app.ts exports no app but one, two: it needs export const app ="],
    ["worker -A ./nothing.ts", "./nothing.ts exports nothing: it needs export const app ="],
    ["worker -A ./two.ts", "./two.ts exports several apps (a, b): export one as default, or name one, as in"],
    ["worker -A ./several.ts:mial", "./several.ts exports no app by the name of mial: did you mean mail?"],
    ["worker -A ./several.ts:other", "./several.ts exports no app by the name of other: did you mean mail?"],
    ["worker -A ./nope.ts:mail", 'There is no file "./nope.ts" in '],
    ["worker -A ./broken.ts", "./broken.ts cannot be loaded: Cannot read properties of undefined"],
    ["worker -A SHOP -c many", '--concurrency must be a number, and it is "many"'],
    ["worker -A SHOP -c 0", "concurrency must be a whole number from 1 to 500, and it is 0"],
    ["worker -A SHOP -l loud", 'level must be one of debug, info, warning, error, and it is "loud"'],
    ["worker -A SHOP --log xml", 'format must be text or json, and it is "xml"'],
    ["worker -A SHOP --grace soon", 'grace must be seconds, text like "250ms"'],
    ["worker -A SHOP --idle 5", "--idle needs --drain"],
    ["worker -A SHOP -b redis://:secret@host", 'No broker is known for "redis://…@host"'],
    ["worker -A SHOP extra", 'worker takes no "extra": umbel worker [options]'],
    ["call -A SHOP", "call needs NAME: umbel call NAME [options]"],
    ["call ad -A SHOP", 'App shop has no task "ad": did you mean "add"?'],
    ["call add", "Say which app: -A FILE, or --app NAME"],
    ["call add -A SHOP --args [1", '--args must be JSON, and it is "[1"'],
    ["call add -A SHOP --args 1", "--args must be an array, as in '[1, 2]', and it is 1"],
    ["call add -A SHOP --args", "-a, --args needs a value: JSON"],
    ["call add -A SHOP --priority 12", "priority must be a whole number from 0 to 9, and it is 12"],
    ["call add -A SHOP --timeout 5", "--timeout needs --wait"],
    ["result one,two -A SHOP", 'id must be 1 to 200 letters, digits and _ . : @ / + = -, and it is "one,two"'],
    ["serve -A SHOP --port 70000", '--port must be a whole number from 0 to 65535, and it is "70000"'],
    ["rest --dir x", "--dir needs --spawn"],
    ["rest --spawn --redis redis://127.0.0.1", "--spawn starts a Redis of its own: give either it or --redis"],
    ["rest --redis localhost", '--redis must be a URL like redis://127.0.0.1:6379, and it is "localhost"'],
  ] as const
) {
  Deno.test(`umbel ${line} says what is wrong in one sentence, and exits 2`, async () => {
    await using folder = await makeFolder();
    for (const [path, text] of Object.entries(files)) await Deno.writeTextFile(`${folder.path}/${path}`, text);
    const { code, stdout, stderr } = await umbel(line.replace("SHOP", shop).split(" "), {
      cwd: folder.path,
      env: { UMBEL_BROKER: "sqlite::memory:" },
    });
    assertEquals([code, stdout], [2, ""]);
    assertStringIncludes(stderr, `umbel: ${sentence}`);
    assertEquals(stderr.trimEnd().split("\n").length, 1, stderr);
  });
}

Deno.test("-l debug shows the stack too", async () => {
  const { stderr } = await umbel(["call", "ad", "-A", shop, "-l", "debug"], {
    env: { UMBEL_BROKER: "sqlite::memory:" },
  });
  assertMatch(stderr, /^umbel: App shop has no task "ad".*\nUnknownTask: .*\n +at /);
});
