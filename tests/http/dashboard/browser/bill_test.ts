import { assertEquals, assertMatch } from "@std/assert";
import { browserTest, phone } from "./browser.ts";
import { Site } from "../site.ts";

browserTest(
  "the bill shows what commands were for, and what they cost",
  { redis: true, context: { viewport: phone } },
  async (site) => {
    const { app, page } = site;
    await app.control.record({ history: true });
    app.task("add", (x: number, y: number) => x + y);
    await app.sendMany(Array.from({ length: 20 }, (_, index) => ["add", [index, 1]] as const));
    await site.visit("/bill");
    await site.assertAccessible();
    await site.assertNoSideScroll();
    assertMatch((await page.locator("#tiles").textContent())!, /They cost\$0.*at \$0\.20/);
    assertEquals(await page.locator("nav [aria-current=page]").count(), 1);
  },
);

Deno.test("the bill says so where nothing is billed", async () => {
  await using site = new Site();
  assertMatch(await site.read("/bill"), /This broker bills nothing/);
});
