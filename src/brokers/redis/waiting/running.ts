/**
 * Looking through what workers hold: nothing is changed.
 *
 * @module
 */
import type { Message } from "../../../message.ts";
import type { Connection } from "../connection/connection.ts";
import type { Keys } from "../keys.ts";
import { decodeEntry } from "../records/record.ts";
import { inspect } from "../scripts/records.ts";
import { read } from "../scripts/running.ts";
import { words } from "../records/words.ts";

/** What is looked through. */
export interface RunningOptions {
  /** The keys. */
  readonly keys: Keys;
  /** Calls scripts. */
  readonly connection: Connection;
}

interface Slot {
  readonly field: string;
  readonly token: string;
}

/** The most fields of one request. */
const most = 500;

/** What workers hold, or were offered by a signal; without what was revoked and that no turn has met yet. */
export async function* running(
  queue: string | undefined,
  options: RunningOptions,
): AsyncGenerator<readonly Message[]> {
  for await (const messages of held(queue, options)) {
    const tombs = await fieldsOf(messages.map(({ id }) => `r:${id}`), options);
    yield messages.filter((_, index) => tombs[index] === "");
  }
}

/** The same with what was revoked. */
export async function* held(
  queue: string | undefined,
  options: RunningOptions,
): AsyncGenerator<readonly Message[]> {
  const slots = await slotsOf(options);
  for (let at = 0; at < slots.length; at += most) {
    const part = slots.slice(at, at + most);
    const values = await fieldsOf(part.map(({ field }) => field), options);
    yield values.flatMap((value, index) => messageIn(value, part[index]!, queue) ?? []);
  }
}

/** A slot holds `<token>|<queue>|<entry>`; what another turn has left there is over. */
function messageIn(value: string, { token }: Slot, queue: string | undefined): Message | undefined {
  const [found, from] = value.split("|", 2);
  if (found !== token || (queue !== undefined && from !== queue)) return undefined;
  return decodeEntry(value.slice(found.length + from!.length + 2)).message;
}

async function slotsOf(options: RunningOptions): Promise<Slot[]> {
  const { keys, connection } = options;
  const slots: Slot[] = [];
  const [parked] = await fieldsOf(["parked"], options);
  for (const place of parked === "" ? [] : parked!.split(";")) {
    const [worker, token, , , offered] = place.split("|");
    for (const slot of words(offered!)) slots.push({ field: `h:${worker}:${slot}`, token: token! });
  }
  const reply = await connection.run(inspect, [keys.map, keys.workers], [], undefined) as string[];
  for (let at = 0; at + 1 < reply.length; at += 2) {
    if (!reply[at]!.startsWith("w:")) continue;
    for (const word of words(reply[at + 1]!.split("|")[6] ?? "")) {
      const [slot, token] = word.split(":");
      slots.push({ field: `h:${reply[at]!.slice(2)}:${slot}`, token: token! });
    }
  }
  return slots;
}

/** What the map says in these fields. */
async function fieldsOf(names: readonly string[], { keys, connection }: RunningOptions): Promise<string[]> {
  const values: string[] = [];
  while (values.length < names.length) {
    values.push(...await connection.run(read, [keys.map], names.slice(values.length), undefined) as string[]);
  }
  return values;
}
