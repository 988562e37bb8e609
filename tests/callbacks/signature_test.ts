import { assertEquals, assertRejects } from "@std/assert";
import { InvalidInput, verifyWebhook, WebhookRefused } from "@umbel/umbel/webhooks";
import { WebhookSecrets } from "../../src/callbacks/signature.ts";

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const other = `whsec_${btoa("another secret of 24 bytes at least")}`;
const id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
const time = 1614265330;
const body = '{"test": 2432232314}';
const signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
const now = time * 1000;

function request(headers: Record<string, string> = {}, text = body): Request {
  return new Request("https://shop.example/", {
    method: "POST",
    headers: { "webhook-id": id, "webhook-timestamp": String(time), "webhook-signature": signature, ...headers },
    body: text,
  });
}

Deno.test("WebhookSecrets.sign() signs as Standard Webhooks has it, with each secret", async () => {
  assertEquals(await new WebhookSecrets([secret], "s").sign(id, time, body), signature);
  const both = await new WebhookSecrets([secret, other], "s").sign(id, time, body);
  assertEquals(both, `${signature} ${await new WebhookSecrets([other], "s").sign(id, time, body)}`);
});

Deno.test("verifyWebhook() reads what is genuine, while a secret is replaced too", async () => {
  assertEquals(await verifyWebhook(request(), secret, { now }) as unknown, { test: 2432232314 });
  await verifyWebhook(request(), [other, secret], { now: now + 299_000 });
  await verifyWebhook(request({ "webhook-signature": `v1a,x v1,AAAA ${signature}` }), secret, { now: now - 299_000 });
  await verifyWebhook(request(), secret, { now: now + 3_600_000, tolerance: 3601 });
});

Deno.test("verifyWebhook() refuses what is not", async () => {
  const refused: readonly [Request, string | readonly string[], number, string][] = [
    [request({}, body + " "), secret, now, "is wrong"],
    [request({ "webhook-id": "other" }), secret, now, "is wrong"],
    [request({ "webhook-timestamp": String(time + 1) }), secret, now, "is wrong"],
    [request(), other, now, "is wrong"],
    [request({ "webhook-signature": "v1,AAAA" }), secret, now, "is wrong"],
    [request({ "webhook-signature": signature.replace("v1,", "v2,") }), secret, now, "is wrong"],
    [request(), secret, now + 301_000, "more than 300 s ago"],
    [request(), secret, now - 301_000, "from the future"],
    [request({ "webhook-timestamp": "now" }), secret, now, "not signed"],
    [request({ "webhook-signature": "" }), secret, now, "not signed"],
    [new Request("https://shop.example/", { method: "POST", body }), secret, now, "not signed"],
  ];
  for (const [one, secrets, time, sentence] of refused) {
    await assertRejects(() => verifyWebhook(one, secrets, { now: time }), WebhookRefused, sentence);
  }
  await assertRejects(() => verifyWebhook(request(), "secret", { now }), InvalidInput, "whsec_");
});
