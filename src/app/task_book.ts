/**
 * The tasks of an app, by their names.
 *
 * @module
 */
import { type Callbacks, checkCallback } from "../callbacks/callbacks.ts";
import { InvalidInput, UnknownTask } from "../errors.ts";
import { nearest } from "../options/nearest.ts";
import { Task } from "../tasks/task.ts";

/** The tasks of an app. */
export class TaskBook {
  /** All of them. */
  readonly all: ReadonlyMap<string, Task>;
  readonly #tasks = new Map<string, Task>();
  readonly #app: string;
  readonly #callbacks: Callbacks | undefined;

  /** Those of the app of this name. */
  constructor(app: string, callbacks: Callbacks | undefined) {
    this.all = this.#tasks;
    this.#app = app;
    this.#callbacks = callbacks;
  }

  /**
   * Adds tasks, and those that modules export: all of them or none.
   *
   * @returns Those that were meant.
   * @throws {InvalidInput} When there is another task of that name already, or the app may not tell what one asks for.
   */
  add(sources: readonly object[]): readonly Task[] {
    const tasks = sources.flatMap((source) => source instanceof Task ? [source] : tasksOf(source));
    const names = new Map(this.#tasks);
    for (const task of tasks) {
      if ((names.get(task.name) ?? task) !== task) {
        throw new InvalidInput("task", `App ${this.#app} has a task ${JSON.stringify(task.name)} already`);
      }
      checkCallback(this.#callbacks, task.settings.callback);
      names.set(task.name, task);
    }
    for (const task of tasks) this.#tasks.set(task.name, task);
    return tasks;
  }

  /** The task of that name. @throws {UnknownTask} With the nearest name there is. */
  named(name: string): Task {
    const task = this.#tasks.get(name);
    if (task) return task;
    const meant = nearest(name, this.#tasks.keys());
    throw new UnknownTask(
      `App ${this.#app} has no task ${JSON.stringify(name)}` +
        (meant === undefined ? "" : `: did you mean ${JSON.stringify(meant)}?`),
    );
  }
}

function tasksOf(module: object): Task[] {
  return Object.values(module).filter((value) => value instanceof Task);
}
