/** The app of a worker whose handlers run in children: its module is imported by each of them. */
import { Ignore, Reject, Snooze, Umbel } from "@umbel/umbel";
import { sqlite } from "@umbel/umbel/sqlite";

export const app = new Umbel("shop", { broker: sqlite(Deno.env.get("POOL_TEST_DB")!), env: {} });

/** Known to no other child. */
const child = crypto.randomUUID();
const leaked: Uint8Array[] = [];

class OutOfStock extends Error {
  override name = "OutOfStock";
}

export const add = app.task("add", (x: number, y: number) => x + y);
export const who = app.task("who", () => child);
export const endless = app.task("endless", { timeLimit: "300ms" }, () => {
  while (true);
});
export const held = app.task("held", async (until: string) => {
  let rounds = 0;
  for (; !await Deno.stat(until).then(() => true, () => false); rounds++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return rounds;
});
export const spin = app.task("spin", { bind: true }, (self) => {
  self.progress(1, 2);
  while (true);
});
export const fail = app.task("fail", (reason: string) => {
  throw new OutOfStock("none left", { cause: new TypeError(reason) });
});
export const picky = app.task("picky", { bind: true, retryFor: [OutOfStock], retryDelay: "1ms" }, (self) => {
  if (self.retries < 2) throw new OutOfStock("none left");
  return self.retries;
});
export const deep = app.task("deep", () => {
  const dig = (): number => dig() + 1;
  return dig();
});
export const crash = app.task("crash", (how: "throw" | "close" | "exit" | "reject") => {
  if (how === "throw") setTimeout(() => dig());
  if (how === "reject") void Promise.reject(new TypeError("nobody catches this"));
  if (how === "close") self.close();
  if (how === "exit") Deno.exit(3);
  return new Promise<void>(() => {});
});
export const leak = app.task("leak", (mb: number) => {
  leaked.push(new Uint8Array(mb * 1024 * 1024).fill(1));
  return [child, leaked.length] as const;
});
export const says = app.task("says", { bind: true }, (self) => {
  self.log("hello", { at: 1 });
  self.log.warning("careful");
  self.updateState("HALF", { done: 1 });
  return { id: self.id, headers: self.headers, retries: self.retries };
});
export const waits = app.task("waits", { bind: true }, (self) => {
  self.updateState("WAITS");
  return new Promise<string>((resolve) => {
    self.signal.addEventListener("abort", () => resolve(`${self.signal.reason.name}`));
  });
});
export const soft = app.task("soft", { bind: true, softTimeLimit: "20ms" }, (self) => {
  return new Promise<string>((resolve) => {
    self.signal.addEventListener("abort", () => resolve(`${self.signal.reason.code}`));
  });
});
export const control = app.task("control", { bind: true }, (self, what: "ignore" | "reject" | "snooze") => {
  if (what === "ignore") {
    self.updateState("LEFT");
    throw new Ignore();
  }
  if (what === "reject") throw new Reject("no way");
  throw new Snooze("1h");
});
export const sends = app.task("sends", () => {
  void add.applyAsync([20, 22], { id: "sent-by-a-child" });
});
export const sums = app.task(
  "sums",
  { batch: { size: 3, wait: "1s" } },
  (calls: readonly { args: [number] }[]) =>
    calls.map(({ args }) => args[0] === 13 ? new RangeError("unlucky") : [args[0] * 2, calls.length] as const),
);
export const posts = app.task("posts", () => {
  for (const odd of [null, undefined, 1, "ready", [], { kind: null }, { kind: "ended", lease: "of nobody" }]) {
    (self as unknown as { postMessage(message: unknown): void }).postMessage(odd);
  }
  return "posted";
});
/** A batch that waits for a file; what stands around the call with that argument never gives way. */
export const together = app.task("together", { batch: { size: 2, wait: "5s" } }, async (calls) => {
  const [until] = calls[0]!.args as [string];
  calls[0]!.self.progress(1);
  while (!await Deno.stat(until).then(() => true, () => false)) await new Promise((resolve) => setTimeout(resolve, 10));
  return calls.map(() => `together ${calls.length}`);
});
app.use({
  async run(self, next) {
    const result = await next();
    if (self.task === "together" && self.args[1] === "stuck") await new Promise(() => {});
    return result;
  },
});
export const dates = app.task("dates", () => ({ at: new Date() }));

function dig(): never {
  throw new TypeError("thrown at the top");
}
