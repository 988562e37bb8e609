/**
 * How late a beat sends what is due: in real time, as it must be.
 */
import { Umbel } from "@umbel/umbel";
import { Beat, every } from "@umbel/umbel/beat";
import type { Place } from "./places.ts";

/** How late each of so many ticks of a tenth of a second was sent (ms), in order of size. */
export async function measureBeat(place: Place, count: number): Promise<number[]> {
  const name = `beat-${crypto.randomUUID().slice(0, 8)}`;
  await using app = new Umbel(name, { broker: place.broker });
  const late: number[] = [];
  const enough = Promise.withResolvers<void>();
  app.on("afterTaskPublish", ({ message }) => {
    // The id of what a beat sends ends with the time that was due.
    late.push(Date.now() - Number(message.id.split(":").at(-1)));
    if (late.length === count) enough.resolve();
  });
  app.beatSchedule = { tick: { task: "tick", schedule: every("100ms") } };
  await using beat = new Beat(app);
  void beat.run();
  await enough.promise;
  return late.slice(0, count).sort((a, b) => a - b);
}
