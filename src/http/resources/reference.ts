/**
 * What the API says of itself: for programs an OpenAPI document, for people a page.
 *
 * @module
 */
import type { Umbel } from "../../app/app.ts";
import { documentOf, type OpenApiDocument } from "../openapi/document.ts";
import { referencePage } from "../openapi/page.tsx";
import type { Settings } from "../options.ts";
import { type Route, route } from "../route.ts";

/** `GET /openapi.json` and `GET /reference`. */
export function reference(app: Umbel, settings: Settings, all: () => readonly Route[]): readonly Route[] {
  const tag = "Reference";
  return [
    route({
      method: "GET",
      path: "/openapi.json",
      id: "getOpenApi",
      tag,
      summary: "Tells what this API takes and gives, as OpenAPI 3.1",
      access: "caller",
      brokerless: true,
      responses: { 200: { description: "The document", schema: { type: "object" } } },
      answer: ({ base }) => Response.json(describe(app, settings, all(), base)),
    }),
    route({
      method: "GET",
      path: "/reference",
      id: "getReference",
      tag,
      summary: "Shows what this API takes and gives, as a page",
      access: "caller",
      brokerless: true,
      hidden: true,
      responses: { 200: { description: "The page", media: "text/html" } },
      answer: ({ base }) => referencePage(describe(app, settings, all(), base)),
    }),
  ];
}

/** The OpenAPI document of an app's routes. */
export function describe(
  { name }: Umbel,
  { access }: Settings,
  routes: readonly Route[],
  base: string,
): OpenApiDocument {
  const { isOpen, hasTokens, hasPasswords, hasSignatures, taskTokens } = access;
  const ways = { isOpen, hasTokens, hasPasswords, hasSignatures, hasTaskTokens: taskTokens !== undefined };
  return documentOf(routes, { app: name, base, ways });
}
