import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Umbel } from "@umbel/umbel";
import { z } from "zod";
import { browserTest, phone, type Site } from "./browser.ts";
import { working } from "./working.ts";

/** What the tests let go on, by the names of tasks. */
const gates = new Map<string, PromiseWithResolvers<void>>();

function gate(name: string): PromiseWithResolvers<void> {
  const found = gates.get(name) ?? Promise.withResolvers<void>();
  gates.set(name, found);
  return found;
}

/** Tasks that do what a person wants to see. */
function setUp(app: Umbel): void {
  const copies = z.int().min(1).max(9).default(1);
  const order = z.object({ subject: z.string().min(1), copies, tags: z.array(z.string()) });
  const noSpam = order.refine(({ subject }) => subject !== "spam", { path: ["subject"], message: "No spam" });
  app.task(
    "send_mail",
    { schema: z.tuple([z.email().describe("To whom"), noSpam]), bind: true },
    async (self, to, _mail) => {
      self.log("connecting");
      self.progress(1, 4, "one of four");
      await gate("send_mail").promise;
      self.log.warning("slow today");
      return { sent: [to] };
    },
  );
  let tries = 0;
  app.task("flaky", () => {
    if (tries++ === 0) throw new TypeError("The card was declined");
    return "paid";
  });
  app.task("endless", { bind: true }, async (self) => {
    await new Promise((resolve) => self.signal.addEventListener("abort", resolve, { once: true }));
  });
  app.task("leaf", () => 1);
  app.task("root", { bind: true }, async (self) => {
    await app.sendMany([["leaf", [], { parent: self }], ["leaf", [], { parent: self }]]);
  });
}

const live = { redis: true, setUp };

