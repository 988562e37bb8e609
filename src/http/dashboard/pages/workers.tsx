/** @jsxImportSource hono/jsx */
/**
 * All workers: whether they answer, what they run, and what they did.
 *
 * @module
 */
import { Hono } from "hono";
import type { Umbel } from "../../../app/app.ts";
import type { WorkerStats } from "../../../remote/answers.ts";
import { Card, Empty } from "../components/card.tsx";
import { Table } from "../components/table.tsx";
import { Took } from "../components/time.tsx";
import type { Desk } from "../desk.ts";
import type { DeskEnv } from "../env.ts";
import type { Html } from "../html.ts";
import type { Parts, Question } from "../live.ts";
import { page } from "../page.tsx";
import { useView, type View } from "../view.tsx";

/** How long workers have for an answer: a page waits so long for those that hang. */
export const patience = "500ms";

/** A worker, and what it answered. */
export interface SeenWorker {
  readonly name: string;
  readonly aliveUntil: number;
  readonly queues: readonly string[];
  /** Absent when it did not answer. */
  readonly stats?: WorkerStats;
}

const sight: Question<readonly SeenWorker[]> = {
  ...{ name: "workers", every: 10_000 },
  async ask(app: Umbel) {
    const workers = await app.broker.inspector.workers();
    if (workers.length === 0) return [];
    const answers = await app.inspect.stats({ timeout: patience });
    const stats = new Map(answers.flatMap((one) => one.ok ? [[one.worker, one.answer]] : []));
    return workers.map(({ name, aliveUntil, queues }) => {
      const answer = stats.get(name);
      return { name, aliveUntil, queues, ...(answer ? { stats: answer } : {}) };
    });
  },
};

/** `GET /`, and what is new there. */
export function workers(desk: Desk): Hono<DeskEnv> {
  const { live } = desk;
  return new Hono<DeskEnv>()
    .get("/", async (context) => {
      const view = context.get("view");
      const { data } = await live.read(sight);
      return page(context, {
        ...{ title: view.words.workers.title, section: "workers", live: view.url("/workers/live") },
        body: Object.values(parts(data)),
      });
    })
    .get("/live", (context) => live.stream(context, sight, parts));
}

/** The path of a worker's page. */
export function workerHref(view: View, name: string, query: { readonly tab?: string } = {}, below = ""): string {
  return view.url(`/workers/of/${encodeURIComponent(name)}${below}`, query);
}

function parts(workers: readonly SeenWorker[]): Parts {
  return { workers: <Workers workers={workers} /> };
}

function Workers({ workers }: { readonly workers: readonly SeenWorker[] }): Html {
  const view = useView();
  const { words: { workers: words } } = view;
  const number = (value: number | undefined) => value === undefined ? "" : view.number(value);
  return (
    <Card id="workers" title={words.title} bare flush>
      <Table
        cards
        caption={words.title}
        columns={[
          { title: words.name, cell: ({ name }) => <a href={workerHref(view, name)}>{name}</a> },
          { title: words.state, cell: (worker) => <WorkerState {...worker} /> },
          {
            title: words.running,
            kind: "number",
            cell: ({ stats }) => stats && words.of(view.number(stats.running), view.number(stats.pool.concurrency)),
          },
          { title: words.done, kind: "number", cell: ({ stats }) => number(stats?.counts.done) },
          { title: words.failed, kind: "number", cell: ({ stats }) => number(stats?.counts.failed) },
          { title: words.retried, kind: "number", cell: ({ stats }) => number(stats?.counts.retried), spare: true },
          {
            title: words.memory,
            kind: "number",
            cell: ({ stats }) => stats?.memory && bytes(view, stats.memory.rss),
            spare: true,
          },
          {
            title: words.uptime,
            kind: "number",
            cell: ({ stats }) => stats && <Took ms={stats.uptime} />,
            spare: true,
          },
          { title: words.queues, cell: ({ queues }) => queues.join(", "), spare: true },
        ]}
        rows={workers}
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

/** Whether a worker answers. */
function WorkerState({ aliveUntil, stats }: Pick<SeenWorker, "aliveUntil" | "stats">): Html {
  const view = useView();
  const { words: { workers: words } } = view;
  if (stats?.isStopping) return <span class="badge warn">{words.stopping}</span>;
  if (stats) return <span class="badge good">{words.online}</span>;
  if (aliveUntil <= view.now) return <span class="badge" title={words.goneHint}>{words.gone}</span>;
  return <span class="badge bad" title={words.silentHint}>{words.silent}</span>;
}

/** So much memory, in MiB. */
export function bytes(view: View, count: number): string {
  return `${view.number(count / 1_048_576, { maximumFractionDigits: 1 })} MiB`;
}
