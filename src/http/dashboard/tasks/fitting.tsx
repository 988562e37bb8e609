/** @jsxImportSource hono/jsx */
/**
 * What is done to all tasks that a filter fits: asked with how many of which kind they are, done portion by portion.
 *
 * @module
 */
import type { Umbel } from "../../../app/app.ts";
import type { SearchCounts } from "../../../operations/counting.ts";
import { isFinal } from "../../../ports/task_record.ts";
import { Card, Empty } from "../components/card.tsx";
import { ActionForm, Button, LinkButton } from "../components/form.tsx";
import { StateBadge } from "../components/state.tsx";
import { Table } from "../components/table.tsx";
import type { Html } from "../html.ts";
import { useView } from "../view.tsx";
import type { Words } from "../words/en.ts";
import type { BulkDeed } from "./bulk.tsx";
import { newestOf, searchOf, searchText, type TaskQuery } from "./query.ts";

/** How many one request handles: a few seconds' work. */
const portion = { retry: 1000, revoke: 5000 };

/** How many were handled so far, and how many of them could not be. */
export interface Progress {
  /** Those to which it was done. */
  readonly done: number;
  /** The others. */
  readonly others: number;
  /** Where to go on; absent when these were the last. `more` where there is no place. */
  readonly next?: string;
}

/**
 * The query of what is to be done: in it every time stands fast, so that what is sent from now on is no part of it, and
 * only states in which it can be done. Who wants to send some again and names no state means those that failed.
 */
export function fixed(deed: BulkDeed, query: TaskQuery, now: number): TaskQuery {
  const { from, to = now } = searchOf(newestOf(query), now);
  const textOf = (time: unknown) => new Date(time as number).toISOString();
  const fits = query.states.filter((state) => isFinal(state) === (deed === "retry"));
  const states = deed === "retry" && query.states.length === 0 ? ["FAILURE"] : fits;
  const times = { from: from === undefined ? "" : textOf(from), to: textOf(Math.min(to as number, now)) };
  return { states, fields: { ...query.fields, ...times }, trail: [] };
}

/** Whether there is a state left in which it can be done. */
function isPossible(deed: BulkDeed, asked: TaskQuery, query: TaskQuery): boolean {
  return deed === "retry" ? query.states.length > 0 : asked.states.length === 0 || query.states.length > 0;
}

/** How many it is about, by state. */
export async function countFitting(
  app: Umbel,
  deed: BulkDeed,
  asked: TaskQuery,
  query: TaskQuery,
): Promise<SearchCounts> {
  if (!isPossible(deed, asked, query)) return { states: {}, total: 0 };
  const { states, since } = await app.count(searchOf(query, 0));
  const kinds = Object.entries(states).filter(([state]) => isFinal(state) === (deed === "retry"));
  const total = kinds.reduce((sum, [, count]) => sum + count, 0);
  return { states: Object.fromEntries(kinds), total, ...(since === undefined ? {} : { since }) };
}

/** Does it to a portion of them. */
export async function doToFitting(
  app: Umbel,
  deed: BulkDeed,
  query: TaskQuery,
  { done, others, next }: Progress,
): Promise<Progress> {
  if (deed === "revoke") {
    const { revoked, ended, more } = await app.revoke(searchOf(query, 0), { limit: portion.revoke });
    return { done: done + revoked, others: others + ended, ...(more ? { next: "more" } : {}) };
  }
  const filter = { ...searchOf(query, 0), state: query.states };
  const at = next === undefined ? {} : { cursor: next };
  const { resent, sent, refused, cursor } = await app.retry(filter, { limit: portion.retry, ...at });
  return { done: done + resent + sent, others: others + refused, ...(cursor === undefined ? {} : { next: cursor }) };
}

/** Says in a sentence what came of it. */
export function sentenceOf(deed: BulkDeed, { done, others }: Progress, { tasks }: Words): string {
  return deed === "revoke" ? tasks.revoked(done, others) : tasks.sentAgain(done, others);
}

/** Asks whether it is meant. */
export function ConfirmFitting(
  { deed, query, counts, to }: {
    readonly deed: BulkDeed;
    readonly query: TaskQuery;
    readonly counts: SearchCounts;
    readonly to: string;
  },
): Html {
  const view = useView();
  const { tasks } = view.words;
  const isRevoke = deed === "revoke";
  if (counts.total === 0 && counts.since === undefined) {
    return (
      <Card id="fitting" title={tasks.title}>
        <Empty title={isRevoke ? tasks.noneToRevoke : tasks.noneToRetry}>
          <LinkButton href={to}>{tasks.cancel}</LinkButton>
        </Empty>
      </Card>
    );
  }
  return (
    <Card id="fitting" title={tasks.title} flush>
      <div class="card-note">
        {isRevoke ? tasks.revokeHint : tasks.retryAllHint} {tasks.fromNowOn}
      </div>
      <Table
        caption={tasks.title}
        columns={[
          { title: tasks.state, cell: ([state]) => <StateBadge state={state} /> },
          { title: tasks.title, cell: ([, count]) => view.number(count) },
        ]}
        rows={Object.entries(counts.states)}
        rowKey={([state]) => state}
      />
      <div class="card-buttons">
        <Doing deed={deed} query={query} progress={{ done: 0, others: 0 }} to={to}>
          {isRevoke ? tasks.yesRevoke : tasks.yesRetry}
        </Doing>
        <LinkButton href={to}>{tasks.cancel}</LinkButton>
      </div>
    </Card>
  );
}

/** Says how far it is, and goes on when it is told to. */
export function MoreFitting(
  { deed, query, progress, to }: {
    readonly deed: BulkDeed;
    readonly query: TaskQuery;
    readonly progress: Progress;
    readonly to: string;
  },
): Html {
  const { words } = useView();
  return (
    <Card id="fitting" title={words.tasks.title}>
      <p role="status">{sentenceOf(deed, progress, words)} {words.tasks.thereAreMore}</p>
      <div class="card-buttons">
        <Doing deed={deed} query={query} progress={progress} to={to}>{words.tasks.goOn}</Doing>
        <LinkButton href={to}>{words.tasks.enough}</LinkButton>
      </div>
    </Card>
  );
}

function Doing(
  { deed, query, progress: { done, others, next }, to, children }: {
    readonly deed: BulkDeed;
    readonly query: TaskQuery;
    readonly progress: Progress;
    readonly to: string;
    readonly children: string;
  },
): Html {
  const view = useView();
  const isRevoke = deed === "revoke";
  const values = {
    ...{ do: deed, query: searchText(query), done: String(done), others: String(others) },
    ...(next === undefined ? {} : { next }),
  };
  return (
    <ActionForm action={view.url("/tasks/-/fitting")} scope="control" to={to} values={values}>
      <Button kind={isRevoke ? "danger" : "primary"} icon={isRevoke ? "stop" : "repeat"}>{children}</Button>
    </ActionForm>
  );
}
