/**
 * `--watch`: hears of changes of code.
 *
 * @module
 */
import { basename, dirname, relative, resolve } from "node:path";

/** What counts as code. */
const code = /\.([cm]?[jt]sx?|json)$/;
/** What does not, wherever it lies. */
const foreign = /(^|[/\\])(node_modules|\.[^/\\]+)[/\\]/;
/** Editors write a file in several steps, and tools many files at once: so long after the first (ms). */
const gatherFor = 100;

/**
 * Hears of changes in the folder of a file and those below it, until the signal is aborted.
 *
 * @param changed Is told one of the files that changed; what changes while that goes on is told together afterwards.
 */
export async function watchCode(
  file: string,
  signal: AbortSignal,
  changed: (file: string) => Promise<void>,
): Promise<void> {
  const folder = dirname(resolve(file));
  const watcher = Deno.watchFs(folder);
  let pending: string | undefined;
  let telling: Promise<void> | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  signal.addEventListener("abort", () => {
    clearTimeout(timer);
    watcher.close();
  }, { once: true });
  const tell = async () => {
    const path = pending!;
    pending = undefined;
    telling = changed(path);
    await telling;
    telling = undefined;
    if (pending !== undefined) gather();
  };
  const gather = () => void (timer = setTimeout(tell, gatherFor));
  for await (const { kind, paths } of watcher) {
    if (kind === "access") continue;
    const path = paths.find((path) => code.test(basename(path)) && !foreign.test(relative(folder, path)));
    if (path === undefined) continue;
    const isFirst = pending === undefined;
    pending ??= relative(folder, path);
    if (isFirst && !telling) gather();
  }
}
