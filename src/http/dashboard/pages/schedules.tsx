/** @jsxImportSource hono/jsx */
/**
 * All periodic tasks: what is sent when, what it came to last, and when it is due next.
 *
 * @module
 */
import { Hono } from "hono";
import type { Umbel } from "../../../app/app.ts";
import { Entries } from "../../../beat/entries.ts";
import type { Entry } from "../../../beat/kept.ts";
import { scheduleText } from "../../../beat/schedules/schedule.ts";
import { Card, Empty } from "../components/card.tsx";
import { ActionForm, Button, LinkButton } from "../components/form.tsx";
import { StateBadge } from "../components/state.tsx";
import { Name } from "../components/plain.tsx";
import { Table } from "../components/table.tsx";
import { Ago } from "../components/time.tsx";
import type { Desk } from "../desk.ts";
import type { DeskEnv } from "../env.ts";
import type { Html } from "../html.ts";
import type { Parts, Question } from "../live.ts";
import { page } from "../page.tsx";
import { ScheduleGlance } from "../schedule/glance.tsx";
import { scheduleHref, type SeenEntry, Until } from "../schedule/seen.tsx";
import { scheduleWords } from "../schedule/words.ts";
import { useView } from "../view.tsx";

const sight: Question<readonly SeenEntry[]> = {
  ...{ name: "schedules", every: 10_000 },
  async ask(app: Umbel) {
    const entries = await new Entries(app).all();
    const ids = entries.flatMap(({ lastId }) => lastId ?? []);
    const records = ids.length === 0 ? [] : await app.broker.fetch(ids);
    const states = new Map(records.flatMap((record) => record ? [[record.id, record.state]] : []));
    return entries.map((entry) => {
      const lastState = entry.lastId === undefined ? undefined : states.get(entry.lastId);
      return { ...entry, ...(lastState === undefined ? {} : { lastState }) };
    });
  },
};

/** `GET /`, and what is new there. */
export function schedules(desk: Desk): Hono<DeskEnv> {
  const { live } = desk;
  return new Hono<DeskEnv>()
    .get("/", async (context) => {
      const view = context.get("view");
      const { words: { schedules: words } } = view;
      const { data } = await live.read(sight);
      return page(context, {
        ...{ title: words.title, section: "schedules", live: view.url("/schedules/live") },
        actions: view.may("control") &&
          <LinkButton kind="primary" icon="plus" href={view.url("/schedules/add")}>{words.add}</LinkButton>,
        body: Object.values(parts(data)),
      });
    })
    .get("/live", (context) => live.stream(context, sight, parts));
}

function parts(entries: readonly SeenEntry[]): Parts {
  return { glance: <ScheduleGlance entries={entries} />, schedules: <Schedules entries={entries} /> };
}

function Schedules({ entries }: { readonly entries: readonly SeenEntry[] }): Html {
  const view = useView();
  const { words: { schedules: words, actions } } = view;
  return (
    <Card id="schedules" title={words.title} bare flush>
      <Table
        cards
        caption={words.title}
        columns={[
          {
            title: words.name,
            cell: ({ name, task }) => (
              <>
                <a href={scheduleHref(view, name)}>
                  <bdi>{name}</bdi>
                </a>
                <div class="soft">
                  <Name text={task} />
                </div>
              </>
            ),
          },
          { title: words.when, cell: (entry) => <When {...entry} /> },
          { title: words.state, cell: (entry) => <EntryState {...entry} isBrief /> },
          { title: words.next, kind: "number", cell: ({ due }) => due === undefined ? "" : <Until at={due} /> },
          { title: words.last, cell: (entry) => <Last {...entry} />, spare: true },
          { title: words.runs, kind: "number", cell: ({ runs }) => view.number(runs), spare: true },
          { title: actions, kind: "actions", cell: (entry) => <EntryActions {...entry} /> },
        ]}
        rows={entries}
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

/** When an entry is due, in words and as it is written. */
export function When({ schedule, timezone }: Entry): Html {
  const view = useView();
  const text = scheduleText(schedule);
  const said = scheduleWords(schedule, view.locale);
  return (
    <>
      {said}
      <div class="soft">
        {said === text ? "" : <code>{text}</code>}
        {schedule.kind === "crontab" && ` ${timezone}`}
      </div>
    </>
  );
}

/** Whether an entry is due at all, and what is particular about it; in brief without what is usual. */
export function EntryState(
  { enabled, due, source, changed, revision, error, isBrief = false }: Entry & { readonly isBrief?: boolean },
): Html {
  const { words: { schedules: words } } = useView();
  return (
    <span class="badges">
      {!enabled
        ? <span class="badge warn">{words.off}</span>
        : due === undefined
        ? <span class="badge">{words.over}</span>
        : <span class="badge good">{words.on}</span>}
      {error !== undefined && <span class="badge bad" title={error}>{words.failing}</span>}
      {changed && <span class="badge warn" title={words.changedHint}>{words.changed}</span>}
      {source === "code" && !changed && (!isBrief || revision === 0) && (
        <span class="badge" title={revision === 0 ? words.notBrought : undefined}>
          {words.fromCode}
        </span>
      )}
    </span>
  );
}

function Last({ lastSent, lastId, lastState }: SeenEntry): Html {
  const view = useView();
  if (lastSent === undefined) return <span class="soft">{view.words.none}</span>;
  return (
    <>
      <Ago at={lastSent} />{" "}
      {lastState !== undefined && lastId !== undefined && (
        <a href={view.url(`/tasks/${encodeURIComponent(lastId)}`)}>
          <StateBadge state={lastState} />
        </a>
      )}
    </>
  );
}

/** What may be done to an entry at once. */
export function EntryActions({ name, task, enabled, revision }: Entry): Html | null {
  const view = useView();
  const { words: { schedules: words } } = view;
  // What no beat has brought into the broker cannot be changed there.
  if (revision === 0) return null;
  const [path, text, icon] = enabled
    ? ["/pause", words.pause, "pause"] as const
    : ["/resume", words.resume, "play"] as const;
  const maySend = view.maySend(task);
  return (
    <span class="actions-row">
      {maySend && (
        <ActionForm action={scheduleHref(view, name, "/run")} scope="control">
          <Button icon="send" label={`${words.runNow}: ${name}`}>{words.runNow}</Button>
        </ActionForm>
      )}
      {(enabled || maySend) && (
        <ActionForm action={scheduleHref(view, name, path)} scope="control">
          <Button icon={icon} label={`${text}: ${name}`}>{text}</Button>
        </ActionForm>
      )}
    </span>
  );
}
