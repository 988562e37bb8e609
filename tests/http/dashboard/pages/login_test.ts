import { assertEquals } from "@std/assert";
import { createLogger, Umbel } from "@umbel/umbel";
import { dashboard } from "@umbel/umbel/dashboard";
import { sqlite } from "@umbel/umbel/sqlite";

Deno.test("who logs in is told in the log, and that somebody was refused; neither with the secret", async () => {
  await using app = new Umbel("shop", { broker: sqlite(":memory:"), env: {} });
  const lines: string[] = [];
  const log = createLogger({ level: "info", write: (line) => void lines.push(line) });
  const pages = dashboard(app, { tokens: ["a-secret-of-the-tests"], log });
  const logIn = (token: string) => pages.request("/login", { method: "POST", body: new URLSearchParams({ token }) });
  assertEquals((await logIn("something-else")).status, 401);
  assertEquals((await logIn("a-secret-of-the-tests")).status, 303);
  const said = lines.join("\n");
  assertEquals(/A login at the dashboard was refused: 401/.test(said), true, said);
  assertEquals(/audit: [\w ]+ \(\w+\) login → 303/.test(said), true, said);
  assertEquals(/a-secret|something-else/.test(said), false, said);
});
