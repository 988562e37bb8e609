/**
 * A real Chromium, for tests: whatever its console complains about fails the test.
 */
import { AssertionError } from "@std/assert";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";

// Else Playwright looks for a file below /proc, which takes all permissions there are, to learn whether this is WSL.
Deno.env.set("__IS_WSL_TEST__", "1");
const { chromium } = await import("playwright-core");

const executablePath = Deno.env.get("CHROMIUM") ?? "/usr/bin/chromium";
const there = await Deno.stat(executablePath).then(() => true, () => false);
const inCi = Deno.env.get("CI") === "true";
if (!there) {
  console.warn(
    inCi
      ? "chromium is missing: the tests in a browser fail"
      : "\n*** chromium is missing: THE TESTS IN A BROWSER ARE SKIPPED (apt install chromium) ***\n",
  );
}

/** How long anything in a browser may take (ms): that nothing hangs for ever. */
export const patience = 120_000;

/** Starts it. */
export async function launchChromium(): Promise<Browser> {
  return await chromium.launch({
    executablePath,
    timeout: patience,
    args: [
      ...["--no-sandbox", "--disable-gpu", "--disable-gpu-watchdog", "--disable-quic", "--no-first-run"],
      ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
    ],
  });
}

/** A test that needs Chromium: skipped where there is none, or told to be, but failed in CI. */
export function chromiumTest(
  name: string,
  fn: () => Promise<void>,
  { ignore = false }: { readonly ignore?: boolean } = {},
): void {
  Deno.test({ name, ignore: (ignore || !there) && !inCi, fn });
}

/** A page of a browser that is closed in the end. */
export class BrowserPage implements AsyncDisposable {
  /** The page. */
  readonly page: Page;
  /** What it complained about. */
  readonly complaints: string[] = [];
  readonly #browser: Browser;

  private constructor(browser: Browser, page: Page) {
    this.#browser = browser;
    this.page = page;
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) this.complaints.push(`${message.type()}: ${message.text()}`);
    });
    page.on("pageerror", (error) => void this.complaints.push(`thrown: ${error.message}`));
  }

  /** Opens one. */
  static async open(context?: BrowserContextOptions): Promise<BrowserPage> {
    const browser = await launchChromium();
    const opened = await browser.newContext(context);
    opened.setDefaultTimeout(patience);
    return new BrowserPage(browser, await opened.newPage());
  }

  /** Nothing was complained about. */
  assertQuiet(): void {
    if (this.complaints.length > 0) throw new AssertionError(`The browser complained:\n${this.complaints.join("\n")}`);
  }

  /** Closes the browser. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
  }
}
