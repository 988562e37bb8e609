/**
 * What happened to tasks and workers: as it comes, part by part, and counted by minute and hour.
 *
 * @module
 */
import type { Umbel } from "../../app/app.ts";
import { historyBuckets, type HistoryPoint } from "../../ports/history.ts";
import type { EventType, Recording } from "../../ports/journal.ts";
import { type EventPageOptions, readEventPage } from "../../operations/event_stream.ts";
import type { Call } from "../requests/call.ts";
import { eventStream, eventText, idText } from "../answers/event_stream.ts";
import { viewOfEvent } from "../answers/event_view.ts";
import type { Settings } from "../options.ts";
import { flag, given, text, time, whole, word } from "../requests/parameters.ts";
import { type Route, route } from "../route.ts";
import { eventPage, historyView, recording } from "../schema/event.ts";
import { timeText } from "../../operations/task_view.ts";

const tag = "Events";

const filter = {
  since: text("Those after this `cursor`"),
  from: time("Those from this time on; `since` goes before it"),
  types: text("Of these types: `task-failed,worker-offline`"),
  task: text("Of this task"),
  queue: text("Of tasks in this queue"),
  worker: text("Of this worker, and of tasks that it holds"),
  id: text("Of the task of this id"),
};

/** `GET /events`, `GET /events/stream`, `GET /history`, `GET` and `PUT /recording`. */
export function events(app: Umbel, { log }: Settings): readonly Route[] {
  return [
    route({
      method: "GET",
      path: "/events",
      id: "listEvents",
      tag,
      summary: "Lists what happened, the oldest first, where the setting `events` keeps it",
      description: "Without `since` and `from` it tells only the `cursor` for what comes from now on.",
      access: "read",
      query: { ...filter, limit: whole("How many are looked at", { least: 1, most: 500, usual: 100 }) },
      responses: { 200: { description: "A part of them, and where to go on", schema: eventPage } },
      async answer({ query }) {
        const page = await readEventPage(app, wanted(query));
        return Response.json({ ...page, events: page.events.map(viewOfEvent) });
      },
    }),
    route({
      method: "GET",
      path: "/events/stream",
      id: "followEvents",
      tag,
      summary: "Tells what happens, as it comes",
      description: "Server-sent events, named by their types, and `problem` when it cannot go on.",
      access: "read",
      query: filter,
      headers: { "last-event-id": text("The id of the last event that was heard: goes on behind it") },
      responses: { 200: { description: "The events", media: "text/event-stream" } },
      async answer(call) {
        const make = (stop: AbortSignal) => eventTexts(app, call, stop);
        return await eventStream(make, { clock: app.clock, stop: call.stop, log });
      },
    }),
    route({
      method: "GET",
      path: "/history",
      id: "getHistory",
      tag,
      summary: "Tells what tasks came to, by minute or hour, where the setting `history` is on",
      access: "read",
      query: {
        task: text("Of this task"),
        queue: text("From this queue"),
        step: word("How long each point is; a minute when absent", ["minute", "hour"]),
        from: time("From when; an hour ago when absent, with hours a day ago"),
        to: time("Until when; now when absent"),
        histograms: flag("Whether each point has its histograms of waits and runs"),
      },
      responses: { 200: { description: "The points, in the order of their times", schema: historyView } },
      async answer({ query: { histograms, ...query } }) {
        const points = await app.history(given(query));
        return Response.json({
          step: query.step ?? "minute",
          buckets: historyBuckets,
          points: points.map((point) => viewOfPoint(point, histograms)),
        });
      },
    }),
    route({
      method: "GET",
      path: "/recording",
      id: "getRecording",
      tag,
      summary: "Tells which events are kept, and whether the history is",
      access: "read",
      responses: { 200: { description: "What holds now", schema: recording() } },
      answer: async () => Response.json(await app.broker.journal.recording()),
    }),
    route({
      method: "PUT",
      path: "/recording",
      id: "setRecording",
      tag,
      summary: "Sets which events are kept, and whether the history is, until a worker starts again",
      access: "control",
      body: { description: "What is not named stays", schema: recording({ optional: ["events", "history"] }) },
      responses: { 200: { description: "What holds now", schema: recording() } },
      async answer(call) {
        const set = await app.control.record(call.body as Partial<Recording>);
        call.audit({ ...set });
        return Response.json(set);
      },
    }),
  ];
}

type Wanted = { readonly types?: string | undefined };

function wanted<Query extends Wanted>({ types, ...query }: Query): EventPageOptions {
  return given({ ...query, types: types?.split(",") as EventType[] | undefined });
}

async function* eventTexts(app: Umbel, { query, headers }: Call, stop: AbortSignal): AsyncGenerator<string> {
  const since = headers["last-event-id"] ?? query.since;
  const options = wanted({ ...query, since });
  // Where to go on is said at once: who is cut off before there is an event misses none.
  const start = since ?? (options.from === undefined ? (await readEventPage(app, { limit: 1 })).cursor : undefined);
  yield start === undefined ? ": begins\n\n" : idText(start);
  const { limit: _, ...rest } = options;
  for await (const event of app.events({ ...rest, ...(start === undefined ? {} : { since: start }), signal: stop })) {
    yield eventText(event.type, viewOfEvent(event), event.cursor);
  }
}

function viewOfPoint({ at, wait, run, ...counts }: HistoryPoint, hasHistograms: boolean): Record<string, unknown> {
  const inShort = ({ count, sum }: HistoryPoint["wait"]) => ({ count, sum });
  return {
    at: timeText(at),
    ...counts,
    wait: hasHistograms ? wait : inShort(wait),
    run: hasHistograms ? run : inShort(run),
  };
}
