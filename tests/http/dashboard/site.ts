/** A dashboard of its own for one test, asked as a browser asks. */
import { assert, assertEquals } from "@std/assert";
import { type BrokerSource, createLogger, Umbel, Worker } from "@umbel/umbel";
import { dashboard } from "../../../src/http/dashboard/mod.ts";
import { sqlite } from "@umbel/umbel/sqlite";
import { Hono } from "hono";

/** Says nothing. */
export const quiet = createLogger({ write() {} });

/** What a site is made of. */
export interface SiteOptions {
  /** The app: the site closes it. */
  readonly app?: Umbel;
  /** The broker of its app, where none is given. */
  readonly broker?: BrokerSource;
  /** Whether nothing can be changed. */
  readonly readOnly?: boolean;
  /** Who may log in; without them anybody may look and act. */
  readonly tokens?: readonly string[];
}

/** A dashboard at /dashboard. */
export class Site implements AsyncDisposable {
  readonly app: Umbel;
  readonly #server = new Hono();
  #cookie = "";

  constructor({ broker = sqlite(":memory:"), app, ...options }: SiteOptions = {}) {
    this.app = app ?? new Umbel("shop", { broker, env: {} });
    this.#server.route(
      "/dashboard",
      dashboard(this.app, { ...(options.tokens ? {} : { open: true }), log: quiet, ...options }),
    );
  }

  /** Logs in by a token. */
  async logIn(token: string): Promise<void> {
    const body = new URLSearchParams({ token });
    const response = await this.#server.request("/dashboard/login", { method: "POST", body });
    this.#cookie = (response.headers.get("set-cookie") ?? "").replace(/;.*/s, "");
  }

  /** Runs what waits. */
  async work(): Promise<void> {
    await new Worker(this.app, { log: quiet }).drain({ seconds: 60 });
  }

  /** A page. */
  async get(
    path: string,
    headers: Record<string, string> = {},
  ): Promise<{ readonly status: number; readonly html: string }> {
    const response = await this.#server.request(`/dashboard${path}`, { headers: { cookie: this.#cookie, ...headers } });
    return { status: response.status, html: await response.text() };
  }

  /** The text of a page. */
  async read(path: string, status = 200): Promise<string> {
    const answer = await this.get(path);
    assertEquals(answer.status, status, answer.html);
    return textOf(answer.html);
  }

  /** Sends a form that stands on a page. @returns The text of what is shown then. */
  async submit(page: string, path: string, fields: Fields = {}): Promise<string> {
    const given = Object.entries({ to: `/dashboard${page}`, ...fields });
    const pairs = given.flatMap(([name, values]) => [values].flat().map((value) => [name, value] as const));
    const { status, html, location, flash } = await this.post(path, pairs);
    if (status !== 303) return textOf(html);
    const shown = await this.get(location!.replace("/dashboard", ""), {
      cookie: `umbel_flash=${encodeURIComponent(flash ?? "")}`,
    });
    return textOf(shown.html);
  }

  /** Sends a form, with what proves that it comes from a page of the dashboard. */
  async post(path: string, fields: Iterable<readonly [string, string]>): Promise<Answer> {
    const { html } = await this.get("/send?task=send_mail");
    const csrf = /name="csrf" value="([^"]+)"/.exec(html)?.[1] ?? "";
    const body = new URLSearchParams([["csrf", csrf], ...fields].map(([name, value]) => [name!, value!]));
    const response = await this.#server.request(`/dashboard${path}`, {
      method: "POST",
      body,
      headers: { cookie: this.#cookie },
    });
    const flash = /umbel_flash=([^;]+)/.exec(response.headers.get("set-cookie") ?? "")?.[1];
    return {
      status: response.status,
      html: await response.text(),
      location: response.headers.get("location"),
      flash: flash && decodeURIComponent(flash),
    };
  }

  /** The stream of what is new. */
  async stream(path: string, signal: AbortSignal): Promise<Response> {
    const headers = { accept: "text/event-stream" };
    return await this.#server.request(new Request(`http://localhost/dashboard${path}`, { headers, signal }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.app[Symbol.asyncDispose]();
  }
}

/** What is filled in. */
type Fields = { readonly [name: string]: string | readonly string[] };

/** What a form came to. */
export interface Answer {
  readonly status: number;
  readonly html: string;
  readonly location: string | null;
  readonly flash: string | undefined;
}

/** The text of a page, without its elements. */
export function textOf(html: string): string {
  return html.replace(/<wbr ?\/?>/g, "").replace(/<[^>]*>/g, " ").replaceAll("&lt;", "<").replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'").replaceAll("&amp;", "&").replace(/\s+/g, " ");
}

/** Reads the parts of one event of a live page. */
export async function nextParts(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<Record<string, string>> {
  const decoder = new TextDecoder();
  let text = "";
  while (true) {
    const { value, done } = await reader.read();
    assert(!done, "The stream ended");
    text += decoder.decode(value, { stream: true });
    const parts = /event: parts\ndata: (.*)\n\n/.exec(text)?.[1];
    if (parts !== undefined) return JSON.parse(parts);
  }
}
