import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { InvalidInput } from "@umbel/umbel";
import { sqlite } from "@umbel/umbel/sqlite";
import { conformance, type ConformanceOptions, testBroker } from "@umbel/umbel/testing";

/** Collects the tests instead of running them; each opens a broker in memory. */
function collect(options: Partial<ConformanceOptions>): Map<string, () => Promise<void>> {
  const tests = new Map<string, () => Promise<void>>();
  testBroker("mine", {
    test: (name, run) => void tests.set(name, run),
    open: (clock) => {
      const broker = sqlite(":memory:")("shop", clock);
      const another = () => broker;
      return Promise.resolve({ broker, another, [Symbol.asyncDispose]: () => broker[Symbol.asyncDispose]() });
    },
    ...options,
  });
  return tests;
}

const rule = "publish() of nothing does nothing";

Deno.test("conformance has at least 80 cases, named by what they test", () => {
  assertEquals(conformance.length >= 80, true, `${conformance.length} cases`);
  const unclear = conformance.map(({ name }) => name).filter((name) =>
    !/\w\(\)|inspector|worker|journal|history|message|dead letter|lane|limit|rate|concurrency|batch|burst|place|priority|lifo/
      .test(
        name,
      )
  );
  assertEquals(unclear, []);
});

Deno.test("testBroker() registers a test for each case", async () => {
  const tests = collect({});
  assertEquals([...tests.keys()], conformance.map(({ name }) => `mine: ${name}`));
  await tests.get(`mine: ${rule}`)!();
});

Deno.test("testBroker() says in its name what deviates, and fails when that is no longer so", async () => {
  const tests = collect({ deviations: { [rule]: "it is new here" } });
  const name = `mine: ${rule} (deviates: it is new here)`;
  await assertRejects(() => tests.get(name)!(), Error, "no longer deviates: it is new here");
});

Deno.test("testBroker() refuses a deviation from a case that does not exist", () => {
  assertThrows(() => collect({ deviations: { "publish() sings": "x" } }), InvalidInput, "publish() sings");
});
