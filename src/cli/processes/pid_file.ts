/**
 * `--pidfile`: says which process it is, and that it lives, by a lock that ends with the process whatever ends it.
 *
 * @module
 */
import { dirname } from "node:path";
import { systemClock } from "../../clock.ts";
import { Unavailable } from "../failure.ts";

/** Who asks whether a process lives tries the lock for a moment: one that starts tries again after so many ms. */
const pauses = [10, 50, 200];

/** A file with this process's id, locked as long as it lives. */
export class PidFile implements Disposable {
  readonly #path: string;
  readonly #file: Deno.FsFile;

  private constructor(path: string, file: Deno.FsFile) {
    this.#path = path;
    this.#file = file;
  }

  /** Takes the file, and makes its folder. @throws {Unavailable} When a process that lives has it. */
  static async take(path: string): Promise<PidFile> {
    await Deno.mkdir(dirname(path), { recursive: true });
    for (const pause of [...pauses, 0]) {
      const file = await Deno.open(path, { read: true, write: true, create: true });
      if (await file.tryLock(true) && isStillThere(path, file)) {
        await file.truncate();
        await file.write(new TextEncoder().encode(`${Deno.pid}\n`));
        return new PidFile(path, file);
      }
      file.close();
      if (pause > 0) await systemClock.sleep(pause);
    }
    throw new Unavailable(`${path} is held by process ${(await readPid(path)) ?? "of no name"}, which runs`);
  }

  /** Removes it. */
  [Symbol.dispose](): void {
    // Before it is let go of: after that it may be another's. If somebody removed it, it may be that already.
    if (isStillThere(this.#path, this.#file)) Deno.removeSync(this.#path);
    this.#file.close();
  }
}

/** Whether a file that is open was not removed by the one who had it before, or by anybody. */
function isStillThere(path: string, file: Deno.FsFile): boolean {
  try {
    return Deno.statSync(path).ino === file.statSync().ino;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** The id in a file, of a process that lives or does not. */
export async function readPid(path: string): Promise<number | undefined> {
  return Number(await ifThere(Deno.readTextFile(path))) || undefined;
}

/** The id of the process that has a file; `undefined` when none that lives does. */
export async function livingPid(path: string): Promise<number | undefined> {
  const pid = await readPid(path);
  if (pid === undefined) return undefined;
  // It may have been removed since it was read.
  using file = await ifThere(Deno.open(path, { read: true, write: true }));
  return file && !await file.tryLock(true) ? pid : undefined;
}

/** What is asked of a file, where there is one. */
async function ifThere<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
