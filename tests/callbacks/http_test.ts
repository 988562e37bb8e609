import { assertEquals } from "@std/assert";
import { createLogger, Umbel } from "@umbel/umbel";
import { http } from "@umbel/umbel/http";
import { sqlite } from "@umbel/umbel/sqlite";

Deno.test("POST /tasks/:name takes a callback to a host that the app allows", async () => {
  const callbacks = { hosts: ["hooks.example.org"], secrets: [`whsec_${btoa("a secret of at least 24 bytes")}`] };
  await using app = new Umbel("shop", { broker: sqlite(":memory:"), env: {}, callbacks });
  app.task("add", (x: number) => x);
  const api = http(app, { open: true, log: createLogger({ write: () => {} }) });
  const post = async (callback: unknown, task = "add") =>
    await api.request(`/tasks/${task}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ args: [1], callback }),
    });
  for (
    const callback of ["https://hooks.example.org/", { url: "https://hooks.example.org/", on: ["failure"] }, false]
  ) {
    assertEquals((await post(callback)).status, 202);
  }
  for (
    const callback of ["https://other.example/", "http://127.0.0.1/", { url: "https://hooks.example.org/", on: [] }, 1]
  ) {
    const response = await post(callback);
    assertEquals([response.status, (await response.json()).code], [422, "invalid_input"]);
  }
  assertEquals((await post(undefined, "umbel.callback")).status, 422);
  const document = await (await api.request("/openapi.json")).json();
  assertEquals(Object.keys(document.paths).filter((path) => path.includes("umbel.callback")), []);
});
