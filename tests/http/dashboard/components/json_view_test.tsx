/** @jsxImportSource hono/jsx */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { JsonView } from "../../../../src/http/dashboard/components/json_view.tsx";
import type { Json } from "../../../../src/json.ts";
import { testView } from "../view.ts";
import { seedProperties } from "../../../random.ts";

seedProperties();

const view = testView();
const htmlOf = (value: Json) => view.render(<JsonView value={value} id="value" />);

/** The text of a page, without its elements. */
function textOf(html: string): string {
  return html.replace(/<[^>]*>/g, "").replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'").replaceAll("&amp;", "&");
}

Deno.test("JsonView shows names and values, folded by the browser", () => {
  const html = htmlOf({ name: "ada", copies: [1, true, null], "a b": {} });
  for (const part of ['<details class="json-branch" open="">', '"ada"', "json-number", "json-boolean", "json-null"]) {
    assertStringIncludes(html.replaceAll("&quot;", '"'), part);
  }
  const text = textOf(html);
  for (const part of ["{…} 3 members", "copies:[…] 3 items", '"a b":{}']) assertStringIncludes(text, part);
});

Deno.test("JsonView shows what is hostile as text, and what nobody would see by its number", () => {
  const html = htmlOf({ "</script><b>": "<script>alert(1)</script>\u202eabc\u0000\ufeff", "\u2066x": '" onload="' });
  assertEquals(/<(script|b)\b/.test(html), false);
  for (const character of "\u202e\u2066\ufeff\0") assertEquals(html.includes(character), false);
  assertStringIncludes(html, '<span class="unprinted">\\u202e</span>');
  assertStringIncludes(html, '<span class="unprinted">\\u2066</span>');
});

Deno.test("JsonView stays small and shallow, whatever it shows", () => {
  let deep: Json = 1;
  for (let level = 0; level < 3000; level++) deep = [deep];
  assert(depthOf(htmlOf(deep)) < 200);
  const html = htmlOf(Array.from({ length: 200_000 }, (_, index) => index));
  assert(html.length < 2_000_000, `${html.length}`);
  assertStringIncludes(textOf(html), "200,000 items");
  assertStringIncludes(textOf(html), "2,951 to 3,000");
  const long = htmlOf("x".repeat(10_000));
  assertStringIncludes(long, "show all 10,000 characters");
});

Deno.test("JsonView shows any JSON without an element that the JSON names", () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: "binary" }), (value) => {
      const html = htmlOf(value as Json);
      const elements = new Set([...html.matchAll(/<\/?([a-z]+)/g)].map(([, name]) => name));
      const known = new Set(["div", "button", "details", "summary", "span", "bdi", "pre"]);
      assertEquals(elements.difference(known), new Set());
    }),
  );
});

function depthOf(html: string): number {
  let depth = 0;
  let deepest = 0;
  for (const [tag] of html.matchAll(/<\/?[a-z]+/g)) {
    depth += tag.startsWith("</") ? -1 : 1;
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}
