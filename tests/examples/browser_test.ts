import { assert, assertEquals } from "@std/assert";
import { BrowserPage, chromiumTest } from "../browser.ts";
import { startDeno } from "./program.ts";

chromiumTest("examples/browser shows live how far a task is, and stops it, without a secret of its own", async () => {
  await using program = startDeno(["run", "-A", "examples/browser/main.ts"], { env: { PORT: "0" } });
  const [url] = await program.says(/http:\/\/127\.0\.0\.1:\d+\//);
  await using browser = await BrowserPage.open();
  const { page } = browser;
  const tokens = new Set<string>();
  page.on("request", (request) => {
    const { authorization } = request.headers();
    if (authorization) tokens.add(authorization);
  });
  await page.goto(url);
  assertEquals(await page.title(), "Albums");
  // It takes 2 s: what the bar shows meanwhile is kept, and a second album is stopped, as soon as they are there.
  await page.evaluate(`(() => {
    globalThis.shown = [];
    new MutationObserver((changes) => {
      for (const { oldValue } of changes) shown.push(Number(oldValue));
    }).observe(document.body, { subtree: true, attributeFilter: ["value"], attributeOldValue: true });
    new MutationObserver((_, observer) => {
      const album = [...document.querySelectorAll(".album")].find((one) => one.textContent.includes("Winter"));
      if (!album) return;
      observer.disconnect();
      album.querySelector("button").click();
    }).observe(document.body, { subtree: true, childList: true });
  })()`);
  await page.fill("input", "<b>Summer</b>");
  await page.click("form button");
  const done = page.locator(".album", { hasText: "<b>Summer</b>" });
  await done.locator("[role=status]", { hasText: "SUCCESS" }).waitFor();
  await done.locator("pre", { hasText: "20 pictures" }).waitFor();
  // In between it stood somewhere between nothing and all.
  assert(await page.evaluate("shown.some((value) => value > 0 && value < 20)"));
  assertEquals((await done.locator("pre").textContent())!.split("\n").slice(0, 2), [
    "4 of 20 are done",
    "8 of 20 are done",
  ]);
  await page.fill("input", "Winter");
  await page.click("form button");
  const stopped = page.locator(".album", { hasText: "Winter" });
  await stopped.locator("[role=status]", { hasText: "REVOKED" }).waitFor();
  browser.assertQuiet();

  assertEquals(tokens.size, 2);
  assert([...tokens].every((token) => token.startsWith("Bearer umt_")), [...tokens].join(", "));
  // What opens one task opens no other, and nothing else.
  for (const path of ["api/tasks", "api/tasks/other"]) {
    const response = await fetch(url + path, { headers: { authorization: [...tokens][0]! } });
    await response.body?.cancel();
    assert([401, 403].includes(response.status), `${path}: ${response.status}`);
  }
  program.kill("SIGTERM");
  assertEquals(await program.ended, 0, program.output);
});
