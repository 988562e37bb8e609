import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { InvalidInput } from "@umbel/umbel";
import { ManualClock } from "@umbel/umbel/testing";
import { parseJson, readBytes } from "../../../src/http/requests/body.ts";
import { Refusal } from "../../../src/http/answers/problem.ts";

function request(body: ReadableStream<Uint8Array> | string, headers: HeadersInit = {}): Request {
  return new Request("http://localhost/", { method: "POST", body, headers });
}

async function codeOf(read: Promise<unknown>): Promise<string> {
  return (await assertRejects(() => read, Refusal)).code;
}

Deno.test("readBytes() reads what comes in parts", async () => {
  const parts = new Blob(["ab", "c"]).stream();
  assertEquals(await readBytes(request(parts), 3), new TextEncoder().encode("abc"));
  assertEquals((await readBytes(new Request("http://localhost/"), 3)).length, 0);
});

Deno.test("readBytes() stops at the limit, wherever the length is told or not", async () => {
  assertEquals(await codeOf(readBytes(request("abcd"), 3)), "too_large");
  assertEquals(await codeOf(readBytes(request(new Blob(["ab", "cd"]).stream()), 3)), "too_large");
  let isCancelled = false;
  const endless = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new Uint8Array(1000)),
    cancel: () => void (isCancelled = true),
  });
  assertEquals([await codeOf(readBytes(request(endless), 5000)), isCancelled], ["too_large", true]);
});

Deno.test("readBytes() gives up on a body that does not come", async () => {
  const clock = new ManualClock(0);
  const read = codeOf(readBytes(request(new ReadableStream({ pull: () => new Promise(() => {}) })), 100, clock));
  await clock.advance(60);
  assertEquals(await read, "request_timeout");
});

Deno.test("readBytes() says so when the sender goes away", async () => {
  const broken = new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(new Error("reset")) });
  assertEquals(await codeOf(readBytes(request(broken), 100)), "incomplete_body");
});

Deno.test("parseJson() counts levels outside texts alone", () => {
  const encoder = new TextEncoder();
  const text = `{"a":"${"[".repeat(100)}\\"{","b":${"[".repeat(63)}${"]".repeat(63)}}`;
  assertEquals(Object.keys(parseJson(encoder.encode(text))), ["a", "b"]);
});

const parse = (text: string) => parseJson(new TextEncoder().encode(text)).n;

Deno.test("parseJson() refuses whole numbers that a double would change, and no others", () => {
  for (const text of ["9007199254740993", "-9007199254740993", "[1, 123456789012345678]", "1".repeat(400)]) {
    assertThrows(() => parse(`{"n": ${text}}`), InvalidInput, "which cannot be kept exactly");
  }
  for (
    const text of [
      "9007199254740992",
      "100000000000000000000",
      "0.12345678901234567",
      "1e300",
      "1234567890123456e3",
      "-1",
    ]
  ) assertEquals(parse(`{"n": ${text}}`), Number(text));
  for (const text of ["9007199254740993", 'a "9007199254740993', "\\9007199254740993"]) {
    assertEquals(parse(JSON.stringify({ n: text })), text);
  }
});

Deno.test("parseJson() reads what is long, and what is written badly, without losing its stack", () => {
  for (const text of ["a".repeat(8e6) + "1234567890123456", '"'.repeat(4e6), "\\".repeat(4e6)]) {
    assertEquals(parse(JSON.stringify({ n: text })), text);
  }
  assertThrows(() => parse(`{"n": ${"1".repeat(8e6)}}`), InvalidInput, "which cannot be kept exactly");
  assertThrows(() => parse(`{"n": ${"[".repeat(8e6)}`), InvalidInput, "nested at most 64 levels");
  for (const text of ['{"n": "', '{"n": "\\', "{", "1-1-1-1-1-1-1-1-1"]) assertThrows(() => parse(text));
});
