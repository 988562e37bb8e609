import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { codeOf, curlOf } from "../../../../src/http/dashboard/components/snippets.ts";
import type { Json } from "../../../../src/json.ts";
import { seedProperties } from "../../../random.ts";

seedProperties();

const hostile = [
  "'; touch /tmp/owned; '",
  "$(id) `id` $HOME ${IFS} !! \\ \\' \"",
  "line\nbreak\r\ttab \0 end",
  "\u202eright to left\u2066 \u2028 \ufeff",
  "@/etc/passwd",
  "日本語 👩‍👩‍👧 \ud800",
  "</script><!-- */ //",
  "",
];
const calls = [
  { task: "add", args: [1, -0.5, 1e300, true, null] },
  { task: 'it\'s; $(id) & "more"', args: hostile },
  { task: "a/b?c#d", args: [{ "'": { "\\": hostile }, ["__proto__"]: { constructor: "x" }, "a-b": [] }] },
  { task: "later", args: [], options: { countdown: 10, queue: "mail" } },
] as unknown as {
  readonly task: string;
  readonly args: Json[];
  readonly options?: { readonly [name: string]: Json };
}[];

/** What a shell hands to curl, as the arguments of a program that prints them. */
async function argumentsOf(line: string): Promise<string[]> {
  const { stdout, stderr } = await new Deno.Command("sh", {
    args: ["-c", `curl() { for one in "$@"; do printf '%s\\0' "$one"; done; }\n${line}`],
    env: { UMBEL_TOKEN: "s3cret" },
  }).output();
  assertEquals(new TextDecoder().decode(stderr), "");
  return new TextDecoder().decode(stdout).split("\0").slice(0, -1);
}

Deno.test("curlOf makes a line from which a shell takes nothing but the call", async () => {
  for (const call of calls) {
    const { task, args, options } = call;
    const words = await argumentsOf(curlOf(call, "https://example.org/api"));
    const body = words.pop()!;
    assertEquals(words, [
      ...["-X", "POST", `https://example.org/api/tasks/${encodeURIComponent(task)}`],
      ...["-H", "Authorization: Bearer s3cret", "-H", "Content-Type: application/json", "--data-raw"],
    ]);
    assertEquals(JSON.parse(body), JSON.parse(JSON.stringify({ args, ...options })));
  }
});

Deno.test("codeOf makes code that sends the same call", async () => {
  const sent: unknown[] = [];
  const app = { sendTask: (...call: unknown[]) => sent.push(call) };
  const run = async (code: string) => {
    const AsyncFunction = (async () => {}).constructor as FunctionConstructor;
    await new AsyncFunction("app", code)(app);
    return sent.pop();
  };
  for (const call of calls) {
    const { task, args, options } = call;
    assertEquals(await run(codeOf(call)), JSON.parse(JSON.stringify([task, args, ...(options ? [options] : [])])));
  }
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit: "binary" }),
      fc.array(fc.jsonValue({ stringUnit: "binary" })),
      async (task, args) => {
        const call = JSON.parse(JSON.stringify([task, args]));
        assertEquals(JSON.stringify(await run(codeOf({ task, args: args as Json[] }))), JSON.stringify(call));
      },
    ),
  );
});
