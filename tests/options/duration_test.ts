import { assertEquals, assertThrows } from "@std/assert";
import { type Duration, InvalidInput } from "@umbel/umbel";
import { durationText, milliseconds } from "../../src/options/duration.ts";

Deno.test("milliseconds() reads numbers as seconds, text with a unit, and parts", () => {
  const cases: [Duration, number][] = [
    [0, 0],
    [10, 10_000],
    [0.25, 250],
    ["250ms", 250],
    ["10s", 10_000],
    ["1.5m", 90_000],
    [" 2 h ", 7_200_000],
    ["1d", 86_400_000],
    [{ hours: 1, minutes: 30 }, 5_400_000],
    [{ days: 1, seconds: 1, milliseconds: 1 }, 86_401_001],
  ];
  for (const [duration, ms] of cases) assertEquals(milliseconds(duration, "x"), ms);
});

Deno.test("durationText() says milliseconds in the largest unit that takes no fraction", () => {
  const texts = [0, 1, 999, 1000, 1500, 60_000, 90_000, 7_200_000, 86_400_000].map(durationText);
  assertEquals(texts, ["0s", "1ms", "999ms", "1s", "1500ms", "1m", "90s", "2h", "1d"]);
  for (const text of texts) assertEquals(durationText(milliseconds(text, "text")), text);
});

Deno.test("milliseconds() refuses anything else, naming the field and the value", () => {
  const wanted = 'x must be seconds, text like "250ms", "10s", "5m", "2h", "1d", or { minutes: 5 }, and it is ';
  const cases: [unknown, string][] = [
    ["10", `${wanted}"10"`],
    ["soon", `${wanted}"soon"`],
    ["-1s", `${wanted}"-1s"`],
    [{}, `${wanted}{}`],
    [{ weeks: 1 }, `${wanted}{"weeks":1}`],
    [{ minutes: "1" }, `${wanted}{"minutes":"1"}`],
    [null, `${wanted}null`],
    [1n, `${wanted}1`],
    [-1, "x must be finite and not negative, and it is -1"],
    [NaN, "x must be finite and not negative"],
    [Infinity, "x must be finite and not negative"],
    [{ minutes: -1 }, "x must be finite and not negative"],
  ];
  for (const [value, sentence] of cases) {
    const error = assertThrows(() => milliseconds(value as Duration, "x"), InvalidInput, sentence);
    assertEquals(error.field, "x");
  }
});
