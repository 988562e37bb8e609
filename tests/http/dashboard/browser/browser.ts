/**
 * A real Chromium in front of a dashboard, for tests: whatever the console complains about, and whatever the policy of
 * content refuses, fails the test.
 */
import axe from "axe-core";
import { Hono } from "hono";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { AssertionError } from "@std/assert";
import { createLogger, Umbel, upstash } from "@umbel/umbel";
import { dashboard, type DashboardOptions } from "@umbel/umbel/dashboard";
import { sqlite } from "@umbel/umbel/sqlite";
import { chromiumTest, launchChromium, patience } from "../../../browser.ts";
import { hasRedis, startRest } from "../../../redis.ts";

/** What a site is made of. */
export interface SiteOptions {
  /** The app: the site closes it. One on SQLite in memory unless given. */
  readonly app?: Umbel;
  /** Whether the app, where none is given, has a Redis of its own behind it. */
  readonly redis?: boolean;
  /** Declares the tasks of the app. */
  readonly setUp?: (app: Umbel) => void;
  /** Options of the dashboard, beside the token of the tests. */
  readonly dashboard?: Partial<DashboardOptions>;
  /** The browser's language, scheme, size and so on: English, light, 1440 by 900 unless said otherwise. */
  readonly context?: BrowserContextOptions;
  /** Whether to begin at the login page. */
  readonly loggedOut?: boolean;
}

/** The token that logs in. */
export const token = "a-secret-of-the-tests";

/** How wide and high a phone is. */
export const phone = { width: 390, height: 844 };

/** A test that needs Chromium: skipped where there is none, but failed in CI. */
export function browserTest(name: string, options: SiteOptions, test: (site: Site) => Promise<void>): void {
  chromiumTest(name, async () => {
    const site = await Site.open(options);
    try {
      await test(site);
      site.assertQuiet();
    } finally {
      await site[Symbol.asyncDispose]();
    }
  }, { ignore: options.redis === true && !hasRedis });
}

/** A server with a dashboard, and a page of a browser that looks at it. */
export class Site implements AsyncDisposable {
  /** The app behind it. */
  readonly app: Umbel;
  /** The page. */
  readonly page: Page;
  /** Where the dashboard is. */
  readonly url: string;
  /** What the page complained about. */
  readonly complaints: string[] = [];
  readonly #browser: Browser;
  readonly #server: Deno.HttpServer;
  readonly #stopping: AbortController;
  readonly #rest: AsyncDisposable | undefined;

  private constructor(parts: {
    readonly app: Umbel;
    readonly page: Page;
    readonly url: string;
    readonly browser: Browser;
    readonly server: Deno.HttpServer;
    readonly stopping: AbortController;
    readonly rest: AsyncDisposable | undefined;
  }) {
    this.app = parts.app;
    this.page = parts.page;
    this.url = parts.url;
    this.#browser = parts.browser;
    this.#server = parts.server;
    this.#stopping = parts.stopping;
    this.#rest = parts.rest;
    this.page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) this.complaints.push(`${message.type()}: ${message.text()}`);
    });
    this.page.on("pageerror", (error) => void this.complaints.push(`thrown: ${error.message}`));
  }

  /** Opens it, and logs in. */
  static async open({ redis = false, setUp, context, loggedOut = false, ...given }: SiteOptions = {}): Promise<Site> {
    const { dashboard: options } = given;
    const rest = redis ? await startRest() : undefined;
    const app = given.app ??
      new Umbel("shop", { broker: rest ? upstash({ url: rest.url, token: rest.token }) : sqlite(":memory:"), env: {} });
    setUp?.(app);
    const stopping = new AbortController();
    const access = options?.open ? {} : { tokens: [token] };
    const pages = dashboard(app, { ...access, log: createLogger({ write() {} }), signal: stopping.signal, ...options });
    const web = new Hono().route("/dashboard", pages);
    const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, web.fetch);
    const browser = await launchChromium();
    const opened = await browser.newContext({
      ...{ viewport: { width: 1440, height: 900 }, locale: "en-GB", timezoneId: "UTC", colorScheme: "light" },
      ...context,
    });
    opened.setDefaultTimeout(patience);
    const url = `http://127.0.0.1:${(server.addr as Deno.NetAddr).port}/dashboard`;
    const site = new Site({ app, page: await opened.newPage(), url, browser, server, stopping, rest });
    if (!loggedOut && !options?.open) await site.logIn();
    return site;
  }

  /** Logs in. */
  async logIn(secret: string = token): Promise<void> {
    await this.page.goto(`${this.url}/login`);
    await this.page.fill("[name=token]", secret);
    await this.page.click(".login button.primary");
    await this.page.waitForURL((url) => !url.pathname.endsWith("/login"));
  }

  /** Goes to a page: a path below the dashboard's. */
  async visit(path: string): Promise<void> {
    await this.page.goto(this.url + (path === "/" ? "" : path));
  }

  /** Looks for what people with impairments would stumble over. */
  async assertAccessible(): Promise<void> {
    await this.page.waitForLoadState();
    // Evaluated past the policy of content, which would refuse it as a script of the page.
    await this.page.evaluate(axe.source);
    const found = await this.page.evaluate(async () => {
      const { axe } = globalThis as unknown as { axe: { run(): Promise<AxeResults> } };
      const { violations } = await axe.run();
      return violations.map(({ id, impact, help, nodes }) =>
        `${impact} ${id}: ${help}\n` +
        nodes.map(({ html, failureSummary }) => `  ${html}\n  ${failureSummary}`).join("\n")
      );
    });
    if (found.length > 0) throw new AssertionError(`${this.page.url()} is not accessible:\n${found.join("\n")}`);
  }

  /** Nothing is wider than the window. */
  async assertNoSideScroll(): Promise<void> {
    await this.page.waitForLoadState();
    const wide = await this.page.evaluate(() => {
      const { document } = globalThis as unknown as { document: { documentElement: Record<string, number> } };
      const { scrollWidth, clientWidth } = document.documentElement;
      return scrollWidth! > clientWidth! ? `${scrollWidth} > ${clientWidth}` : undefined;
    });
    if (wide) throw new AssertionError(`${this.page.url()} is wider than its window: ${wide}`);
  }

  /** Nothing was complained about. */
  assertQuiet(): void {
    if (this.complaints.length > 0) throw new AssertionError(`The browser complained:\n${this.complaints.join("\n")}`);
  }

  /** Closes the browser, the server and the app. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
    this.#stopping.abort();
    await this.#server.shutdown();
    await this.app[Symbol.asyncDispose]();
    await this.#rest?.[Symbol.asyncDispose]();
  }
}

/** What axe tells, as far as it is looked at. */
interface AxeResults {
  readonly violations: readonly {
    readonly id: string;
    readonly impact: string;
    readonly help: string;
    readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
  }[];
}
