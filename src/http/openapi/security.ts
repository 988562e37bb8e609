/**
 * Who may call, in the OpenAPI document.
 *
 * @module
 */
import type { Access } from "../access/access.ts";
import type { Route } from "../route.ts";
import type { Node } from "./components.ts";

/** How callers make themselves known. */
export type Ways = Pick<Access, "isOpen" | "hasTokens" | "hasPasswords" | "hasSignatures"> & {
  /** Whether there are tokens for single tasks. */
  readonly hasTaskTokens: boolean;
};

/** How a caller makes itself known, with the scopes that it takes. */
type Requirement = { readonly [scheme: string]: readonly string[] };

/** The ways that there are. */
export function securitySchemes({ hasTokens, hasPasswords, hasSignatures, hasTaskTokens }: Ways): Node {
  return {
    ...(hasTokens
      ? { token: { type: "http", scheme: "bearer", description: "A token, as `umbel token` makes one" } }
      : {}),
    ...(hasPasswords ? { user: { type: "http", scheme: "basic", description: "A name and a password" } } : {}),
    ...(hasTaskTokens
      ? {
        taskToken: {
          type: "apiKey",
          in: "query",
          name: "access_token",
          description: "A token for a single task; as a bearer token too",
        },
      }
      : {}),
    ...(hasSignatures
      ? {
        signature: {
          type: "apiKey",
          in: "header",
          name: "Umbel-Signature",
          description: "`t=<seconds since 1970>,v1=<hex>`: HMAC-SHA256 of `<seconds>.<method> <path>`",
        },
      }
      : {}),
  };
}

/** Who may call a route; an empty list says: anybody. */
export function securityOf({ access, single, signed }: Route, ways: Ways): readonly Requirement[] {
  if (access === "public" || ways.isOpen) return [];
  const scopes = access === "caller" ? [] : [access];
  return [
    ...(ways.hasTokens ? [{ token: scopes }] : []),
    ...(ways.hasPasswords ? [{ user: scopes }] : []),
    ...(single && ways.hasTaskTokens ? [{ taskToken: [] }] : []),
    ...(signed && ways.hasSignatures ? [{ signature: [] }] : []),
  ];
}
