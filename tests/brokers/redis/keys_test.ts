import { assertEquals } from "@std/assert";
import { newId } from "../../../src/id.ts";
import { Keys, readLayout, segmentEntries } from "../../../src/brokers/redis/keys.ts";

Deno.test("Keys has every key in the hash slot of the app", () => {
  const keys = new Keys("shop");
  keys.learn("mail", "5:0:2:100001:1:50|0:3:300:1795000000000");
  const all = [
    keys.map,
    keys.workers,
    keys.page(newId(1_795_000_000_000)),
    keys.page("order:4711"),
    ...keys.adding("mail", 5, 1, 100),
    ...keys.delaying("mail"),
    ...keys.taking("mail"),
    keys.list("mail", 5, 1),
    keys.list("mail", 5, 0, "a#1"),
    keys.delayedSet("mail", 3),
    keys.lanes("mail"),
    ...keys.changingLanes("mail", 5),
  ];
  for (const key of all) assertEquals(key.startsWith("{umbel:shop}:"), true, key);
  assertEquals(new Set([keys.map, keys.workers, keys.page("m"), keys.page("w")]).size, 4);
});

Deno.test("Keys.page() gives ids of one batch the same page, and an id that the caller chose its own", () => {
  const keys = new Keys("shop");
  const pages = new Set(Array.from({ length: 100 }, () => keys.page(newId(1_795_000_000_000))));
  assertEquals(pages.size <= 2, true, `${pages.size} pages`);
  assertEquals(keys.page("a"), "{umbel:shop}:t:a");
});

Deno.test("Keys.taking() names the first segments of every priority that was seen, and the delayed sets", () => {
  const keys = new Keys("shop");
  assertEquals(keys.taking("mail"), ["{umbel:shop}:q:mail:5:0"]);
  keys.learn("mail", "9:3:7:10:1:1 5:0:0:1:1:1|2:1:1:1 3:1:1:1");
  assertEquals(
    new Set(keys.taking("mail")),
    new Set([
      "{umbel:shop}:q:mail:9:3",
      "{umbel:shop}:q:mail:9:4",
      "{umbel:shop}:q:mail:9:7",
      "{umbel:shop}:q:mail:5:0",
      "{umbel:shop}:d:mail:2",
      "{umbel:shop}:d:mail:3",
    ]),
  );
});

Deno.test("Keys.adding() names the next segment as well when the last is nearly full", () => {
  const keys = new Keys("shop");
  keys.learn("mail", `5:0:0:${segmentEntries - 1}:${segmentEntries - 1}:100|`);
  assertEquals(keys.adding("mail", 5, 1, 10), ["{umbel:shop}:q:mail:5:0", "{umbel:shop}:q:mail:5:1"]);
});

Deno.test("readLayout() reads an empty queue", () => {
  assertEquals(readLayout("|"), { lists: [], lanes: [], delayed: [], paused: false });
  assertEquals(readLayout("||P"), { lists: [], lanes: [], delayed: [], paused: true });
});
