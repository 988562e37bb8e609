/**
 * `umbel token`.
 *
 * @module
 */
import { type Duration, milliseconds } from "../../options/duration.ts";
import { passwordEntry, tokenEntry } from "../../http/access/entry.ts";
import { hashPassword, usualIterations } from "../../http/access/passwords.ts";
import { sha256, toBase64url } from "../../http/access/secrets.ts";
import { command, readDuration, readNumber } from "../command.ts";
import { exitCodes } from "../exit_codes.ts";
import { UsageError } from "../failure.ts";
import { readPassword } from "../password.ts";

/** Every token begins so: tools that look for secrets where none should be know them by it. */
const prefix = "umbel_";

/** Makes a token, or the line of a user. */
export const token = command({
  name: "token",
  summary: "Makes a token for the HTTP API, and the line that is kept of it; or the line of a user.",
  operands: [],
  options: {
    name: { short: "n", value: "NAME", help: "whose it is: stands in the log with every change" },
    scope: {
      short: "s",
      value: "SCOPE",
      many: true,
      help: "send, read, control, work or admin; send:mail,report.* for some tasks, work:bulk for some queues",
    },
    expires: { value: "TIME", help: "it ends after so long: 90d (default: never)" },
    password: { help: "it is a user, whose password is typed, or stands on stdin" },
    iterations: { value: "N", help: "how often the password is hashed (default: 600000; Cloudflare takes 100000)" },
    "tokens-file": { value: "FILE", help: "add the line to this file" },
  },
  examples: [
    "umbel token --name ci --scope send:mail,report --scope read --expires 90d",
    "umbel token --name ci --scope send --tokens-file tokens.txt",
    "umbel token --name anna --password --scope read --scope control --tokens-file tokens.txt",
  ],
  async run(options) {
    const { name, scope: scopes, expires, password } = options;
    if (name === undefined) throw new UsageError("Say whose token it is: --name ci");
    if (scopes.length === 0) {
      throw new UsageError("Say what its holder may do: --scope read, send, control, work, admin");
    }
    const iterations = readNumber(options.iterations, "--iterations") ?? usualIterations;
    if (options.iterations !== undefined && !password) throw new UsageError("--iterations needs --password");
    const lifetime = expires === undefined ? undefined : milliseconds(readDuration(expires) as Duration, "--expires");
    const facts = { name, scopes, ...(lifetime === undefined ? {} : { expires: Date.now() + lifetime }) };

    const secret = password ? undefined : prefix + toBase64url(crypto.getRandomValues(new Uint8Array(32)));
    const entry = secret === undefined ? await entryOfUser(facts, iterations) : tokenEntry(facts, await sha256(secret));
    if (secret !== undefined) {
      console.log(secret);
      console.error("umbel: this is the token, shown this once; a server keeps the line that stands for it");
    }
    if (options["tokens-file"] === undefined) console.log(entry);
    else await append(options["tokens-file"], entry);
    return exitCodes.ok;
  },
});

async function entryOfUser(facts: Parameters<typeof passwordEntry>[0], iterations: number): Promise<string> {
  if (!Number.isSafeInteger(iterations) || iterations < 100_000 || iterations > 10_000_000) {
    throw new UsageError(`--iterations must be a whole number from 100000 to 10000000, and it is ${iterations}`);
  }
  const password = await readPassword(`Password of ${facts.name}: `);
  const salt = crypto.getRandomValues(new Uint8Array(16));
  return passwordEntry(facts, { iterations, salt, hash: await hashPassword(password, salt, iterations) });
}

/** Nobody else need read the file, although there is no secret in it. */
async function append(file: string, entry: string): Promise<void> {
  await Deno.writeTextFile(file, `${entry}\n`, { append: true, mode: 0o600 });
}
