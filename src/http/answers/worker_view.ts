/**
 * What workers answer, as JSON for whoever asks: times are ISO 8601 text.
 *
 * @module
 */
import type { Json } from "../../json.ts";
import type {
  ActiveTask,
  HeldTask,
  QueriedTask,
  RemoteFailure,
  ScheduledTask,
  WorkerAnswer,
  WorkerStats,
} from "../../remote/answers.ts";
import { timeText } from "../../operations/task_view.ts";

/** What one worker answered. */
export type AnswerView =
  | { readonly worker: string; readonly ok: true; readonly answer: Json }
  | { readonly worker: string; readonly ok: false; readonly error: RemoteFailure };

/** By the question: those whose answers hold times. */
const views: { readonly [question: string]: (answer: never) => object } = {
  stats: viewOfStats,
  active: (tasks: readonly ActiveTask[]) => tasks.map(viewOfHeld),
  reserved: (tasks: readonly HeldTask[]) => tasks.map(viewOfHeld),
  query_task: (found: { readonly [id: string]: QueriedTask }) =>
    Object.fromEntries(Object.entries(found).map(([id, task]) => [id, viewOfHeld(task)])),
};

/** The answers to a question, by its name: `stats`, `query_task`. */
export function viewOfAnswers(question: string, answers: readonly WorkerAnswer<unknown>[]): AnswerView[] {
  const view = views[question];
  return answers.map((one) => {
    if (!one.ok) return one;
    return { ...one, answer: (view ? view(one.answer as never) : one.answer) as Json };
  });
}

/** The views of tasks that wait for their time. */
export function viewOfScheduled(tasks: readonly ScheduledTask[]): object[] {
  return tasks.map(({ eta, ...task }) => ({ ...task, eta: timeText(eta) }));
}

function viewOfStats({ startedAt, ...stats }: WorkerStats): object {
  return { startedAt: timeText(startedAt), ...stats };
}

function viewOfHeld({ receivedAt, startedAt, ...task }: HeldTask & Partial<Pick<ActiveTask, "startedAt">>): object {
  return {
    ...task,
    receivedAt: timeText(receivedAt),
    ...(startedAt === undefined ? {} : { startedAt: timeText(startedAt) }),
  };
}
