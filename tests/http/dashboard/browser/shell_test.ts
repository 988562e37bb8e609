import { assertEquals } from "@std/assert";
import { browserTest, phone } from "./browser.ts";

browserTest(
  "the dashboard asks for a token once, and forgets it when one logs out",
  { loggedOut: true },
  async (site) => {
    const { page } = site;
    await site.visit("/");
    assertEquals(new URL(page.url()).pathname, "/dashboard/login");
    await site.assertAccessible();
    await page.fill("[name=token]", "something else");
    await page.keyboard.press("Enter");
    await page.getByRole("alert").waitFor();
    // The refused login is told by its status, which the console notes.
    assertEquals(site.complaints.splice(0).map((one) => /401/.test(one)), [true]);
    await site.logIn();
    assertEquals(new URL(page.url()).pathname, "/dashboard");
    await page.getByRole("button", { name: "Log out" }).click();
    await page.waitForURL(/login/);
    await site.visit("/");
    assertEquals(new URL(page.url()).pathname, "/dashboard/login");
  },
);

browserTest("the dashboard speaks two languages and is light or dark, as its switches say", {}, async (site) => {
  const { page } = site;
  assertEquals(await page.locator("html").getAttribute("lang"), "en");
  const ground = () => page.evaluate("getComputedStyle(document.documentElement).backgroundColor") as Promise<string>;
  const light = await ground();
  await page.getByRole("button", { name: "Dark" }).click();
  await page.locator("html[data-theme=dark]").waitFor();
  assertEquals(await ground() === light, false);
  await site.assertAccessible();
  await page.getByRole("button", { name: "中文" }).click();
  await page.locator("html[lang=zh-CN]").waitFor();
  assertEquals(await page.locator("h1").textContent(), "概览");
  await site.assertAccessible();
});

browserTest("the dashboard's menu opens on a phone", { context: { viewport: phone } }, async (site) => {
  const { page } = site;
  await site.assertNoSideScroll();
  const link = page.getByRole("link", { name: "Overview" });
  assertEquals(await link.isVisible(), false);
  await page.getByRole("button", { name: "Menu" }).click();
  await link.waitFor();
  await site.assertAccessible();
  await page.keyboard.press("Escape");
  await link.waitFor({ state: "hidden" });
});

browserTest(
  "the dashboard can be read and used without scripts",
  { context: { javaScriptEnabled: false } },
  async (site) => {
    const { page, app } = site;
    await site.visit("/");
    assertEquals(await page.getByRole("button", { name: /^Live|^Paused|Reconnecting/ }).count(), 0);
    await page.getByRole("button", { name: "Keep a history" }).click();
    await page.getByRole("status").getByText("From now on a history is kept").waitFor();
    assertEquals((await app.broker.journal.recording()).history, true);
    await page.getByRole("img", { name: "How many tasks were done" }).waitFor();
    await page.getByRole("button", { name: "Dark" }).click();
    await page.locator("html[data-theme=dark]").waitFor();
  },
);

browserTest(
  "the dashboard is walked through by the keyboard, and its content comes first if wanted",
  {},
  async (site) => {
    const { page } = site;
    await site.visit("/");
    await page.keyboard.press("Tab");
    await page.getByRole("link", { name: "Skip to the content" }).and(page.locator(":focus")).waitFor();
    await page.keyboard.press("Enter");
    await page.locator("main:focus").waitFor();
    await page.keyboard.press("Tab");
    await page.locator("main :focus").getByText("Last hour").or(page.locator("main a:focus")).first().waitFor();
  },
);

browserTest("pages of the dashboard stay where they are while they load", {}, async (site) => {
  for (const path of ["/", "/tasks", "/queues", "/workers", "/schedules", "/dead", "/send", "/bill"]) {
    await site.visit(path);
    const shift = await site.page.evaluate(`new Promise((resolve) => {
      let sum = 0;
      new PerformanceObserver((list) => { for (const entry of list.getEntries()) sum += entry.value; })
        .observe({ type: "layout-shift", buffered: true });
      requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => resolve(sum))));
    })`) as number;
    // What Google counts as good is 0.1.
    assertEquals([path, shift < 0.02], [path, true], `shifted by ${shift}`);
  }
});

for (
  const [where, context] of [["a phone in the dark", { viewport: phone, colorScheme: "dark" }], ["a desk", {}]] as const
) {
  browserTest(`each section of the dashboard is accessible and fits ${where}, in both languages`, {
    context,
    setUp: (app) => void app.task("add", (x: number, y: number) => x + y),
  }, async (site) => {
    for (const locale of ["en", "zh-CN"]) {
      await site.visit("/login");
      await site.page.context().addCookies([{ name: "umbel_locale", value: locale, url: site.url }]);
      for (
        const section of [
          "",
          "/tasks",
          "/send",
          "/queues",
          "/workers",
          "/schedules",
          "/dead",
          "/statistics",
          "/bill",
          "/nothing",
        ]
      ) {
        await site.visit(section);
        assertEquals(await site.page.locator("html").getAttribute("lang"), locale);
        await site.assertAccessible();
        await site.assertNoSideScroll();
      }
    }
    // The page of nothing says so by its status, which the console notes.
    assertEquals(site.complaints.splice(0).map((one) => /404/.test(one)), [true, true]);
  });
}
