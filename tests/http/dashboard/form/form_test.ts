import { assertEquals, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { z } from "zod";
import { blankEntries, entriesOf } from "../../../../src/http/dashboard/form/entries.ts";
import { edited } from "../../../../src/http/dashboard/form/edit.ts";
import {
  type Field,
  fieldOf,
  type JsonSchema,
  type ListField,
  type ObjectField,
} from "../../../../src/http/dashboard/form/field.ts";
import { readField } from "../../../../src/http/dashboard/form/reader.ts";
import { SchemaForm } from "../../../../src/http/dashboard/form/schema_form.tsx";
import type { Json } from "../../../../src/json.ts";
import { submitted } from "../submitted.ts";
import { testView } from "../view.ts";
import { samples } from "./schemas.ts";
import { seedProperties } from "../../../random.ts";

seedProperties();

const view = testView();

/** The form of a schema as a page shows it. */
function htmlOf(
  schema: JsonSchema,
  entries: Map<string, string>,
  faults: ReadonlyMap<string, string> = new Map(),
): string {
  return view.render(SchemaForm({ field: fieldOf(schema), entries, faults, name: "args", label: "Arguments" }));
}

/** What a form gives back that was filled in with a value. */
function throughForm(schema: JsonSchema, value: Json): Json | undefined {
  const field = fieldOf(schema);
  const sent = submitted(htmlOf(schema, entriesOf(field, value, "args")));
  return readField(field, sent, "args").value;
}

Deno.test("a form gives back the value that it was filled in with, whatever the schema", () => {
  fc.assert(
    fc.property(samples, ({ schema, value }) => assertEquals(throughForm(schema, value), value)),
    { numRuns: 1500 },
  );
});

Deno.test("a form without anything filled in holds the defaults", () => {
  const schema = {
    type: "array",
    prefixItems: [
      { type: "string", default: "ada" },
      {
        type: "object",
        properties: { urgent: { type: "boolean", default: true }, copies: { type: "integer", default: 1 } },
        required: ["urgent"],
      },
      { type: "object", properties: { deep: { type: "number", default: 0.5 } } },
    ],
    minItems: 2,
  };
  const field = fieldOf(schema);
  const sent = submitted(htmlOf(schema, blankEntries(field, "args", true)));
  assertEquals(readField(field, sent, "args").value, ["ada", { urgent: true, copies: 1 }]);
  sent.set("args/2?given", "on");
  assertEquals(readField(field, sent, "args").value, ["ada", { urgent: true, copies: 1 }, { deep: 0.5 }]);
});

Deno.test("a form says what is wrong with which field", () => {
  const schema = {
    type: "array",
    prefixItems: [{ type: "number" }, { type: "integer" }, { enum: ["a", 1] }, {}, { type: "integer" }, {
      type: "number",
    }],
    minItems: 4,
  };
  const sent = new Map([
    ["args/0", ""],
    ["args/1", "1.5"],
    ["args/2", '"b"'],
    ["args/3", "{"],
    ["args/5", "12345678901234567890123"],
  ]);
  const { value, faults } = readField(fieldOf(schema), sent, "args");
  assertEquals(value, undefined);
  assertEquals(faults.map(({ name, what }) => `${name} ${what}`), [
    "args/0 missing",
    "args/1 whole",
    "args/2 choice",
    "args/3 json",
    "args/5 rounded",
  ]);
  sent.set("args/5", "7");
  assertEquals(readField(fieldOf(schema), sent, "args").faults.at(-1), { name: "args/4", what: "gap" });
});

Deno.test("a form shows a fault beside its field, and keeps what was filled in", () => {
  const schema = { type: "array", prefixItems: [{ type: "integer", minimum: 1 }] };
  const html = htmlOf(schema, new Map([["args/0", "<b>"]]), new Map([["args/0", '"<b>" is no number']]));
  assertStringIncludes(html, 'aria-invalid="true"');
  assertStringIncludes(html, 'aria-describedby="args/0#hint args/0#fault"');
  assertStringIncludes(html, 'id="args/0#fault"><bdi>&quot;&lt;b&gt;&quot; is no number');
  assertStringIncludes(html, 'value="&lt;b&gt;"');
});

Deno.test("rows of a form are added and removed, and the others keep what they hold", () => {
  const field = fieldOf({ type: "array", items: { type: "array", items: { type: "string" } } });
  const value = [["a"], ["b", "c"], [], ["d"]];
  const entries = entriesOf(field, value, "args");
  const without = edited(field, entries, "args", { what: "remove", name: "args/1" });
  assertEquals(readField(field, without, "args").value, [["a"], [], ["d"]]);
  const within = edited(field, entries, "args", { what: "remove", name: "args/1/0" });
  assertEquals(readField(field, within, "args").value, [["a"], ["c"], [], ["d"]]);
  const more = edited(field, entries, "args", { what: "add", name: "args/2" });
  assertEquals(readField(field, more, "args").value, [["a"], ["b", "c"], [""], ["d"]]);
  for (const name of ["args/4", "args", "args/x", "other/1", "args/0/0/0"]) {
    assertEquals(edited(field, entries, "args", { what: "remove", name }), entries, name);
  }
});

Deno.test("a form is edited as JSON and in fields, and says the same", () => {
  fc.assert(
    fc.property(samples, ({ schema, value }) => {
      const field = fieldOf({ type: "array", prefixItems: [schema] });
      const filled = entriesOf(field, [value], "args");
      for (const name of ["args", "args/0"]) {
        const json = edited(field, filled, "args", { what: "json", name });
        assertEquals(readField(field, json, "args").value, [value]);
        assertEquals(readField(field, edited(field, json, "args", { what: "parts", name }), "args").value, [value]);
      }
    }),
  );
});

Deno.test("a form goes no deeper than a schema that refers to itself can be read", () => {
  const schema = {
    type: "array",
    prefixItems: [{ $ref: "#/$defs/person" }],
    $defs: { person: { type: "object", properties: { name: { type: "string" }, friend: { $ref: "#/$defs/person" } } } },
  };
  assertEquals(throughForm(schema, [{ name: "ada", friend: { name: "bo" } }]), [{
    name: "ada",
    friend: { name: "bo" },
  }]);
  assertEquals(throughForm({ $ref: "#" }, 1), 1);
  assertEquals(throughForm({ $ref: "https://example.org" }, [1]), [1]);
});

Deno.test("schemas of zod become fields", () => {
  const schema = z.toJSONSchema(
    z.tuple([
      z.email().describe("To whom"),
      z.object({
        copies: z.int().min(1).max(9).default(1),
        paper: z.enum(["a4", "a5"]).optional(),
        tags: z.array(z.string()).max(3),
        note: z.string().nullable(),
        either: z.union([z.string(), z.number()]),
      }),
    ]),
    { io: "input" },
  ) as JsonSchema;
  const field = fieldOf(schema) as Field & ListField;
  const [mail, print] = field.places;
  assertEquals([mail?.kind, mail?.description], ["text", "To whom"]);
  assertEquals(
    (print as Field & ObjectField).members.map(({ key, field: { kind, nullable }, isRequired }) => [
      ...[key, kind, isRequired],
      ...(nullable ? ["or null"] : []),
    ]),
    [
      ["copies", "number", false],
      ["paper", "choice", false],
      ["tags", "list", true],
      ["note", "text", true, "or null"],
      ["either", "json", true],
    ],
  );
});
