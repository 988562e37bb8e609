import { assertEquals } from "@std/assert";
import { plain } from "../../src/remote/plain.ts";

Deno.test("plain() makes JSON of settings", () => {
  assertEquals(
    plain({
      text: "a",
      number: 1.5,
      endless: Infinity,
      big: 1n,
      none: undefined,
      nothing: null,
      list: [1, undefined, () => 1],
      queues: new Map([["mail", { maxLength: 5, groupBy: { key: (one: string) => one } }]]),
      names: new Set(["a"]),
    }),
    {
      text: "a",
      number: 1.5,
      endless: "Infinity",
      big: "1",
      nothing: null,
      list: [1, null, "function"],
      queues: { mail: { maxLength: 5, groupBy: { key: "function" } } },
      names: ["a"],
    },
  );
});

Deno.test("plain() masks what is named like a secret, bytes, and the user in a URL", () => {
  const masked = "********";
  assertEquals(
    plain({
      ...{
        token: "s3cret",
        restToken: "s3cret",
        dbPassword: { a: 1 },
        api_key: "k",
        privateKey: "k",
        AUTHORIZATION: "b",
      },
      key: new Uint8Array(3),
      broker: "https://:s3cret@example.org/path and redis://user:pw@10.0.0.1:6379",
      nested: [{ clientSecret: "s" }],
      monkey: "stays",
      keepLog: true,
    }),
    {
      ...{ token: masked, restToken: masked, dbPassword: masked, api_key: masked, privateKey: masked },
      ...{ AUTHORIZATION: masked, key: masked },
      broker: `https://${masked}@example.org/path and redis://${masked}@10.0.0.1:6379`,
      nested: [{ clientSecret: masked }],
      monkey: "stays",
      keepLog: true,
    },
  );
});

Deno.test("plain() ends where something holds itself", () => {
  const own: { inner?: unknown } = {};
  own.inner = own;
  assertEquals(JSON.stringify(plain(own)).length < 200, true);
});
