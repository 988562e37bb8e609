/**
 * The app that a command works for: from a file, as Celery's `-A` does, or by its name alone.
 *
 * @module
 */
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { Umbel } from "../app/app.ts";
import { appOfModule } from "../app/exported.ts";
import "../brokers/http/mod.ts";
import { upstash } from "../brokers/redis/mod.ts";
import { sendable } from "../callbacks/callbacks.ts";
import { type BrokerSource, openBroker } from "../brokers/registry.ts";
import { sqlite } from "../brokers/sqlite/mod.ts";
import { compress } from "../codecs/compress.ts";
import { richTypes } from "../codecs/rich.ts";
import { readVariable } from "../environment.ts";
import { readCodecs } from "../wire/codec.ts";
import { sentenceOf, UsageError } from "./failure.ts";

/** What the command line says of app and broker. */
export interface AppOptions {
  /** A file, with the name of an export behind a colon where it has several; or an app's name. */
  readonly app: string | undefined;
  /** A URL. */
  readonly broker: string | undefined;
}

const usualFile = "./umbel.db";
/** Apps for which nobody named a broker. */
const usesUsualFile = new WeakSet<Umbel>();

/** The app of a file. @throws {UsageError} When none is named, or the file exports none. */
export async function appOfFile(options: AppOptions): Promise<Umbel> {
  return await traced(withBroker(await load(fileOf(options)), options));
}

/** The app of a file, whose broker is not opened: for what only looks at its code. */
export async function codeOfFile(options: Pick<AppOptions, "app">): Promise<Umbel> {
  return await load(fileOf({ ...options, broker: undefined }));
}

/** What another isolate needs to get at the same app. */
export interface AppModule {
  /** The module's URL. */
  readonly module: string;
  /** Which of its exports that is, where the command line said so. */
  readonly export?: string;
  /** The broker's URL, where the command line said it and not the module. */
  readonly broker?: string;
}

/** Where the app of a file comes from, once it is loaded. */
export async function moduleOfApp(options: AppOptions, app: Umbel): Promise<AppModule> {
  const [file, name] = splitExport(fileOf(options));
  const module = await urlOf(file);
  const broker = options.broker ?? (usesUsualFile.has(app) ? `sqlite:${usualFile}` : undefined);
  return { module, ...(name === undefined ? {} : { export: name }), ...(broker === undefined ? {} : { broker }) };
}

function fileOf(options: AppOptions): string {
  const { app } = options;
  if (app === undefined) throw new UsageError("Say which app: -A FILE, a file that exports one");
  if (!isFile(app)) throw new UsageError(`-A must be a file here, as in -A shop.ts, and it is ${JSON.stringify(app)}`);
  return app;
}

/** The app of a file, or one that has a name and no tasks. @throws {UsageError} When none is named. */
export async function anyApp(options: AppOptions): Promise<Umbel> {
  const { app } = options;
  if (app === undefined) throw new UsageError("Say which app: -A FILE, or --app NAME");
  return await traced(withBroker(isFile(app) ? await load(app) : named(app), options));
}

/** @throws {UnknownTask} When the app has no such task: one without tasks is only a name, and its code elsewhere. */
export function checkTask(app: Umbel, task: string): void {
  if (sendable(app.tasks).length > 0) app.taskNamed(task);
}

/** Where Deno exports what is traced, the app is. */
async function traced(app: Umbel): Promise<Umbel> {
  if (/^(true|1)$/.test(readVariable("OTEL_DENO") ?? "")) (await import("../telemetry/mod.ts")).instrument(app);
  return app;
}

/** An app of which nothing is known but its name: what takes no key is read all the same. */
function named(name: string): Umbel {
  const app = new Umbel(name);
  app.wire.book.alsoRead(readCodecs([richTypes(), compress()]));
  return app;
}

/** Whether this names a file rather than an app. */
function isFile(text: string): boolean {
  return /\.[cm]?[jt]sx?$/.test(splitExport(text)[0]) || /^(\.{0,2}[/\\]|[a-z][a-z+]*:)/i.test(text);
}

/** `shop.ts:app` names an export, as Celery's `-A shop:app` does. */
function splitExport(text: string): [file: string, name?: string] {
  const parts = /^(.*\.[cm]?[jt]sx?):([^/\\:]+)$/i.exec(text);
  return parts ? [parts[1]!, parts[2]!] : [text];
}

async function load(text: string): Promise<Umbel> {
  const [file, name] = splitExport(text);
  const url = await urlOf(file);
  let module: { readonly [name: string]: unknown };
  try {
    module = await import(url);
  } catch (error) {
    throw new UsageError(`${file} cannot be loaded: ${sentenceOf(error)}`, { cause: error });
  }
  try {
    return appOfModule(module, file, name);
  } catch (error) {
    throw new UsageError(sentenceOf(error));
  }
}

async function urlOf(file: string): Promise<string> {
  if (/^[a-z][a-z+]+:/.test(file)) return file;
  try {
    await Deno.stat(file);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new UsageError(`There is no file ${JSON.stringify(file)} in ${Deno.cwd()}`);
  }
  return pathToFileURL(resolve(file)).href;
}

/** Opens the broker too, so that what is wrong with its URL is said at once. */
function withBroker(app: Umbel, { broker }: AppOptions): Umbel {
  if (broker !== undefined) app.useBroker(brokerOf(broker));
  else if (!app.hasBroker) {
    console.error(
      `umbel: no broker is named (--broker, UMBEL_BROKER, UPSTASH_REDIS_REST_URL): using sqlite:${usualFile}`,
    );
    app.useBroker(sqlite(usualFile));
    usesUsualFile.add(app);
  }
  void app.broker;
  return app;
}

function brokerOf(url: string): BrokerSource {
  if (!/^https?:\/\/[^@/]+(\/|$)/.test(url)) return openBroker(url);
  const token = Deno.env.get("UPSTASH_REDIS_REST_TOKEN");
  return upstash({ url, ...(token ? { token } : {}) });
}
