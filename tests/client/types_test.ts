import { assertEquals } from "@std/assert";
import { type Json, sharedTask, type TaskContext, type Umbel } from "@umbel/umbel";
import type { Client, RemoteResult } from "@umbel/umbel/client";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false;
const isTrue = <T extends true>(_?: T) => {};

/** Is compiled, and not run: every line that must not compile says so. */
function compiled(app: Umbel, client: Client) {
  const greet = app.task("greet", (user: { name: string }, loud?: boolean) => `${user.name}${loud}`);
  const nothing = app.task("nothing", () => {});
  const bound = sharedTask("bound", { bind: true }, (self: TaskContext, n: number) => n + self.retries);

  const remote = client.task<typeof greet>("greet");
  isTrue<Same<Parameters<typeof remote.delay>, [user: { name: string }, loud?: boolean | undefined]>>();
  isTrue<Same<Awaited<ReturnType<typeof remote.delay>>, RemoteResult<string>>>();
  isTrue<Same<Awaited<ReturnType<RemoteResult<string>["get"]>>, string>>();
  const silent = client.task<typeof nothing>("nothing");
  isTrue<Same<Awaited<ReturnType<typeof silent.delay>>, RemoteResult<null>>>();
  const remoteBound = client.task<typeof bound>("bound");
  isTrue<Same<Parameters<typeof remoteBound.delay>, [n: number]>>();

  const byFunction = client.task<(to: string, copies?: number) => Promise<void>>("mail");
  isTrue<Same<Parameters<typeof byFunction.delay>, [to: string, copies?: number | undefined]>>();
  isTrue<Same<Awaited<ReturnType<typeof byFunction.delay>>, RemoteResult<null>>>();
  const untyped = client.task("mail");
  isTrue<Same<Awaited<ReturnType<typeof untyped.delay>>, RemoteResult<Json>>>();
  void untyped.delay("a", { b: [1] });

  const sent = client.sendMany([remote.call([{ name: "Ada" }]), ["mail", ["a"]], silent.call([])]);
  isTrue<Same<Awaited<typeof sent>, [RemoteResult<string>, RemoteResult<Json>, RemoteResult<null>]>>();
  isTrue<Same<ReturnType<typeof remote.result>, RemoteResult<string>>>();

  void remote.delay({ name: "Ada" });
  void remote.applyAsync([{ name: "Ada" }, true], { countdown: "5s", signal: AbortSignal.timeout(1000) });
  // @ts-expect-error an argument is missing
  void remote.delay();
  // @ts-expect-error an argument is of the wrong type
  void remote.delay({ name: 1 });
  // @ts-expect-error there is no such option
  void remote.applyAsync([{ name: "Ada" }], { countdwn: 1 });
  // @ts-expect-error that is a matter of the server's task
  void remote.applyAsync([{ name: "Ada" }], { unique: true });
  // @ts-expect-error neither a task nor a function
  client.task<string>("mail");
}

Deno.test("types flow from a task elsewhere to delay() and get()", () => {
  assertEquals(typeof compiled, "function");
});
