import { assertEquals, assertThrows } from "@std/assert";
import { InvalidInput, Umbel } from "@umbel/umbel";
import { readRedact, redactArgs, redactHint } from "../../src/policies/redact.ts";

const args = ["ada", { password: "pw", keys: [{ token: "t", id: 1 }] }, [1, 2]];

Deno.test("redactArgs() hides what is at the paths, and nothing else", () => {
  const cases: readonly (readonly [string, readonly unknown[]])[] = [
    ["0", ["[redacted]", args[1], args[2]]],
    ["1.password", ["ada", { password: "[redacted]", keys: [{ token: "t", id: 1 }] }, [1, 2]]],
    ["1.keys.*.token", ["ada", { password: "pw", keys: [{ token: "[redacted]", id: 1 }] }, [1, 2]]],
    ["2.0", ["ada", args[1], ["[redacted]", 2]]],
    ["*", ["[redacted]", "[redacted]", "[redacted]"]],
    ["1.nothing", args],
    ["0.deeper", args],
    ["9", args],
  ];
  const before = structuredClone(args);
  for (const [path, left] of cases) assertEquals(redactArgs(args, [path]), left, path);
  assertEquals(args, before);
});

Deno.test("redactArgs() hides all, nothing, or what a function says", () => {
  assertEquals(redactArgs(["a", 1], true), ["[redacted]", "[redacted]"]);
  assertEquals(redactArgs(["a", 1], undefined), ["a", 1]);
  assertEquals(redactArgs(["a", 1], ([first]) => [first]), ["a"]);
});

Deno.test("redactArgs() shows nothing when its function throws, gives no list, or may not look", () => {
  const fail = () => {
    throw new Error("oops");
  };
  assertEquals(redactArgs(["a"], fail), ["[redacted]"]);
  assertEquals(redactArgs(["a"], (() => "a") as never), ["[redacted]"]);
});

Deno.test("redactArgs() gives its function a copy", () => {
  const own = [{ password: "pw" }];
  redactArgs(own, (args) => {
    (args[0] as { password?: string }).password = "";
    return args;
  });
  assertEquals(own, [{ password: "pw" }]);
});

Deno.test("redactArgs() hides rich values that a path leads into as a whole", () => {
  assertEquals(redactArgs([new Map([["password", "pw"]])], ["0.password"]), ["[redacted]"]);
});

Deno.test("readRedact() takes true, paths and functions, and says what is wrong with others", () => {
  assertEquals([readRedact(true), readRedact(false), readRedact(["0"])], [true, undefined, ["0"]]);
  for (const wrong of ["0", ["password"], ["0."], [0], {}, null, 1]) {
    assertThrows(
      () => readRedact(wrong),
      InvalidInput,
      "redact must be true, paths that begin with an argument's number",
    );
  }
});

Deno.test("redactHint() tells viewers without the code, who cannot call a function, to hide all", () => {
  assertEquals([redactHint(true), redactHint(["0"]), redactHint(() => [])], [true, ["0"], true]);
});

Deno.test("app.task() refuses a wrong redact", () => {
  assertThrows(() => new Umbel("shop", { env: {} }).task("t", { redact: ["pw"] }, () => 1), InvalidInput);
});
