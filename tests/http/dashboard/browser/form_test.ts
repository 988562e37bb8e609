/** Forms that are made of schemas, filled in by the server and sent by a real browser. */
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { entriesOf } from "../../../../src/http/dashboard/form/entries.ts";
import { fieldOf } from "../../../../src/http/dashboard/form/field.ts";
import { readField } from "../../../../src/http/dashboard/form/reader.ts";
import { SchemaForm } from "../../../../src/http/dashboard/form/schema_form.tsx";
import { samples } from "../form/schemas.ts";
import { testView } from "../view.ts";
import { browserTest } from "./browser.ts";
import { seedProperties } from "../../../random.ts";

seedProperties();

browserTest("a browser sends what a form was filled in with, whatever the schema", {}, async ({ page }) => {
  const view = testView();
  // What would be sent, as the browser would write it: its lines end as in a form that is sent.
  const submit = async (html: string) => {
    await page.setContent(`<form accept-charset="utf-8">${html}</form>`);
    const text = await page.evaluate(`(() => {
      const data = new FormData(document.querySelector("form"));
      return new URLSearchParams([...data].map(([name, value]) => [name, value.replace(/\\r?\\n/g, "\\r\\n")])).toString();
    })()`);
    return new Map(new URLSearchParams(text as string));
  };
  await fc.assert(
    fc.asyncProperty(samples, async ({ schema, value }) => {
      const field = fieldOf(schema);
      const entries = entriesOf(field, value, "args");
      const html = view.render(SchemaForm({ field, entries, faults: new Map(), name: "args", label: "Arguments" }));
      assertEquals(readField(field, await submit(html), "args").value, value);
    }),
    { numRuns: 150 },
  );
});
