import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Umbel } from "@umbel/umbel";
import { Entries } from "@umbel/umbel/beat";
import { browserTest, phone } from "./browser.ts";
import { working } from "./working.ts";

/** What was sent fails until the mailbox is mended. */
let isMended = false;

function setUp(app: Umbel): void {
  isMended = false;
  app.task("send_mail", { queue: "mail", rateLimit: "100/s" }, (to: string) => {
    if (!isMended) throw new TypeError(`no mailbox of the name ${to}`);
    return "sent";
  });
}

const hostile = "<script>document.title='hacked'</script> \u202Egpj.exe";

browserTest("dead letters are redriven in the browser: text stays text, and all is asked about first", {
  ...{ redis: true, setUp },
}, async (site) => {
  const { page, app } = site;
  await using _ = working(app);
  const handles = [await app.sendTask("send_mail", [hostile]), await app.sendTask("send_mail", ["b"])];
  for (const handle of handles) await handle.wait({ timeout: "10m" });
  await site.visit("/dead");
  assertStringIncludes(await page.locator("#letters").innerText(), "<script>document.title");
  assertEquals((await page.title()).includes("hacked"), false);

  isMended = true;
  await page.getByLabel("Select all").check();
  await page.getByRole("button", { name: "Send again", exact: true }).click();
  await page.getByText("Sent again: 2").waitFor();
  for (const handle of handles) assertEquals((await handle.wait({ timeout: "10m" })).state, "SUCCESS");
  await site.visit("/dead");
  await page.getByText("No dead letters").waitFor();

  isMended = false;
  const again = await app.sendTask("send_mail", ["c"]);
  await again.wait({ timeout: "10m" });
  await site.visit("/dead");
  await page.getByRole("button", { name: "Delete all that fit" }).click();
  await page.getByRole("button", { name: "Cancel" }).click();
  assertEquals((await again.record())?.state, "FAILURE");
  await page.getByRole("button", { name: "Delete all that fit" }).click();
  await page.getByRole("button", { name: "Yes, go on" }).click();
  await page.getByText("Deleted: 1").waitFor();
  assertEquals(await again.record(), undefined);
});

browserTest("a queue is paused in the browser, what waits is seen as it comes, and purged by its name", {
  ...{ redis: true, setUp },
}, async (site) => {
  const { page, app } = site;
  await app.sendTask("send_mail", ["a"]);
  await site.visit("/queues");
  const row = page.locator("tr[data-key=mail]");
  await row.getByRole("button", { name: "Pause: mail" }).click();
  await page.getByText("Queue mail is paused").waitFor();
  await row.getByText("Paused").waitFor();
  await app.sendTask("send_mail", ["b"]);
  // By the stream of what is new: nobody reloads.
  await row.locator("td", { hasText: /^2$/ }).waitFor();
  await row.getByRole("link", { name: "mail" }).click();
  await page.getByLabel("Type mail to go on").fill("mail");
  await page.getByRole("button", { name: "Purge" }).click();
  await page.getByText("Queue mail is purged: 2 revoked.").waitFor();
});

browserTest("a schedule is added, run and paused in the browser", { redis: true, setUp }, async (site) => {
  const { page, app } = site;
  await site.visit("/schedules");
  await page.getByRole("link", { name: "Add" }).click();
  await page.getByLabel("Name", { exact: true }).fill("weekly report");
  await page.getByLabel("Task", { exact: true }).fill("send_mail");
  await page.getByLabel("When", { exact: true }).fill("0 7 * * mon");
  await page.getByLabel("Arguments", { exact: true }).fill('["weekly"]');
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("weekly report is saved.").waitFor();
  await page.getByText("At 07:00, only on Monday").waitFor();
  await page.getByRole("button", { name: "Run now: weekly report" }).click();
  await page.getByText("weekly report was sent: ").waitFor();
  assertEquals((await app.waiting()).tasks.map(({ message }) => message.args), [["weekly"]]);
  await page.getByRole("button", { name: "Pause: weekly report" }).click();
  await page.getByText("weekly report is paused.").waitFor();
  assertEquals((await new Entries(app).get("weekly report")).enabled, false);
});

for (
  const [look, context] of [["wide and light", {}], ["on a phone, dark", {
    viewport: phone,
    colorScheme: "dark",
  }]] as const
) {
  browserTest(
    `queues, workers, schedules and dead letters are for everybody, ${look}`,
    { context, setUp },
    async (site) => {
      const { app } = site;
      await new Entries(app).put("weekly report", { task: "send_mail", schedule: "0 7 * * mon" });
      await using _ = working(app);
      await (await app.sendTask("send_mail", [hostile])).wait({ timeout: "10m" });
      const [worker] = await app.broker.inspector.workers();
      const tabs = ["pool", "queues", "tasks", "limits", "conf", "system"].map((tab) =>
        `/workers/of/${encodeURIComponent(worker!.name)}?tab=${tab}`
      );
      const paths = ["/queues", "/queues/of/mail", "/workers", ...tabs, "/schedules", "/schedules/add"];
      for (
        const path of [...paths, "/schedules/of/weekly%20report", "/dead", "/statistics", "/statistics/of/send_mail"]
      ) {
        await site.visit(path);
        await site.assertAccessible();
        await site.assertNoSideScroll();
      }
    },
  );
}
