/**
 * The dashboard: a person sees what an app's tasks do, and puts right what went wrong. Mounted in a Hono app of one's
 * own, or served by `umbel serve`; web standards only, so it runs on the edge too. All of it is in docs/dashboard.md.
 *
 * ```ts
 * import { Umbel } from "@umbel/umbel";
 * import { dashboard } from "@umbel/umbel/dashboard";
 * import { sqlite } from "@umbel/umbel/sqlite";
 * import { assertEquals } from "@std/assert";
 * import { Hono } from "hono";
 *
 * await using app = new Umbel("shop", { broker: sqlite(":memory:") });
 *
 * const server = new Hono();
 * server.route("/dashboard", dashboard(app, { tokens: ["a-long-secret"] })); // Deno.serve(server.fetch)
 *
 * const response = await server.request("/dashboard");
 * assertEquals(response.status, 303);
 * assertEquals(response.headers.get("location"), "/dashboard/login?to=%2Fdashboard");
 * ```
 *
 * @module
 */
import { type Context, Hono, type MiddlewareHandler } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import { basePath } from "hono/route";
import type { Umbel } from "../../app/app.ts";
import { type Duration, milliseconds } from "../../options/duration.ts";
import { InvalidInput } from "../../errors.ts";
import { createLogger, type Logger } from "../../log.ts";
import { checkKeys } from "../../options/keys.ts";
import { readBoolean, show } from "../../options/values.ts";
import { Access, type TrustedHeader } from "../access/access.ts";
import { checkHost, checkSite } from "../access/cross_site.ts";
import { isSecure } from "../access/sessions.ts";
import { checkMedia, readBytes } from "../requests/body.ts";
import { Origins } from "../access/cors.ts";
import { harden } from "../answers/headers.ts";
import type { HttpApp } from "../mod.ts";
import { Refusal } from "../answers/problem.ts";
import { localPath } from "./action.ts";
import { Assets } from "./assets.ts";
import type { Desk } from "./desk.ts";
import type { DeskEnv } from "./env.ts";
import { failed, missing } from "./failures.tsx";
import { takeFlash } from "./flash.ts";
import { Live, usualRefresh } from "./live.ts";
import { sectionNames } from "./navigation.ts";
import { login } from "./pages/login.tsx";
import { sections } from "./sections.ts";
import { type Theme, View } from "./view.tsx";
import { viewerOf } from "./viewer.ts";
import { preferredLocale, readLocale } from "./words/locales.ts";

export type { TrustedHeader } from "../access/access.ts";
export type { HttpApp } from "../mod.ts";

/** Who may look, and what they may do. One of `tokens`, `trustHeader` and `open` must be given. */
export interface DashboardOptions {
  /**
   * Whoever shows one of these may log in, and do there what its scopes say: `read` to look, `send`, `control`, `admin`.
   * Each is a line that `umbel token` printed, of a token or of a user, or a secret itself, whose holder may do all.
   */
  readonly tokens?: readonly string[];
  /**
   * Whoever such a header names is logged in, with these scopes: for a proxy that knows its users (OAuth, SSO) and sets
   * the header itself, whatever a client sent. Nobody else may reach this server.
   *
   * @default {no header is trusted}
   */
  readonly trustHeader?: TrustedHeader;
  /**
   * Anybody may look and act: for a server that only this machine can reach, or behind a guard of your own.
   *
   * @default {false}
   */
  readonly open?: boolean;
  /**
   * Signs sessions: at least 32 characters that nobody guesses. Of several the first one signs, so that they can be
   * replaced in turn. Processes that share it know each other's sessions.
   *
   * @default {none: sessions end with this process}
   */
  readonly secret?: string | readonly string[];
  /**
   * The host names that a request may name, without port; others are refused. Needed for an open dashboard on loopback,
   * which a page could reach by a name of its own.
   *
   * @default {any}
   */
  readonly hosts?: readonly string[];
  /**
   * Whether nothing can be changed: no button is shown, no action is taken.
   *
   * @default {false}
   */
  readonly readOnly?: boolean;
  /**
   * How often the broker is asked for a page that is open. With more than usual nothing that happens hurries it either.
   *
   * @default {"5s"}
   */
  readonly refresh?: Duration;
  /**
   * What 100,000 commands cost that the broker bills, in US dollars.
   *
   * @default {0.2, as Upstash bills pay-as-you-go}
   */
  readonly price?: number;
  /** Ends all live updates when it is aborted, for a server that stops. */
  readonly signal?: AbortSignal;
  /**
   * Hears of every change, by whom (at level `info`), and of what is wrong on this side.
   *
   * @default {a text log}
   */
  readonly log?: Logger;
}

const optionNames: readonly (keyof DashboardOptions)[] = [
  ...(["tokens", "trustHeader", "open", "secret", "hosts", "readOnly", "refresh", "price", "signal", "log"] as const),
];

/**
 * The dashboard of an app, to be mounted with `route()` at a path of its own.
 *
 * @param options Who may look; see {@linkcode DashboardOptions}.
 * @throws {InvalidInput} When nobody is said to be let in, or an option breaks its rule.
 */
