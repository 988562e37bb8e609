import { assertEquals } from "@std/assert";
import { isOfQueue, limitName, readLimitName } from "../../src/limits/name.ts";
import { checkName } from "../../src/message.ts";

Deno.test("limitName() and readLimitName() are each other's inverse, for whatever text", () => {
  for (const whose of ["mail.send", "a task, #1", "ümläut 好 🎉", "100%"]) {
    for (const key of [undefined, "", "tenant 1", "#/,|:", "好".repeat(200)]) {
      const name = checkName("limit", limitName("rate", whose, key));
      assertEquals(readLimitName(name), { kind: "rate", of: whose, ...(key === undefined ? {} : { key }) });
    }
  }
  checkName("limit", limitName("concurrency", "好".repeat(200), "好".repeat(200)));
});

Deno.test("limitName() takes text with half a character in it", () => {
  assertEquals(limitName("group", "mail", "a\ud800"), "group:mail#a%EF%BF%BD");
});

Deno.test("readLimitName() knows no names of others", () => {
  for (const name of ["rate", "speed:mail", "rate:%", ""]) assertEquals(readLimitName(name), undefined);
});

Deno.test("isOfQueue() tells the limits of queues from those of tasks", () => {
  const ofQueue = ["queue:a", "queueRate:a", "group:a#b", "groupRate:a#b"];
  const ofTask = ["rate:queue:", "concurrency:a#b", "sequence:a", "batch:group"];
  assertEquals([ofQueue.every(isOfQueue), ofTask.some(isOfQueue)], [true, false]);
});
