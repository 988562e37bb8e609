import { assertEquals, assertThrows } from "@std/assert";
import { InvalidInput, Reject, Retry, RetryAfter, Snooze } from "@umbel/umbel";

const answer = (retryAfter?: string) =>
  new Response(null, { status: 429, headers: retryAfter === undefined ? {} : { "retry-after": retryAfter } });

Deno.test("RetryAfter reads seconds and HTTP dates from a response", () => {
  const read = (header?: string) => {
    const { delay, eta, isFromServer } = new RetryAfter(answer(header));
    return [delay, eta, isFromServer];
  };
  assertEquals(read("120"), [120_000, undefined, true]);
  assertEquals(read(" 0 "), [0, undefined, true]);
  assertEquals(read("Wed, 21 Oct 2026 07:28:00 GMT"), [undefined, Date.UTC(2026, 9, 21, 7, 28), true]);
  for (const nothing of [undefined, "", "-5", "1.5", "soon", "Someday", "-1"]) {
    assertEquals(read(nothing), [undefined, undefined, true], nothing);
  }
});

Deno.test("RetryAfter takes a server's word for a day at most", () => {
  assertEquals(new RetryAfter(answer("99999999999999999999999")).delay, 86_400_000);
});

Deno.test("RetryAfter takes a Date or a duration, and keeps the error", () => {
  assertEquals(new RetryAfter(new Date(5)).eta, 5);
  assertEquals(new RetryAfter("2m").delay, 120_000);
  assertEquals(new RetryAfter({ minutes: 2 }).delay, 120_000);
  assertEquals(new RetryAfter(2).delay, 2000);
  assertEquals(new RetryAfter(2, "why").error, "why");
  assertEquals(new RetryAfter(2) instanceof Retry, true);
  assertThrows(() => new RetryAfter("later"), InvalidInput, "when must be seconds");
  assertThrows(() => new RetryAfter(null as never), InvalidInput, "when must be seconds");
  assertThrows(() => new RetryAfter(new Date(NaN)), InvalidInput, "when must be a Date");
});

Deno.test("Snooze and Reject check what they are given", () => {
  assertEquals(new Snooze("1m").delay, 60_000);
  assertThrows(() => new Snooze(-1), InvalidInput, "duration must be finite");
  const error = new TypeError("no such customer");
  assertEquals([new Reject("gone").message, new Reject(error).message, new Reject(error).cause], [
    "gone",
    "no such customer",
    error,
  ]);
  assertEquals(new Reject("gone").code, "rejected");
  assertThrows(() => new Reject(5 as never), InvalidInput, "reason must be a sentence or an error");
});

Deno.test("RetryAfter of a response keeps its status, unless an error is given", () => {
  const response = new Response(null, { status: 503, statusText: "Service Unavailable" });
  assertEquals(String(new RetryAfter(response).error), "Error: HTTP 503 Service Unavailable");
  assertEquals(String(new RetryAfter(answer("5")).error), "Error: HTTP 429");
  assertEquals(new RetryAfter(response, "why").error, "why");
  assertEquals(new RetryAfter({ headers: new Headers() }).error, undefined);
});
