/** @jsxImportSource hono/jsx */
/**
 * All queues: how much waits in each, for how long, and whether anybody takes from it.
 *
 * @module
 */
import { Hono } from "hono";
import type { Umbel } from "../../../app/app.ts";
import type { QueueInfo } from "../../../ports/inspector.ts";
import type { LimitView } from "../../../operations/control.ts";
import { action } from "../action.ts";
import { Card, Empty } from "../components/card.tsx";
import { ActionForm, Button } from "../components/form.tsx";
import { LimitTable } from "../components/limits.tsx";
import { Table } from "../components/table.tsx";
import { Took } from "../components/time.tsx";
import type { Desk } from "../desk.ts";
import type { DeskEnv } from "../env.ts";
import type { Html } from "../html.ts";
import type { Parts, Question } from "../live.ts";
import { page } from "../page.tsx";
import { useView, type View } from "../view.tsx";
import { setLimit } from "../form/limit_form.ts";

/** A queue, and how many workers that are alive take from it. */
export interface ServedQueue extends QueueInfo {
  readonly workers: number;
}

interface Sight {
  readonly queues: readonly ServedQueue[];
  readonly limits: readonly LimitView[];
}

/** What is known of all queues: the page of one asks the same. */
export const sight: Question<Sight> = {
  ...{ name: "queues", every: 5000 },
  async ask(app: Umbel) {
    const { inspector } = app.broker;
    const [now, queues, workers, limits] = await Promise.all([
      app.broker.now(),
      inspector.queues({ oldest: true }),
      inspector.workers(),
      app.control.limits(),
    ]);
    const alive = workers.filter(({ aliveUntil }) => aliveUntil > now);
    return {
      limits,
      queues: queues.map((queue) => ({
        ...queue,
        workers: alive.filter(({ queues }) => queues.includes(queue.name)).length,
      })),
    };
  },
};

/** `GET /`, what is new there, and `POST /limits`. */
export function queues(desk: Desk): Hono<DeskEnv> {
  const { live, app } = desk;
  return new Hono<DeskEnv>()
    .get("/", async (context) => {
      const view = context.get("view");
      const { data } = await live.read(sight);
      return page(context, {
        ...{ title: view.words.queues.title, section: "queues", live: view.url("/queues/live") },
        body: Object.values(parts(data)),
      });
    })
    .get("/live", (context) => live.stream(context, sight, parts))
    .post(
      "/limits",
      action(desk, "control", async ({ view, field }) => await setLimit(app, view, field)),
    );
}

/** The path of a queue's page. */
export function queueHref(
  view: View,
  name: string,
  below = "",
  query: { readonly [name: string]: string } = {},
): string {
  return view.url(`/queues/of/${encodeURIComponent(name)}${below}`, query);
}

function parts({ queues, limits }: Sight): Parts {
  return {
    queues: <Queues queues={queues} />,
    limits: <LimitTable id="limits" limits={limits} />,
  };
}

function Queues({ queues }: { readonly queues: readonly ServedQueue[] }): Html {
  const view = useView();
  const { words: { queues: words, actions } } = view;
  return (
    <Card id="queues" title={words.title} bare flush>
      <Table
        cards
        caption={words.title}
        columns={[
          { title: words.name, cell: ({ name }) => <a href={queueHref(view, name)}>{name}</a> },
          { title: words.state, cell: (queue) => <QueueState {...queue} /> },
          { title: words.waiting, kind: "number", cell: ({ waiting }) => view.number(waiting) },
          { title: words.delayed, kind: "number", cell: ({ delayed }) => view.number(delayed), spare: true },
          {
            title: words.oldest,
            kind: "number",
            cell: ({ oldest }) => oldest === undefined ? "" : <Took ms={Math.max(0, view.now - oldest)} />,
          },
          { title: words.workers, kind: "number", cell: ({ workers }) => view.number(workers), spare: true },
          { title: actions, kind: "actions", cell: (queue) => <PauseForm {...queue} /> },
        ]}
        rows={queues}
        rowKey={({ name }) => name}
        empty={
          <Empty title={words.empty}>
            <p>{words.emptyHint}</p>
          </Empty>
        }
      />
    </Card>
  );
}

/** Whether anything is taken from a queue. */
export function QueueState(queue: ServedQueue): Html {
  const { words: { queues: words } } = useView();
  const { paused, workers, waiting } = queue;
  if (paused) return <span class="badge warn">{words.paused}</span>;
  if (workers > 0 && isHeldBack(queue)) {
    return <span class="badge warn" title={words.limitedHint}>{words.limited}</span>;
  }
  if (workers > 0) return <span class="badge good">{words.open}</span>;
  return <span class={waiting > 0 ? "badge bad" : "badge"} title={words.unservedHint}>{words.unserved}</span>;
}

/** Whether all that waits does so on purpose: what has a limit is not told among what has waited longest. */
export function isHeldBack({ waiting, oldest }: Pick<QueueInfo, "waiting" | "oldest">): boolean {
  return waiting > 0 && oldest === undefined;
}

/** The button that pauses a queue, or lets it go on. */
export function PauseForm({ name, paused }: Pick<QueueInfo, "name" | "paused">): Html {
  const view = useView();
  const { words: { queues: words } } = view;
  const label = `${paused ? words.resume : words.pause}: ${name}`;
  return (
    <ActionForm action={queueHref(view, name, paused ? "/resume" : "/pause")} scope="control">
      <Button icon={paused ? "play" : "pause"} label={label}>{paused ? words.resume : words.pause}</Button>
    </ActionForm>
  );
}
