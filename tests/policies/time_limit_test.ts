import { ManualClock } from "@umbel/umbel/testing";
import { assertEquals } from "@std/assert";
import { TimeLimits } from "../../src/policies/time_limit.ts";

function scripted() {
  const clock = new ManualClock();
  const limits = new TimeLimits(clock);
  const said: string[] = [];
  const run = (name: string) => ({
    softLimit: () => said.push(`${name} soft`),
    hardLimit: () => said.push(`${name} hard`),
  });
  return { clock, limits, said, run };
}

Deno.test("TimeLimits tells each run its limits, in time", async () => {
  const { clock, limits, said, run } = scripted();
  limits.add(run("a"), 100, 300);
  limits.add(run("b"), undefined, 200);
  limits.add(run("c"), 50, undefined);
  await clock.jump({ milliseconds: 0 });
  assertEquals(clock.next, 50);
  for (let time = 0; time < 6; time++) {
    said.push(String(time * 50));
    await clock.jump({ milliseconds: 50 });
  }
  assertEquals(said, ["0", "c soft", "50", "a soft", "100", "150", "b hard", "200", "250", "a hard"]);
  assertEquals(clock.next, Infinity);
});

Deno.test("TimeLimits has no timer while no run has a limit", async () => {
  const { clock, limits, said, run } = scripted();
  const [a, b] = [run("a"), run("b")];
  limits.add(a, undefined, undefined);
  limits.remove(a);
  assertEquals(clock.next, Infinity);
  limits.add(b, undefined, 100);
  limits.remove(b);
  await clock.jump({ milliseconds: 0 });
  assertEquals(clock.next, Infinity);
  limits.add(a, undefined, 10);
  await clock.jump({ milliseconds: 10 });
  assertEquals(said, ["a hard"]);
});

Deno.test("TimeLimits says only the hard limit when both have passed", async () => {
  const { clock, limits, said, run } = scripted();
  limits.add(run("a"), 10, 20);
  await clock.jump({ milliseconds: 30 });
  assertEquals(said, ["a hard"]);
});
