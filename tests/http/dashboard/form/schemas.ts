/** Random JSON Schemas, each with a value that fits it. */
import fc from "fast-check";
import type { Json } from "../../../../src/json.ts";

/** A schema, and a value that fits it. */
export interface Sample {
  readonly schema: { readonly [keyword: string]: unknown };
  readonly value: Json;
}

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: "binary" }),
  fc.constantFrom(
    "",
    " ",
    "\n",
    "\r\n",
    "a\rb",
    "\ta",
    "</textarea><script>",
    "\"quoted' & <b>",
    "\u202eabc",
    "\0",
    "\ud800",
    "null",
    "日本",
    "👩‍👩‍👧",
  ),
);
const json = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as Json);
const about = fc.record({ title: text, description: text }, { requiredKeys: [] });

/** Samples of any kind. */
export const samples: fc.Arbitrary<Sample> = fc.letrec<{ sample: Sample }>((tie) => ({
  sample: fc.tuple(
    fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      texts(),
      numbers(),
      fc.boolean().map((value) => ({ schema: { type: "boolean" }, value })),
      choices(),
      json.map((value) => ({ schema: {}, value })),
      objects(tie("sample")),
      lists(tie("sample")),
      tuples(tie("sample")),
      nullables(tie("sample")),
    ),
    about,
    fc.boolean(),
  ).map(([{ schema, value }, said, hasDefault]) => ({
    schema: { ...said, ...schema, ...(hasDefault ? { default: value } : {}) },
    value,
  })),
})).sample;

function texts(): fc.Arbitrary<Sample> {
  return fc.tuple(
    text,
    fc.constantFrom({}, { minLength: 0 }, { maxLength: 100_000 }, { format: "date" }, { pattern: "^" }),
  )
    .map(([value, rules]) => ({ schema: { type: "string", ...rules }, value }));
}

function numbers(): fc.Arbitrary<Sample> {
  return fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => ({
      schema: { type: "number" },
      value: value + 0,
    })),
    fc.maxSafeInteger().map((value) => ({ schema: { type: "integer", minimum: Math.min(value, 0) }, value })),
  );
}

function choices(): fc.Arbitrary<Sample> {
  return fc.array(json, { minLength: 1, maxLength: 4 }).chain((options) =>
    fc.constantFrom(...options).chain((value) =>
      fc.constantFrom({ enum: options }, { anyOf: options.map((option) => ({ const: option })) }).map((schema) => ({
        schema,
        value,
      }))
    )
  );
}

function objects(sample: fc.Arbitrary<Sample>): fc.Arbitrary<Sample> {
  const member = fc.record({ key: text, sample, isRequired: fc.boolean(), isThere: fc.boolean() });
  return fc.uniqueArray(member, { selector: ({ key }) => key, maxLength: 4 }).map((members) => ({
    schema: {
      type: "object",
      properties: Object.fromEntries(members.map(({ key, sample: { schema } }) => [key, schema])),
      required: members.filter(({ isRequired }) => isRequired).map(({ key }) => key),
    },
    value: Object.fromEntries(
      members.filter(({ isRequired, isThere }) => isRequired || isThere).map(({ key, sample }) => [key, sample.value]),
    ),
  }));
}

function lists(sample: fc.Arbitrary<Sample>): fc.Arbitrary<Sample> {
  return fc.tuple(sample, fc.nat(3)).map(([{ schema, value }, length]) => ({
    schema: { type: "array", items: schema },
    value: Array.from({ length }, () => value),
  }));
}

function tuples(sample: fc.Arbitrary<Sample>): fc.Arbitrary<Sample> {
  return fc.tuple(fc.array(sample, { minLength: 1, maxLength: 3 }), fc.nat(3), fc.option(sample), fc.nat(2)).map(
    ([places, least, rest, rows]) => {
      const minItems = Math.min(least, places.length);
      const values = places.map(({ value }) => value);
      return {
        schema: {
          type: "array",
          prefixItems: places.map(({ schema }) => schema),
          minItems,
          ...(rest ? { items: rest.schema } : { items: false }),
        },
        value: rest && rows > 0
          ? [...values, ...Array.from({ length: rows }, () => rest.value)]
          : values.slice(0, Math.max(minItems, values.length - rows)),
      };
    },
  );
}

function nullables(sample: fc.Arbitrary<Sample>): fc.Arbitrary<Sample> {
  return fc.tuple(sample, fc.boolean()).map(([{ schema, value }, isNull]) => ({
    schema: { anyOf: [schema, { type: "null" }] },
    value: isNull ? null : value,
  }));
}
