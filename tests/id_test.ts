import { assert, assertEquals, assertMatch } from "@std/assert";
import { derivedId, newId, newWord, readId } from "../src/id.ts";
import { checkName } from "../src/message.ts";

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

Deno.test("derivedId() gives one id for one task and purpose, on the same page", () => {
  const ids = Array.from({ length: 1000 }, () => newId(1_800_000_000_000));
  const derived = ids.map((id) => derivedId(id, "callback"));
  assertEquals(derived.map((id) => readId(id)), ids.map((id) => readId(id)));
  assertEquals(derived, ids.map((id) => derivedId(id, "callback")));
  assertEquals(new Set([...ids, ...derived, ...ids.map((id) => derivedId(id, "other"))]).size, 3000);
  assertEquals(
    derived.every((id) => /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id)),
    true,
  );
  const long = "x".repeat(200);
  assertEquals(checkName("id", derivedId(long, "callback")).length <= 200, true);
  assertEquals(derivedId(long, "callback") === derivedId(`${long.slice(1)}y`, "callback"), false);
});