export function dashboard(app: Umbel, options: DashboardOptions): HttpApp {
  checkKeys(options, optionNames, "option of dashboard");
  const { tokens, trustHeader, secret, hosts, price = 0.2, signal } = options;
  const { log = createLogger({ name: "dashboard" }) } = options;
  const open = readBoolean(options.open ?? false, "open");
  const readOnly = readBoolean(options.readOnly ?? false, "readOnly");
  const refresh = milliseconds(options.refresh ?? usualRefresh / 1000, "refresh");
  if (refresh < usualRefresh) {
    throw new InvalidInput(
      "refresh",
      `refresh must be at least ${usualRefresh / 1000}s, and it is ${show(options.refresh)}`,
    );
  }
  if (typeof price !== "number" || !(price >= 0) || price === Infinity) {
    throw new InvalidInput("price", `price must be a number from 0, and it is ${show(price)}`);
  }
  const access = new Access({ tokens, trustHeader, secret, open, app: app.name, clock: app.clock });
  const desk: Desk = { app, access, readOnly, price, live: new Live(app, { refresh, signal, log }), log };
  let loading: Promise<Assets> | undefined;

  const pages = new Hono<DeskEnv>();
  pages.onError((error, context) => failed(context, error, log));
  pages.use(async (context, next) => {
    checkHost(context.req.raw, hosts);
    const assets = await (loading ??= Assets.load());
    const base = basePath(context).replace(/\/$/, "");
    const asset = isReading(context) && assets.at(context.req.path.slice(base.length));
    if (asset) return asset;
    context.set("view", await viewOf(context, desk, base, (name) => assets.path(name)));
    await next();
    context.res = harden(context.res, isSecure(context.req.raw));
  });
  pages.use(guard(desk));
  pages.post("/preferences", setPreferences);
  pages.route("/", login(desk));
  for (const name of sectionNames) pages.route(name === "overview" ? "/" : `/${name}`, sections[name](desk));
  pages.all("/*", missing);
  return pages as unknown as HttpApp;
}

async function viewOf(
  context: Context<DeskEnv>,
  { app, access, readOnly }: Desk,
  base: string,
  assetPath: (name: string) => string,
): Promise<View> {
  const { pathname, search } = new URL(context.req.url);
  const locale = readLocale(getCookie(context, "umbel_locale")) ??
    preferredLocale(context.req.header("accept-language"));
  return new View({
    ...{ app, base, readOnly, locale, assetPath, theme: readTheme(getCookie(context, "umbel_theme")) },
    viewer: await viewerOf(context.req.raw, access),
    // Forms within what is streamed lead back to the page, and not to its stream.
    here: (isStream(context) ? pathname.replace(/(\/-)?\/live$/, "") : pathname) + search,
    flash: isReading(context) && !isStream(context) ? takeFlash(context) : undefined,
    now: app.clock.now(),
  });
}

function isReading({ req: { method } }: Context): boolean {
  return method === "GET" || method === "HEAD";
}

function isStream({ req }: Context): boolean {
  return req.header("accept") === "text/event-stream";
}

/** Nobody sees a page before they logged in, and no form of another site does anything. */
function guard({ app, access }: Desk): MiddlewareHandler<DeskEnv> {
  const origins = new Origins(undefined);
  // What is sent as a form is up to three times as long as it is as JSON.
  const longest = 4 * app.config.maxMessageSize;
  return async (context, next) => {
    const view = context.get("view");
    const isPublic = ["/login", "/preferences"].includes(context.req.path.slice(view.base.length));
    if (!isReading(context)) {
      checkSite(context.req.raw, origins);
      checkMedia(context.req.raw.headers, "application/x-www-form-urlencoded");
      const body = await readBytes(context.req.raw, longest);
      context.set("form", new URLSearchParams(new TextDecoder().decode(body)));
    }
    if (isPublic) return await next();
    if (!view.viewer) {
      if (isReading(context) && !isStream(context)) return context.redirect(view.url("/login", { to: view.here }), 303);
      throw new Refusal(401, "unauthorized", view.words.errors.session);
    }
    if (!isReading(context)) await access.checkForm(view.viewer.caller, context.get("form").get("csrf"));
    await next();
  };
}

const themes: readonly Theme[] = ["auto", "light", "dark"];

function readTheme(text: string | null | undefined): Theme {
  return themes.find((theme) => theme === text) ?? "auto";
}

/** Keeps the language and the brightness for a year. */
function setPreferences(context: Context<DeskEnv>): Response {
  const view = context.get("view");
  const form = context.get("form");
  const keep = (name: string, value: string) =>
    setCookie(context, name, value, { httpOnly: true, sameSite: "Lax", path: "/", maxAge: 31_536_000 });
  const locale = readLocale(form.get("locale") ?? undefined);
  if (locale) keep("umbel_locale", locale);
  if (form.has("theme")) keep("umbel_theme", readTheme(form.get("theme")));
  return context.redirect(localPath(view, form.get("to") ?? ""), 303);
}
