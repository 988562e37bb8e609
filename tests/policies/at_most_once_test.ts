import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { InvalidInput, sharedTask } from "@umbel/umbel";
import { givenUp, Unconfirmed } from "../../src/policies/at_most_once.ts";
import { delivery } from "../scripted.ts";

Deno.test("givenUp() gives up at the third death, at the first where a task is run at most once", () => {
  const { message } = delivery("task");
  const verdicts = (isAtMostOnce: boolean) =>
    [0, 1, 2, 3].map((deaths) => givenUp(message, deaths, isAtMostOnce)?.code);
  assertEquals(verdicts(false), [undefined, undefined, undefined, "worker_lost"]);
  assertEquals(verdicts(true), [undefined, "worker_lost", "worker_lost", "worker_lost"]);
  assertMatch(givenUp(message, 1, true)!.message, /^A worker died while it held task task\[id-\d+\], which is run at/);
});

Deno.test("Unconfirmed.confirm() gives each one out once, when it is named and not over", () => {
  const held = new Unconfirmed<{ lease: string; isOver: boolean }>();
  assertEquals(held.confirm(["a"]), []);
  const [a, b, c] = ["a", "b", "c"].map((lease) => ({ lease, isOver: lease === "b" }));
  for (const one of [a!, b!, c!]) held.add(one);
  assertEquals(held.confirm(["a", "b"]), [a]);
  assertEquals(held.size, 1);
  assertEquals(held.confirm(["a"]), []);
  assertEquals(held.clear(), [c]);
  assertEquals(held.size, 0);
});

Deno.test("acks is early or late", () => {
  assertEquals(sharedTask("task", { acks: "early" }, () => {}).settings.isAtMostOnce, true);
  assertEquals(sharedTask("task", { acks: "late" }, () => {}).settings.isAtMostOnce, undefined);
  assertThrows(
    () => sharedTask("task", { acks: true as never }, () => {}),
    InvalidInput,
    'acks must be "early" or "late", and it is true',
  );
});
