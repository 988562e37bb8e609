/**
 * How events are written: lines `<letter>\t<id>\t<JSON>`, many in one element. See fragments/journal.ts.
 *
 * @module
 */
import type { Settlement } from "../../../ports/turn.ts";
import type { TaskRecord } from "../../../ports/task_record.ts";
import { encodeTally } from "../../../ports/history.ts";
import { type AppEvent, type EventType, isKept, type Recording } from "../../../ports/journal.ts";
import { defaultQueue } from "../../../message.ts";
import { progressEvent, settledEvent, settledTally, startedEvent, type Told } from "../../told.ts";

const letters: { readonly [type in EventType]: string } = {
  "task-sent": "s",
  "task-received": "r",
  "task-started": "b",
  "task-progress": "p",
  "task-retried": "t",
  "task-rejected": "j",
  "task-succeeded": "k",
  "task-failed": "f",
  "task-revoked": "x",
  "task-expired": "e",
  "worker-online": "+",
  "worker-heartbeat": "h",
  "worker-offline": "-",
};
const types = new Map(Object.entries(letters).map(([type, letter]) => [letter, type as EventType]));

/** The line of an event; empty when it is not kept. */
export function lineOf(id: string, told: Told | undefined, { events }: Recording): string {
  if (!told || !isKept(told.type, events)) return "";
  return `${letters[told.type]}\t${id}\t${JSON.stringify(told.details)}`;
}

/** What a turn says of a settlement: the line of its start, that of what it came to, and what it adds to the history. */
export function settlementLines(settlement: Settlement, recording: Recording): [string, string, string] {
  const { record } = settlement;
  const { id, queue, task } = record;
  const tally = recording.history ? settledTally(settlement) : undefined;
  return [
    lineOf(id, startedEvent(record), recording),
    lineOf(id, settledEvent(record), recording),
    tally ? `${queue} ${task}\t${encodeTally(tally)}` : "",
  ];
}

/** The same of a report. */
export function reportLines(record: TaskRecord, recording: Recording): [string, string, string] {
  return [lineOf(record.id, startedEvent(record), recording), lineOf(record.id, progressEvent(record), recording), ""];
}

/** The events of an element, without their cursors. */
export function* readElement(text: string): Generator<Omit<AppEvent, "cursor">> {
  const [head = "", ...lines] = text.split("\n");
  const [at = "0", worker = ""] = head.split("\t");
  for (const line of lines) {
    const [letter = "", id = "", json = "{}"] = line.split("\t");
    const type = types.get(letter);
    if (type) yield { type, at: Number(at), ...subjectOf(type, id, worker), ...detailsOf(type, JSON.parse(json)) };
  }
}

function subjectOf(type: EventType, id: string, worker: string): Pick<AppEvent, "id" | "worker"> {
  if (type.startsWith("worker-")) return { worker: id };
  return worker === "" ? { id } : { id, worker };
}

/** What was sent is told by its record, which names no usual queue, and says more than an event does. */
function detailsOf(type: EventType, read: Record<string, unknown>): Partial<AppEvent> {
  if (type !== "task-sent") return read;
  const { task, queue = defaultQueue, eta } = read as Pick<AppEvent, "task" | "queue" | "eta">;
  return { ...(task === undefined ? {} : { task }), queue, ...(eta ? { eta } : {}) };
}
