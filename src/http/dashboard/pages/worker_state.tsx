/** @jsxImportSource hono/jsx */
/**
 * The tabs of a worker that tell how it is: its pool, its queues, its process.
 *
 * @module
 */
import type { ActiveQueue, WorkerStats } from "../../../remote/answers.ts";
import { Card, Facts } from "../components/card.tsx";
import { ActionForm, Button, Field } from "../components/form.tsx";
import { Table } from "../components/table.tsx";
import { Ago, Took } from "../components/time.tsx";
import type { Html } from "../html.ts";
import { useView } from "../view.tsx";
import { queueHref } from "./queues.tsx";
import { bytes, workerHref } from "./workers.tsx";

/** What is shown of a worker's state. */
export interface StateProps {
  readonly worker: string;
  readonly stats: WorkerStats;
}

/** How many tasks it runs at once, and how that is changed; and how it is stopped. */
export function PoolTab({ worker, stats }: StateProps): Html {
  const view = useView();
  const { words: { workers: words } } = view;
  const { pool, running, reserved } = stats;
  const { autoscale } = pool;
  return (
    <>
      <Card id="pool" title={words.pool}>
        <Facts
          of={[
            [words.kind, <code>{pool.name}</code>],
            [words.running, words.of(view.number(running), view.number(pool.concurrency))],
            [words.reserved, view.number(reserved)],
            [words.places, view.number(pool.places)],
            [words.children, pool.children === undefined ? undefined : view.number(pool.children)],
            [
              words.autoscale,
              autoscale ? words.between(view.number(autoscale.min), view.number(autoscale.max)) : words.notByItself,
            ],
            [words.uptime, <Took ms={stats.uptime} />],
          ]}
        />
      </Card>
      {view.may("control") && (
        <div class="columns">
          <SizeCard worker={worker} stats={stats} />
          <StopCard worker={worker} />
        </div>
      )}
    </>
  );
}

function SizeCard({ worker, stats: { pool } }: StateProps): Html {
  const view = useView();
  const { words: { workers: words } } = view;
  const to = (command: string) => workerHref(view, worker, {}, `/${command}`);
  return (
    <Card id="size" title={words.size}>
      <div class="form stack">
        <ActionForm action={to("grow")} scope="control" label={words.grow}>
          <Field name="by" label={words.by} type="number" value="1" required />
          <Button icon="plus">{words.grow}</Button>
          <button type="submit" formaction={to("shrink")}>{words.shrink}</button>
        </ActionForm>
        <ActionForm action={to("autoscale")} scope="control" label={words.autoscale}>
          <Field name="min" label={words.least} type="number" value={String(pool.autoscale?.min ?? 1)} required />
          <Field name="max" label={words.most} type="number" value={String(pool.autoscale?.max ?? 10)} required />
          <Button>{words.autoscale}</Button>
        </ActionForm>
        {pool.children !== undefined && (
          <ActionForm action={to("restart")} scope="control">
            <Button icon="repeat">{words.restartPool}</Button>
            <span class="hint">{words.restartHint}</span>
          </ActionForm>
        )}
      </div>
    </Card>
  );
}

function StopCard({ worker }: { readonly worker: string }): Html {
  const view = useView();
  const { words: { workers: words } } = view;
  const action = workerHref(view, worker, {}, "/shutdown");
  const to = view.url("/workers");
  return (
    <Card id="stop" title={words.stop}>
      <div class="form stack">
        <p class="soft">{words.stopHint}</p>
        <ActionForm {...{ action, to }} scope="control" confirm={words.confirmWarm(worker)} values={{ how: "warm" }}>
          <Button kind="danger" icon="stop">{words.stopWarm}</Button>
        </ActionForm>
        <ActionForm {...{ action, to }} scope="control" confirm={words.confirmCold(worker)} values={{ how: "cold" }}>
          <Button kind="danger">{words.stopCold}</Button>
        </ActionForm>
      </div>
    </Card>
  );
}

/** What it takes from. */
export function QueuesTab(
  { worker, queues }: { readonly worker: string; readonly queues: readonly ActiveQueue[] },
): Html {
  const view = useView();
  const { words: { workers: words, actions } } = view;
  const to = workerHref(view, worker, { tab: "queues" });
  return (
    <Card id="consumers" title={words.queues} flush>
      <Table
        caption={words.queues}
        columns={[
          { title: words.queue, cell: ({ name }) => <a href={queueHref(view, name)}>{name}</a> },
          { title: words.holds, kind: "number", cell: ({ holds }) => view.number(holds) },
          {
            title: actions,
            kind: "actions",
            cell: ({ name }) => (
              <ActionForm
                action={workerHref(view, worker, {}, "/cancel")}
                confirm={words.confirmCancel(name)}
                scope="control"
                to={to}
                values={{ queue: name }}
              >
                <Button label={words.cancelOf(name)}>{words.cancel}</Button>
              </ActionForm>
            ),
          },
        ]}
        rows={queues}
        rowKey={({ name }) => name}
      />
      <div class="table-actions">
        <ActionForm action={workerHref(view, worker, {}, "/add")} scope="control" to={to}>
          <input name="queue" class="mono" required aria-label={words.add} placeholder={words.add} autocomplete="off" />
          <Button icon="plus">{words.addButton}</Button>
        </ActionForm>
      </div>
    </Card>
  );
}

/** Its process. */
export function SystemTab({ stats }: { readonly stats: WorkerStats }): Html {
  const view = useView();
  const { words: { workers: words } } = view;
  const { app, broker, pid, startedAt, uptime, memory, counts } = stats;
  return (
    <>
      <Card id="process" title={words.process}>
        <Facts
          of={[
            [words.app, app],
            [words.broker, <code>{broker}</code>],
            [words.process, pid === undefined ? undefined : <span class="number">{pid}</span>],
            [words.started, <Ago at={startedAt} />],
            [words.uptime, <Took ms={uptime} />],
            [words.received, view.number(counts.received)],
            [words.lost, view.number(counts.lost)],
          ]}
        />
      </Card>
      {memory && (
        <Card id="memory" title={words.memory}>
          <Facts
            of={[
              [words.rss, bytes(view, memory.rss)],
              [words.heap, bytes(view, memory.heapUsed)],
              [words.heapTotal, bytes(view, memory.heapTotal)],
              [words.external, bytes(view, memory.external)],
            ]}
          />
        </Card>
      )}
    </>
  );
}
