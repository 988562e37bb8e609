/**
 * A password, typed without being shown, or the first line of stdin.
 *
 * @module
 */
import { UsageError } from "./failure.ts";

const shortest = 8;
const [enter, newline, backspace, del, interrupt, end] = [13, 10, 8, 127, 3, 4];

/** Reads it. @throws {UsageError} When it is too short, or none was given. */
export async function readPassword(question: string): Promise<string> {
  const bytes = Deno.stdin.isTerminal() ? await readTyped(question) : await readLine();
  const password = new TextDecoder().decode(Uint8Array.from(bytes));
  if ([...password].length >= shortest) return password;
  throw new UsageError(`A password must have at least ${shortest} characters`);
}

async function readLine(): Promise<number[]> {
  const bytes: number[] = [];
  for await (const part of Deno.stdin.readable) {
    const at = part.indexOf(newline);
    bytes.push(...(at < 0 ? part : part.subarray(0, at)));
    if (at >= 0) break;
  }
  return bytes.at(-1) === enter ? bytes.slice(0, -1) : bytes;
}

async function readTyped(question: string): Promise<number[]> {
  const say = (text: string) => Deno.stderr.write(new TextEncoder().encode(text));
  const bytes: number[] = [];
  const part = new Uint8Array(1024);
  await say(question);
  Deno.stdin.setRaw(true);
  try {
    while (true) {
      const count = await Deno.stdin.read(part);
      if (count === null) return bytes;
      for (const byte of part.subarray(0, count)) {
        if (byte === enter || byte === newline || byte === end) return bytes;
        if (byte === interrupt) throw new UsageError("No password was typed");
        if (byte === backspace || byte === del) dropLast(bytes);
        else bytes.push(byte);
      }
    }
  } finally {
    Deno.stdin.setRaw(false);
    await say("\n");
  }
}

/** The last character, of however many bytes of UTF-8. */
function dropLast(bytes: number[]): void {
  while (bytes.length > 0 && (bytes.pop()! & 0xc0) === 0x80);
}
