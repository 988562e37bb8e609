/** An app whose handlers leave errors behind that nobody catches. */
import { Umbel } from "@umbel/umbel";

export const app = new Umbel("shop");

app.task("stray", async () => {
  void Promise.reject(new TypeError("nobody waits for this"));
  await Promise.resolve();
  queueMicrotask(() => {
    throw new RangeError("nor for this");
  });
  return "done";
});

app.task("sends", () => {
  // It cannot be sent, which turns out when this has returned.
  void app.sendTask("stray", [1n]);
  return "sent";
});

/** Belongs to no task. */
app.task("late", () => {
  setTimeout(() => {
    throw new Error("out of context");
  });
  return new Promise<void>(() => {});
});
