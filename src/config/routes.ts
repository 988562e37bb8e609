/**
 * Which queue a call goes to when neither it nor its task names one: Celery's `task_routes`.
 *
 * @module
 */
import { InvalidInput } from "../errors.ts";
import type { Json } from "../json.ts";
import { checkName } from "../message.ts";
import { show } from "../options/values.ts";

/** What a route is chosen by. */
export interface RoutedCall {
  /** The name of the task. */
  readonly task: string;
  /** The arguments, as JSON brings them. */
  readonly args: readonly Json[];
  /** Whatever the caller wants the handler to see beside the arguments. */
  readonly headers: { readonly [name: string]: Json };
}

/** Chooses the queue of a call; `undefined` leaves it to the app's `defaultQueue`. */
export type RouteFunction = (call: RoutedCall) => string | undefined;

/**
 * Queues by the names of tasks, where `*` stands for any text and the first that fits counts
 * (`{ "mail.*": "mail", "*": "rest" }`), or a function.
 */
export type Routes = { readonly [pattern: string]: string } | RouteFunction;

/** Routes, checked. */
export interface Router {
  /** The queue of a call. @throws {InvalidInput} When a function chooses something that is no name of a queue. */
  queueOf(call: RoutedCall): string | undefined;
  /** The queue of a task whatever it is called with, as far as that is known: a function is not asked. */
  queueOfTask(task: string): string | undefined;
}

/**
 * Reads routes: an object or a function, or the JSON of an object.
 *
 * @throws {InvalidInput} When they are something else, or a queue's name breaks its rule.
 */
export function readRoutes(value: unknown, field: string): Router {
  if (typeof value === "function") return chosenBy(value as RouteFunction);
  const table = typeof value === "string" ? parsed(value) : value;
  if (typeof table !== "object" || table === null || Array.isArray(table)) {
    throw new InvalidInput(
      field,
      `${field} must be an object of patterns and queues, as { "mail.*": "mail" }, or a function, ` +
        `and it is ${show(value)}`,
    );
  }
  return chosenFrom(
    Object.entries(table).map(([pattern, queue]) => {
      if (pattern === "") throw new InvalidInput(field, `${field} has an empty pattern, which no task fits`);
      return [toExpression(pattern), checkQueue(queue, `${field}[${JSON.stringify(pattern)}]`)];
    }),
  );
}

function chosenBy(choose: RouteFunction): Router {
  return {
    queueOf(call) {
      const queue = choose(call) ?? undefined;
      return queue === undefined ? undefined : checkQueue(queue, `The route of task ${JSON.stringify(call.task)}`);
    },
    queueOfTask: () => undefined,
  };
}

function chosenFrom(table: readonly (readonly [RegExp, string])[]): Router {
  const queueOfTask = (task: string) => table.find(([pattern]) => pattern.test(task))?.[1];
  return { queueOf: ({ task }) => queueOfTask(task), queueOfTask };
}

function toExpression(pattern: string): RegExp {
  const parts = pattern.split("*").map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`);
}

function checkQueue(queue: unknown, where: string): string {
  try {
    return checkName("queue", queue);
  } catch (error) {
    throw new InvalidInput("routes", `${where} names no queue: ${(error as Error).message}`);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
