import { assertEquals, assertStringIncludes } from "@std/assert";
import { createLogger } from "@umbel/umbel";
import { ManualClock } from "@umbel/umbel/testing";
import { type Child, Supervisor } from "../../../src/cli/processes/supervisor.ts";

/** A process that ends when it is told. */
class FakeChild implements Child {
  readonly signals: string[] = [];
  readonly #end = Promise.withResolvers<{ code: number }>();

  constructor(readonly pid: number, readonly name: string) {}

  get status(): Promise<{ readonly code: number }> {
    return this.#end.promise;
  }

  kill(signal: Deno.Signal): void {
    this.signals.push(signal);
  }

  end(code: number): void {
    this.#end.resolve({ code });
  }
}

function setUp({ names = ["w1", "w2"], mayMend = false } = {}) {
  const clock = new ManualClock();
  const children: FakeChild[] = [];
  const lines: string[] = [];
  const supervisor = new Supervisor({
    names,
    mayMend,
    clock,
    log: createLogger({ write: (line) => lines.push(line.replace(/^.*?\] /, "")) }),
    start(name) {
      children.push(new FakeChild(children.length + 1, name));
      return children.at(-1)!;
    },
  });
  return { clock, children, lines, supervisor, running: supervisor.run() };
}

Deno.test("a process that crashes is started again, with growing pauses that begin anew once it lived for a minute", async () => {
  const { clock, children, lines, supervisor, running } = setUp({ names: ["w1"] });
  for (const seconds of [0.5, 1, 2]) {
    children.at(-1)!.end(70);
    await clock.advance(0);
    const { length } = children;
    await clock.advance({ milliseconds: seconds * 1000 - 1 });
    assertEquals(children.length, length);
    await clock.advance({ milliseconds: 1 });
    assertEquals(children.length, length + 1);
  }
  await clock.advance(60);
  children.at(-1)!.end(137);
  await clock.advance(0);
  assertEquals(lines.at(-1), "w1 ended with code 137; it is started again in 0.5 s");
  supervisor.signal("SIGTERM");
  assertEquals(await running, 137);
  assertEquals(children.length, 4);
});

Deno.test("those that are stopped are not started again, and the worst code counts", async () => {
  const { children, supervisor, running } = setUp();
  supervisor.signal("SIGTERM");
  assertEquals(children.map(({ signals }) => signals), [["SIGTERM"], ["SIGTERM"]]);
  children[0]!.end(0);
  children[1]!.end(130);
  assertEquals(await running, 130);
});

Deno.test("one that says that its command line is wrong ends all; one that ended well is left alone", async () => {
  const { clock, children, running } = setUp();
  children[1]!.end(0);
  await clock.advance(0);
  assertEquals(children[0]!.signals, []);
  children[0]!.end(2);
  assertEquals(await running, 2);
  assertEquals(children.length, 2);
});

Deno.test("restart() goes from one to the next, and tries again what the code before it had no hope for", async () => {
  const { clock, children, lines, supervisor, running } = setUp({ mayMend: true });
  children[1]!.end(2);
  await clock.advance(0);
  assertStringIncludes(lines[0]!, "w2 ended with code 2; it is started again when the code has changed");
  const restarted = supervisor.restart();
  await clock.advance(0);
  assertEquals(children.map(({ signals }) => signals), [["SIGTERM"], []]);
  children[0]!.end(0);
  await restarted;
  await clock.advance(0);
  assertEquals(children.map(({ name }) => name), ["w1", "w2", "w1", "w2"]);
  supervisor.signal("SIGTERM");
  for (const child of children) child.end(0);
  assertEquals(await running, 0);
});
