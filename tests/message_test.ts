import { assert, assertEquals, assertThrows } from "@std/assert";
import { InvalidInput, type Message, TooLarge } from "@umbel/umbel";
import { newId } from "../src/id.ts";
import { checkName, checkSize, checkTaskName, decodeMessage, encodeMessage } from "../src/message.ts";

const full: Message = {
  id: "my-id",
  task: "add",
  args: [1, { a: "ä" }],
  queue: "sums",
  priority: 9,
  sentAt: 1_800_000_000_000,
  eta: 1_800_000_000_001,
  expires: 1_800_000_000_002,
  retries: 2,
  unknown: 1,
  maxRetries: null,
  headers: { tenant: 7 },
  ignoreResult: true,
  resultExpires: 1000,
  timeLimit: 3000,
  softTimeLimit: 2000,
  rootId: "root",
  parentId: "parent",
};

Deno.test("a message comes out of its JSON as it went in, frozen", () => {
  const decoded = decodeMessage(full.id, encodeMessage(full));
  assertEquals(decoded, full);
  assert(Object.isFrozen(decoded));
});

Deno.test("encodeMessage() leaves out the id, what it says, and what is as usual", () => {
  const sentAt = 1_800_000_000_000;
  const message: Message = {
    id: newId(sentAt),
    task: "add",
    args: [1, 2],
    queue: "default",
    priority: 5,
    sentAt,
    retries: 0,
  };
  const json = encodeMessage(message);
  assertEquals(json, '{"task":"add","args":[1,2]}');
  assertEquals(decodeMessage(message.id, json), message);
});

Deno.test("checkSize() refuses with task, size and limit", () => {
  checkSize("add", "x".repeat(10), 10);
  const error = assertThrows(() => checkSize("add", "ä".repeat(10), 10), TooLarge);
  assertEquals([error.size, error.limit], [20, 10]);
  assertEquals(error.message, 'The message of task "add" is too large: 20 bytes, the limit is 10');
});

Deno.test("checkName() and checkTaskName() refuse names that break the rule", () => {
  assertEquals(checkName("queue", "mail.high/eu-1"), "mail.high/eu-1");
  assertThrows(() => checkName("queue", "two words"), InvalidInput, 'and it is "two words"');
  assertThrows(() => checkName("id", ""), InvalidInput, "id must be");
  assertThrows(() => checkName("worker", "x".repeat(201)), InvalidInput, "worker must be");
  assertThrows(() => checkName("app", 5), InvalidInput, "app must be");
  assertEquals(checkTaskName("send mail, ünïcode"), "send mail, ünïcode");
  assertThrows(() => checkTaskName("a\nb"), InvalidInput, "printable characters");
  assertThrows(() => checkTaskName(undefined), InvalidInput, "printable characters");
});
