/** @jsxImportSource hono/jsx */
/**
 * One worker, tab by tab as Flower shows it: its pool, queues, tasks, limits, settings and process.
 *
 * @module
 */
import { type Context, Hono } from "hono";
import type { Umbel } from "../../../app/app.ts";
import type { Duration } from "../../../options/duration.ts";
import { InvalidInput } from "../../../errors.ts";
import type { TimeLimitChange } from "../../../operations/worker_control.ts";
import type { RemoteFailure, WorkerAnswer } from "../../../remote/answers.ts";
import { action, type Submission } from "../action.ts";
import { Empty } from "../components/card.tsx";
import { LinkButton } from "../components/form.tsx";
import type { Desk } from "../desk.ts";
import type { DeskEnv } from "../env.ts";
import type { Html } from "../html.ts";
import type { Parts, Question } from "../live.ts";
import { page } from "../page.tsx";
import { useView } from "../view.tsx";
import { PoolTab, QueuesTab, SystemTab } from "./worker_state.tsx";
import { ConfTab, LimitsTab, TasksTab } from "./worker_tasks.tsx";
import { patience, workerHref } from "./workers.tsx";

const tabs = ["pool", "queues", "tasks", "limits", "conf", "system"] as const;
type Tab = (typeof tabs)[number];

/** What a tab shows: rendered when it is known in which language. */
type Shown = () => Html;

/** What each tab asks the worker. */
const asked: { readonly [tab in Tab]: (app: Umbel, worker: string) => Promise<Shown> } = {
  async pool({ inspect }, worker) {
    const stats = answerOf(await inspect.stats(only(worker)));
    return () => <PoolTab worker={worker} stats={stats} />;
  },
  async queues({ inspect }, worker) {
    const queues = answerOf(await inspect.activeQueues(only(worker)));
    return () => <QueuesTab worker={worker} queues={queues} />;
  },
  async tasks({ inspect }, worker) {
    const [active, reserved, stats] = await Promise.all([
      inspect.active(only(worker)),
      inspect.reserved(only(worker)),
      inspect.stats(only(worker)),
    ]);
    const shown = { active: answerOf(active), reserved: answerOf(reserved), stats: answerOf(stats) };
    return () => <TasksTab {...shown} />;
  },
  async limits({ inspect }, worker) {
    const registered = answerOf(await inspect.registered(only(worker)));
    return () => <LimitsTab worker={worker} tasks={registered} />;
  },
  async conf({ inspect }, worker) {
    const conf = answerOf(await inspect.conf(only(worker)));
    return () => <ConfTab conf={conf} />;
  },
  async system({ inspect }, worker) {
    const stats = answerOf(await inspect.stats(only(worker)));
    return () => <SystemTab stats={stats} />;
  },
};

function only(destination: string) {
  return { destination, timeout: patience } as const;
}

/** A worker that did not answer, or refused. */
class Unanswered extends Error {
  readonly failure: RemoteFailure;

  constructor(failure: RemoteFailure) {
    super(failure.message);
    this.failure = failure;
  }
}

/** The answer of the one worker that was asked. */
function answerOf<Answer>([only]: readonly WorkerAnswer<Answer>[]): Answer {
  if (only?.ok) return only.answer;
  throw new Unanswered(only?.error ?? { code: "unknown_worker", message: "" });
}

function question(worker: string, tab: Tab): Question<Shown> {
  return {
    ...{ name: `worker ${worker} ${tab}`, every: 5000 },
    async ask(app) {
      try {
        return await asked[tab](app, worker);
      } catch (error) {
        if (error instanceof Unanswered) return () => <Unanswering failure={error.failure} />;
        throw error;
      }
    },
  };
}

