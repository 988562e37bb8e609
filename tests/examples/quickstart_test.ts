import { assertEquals, assertStringIncludes } from "@std/assert";
import { startDeno } from "./program.ts";

Deno.test("examples/quickstart.ts does what it says", async () => {
  await using program = startDeno(["run", "-A", "examples/quickstart.ts"]);
  assertEquals(await program.ended, 0, program.output);
  assertStringIncludes(
    program.output,
    "1 + 2 = 3\n0 + 2 + … + 198 = 9900\n2 + 2 is SCHEDULED and will be 4\nflaky: it worked after 2 retries\n",
  );
});
