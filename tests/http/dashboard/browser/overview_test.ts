import { assertEquals } from "@std/assert";
import { createLogger, Umbel, Worker } from "@umbel/umbel";
import { sqlite } from "@umbel/umbel/sqlite";
import { browserTest, phone } from "./browser.ts";

/** Text that must stay text: marks of HTML, and one that turns the direction of writing. */
const hostile = `<script>document.title = "taken"</script>"'><img src=x onerror=alert(1)>\u202Etxet`;

function shop(config: { readonly history?: boolean; readonly events?: "all" } = {}): Umbel {
  const app = new Umbel("shop", { broker: sqlite(":memory:"), env: {}, config });
  app.task("add", (x: number, y: number) => x + y);
  app.task("fail", { maxRetries: 0 }, (text: string) => {
    throw new TypeError(text);
  });
  return app;
}

async function drain(app: Umbel): Promise<void> {
  await new Worker(app, { log: createLogger({ write() {} }) }).drain({ seconds: 60 });
}

{
  const app = shop({ history: true, events: "all" });
  browserTest("the overview shows what a worker did without being loaded again", { app }, async (site) => {
    const { page } = site;
    const tile = (name: string) =>
      page.locator(".tile", { has: page.getByText(name, { exact: true }) }).locator(".tile-value");
    await site.visit("/");
    await page.locator("button[data-state=on]").waitFor();
    assertEquals(await tile("Done").textContent(), "0");
    await page.evaluate("globalThis.isSame = true");
    await app.sendTask("add", [1, 2]);
    await app.sendTask("add", [3, 4]);
    await app.sendTask("fail", ["no good"]);
    await drain(app);
    await tile("Done").getByText("2").waitFor();
    await tile("Failed").getByText("1", { exact: true }).waitFor();
    await page.locator("#failed").getByText("TypeError: no good").waitFor();
    assertEquals(await page.evaluate("globalThis.isSame"), true);
    await site.assertAccessible();

    // The chart tells the same figures in its table.
    await page.locator("#throughput summary").click();
    // In whatever minutes they lie: all are read at once, for they go on.
    const figures = await page.evaluate(`(() => {
      const rows = [...document.querySelectorAll("#throughput tbody tr")];
      const sum = (column) => rows.reduce((all, { cells }) => all + Number(cells[column].textContent), 0);
      return [sum(1), sum(2)];
    })()`);
    assertEquals(figures, [2, 1]);

    await page.getByRole("button", { name: "Live" }).click();
    await page.locator("button[data-state=off]").waitFor();

    // What is seen in the chart is one click away.
    const box = (await page.locator("#throughput svg").boundingBox())!;
    await page.mouse.click(box.x + box.width - 2, box.y + box.height / 2);
    await page.waitForURL((url) => url.pathname === "/dashboard/tasks" && url.searchParams.has("from"));
  });
}

{
  const app = shop();
  browserTest("the overview offers to keep a history where none is kept", { app }, async (site) => {
    const { page } = site;
    await site.visit("/");
    await page.getByText("No history is kept", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Keep a history" }).click();
    await page.getByRole("status").getByText("From now on a history is kept").waitFor();
    await page.locator("#throughput svg").waitFor();
    assertEquals((await app.broker.journal.recording()).history, true);
  });
}

browserTest(
  "a dashboard that is read-only offers nothing to be done",
  { app: shop(), dashboard: { readOnly: true } },
  async (site) => {
    await site.visit("/");
    assertEquals(await site.page.getByRole("button", { name: "Keep a history" }).count(), 0);
    const status = await site.page.evaluate(
      `fetch("/dashboard/record", { method: "POST", body: new URLSearchParams() }).then(({ status }) => status)`,
    );
    assertEquals(status, 403);
    assertEquals(site.complaints.splice(0).length, 1);
  },
);

{
  const app = shop({ history: true });
  browserTest(
    "what tasks throw stays text on the overview, on a phone and in the dark, too",
    { app, context: { viewport: phone, colorScheme: "dark", locale: "zh-CN" } },
    async (site) => {
      const { page } = site;
      await app.sendTask("fail", [hostile]);
      await drain(app);
      for (const period of ["hour", "day", "month"]) {
        await site.visit(`/?period=${period}`);
        const shown = await page.locator("#failed td.long").textContent();
        assertEquals(shown, `TypeError: ${hostile}`);
        assertEquals(await page.title(), "概览 · shop · Umbel");
        await site.assertAccessible();
        await site.assertNoSideScroll();
      }
    },
  );
}
