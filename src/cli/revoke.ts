/**
 * `umbel revoke`.
 *
 * @module
 */
import { anyApp } from "./app.ts";
import { anyApp as anyAppOption, command, common } from "./command.ts";
import { exitCodes } from "./exit_codes.ts";
import { UsageError } from "./failure.ts";

/** Revokes tasks. */
export const revoke = command({
  name: "revoke",
  summary: "Revokes tasks: what waits never starts, what runs is told by its signal.",
  operands: [],
  rest: "ID",
  options: {
    ...common,
    ...anyAppOption,
    terminate: { help: "do not wait for handlers that run: their runs are over at once" },
    tree: { help: "revoke what they sent as their children too, and theirs" },
  },
  examples: [
    "umbel revoke 01980c5e-3a3b-7d00-8000-5d1f0b7a9c11 -A shop.ts",
    "umbel revoke order-7 order-8 --app shop --terminate --tree",
  ],
  async run({ terminate, tree, ...options }, ids) {
    if (ids.length === 0) throw new UsageError("revoke needs an id");
    await using app = await anyApp(options);
    const answers = await app.revoke(ids, { terminate, tree });
    for (const [index, id] of ids.entries()) console.log(`${id} ${answers[index]}`);
    return answers.includes("unknown") ? exitCodes.unknown : exitCodes.ok;
  },
});