browserTest("a task is sent by a form, and followed until it has ended", live, async (site) => {
  const { page, app } = site;
  await site.visit("/send");
  await page.getByLabel("Name").fill("send_mail");
  await page.getByRole("button", { name: "Next" }).click();
  await site.assertAccessible();
  await page.getByLabel("Argument 1").fill("ada@example.org");
  await page.getByLabel("subject").fill("spam");
  await page.getByRole("button", { name: "Add an item" }).click();
  await page.getByLabel("Item 1", { exact: true }).fill("new");
  await page.keyboard.press("Control+Home");
  await page.getByRole("button", { name: "Send", exact: true }).last().click();
  await page.getByText("No spam").waitFor();
  // A form that is shown again has a status that the console notes.
  assertEquals(site.complaints.splice(0).map((one) => /422/.test(one)), [true]);
  assertEquals(await page.getByLabel("subject").getAttribute("aria-invalid"), "true");
  await site.assertAccessible();
  await page.getByLabel("subject").fill("Hello");
  await page.getByRole("button", { name: "Preview" }).click();
  await page.getByText("What would be sent").waitFor();
  await site.assertAccessible();
  await page.getByRole("button", { name: "Send", exact: true }).last().click();
  await page.waitForURL(/\/tasks\//);
  await page.getByText("Queued").first().waitFor();
  const opened = page.url();

  await using _ = working(app);
  await page.getByText("one of four").waitFor();
  await page.getByText("25%").waitFor();
  await page.locator("#log").getByText("connecting").waitFor();
  await page.locator("#task-head").getByText("Started").or(page.locator("#task-head").getByText("In progress"))
    .waitFor();
  await site.assertAccessible();
  gate("send_mail").resolve();
  await page.locator("#task-head").getByText("Success").waitFor();
  await page.locator("#result").getByText('"ada@example.org"').waitFor();
  await page.locator("#log").getByText("slow today").waitFor();
  assertEquals(page.url(), opened);
  await page.locator("[data-live-switch]").waitFor({ state: "hidden" });
  await site.assertAccessible();
});

browserTest("a task that failed says why, and is retried", live, async (site) => {
  const { page, app } = site;
  const { id } = await app.sendTask("flaky", [{ amount: 12 }]);
  await site.visit(`/tasks/${id}`);
  await using _ = working(app);
  await page.locator("#error").getByText("The card was declined").first().waitFor();
  await site.assertAccessible();
  await page.getByRole("button", { name: "Retry" }).click();
  await page.getByText("was sent again").waitFor();
  await page.locator("#task-head").getByText("Success").waitFor();
  await page.locator("#result").getByText('"paid"').waitFor();
});

browserTest("a task that runs is revoked, after a question", live, async (site) => {
  const { page, app } = site;
  await using _ = working(app);
  const { id } = await app.sendTask("endless");
  await site.visit(`/tasks/${id}`);
  await page.locator("#task-head").getByText("Started").waitFor();
  await page.getByRole("button", { name: "Revoke" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("button", { name: "Revoke" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Yes" }).click();
  await page.getByRole("status").getByText("is revoked").waitFor();
  assertEquals(await app.result(id).state(), "REVOKED");
});

browserTest("a task leads to those that it sent, and back", live, async (site) => {
  const { page, app } = site;
  await using _ = working(app);
  const { id } = await app.sendTask("root");
  await app.result(id).get({ timeout: "10m" });
  await site.visit(`/tasks/${id}`);
  await page.locator("#tree").getByRole("link", { name: "leaf" }).first().click();
  await page.locator("h1").getByText("leaf").waitFor();
  await page.locator("#tree").getByRole("link", { name: "root" }).click();
  await page.locator("h1").getByText("root").waitFor();
});

browserTest("tasks are chosen and revoked together", live, async (site) => {
  const { page, app } = site;
  await app.sendMany([["leaf"], ["leaf"], ["leaf"]]);
  await site.visit("/tasks");
  const revoke = page.getByRole("button", { name: "Revoke" });
  assert(await revoke.isDisabled());
  await page.getByLabel("Choose all on this page").check();
  await page.getByLabel(/^Choose leaf/).first().uncheck();
  await revoke.click();
  await page.getByRole("heading", { name: "Revoke 2 tasks?" }).waitFor();
  await site.assertAccessible();
  await page.getByRole("button", { name: "Yes, revoke" }).click();
  await page.getByText("2 revoked.").waitFor();
  await page.waitForLoadState();
  assertEquals(await page.getByRole("cell").getByText("Revoked").count(), 2);
});

browserTest("a list that is read stays as it is, and says what is new", live, async (site) => {
  const { page, app } = site;
  const first = await app.sendTask("leaf");
  await site.visit("/tasks?task=leaf");
  assertEquals(await page.getByRole("row").count(), 2);
  await app.sendMany([["leaf"], ["leaf"]]);
  await using _ = working(app);
  const news = page.getByRole("link", { name: "2 new tasks" });
  await news.waitFor();
  await page.locator(`[id="task-${first.id}"]`).getByText("Success").waitFor();
  assertEquals(await page.getByRole("row").count(), 2);
  await site.assertAccessible();
  await news.click();
  await page.getByRole("row").nth(3).waitFor();
  assertEquals(new URL(page.url()).search, "?task=leaf");
});

const evil =
  `</script><script>globalThis.owned = 1</script><img src=x onerror="globalThis.owned=1">\u202egnp.exe\u2066`;

browserTest("whatever a task holds stays text", { redis: true }, async (site) => {
  const { page, app } = site;
  const name = `<b>${evil.replaceAll("\u2066", "")}`.slice(0, 150);
  app.task(name, { bind: true }, (self) => {
    self.log(evil);
    self.progress(1, 2, evil);
    const error = new Error(evil, { cause: new Error(evil) });
    error.name = evil;
    throw error;
  });
  const { id } = await app.sendTask(name, [evil, { [evil]: [evil] }], { headers: { [evil]: evil } });
  await using _ = working(app);
  await app.result(id).wait({ timeout: "10m" });
  for (
    const path of [
      `/tasks/${id}`,
      "/tasks",
      `/send?from=${id}`,
      `/tasks?text=${encodeURIComponent(evil)}`,
      `/tasks/${encodeURIComponent(evil)}`,
    ]
  ) {
    await site.visit(path);
    assertEquals(await page.evaluate("globalThis.owned"), undefined, path);
    assertEquals(await page.locator("img, main script, main b").count(), 0, path);
    const shown = await page.locator("main").innerText();
    assertEquals(/[\u202e\u2066]/.test(shown), false, path);
  }
  // The page of an id that nobody knows has a status that the console notes.
  assertEquals(site.complaints.splice(0).map((one) => /404/.test(one)), [true]);
});

browserTest("a call is copied as code", {
  ...live,
  context: { permissions: ["clipboard-read", "clipboard-write"] },
}, async (site) => {
  const { page, app } = site;
  const { id } = await app.sendTask("leaf", ["it's"], { queue: "mail" });
  await site.visit(`/tasks/${id}`);
  const copied = async (name: string) => {
    await page.getByText(name, { exact: true }).click();
    await page.getByRole("button", { name: `Copy: ${name}` }).click();
    return await page.evaluate("navigator.clipboard.readText()") as string;
  };
  assertEquals(await copied("TypeScript"), `await app.sendTask("leaf", ["it's"], { queue: "mail" });`);
  assertStringIncludes(await copied("curl"), `--data-raw '{"args":["it'\\''s"],"queue":"mail"}'`);
});

browserTest(
  "tasks are read, searched and sent without scripts",
  { setUp, context: { javaScriptEnabled: false } },
  async (site) => {
    const { page, app } = site;
    const { id } = await app.sendTask("leaf", [{ deep: { list: [1] } }]);
    await site.visit("/tasks");
    await page.getByLabel("Text").fill("deep");
    await page.getByRole("button", { name: "Search" }).click();
    await page.getByRole("link", { name: "leaf" }).click();
    assertStringIncludes(page.url(), id);
    await page.locator("#args summary").first().click();
    assertEquals(await page.locator("#args").getByText("deep").isVisible(), false);
    await site.visit("/send?task=send_mail");
    await page.getByLabel("Argument 1").fill("ada@example.org");
    await page.getByLabel("subject").fill("Hello");
    await page.getByRole("button", { name: "Add an item" }).click();
    await page.getByRole("button", { name: "Remove Item 1" }).click();
    await page.getByLabel("copies").press("Enter");
    await page.waitForURL(/\/tasks\//);
  },
);

/** One page after the other, with nothing folded, as it looks with tasks of all kinds behind it. */
async function lookAround(site: Site): Promise<void> {
  const { app, page } = site;
  await using _ = working(app);
  const flaky = await app.sendTask("flaky", [{ a: ["<b>", "\u202e", "x".repeat(2000)] }]);
  const later = await app.sendTask("leaf", [], { countdown: 3600 });
  const root = await app.sendTask("root", [], { queue: "default" });
  await Promise.all([flaky, root].map(({ id }) => app.result(id).wait({ timeout: "10m" })));
  const paths = [
    "/tasks",
    "/tasks?state=FAILURE&from=1h",
    "/tasks?task=nobody",
    "/send",
    "/send?task=send_mail",
    "/send?task=leaf",
  ];
  for (const path of [...paths, ...[flaky, later, root].map(({ id }) => `/tasks/${id}`)]) {
    await site.visit(path);
    await page.evaluate(`for (const folded of document.querySelectorAll("main details")) folded.open = true`);
    await site.assertAccessible();
    await site.assertNoSideScroll();
  }
}

browserTest("the pages of tasks are accessible on a phone in the dark, in Chinese", {
  setUp,
  context: { viewport: phone, colorScheme: "dark", locale: "zh-CN" },
}, lookAround);

browserTest("the pages of tasks are accessible on a desk", { setUp }, lookAround);
