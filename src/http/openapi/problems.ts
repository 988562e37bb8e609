/**
 * Errors in the OpenAPI document.
 *
 * @module
 */
import type { Node } from "./components.ts";

/** What an error says. */
export const problemSchema: Node = {
  type: "object",
  description: "An error, as RFC 9457 has it: programs read `code`, people `detail`",
  properties: {
    type: { type: "string" },
    title: { type: "string" },
    status: { type: "integer" },
    code: { type: "string", description: "Stable: never reworded" },
    detail: { type: "string" },
    errors: {
      type: "array",
      description: "What is wrong with which field",
      items: {
        type: "object",
        properties: { field: { type: "string" }, detail: { type: "string" } },
        required: ["field", "detail"],
      },
    },
  },
  required: ["type", "title", "status", "code", "detail"],
};

/** An answer that is an error. */
export const problemResponse: Node = {
  description: "Why the request was refused",
  content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
};
