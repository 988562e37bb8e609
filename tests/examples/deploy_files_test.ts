import { assert, assertEquals } from "@std/assert";
import { umbel } from "../cli/process.ts";

const folder = new URL("../../examples/deploy/", import.meta.url);
const { stdout: help } = await umbel(["worker", "--help"]);

for (const name of ["umbel.service", "Containerfile"]) {
  Deno.test(`examples/deploy/${name} gives a worker options that there are, and permissions to reach its broker`, async () => {
    const text = await Deno.readTextFile(new URL(name, folder));
    const start = text.slice(text.search(/^(ExecStart|ENTRYPOINT)/m));
    const [flags, options] = start.split(/\bworker\b/) as [string, string];
    for (const flag of ["--allow-net", "--allow-env", "--allow-read"]) {
      assert(flags.includes(flag), `${flag} is missing`);
    }
    const given = [...options.matchAll(/(?<![\w-])--?[a-zA-Z][\w-]*/g)].map(([flag]) => flag);
    assert(given.length >= 3);
    assertEquals(given.filter((flag) => !new RegExp(`(^|[\\s,])${flag}(?![\\w-])`, "m").test(help)), []);
  });
}
