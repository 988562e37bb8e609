/**
 * The version of the package.
 *
 * @module
 */
import config from "../../deno.json" with { type: "json" };

/** As deno.json says. */
export const version: string = config.version;
