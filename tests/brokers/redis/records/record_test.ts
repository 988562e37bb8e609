import { assertEquals } from "@std/assert";
import { newId } from "../../../../src/id.ts";
import type { Message } from "../../../../src/message.ts";
import {
  decodeEntry,
  decodeRecord,
  encodeEntry,
  encodeRecord,
  endOf,
  waitingRecord,
} from "../../../../src/brokers/redis/records/record.ts";

const sentAt = 1_795_000_000_000;
const id = newId(sentAt);
const message: Message = { id, task: "add", args: [1, "a|b"], queue: "mail", priority: 7, sentAt, retries: 2 };

Deno.test("decodeEntry() gives back what encodeEntry() was given", () => {
  assertEquals(decodeEntry(encodeEntry(message, 12)), { message, deaths: 12 });
});

Deno.test("encodeEntry() begins with what scripts read", () => {
  assertEquals(encodeEntry(message, 1).startsWith(`7|1|${id}|{`), true);
});

Deno.test("decodeEntry() keeps the id and the time of sending of an id that the caller chose", () => {
  const own = { ...message, id: "order:4711" };
  assertEquals(decodeEntry(encodeEntry(own, 0)).message, own);
});

Deno.test("waitingRecord() is read as QUEUED, or SCHEDULED while its eta is ahead", () => {
  const text = waitingRecord({ ...message, eta: sentAt + 5 }, " cabc");
  const record = { id, task: "add", queue: "mail", sentAt, retries: 0, eta: sentAt + 5 };
  assertEquals(decodeRecord(id, text, sentAt), { ...record, state: "SCHEDULED" });
  assertEquals(decodeRecord(id, text, sentAt + 5), { ...record, state: "QUEUED" });
});

Deno.test("waitingRecord() of a plain message takes fewer than 25 bytes", () => {
  const plain = { ...message, queue: "default", args: [1, 2] };
  assertEquals(waitingRecord(plain, ""), `Q\t{"task":"add"}`);
});

Deno.test("decodeRecord() gives back what encodeRecord() was given", () => {
  const record = {
    id,
    task: "add",
    state: "FAILURE" as const,
    queue: "default",
    sentAt: sentAt + 1,
    retries: 3,
    startedAt: sentAt + 2,
    finishedAt: sentAt + 3,
    keep: 1000,
    worker: "w@h",
    error: { type: "TypeError", message: "tab\tand\nline", stack: "at x" },
    message: { ...message, sentAt: sentAt + 1 },
  };
  const text = encodeRecord(record);
  assertEquals(decodeRecord(id, text, sentAt), record);
  // A line break would end the server-sent event, and so would a carriage return; signals are parted by two tabs.
  assertEquals(/[\n\r]|\t\t/.test(text), false);
});

Deno.test("decodeRecord() gives back a state that a handler made up", () => {
  const record = { id, task: "add", state: "Uploading", queue: "default", sentAt, retries: 0, meta: { done: 0.5 } };
  assertEquals(decodeRecord(id, encodeRecord(record), sentAt), record);
});

Deno.test("decodeRecord() knows nothing of a record whose time is over, but at least for a minute", () => {
  const record = {
    id,
    task: "add",
    state: "SUCCESS" as const,
    queue: "default",
    sentAt,
    retries: 0,
    finishedAt: sentAt,
  };
  const read = (keep: number, now: number) => decodeRecord(id, encodeRecord({ ...record, keep }), now)?.state;
  assertEquals(read(0, sentAt + 60_000), "SUCCESS");
  assertEquals(read(0, sentAt + 60_001), undefined);
  assertEquals(read(90_000, sentAt + 90_000), "SUCCESS");
  assertEquals(read(90_000, sentAt + 90_001), undefined);
  assertEquals(endOf({ ...record, keep: 90_000 }, sentAt), sentAt + 90_000);
  assertEquals(endOf({ ...record, state: "STARTED" }, sentAt), 0);
});