/** `GET /:worker`, what is new there, and what it may be told. */
export function workerPage(desk: Desk): Hono<DeskEnv> {
  const { live } = desk;
  const nameOf = (context: Context) => context.req.param("worker")!;
  return new Hono<DeskEnv>()
    .get("/:worker", async (context) => {
      const view = context.get("view");
      const worker = nameOf(context);
      const tab = readTab(context.req.query("tab"));
      const { data } = await live.read(question(worker, tab));
      return page(context, {
        ...{ title: worker, section: "workers", live: workerHref(view, worker, { tab }, "/live") },
        trail: [{ label: view.words.workers.title, href: view.url("/workers") }],
        actions: <LinkButton href={view.url("/tasks", { worker })} icon="tasks">{view.words.nav.tasks}</LinkButton>,
        body: (
          <>
            <Tabs worker={worker} tab={tab} />
            {Object.values(parts(data))}
          </>
        ),
      });
    })
    .get("/:worker/live", (context) => {
      return live.stream(context, question(nameOf(context), readTab(context.req.query("tab"))), parts);
    })
    .post("/:worker/:command", action(desk, "control", async (submission) => await tell(desk.app, submission)));
}

function readTab(text: string | undefined): Tab {
  return tabs.find((tab) => tab === text) ?? "pool";
}

function parts(shown: Shown): Parts {
  return { tab: <div id="tab">{shown()}</div> };
}

function Tabs({ worker, tab }: { readonly worker: string; readonly tab: Tab }): Html {
  const view = useView();
  const { words: { workers: words } } = view;
  return (
    <nav class="tabs" aria-label={words.tabsLabel}>
      {tabs.map((one) => (
        <a href={workerHref(view, worker, { tab: one })} aria-current={one === tab ? "page" : undefined}>
          {words.tabs[one]}
        </a>
      ))}
    </nav>
  );
}

function Unanswering({ failure: { code, message } }: { readonly failure: RemoteFailure }): Html {
  const { words: { workers: words } } = useView();
  const isUnknown = code === "unknown_worker";
  return (
    <Empty title={isUnknown ? words.unknown : words.silent}>
      <p>{isUnknown ? words.unknownHint : code === "no_answer" ? words.silentHint : message}</p>
    </Empty>
  );
}

/** Tells a worker what a form says. @returns What it came to, in a sentence. */
async function tell(app: Umbel, { context, view, field }: Submission): Promise<string> {
  const { control } = app;
  const { words: { workers: words } } = view;
  const worker = context.req.param("worker")!;
  const to = only(worker);
  const resized = (answers: Parameters<typeof answerOf<{ readonly concurrency: number }>>[0]) =>
    words.hasGrown(worker, view.number(answerOf(answers).concurrency));
  switch (context.req.param("command")) {
    case "grow":
      return resized(await control.poolGrow(count(field("by"), "by"), to));
    case "shrink":
      return resized(await control.poolShrink(count(field("by"), "by"), to));
    case "autoscale":
      return resized(
        await control.autoscale({ min: count(field("min"), "min"), max: count(field("max"), "max") }, to),
      );
    case "restart":
      answerOf(await control.poolRestart(to));
      return words.hasRestarted(worker);
    case "add":
      answerOf(await control.addConsumer(field("queue"), to));
      return words.hasAdded(worker, field("queue"));
    case "cancel":
      answerOf(await control.cancelConsumer(field("queue"), to));
      return words.hasCancelled(worker, field("queue"));
    case "limit":
      answerOf(await control.timeLimit(field("task"), limits(field), to));
      return words.hasLimited(field("task"));
    case "shutdown":
      answerOf(await control.shutdown({ cold: field("how") === "cold", ...to }));
      return words.hasStopped(worker);
  }
  throw new InvalidInput("command", `command must be one that a worker knows, and it is ${view.here}`);
}

/** Both fields of the form hold: an empty one takes back what was set. */
function limits(field: Submission["field"]): TimeLimitChange {
  const read = (name: string) => (field(name) || null) as Duration | null;
  return { soft: read("soft"), hard: read("hard") };
}

function count(text: string, name: string): number {
  if (/^\d{1,3}$/.test(text)) return Number(text);
  throw new InvalidInput(name, `${name} must be a whole number, and it is ${JSON.stringify(text)}`);
}
