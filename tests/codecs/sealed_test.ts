import { assert, assertEquals, assertNotEquals, assertRejects, assertThrows } from "@std/assert";
import { CannotDecode, InvalidInput } from "@umbel/umbel";
import { compress, sealed, signed } from "@umbel/umbel/codecs";
import { key } from "./setup.ts";

const bytes = new TextEncoder().encode("a secret");
const keys = { k1: key(1) };

Deno.test("sealed() opens what it sealed, at its place alone", async () => {
  const codec = sealed({ keys });
  const once = (await codec.encode(bytes, "here"))!;
  assertEquals(await codec.decode(once, "here"), bytes);
  assertNotEquals(await codec.encode(bytes, "here"), once, "each time with another nonce");
  const error = await assertRejects(() => codec.decode(once, "there"), CannotDecode, "does not open");
  assertEquals(error.isDamaged, true);
});

Deno.test("sealed() opens nothing of which one bit was changed, or a byte is missing", async () => {
  const codec = sealed({ keys: { k1: key(1), k3: key(3) } });
  const sealedBytes = (await codec.encode(bytes, "here"))!;
  for (let at = 0; at < sealedBytes.length; at++) {
    const changed = sealedBytes.slice();
    changed[at]! ^= 2;
    await assertRejects(() => codec.decode(changed, "here"), CannotDecode);
    await assertRejects(() => codec.decode(sealedBytes.slice(0, at), "here"), CannotDecode);
  }
});

Deno.test("sealed() says which key is missing, and that somebody else may have it", async () => {
  const made = (await sealed({ keys }).encode(bytes, "here"))!;
  const error = await assertRejects(
    () => sealed({ keys: { k2: key(2) } }).decode(made, "here"),
    CannotDecode,
    'sealed with the key "k1", and known are k2',
  );
  assertEquals(error.isDamaged, false);
});

Deno.test("sealed() opens with a wrong key of the right id nothing", async () => {
  const made = (await sealed({ keys }).encode(bytes, "here"))!;
  await assertRejects(() => sealed({ keys: { k1: key(2) } }).decode(made, "here"), CannotDecode, "another key of that");
});

Deno.test("sealed() blinds the same text the same way, and by its key", async () => {
  const blind = sealed({ keys }).blind!;
  assertEquals(await blind("same"), await sealed({ keys }).blind!("same"));
  assertNotEquals(await blind("same"), await blind("other"));
  assertNotEquals(await blind("same"), await sealed({ keys: { k1: key(2) } }).blind!("same"));
});

Deno.test("sealed() and signed() take keys as bytes or in base64, and only whole ones", async () => {
  const base64 = btoa(String.fromCharCode(...key(1)));
  const made = (await sealed({ keys: { k1: `${base64}\n` } }).encode(bytes, "here"))!;
  assertEquals(await sealed({ keys }).decode(made, "here"), bytes);
  const wrong: readonly (readonly [unknown, string])[] = [
    [{}, "keys must hold at least one key"],
    [{ k1: key(1).slice(1) }, 'The key "k1" must be 32 bytes, or base64 of them, and it has 31'],
    [{ k1: "a passphrase!" }, "it is no base64"],
    [{ k1: undefined }, "it is undefined"],
    [{ "k 1": key(1) }, "The id of a key must be 1 to 64 letters"],
    [{ 2: key(2), 1: key(1) }, "must not be a number, as an object sorts those: k1, not 1"],
    [["x"], "keys must be an object of ids and keys, and it is a list"],
  ];
  for (const [keys, sentence] of wrong) {
    for (const codec of [sealed, signed]) {
      const error = assertThrows(() => codec({ keys: keys as never }), InvalidInput, sentence);
      assert(!error.message.includes("passphrase"), "A sentence does not say a key");
    }
  }
});

Deno.test("signed() verifies what it signed, with any of its keys", async () => {
  const codec = signed({ keys: { k2: key(2), k1: key(1) } });
  assertEquals(await codec.verify("text", await codec.sign("text")), undefined);
  assertEquals(await codec.verify("text", await signed({ keys }).sign("text")), undefined);
  assertEquals(
    await signed({ keys }).verify("text", await codec.sign("text")),
    'it is signed with the key "k2", and accepted are k1',
  );
  assert((await codec.verify("other", await codec.sign("text")))?.startsWith("its signature is wrong"));
  for (const none of ["", "k1", "k1:", "k1:short", ":x", "__proto__:x"]) {
    assertEquals(await codec.verify("text", none), "its signature is none");
  }
});

Deno.test("compress() leaves what is small, or would not get smaller", async () => {
  const codec = compress({ over: 100 });
  assertEquals(await codec.encode(new Uint8Array(100), ""), undefined);
  assertEquals(await codec.encode(crypto.getRandomValues(new Uint8Array(1000)), ""), undefined);
  const made = (await codec.encode(new Uint8Array(1000), ""))!;
  assert(made.length < 100);
  assertEquals(await codec.decode(made, ""), new Uint8Array(1000));
});

Deno.test("compress() refuses what would fill the memory", async () => {
  const made = (await compress({ over: 0 }).encode(new Uint8Array(1_000_000), ""))!;
  const error = await assertRejects(() => compress({ largest: "0.5mb" }).decode(made, ""), CannotDecode);
  assertEquals([error.message, error.isDamaged], ["More than 524288 bytes were compressed", true]);
});

Deno.test("compress() says what is wrong with an option", () => {
  assertThrows(() => compress({ over: "8 kilo" }), InvalidInput, 'over must be bytes, or text like "8kb" or "1mb"');
  assertThrows(() => compress({ ower: 1 } as never), InvalidInput, "did you mean over?");
});
