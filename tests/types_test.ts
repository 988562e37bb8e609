import { assertEquals } from "@std/assert";
import {
  type AsyncResult,
  type BatchCall,
  type Json,
  Reject,
  sharedTask,
  Snooze,
  type TaskContext,
  type Umbel,
} from "@umbel/umbel";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false;
const isTrue = <T extends true>(_?: T) => {};

interface User {
  name: string;
  age?: number;
}

/** Is compiled, and not run: every line that must not compile says so. */
function compiled(app: Umbel) {
  const add = app.task("add", (x: number, y: number) => x + y);
  const greet = app.task("greet", (user: User, loud = false) => Promise.resolve(`${user.name}${loud}`));
  const nothing = app.task("nothing", () => {});
  const maybe = app.task("maybe", { queue: "m" }, (x: string): string | undefined => x);
  const bound = app.task("bound", { bind: true }, (self, to: string) => ({ id: self.id, to }));
  const shared = sharedTask("shared", { bind: true }, (self: TaskContext, n: number) => n + self.retries);

  isTrue<Same<Awaited<ReturnType<typeof add.delay>>, AsyncResult<number>>>();
  isTrue<Same<Awaited<ReturnType<AsyncResult<string>["get"]>>, string>>();
  isTrue<Same<Awaited<ReturnType<typeof greet.delay>>, AsyncResult<string>>>();
  isTrue<Same<Awaited<ReturnType<typeof nothing.delay>>, AsyncResult<null>>>();
  isTrue<Same<Awaited<ReturnType<typeof maybe.delay>>, AsyncResult<string | null>>>();
  isTrue<Same<Awaited<ReturnType<typeof bound.delay>>, AsyncResult<{ id: string; to: string }>>>();
  isTrue<Same<Parameters<typeof shared.delay>, [n: number]>>();

  const batch = { size: 10, wait: "1s" };
  const index = app.task(
    "index",
    { batch },
    (calls: readonly BatchCall<[title: string, n?: number]>[]) =>
      calls.map(({ args: [title, n = 0], self }) => title === "" ? new TypeError(self.id) : { title, n }),
  );
  const silent = sharedTask("silent", { batch }, async (_: readonly BatchCall<[n: number]>[]) => {});
  const control = app.task(
    "control",
    { batch },
    (calls: readonly BatchCall<[n: number]>[]) =>
      calls.map(({ args: [n], self }) => [n, new Snooze("1s"), new Reject("no"), self.retry()][n]!),
  );
  isTrue<Same<Parameters<typeof index.delay>, [title: string, n?: number]>>();
  isTrue<Same<Awaited<ReturnType<typeof index.delay>>, AsyncResult<{ title: string; n: number }>>>();
  isTrue<Same<Awaited<ReturnType<typeof silent.delay>>, AsyncResult<null>>>();
  isTrue<Same<Awaited<ReturnType<typeof control.delay>>, AsyncResult<number>>>();
  void index.delay("a", 1);
  // @ts-expect-error the calls are not an argument
  void index.delay([]);
  // @ts-expect-error a batch's handler gets calls
  app.task("wrong", { batch }, (x: number, y: number) => [x + y]);
  // @ts-expect-error each call brings its context
  app.task("wrong", { batch, bind: true }, (_: readonly BatchCall<[]>[]) => []);

  void add.delay(1, 2);
  void greet.delay({ name: "Ada" });
  void greet.applyAsync([{ name: "Ada" }, true], { countdown: "5s" });
  void bound.delay("a@example.org");
  // @ts-expect-error an argument is missing
  void add.delay(1);
  // @ts-expect-error an argument is of the wrong type
  void add.delay(1, "2");
  // @ts-expect-error there is one too many
  void add.applyAsync([1, 2, 3]);
  // @ts-expect-error one list of arguments is wrong
  void add.delayMany([[1, 2], [1]]);
  // @ts-expect-error the context is not an argument
  void bound.delay({} as TaskContext, "a@example.org");
  // @ts-expect-error there is no such option
  void add.applyAsync([1, 2], { countdwn: 1 });
  // @ts-expect-error without bind the handler gets no context
  app.task("unbound", {}, (self: TaskContext) => self.id).delay();

  const sent = app.sendMany([add.call([1, 2]), ["mail", ["a"]], bound.call(["b"])]);
  isTrue<
    Same<Awaited<typeof sent>, [AsyncResult<number>, AsyncResult<Json>, AsyncResult<{ id: string; to: string }>]>
  >();
  const byTask = app.sendTask(add, [1, 2]);
  isTrue<Same<Awaited<typeof byTask>, AsyncResult<number>>>();
  const byName = app.sendTask("add", [1, 2]);
  isTrue<Same<Awaited<typeof byName>, AsyncResult<Json>>>();
  // @ts-expect-error an argument is of the wrong type
  void app.sendTask(add, [1, "2"]);
}

Deno.test("types flow from the handler to delay() and get()", () => {
  assertEquals(typeof compiled, "function");
});
