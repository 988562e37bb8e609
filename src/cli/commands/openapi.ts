/**
 * `umbel openapi`.
 *
 * @module
 */
import { codeOfFile } from "../app.ts";
import { command, common } from "../command.ts";
import { exitCodes } from "../exit_codes.ts";
import { UsageError } from "../failure.ts";

/** Prints the OpenAPI document of an app. */
export const openapi = command({
  name: "openapi",
  summary: "Prints what the HTTP API of an app takes and gives, as OpenAPI 3.1.",
  operands: [],
  options: {
    app: common.app,
    base: { value: "PATH", help: "the path below which it is mounted: /api (default: none)" },
  },
  examples: ["umbel openapi -A shop.ts > openapi.json", "umbel openapi -A shop.ts --base /api"],
  async run({ app: file, base = "" }) {
    if (!/^(\/[^/]+)*$/.test(base)) throw new UsageError(`--base must be a path, as in /api, and it is ${base}`);
    const app = await codeOfFile({ app: file });
    // Loaded here: no other command needs it.
    const { openApiOf } = await import("../../http/openapi/mod.ts");
    console.log(JSON.stringify(openApiOf(app, { base }), undefined, 2));
    return exitCodes.ok;
  },
});
