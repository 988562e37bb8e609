import { assert, assertEquals, assertMatch } from "@std/assert";
import { newId, newWord, readId } from "../src/id.ts";

Deno.test("newId() makes UUIDs of version 7 that say when", () => {
  const now = Date.UTC(2026, 10, 21);
  const id = newId(now);
  assertMatch(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assertEquals(readId(id)!.madeAt, now);
});

Deno.test("newId() never makes the same twice, and puts what is made together on few pages", () => {
  const ids = Array.from({ length: 10_000 }, () => newId(1_800_000_000_000));
  assertEquals(new Set(ids).size, ids.length);
  const pages = new Map<string, number>();
  for (const id of ids) pages.set(readId(id)!.page, (pages.get(readId(id)!.page) ?? 0) + 1);
  assert(pages.size <= 11, `${pages.size} pages`);
});

Deno.test("readId() knows nothing of ids of another shape", () => {
  assertEquals(readId("my-id"), undefined);
  assertEquals(readId(crypto.randomUUID()), undefined);
});

Deno.test("newWord() makes words of letters and digits", () => {
  assertMatch(newWord(), /^[a-z0-9]{10}$/);
  assertMatch(newWord(3), /^[a-z0-9]{3}$/);
});
