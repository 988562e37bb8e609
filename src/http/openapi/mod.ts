/**
 * The OpenAPI document of an app, without a server.
 *
 * @module
 */
import type { Umbel } from "../../app/app.ts";
import { readOptions } from "../options.ts";
import { routesOf } from "../parts.ts";
import { documentOf, type OpenApiDocument } from "./document.ts";

/** All of them: which one a server takes is its own business. */
const ways = { isOpen: false, hasTokens: true, hasPasswords: true, hasTaskTokens: true, hasSignatures: true };

/**
 * The document of all parts.
 *
 * @param options.base The path below which the API is mounted: `/api`, or nothing.
 */
export function openApiOf(app: Umbel, { base = "" }: { readonly base?: string } = {}): OpenApiDocument {
  return documentOf(routesOf(app, readOptions(app, { open: true })), { app: app.name, base, ways });
}
