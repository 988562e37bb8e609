/**
 * The schemas of the OpenAPI document: those that have names stand once, and are referred to.
 *
 * @module
 */
import { type JsonSchema, nameOf } from "../schema/json_schema.ts";

/** A part of the document. */
export type Node = { readonly [name: string]: unknown };

/** Collects the schemas that have names. */
export class Components {
  readonly #schemas = new Map<string, unknown>();

  /** A schema as it stands in the document. */
  refer(schema: JsonSchema): Node {
    const name = nameOf(schema);
    return name === undefined ? this.#copy(schema) as Node : this.#component(name, schema);
  }

  /**
   * A schema that somebody else made, under a name: what it refers to within itself is a component too, since in the
   * document its root is another one.
   */
  adopt(name: string, schema: JsonSchema): Node {
    const { $defs = {}, ...root } = schema as JsonSchema & { readonly $defs?: { readonly [name: string]: JsonSchema } };
    const here = this.#free(componentName(name));
    const moved = (ref: string) => {
      if (ref === "#") return refTo(here);
      const [, def] = /^#\/\$defs\/([^/]+)$/.exec(ref) ?? [];
      return def === undefined ? ref : refTo(componentName(`${here}.${def}`));
    };
    this.#schemas.set(here, redirect(root, moved));
    for (const [def, one] of Object.entries($defs)) {
      this.#schemas.set(componentName(`${here}.${def}`), redirect(one, moved));
    }
    return { $ref: refTo(here) };
  }

  /** All that were collected, by name. */
  all(): Node {
    return Object.fromEntries([...this.#schemas].sort(([a], [b]) => a < b ? -1 : 1));
  }

  #component(name: string, schema: JsonSchema): Node {
    if (!this.#schemas.has(name)) {
      // Said before it is read: a schema may contain itself.
      this.#schemas.set(name, {});
      this.#schemas.set(name, this.#copy(schema));
    }
    return { $ref: refTo(name) };
  }

  #copy(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((item) => this.#child(item));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, this.#child(member)]));
  }

  #child(value: unknown): unknown {
    const name = typeof value === "object" && value !== null ? nameOf(value) : undefined;
    return name === undefined ? this.#copy(value) : this.#component(name, value as JsonSchema);
  }

  #free(name: string): string {
    let free = name;
    for (let index = 2; this.#schemas.has(free); index++) free = `${name}_${index}`;
    return free;
  }
}

/** Names of components are of few characters. */
function componentName(text: string): string {
  return text.replace(/[^\w.-]/g, "_");
}

function refTo(name: string): string {
  return `#/components/schemas/${name}`;
}

function redirect(value: unknown, moved: (ref: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => redirect(item, moved));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) =>
      name === "$ref" && typeof member === "string" ? [name, moved(member)] : [name, redirect(member, moved)]
    ),
  );
}
