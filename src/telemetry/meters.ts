/**
 * Metrics of sending and running.
 *
 * @module
 */
import { steady } from "../clock.ts";
import type { Meter } from "@opentelemetry/api";
import type { Umbel } from "../app/app.ts";
import { dueAt } from "../message.ts";

/** Counts an app's tasks from now on. */
export function measure(app: Umbel, meter: Meter): void {
  const sent = meter.createCounter("messaging.client.sent.messages", {
    unit: "{message}",
    description: "Messages that the broker has taken",
  });
  const waited = meter.createHistogram("umbel.task.wait", {
    unit: "s",
    description: "From when tasks were due to their start",
  });
  const ran = meter.createHistogram("messaging.process.duration", {
    unit: "s",
    description: "How long handlers ran",
  });
  const started = new Map<string, number>();
  app.on("afterTaskPublish", ({ message: { task, queue }, receipt }) => {
    if (receipt.status === "added") sent.add(1, { ...system, ...names(task, queue) });
  });
  app.on("taskPrerun", ({ message }) => void started.set(message.id, steady(app.clock)));
  app.on("taskPostrun", ({ message, record }) => {
    const { id, task, queue } = message;
    const startedAt = started.get(id);
    started.delete(id);
    if (startedAt === undefined) return;
    const labels = { ...system, ...names(task, queue) };
    ran.record((steady(app.clock) - startedAt) / 1000, { ...labels, "umbel.task.state": record?.state ?? "LOST" });
    if (record?.startedAt !== undefined) waited.record(Math.max(0, record.startedAt - dueAt(message)) / 1000, labels);
  });
}

const system = { "messaging.system": "umbel" };

function names(task: string, queue: string) {
  return { "umbel.task.name": task, "messaging.destination.name": queue };
}
