import { assertEquals } from "@std/assert";
import { Hono } from "hono";
import { Umbel } from "@umbel/umbel";
import { sqlite } from "@umbel/umbel/sqlite";
import { ManualClock } from "@umbel/umbel/testing";
import type { DeskEnv } from "../../../../src/http/dashboard/env.ts";
import { Live, type Question } from "../../../../src/http/dashboard/live.ts";
import { View } from "../../../../src/http/dashboard/view.tsx";
import { silentLogger } from "../../../../src/log.ts";

/** An app whose question is answered by how often it was asked, and who looks at the answers. */
class Setup implements AsyncDisposable {
  readonly clock = new ManualClock();
  readonly app = new Umbel("shop", { broker: sqlite(":memory:"), clock: this.clock, env: {} });
  readonly live = new Live(this.app, { signal: undefined, log: silentLogger });
  asked = 0;
  readonly question: Question<number> = { name: "asked", every: 5000, ask: () => Promise.resolve(++this.asked) };
  readonly #pages = new Hono<DeskEnv>();

  constructor() {
    this.#pages.get("/live", (context) => {
      context.set("view", viewOf(this.app, this.clock.now()));
      return this.live.stream(context, this.question, (data) => ({ count: String(data) as never }));
    });
  }

  /** Begins to look: gives what comes next, until it is cancelled. */
  async look(): Promise<ReadableStreamDefaultReader<string>> {
    const response = await this.#pages.request("/live");
    return response.body!.pipeThrough(new TextDecoderStream()).getReader();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.app[Symbol.asyncDispose]();
  }
}

function viewOf(app: Umbel, now: number): View {
  return new View({
    ...{
      app,
      now,
      viewer: undefined,
      readOnly: false,
      locale: "en",
      theme: "auto",
      base: "",
      here: "/",
      flash: undefined,
    },
    assetPath: (name) => `/${name}`,
  });
}

const part = (count: number) => `event: parts\ndata: {"count":"${count}"}\n\n`;

Deno.test("Live asks once for all who look at the same, and not at all when nobody does", async () => {
  await using setup = new Setup();
  const { clock } = setup;
  const lookers = await Promise.all(Array.from({ length: 10 }, () => setup.look()));
  for (const looker of lookers) assertEquals((await looker.read()).value, part(1));
  for (const times of [2, 3]) {
    const next = lookers.map((looker) => looker.read());
    await clock.advance({ milliseconds: 5000 });
    for (const one of next) assertEquals((await one).value, part(times));
  }
  await Promise.all(lookers.map((looker) => looker.cancel()));
  await clock.advance({ milliseconds: 60_000 });
  assertEquals(setup.asked, 3);
});

Deno.test("Live tells at once what an action changed", async () => {
  await using setup = new Setup();
  const looker = await setup.look();
  assertEquals((await looker.read()).value, part(1));
  await setup.clock.advance({ milliseconds: 2000 });
  const next = looker.read();
  setup.live.outdate();
  assertEquals((await next).value, part(2));
  assertEquals(await setup.live.read(setup.question).then(({ data }) => data), 2);
  await looker.cancel();
});
