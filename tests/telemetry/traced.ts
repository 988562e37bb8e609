/** The app whose tasks are traced. */
import { trace } from "@opentelemetry/api";
import { Umbel } from "@umbel/umbel";
import { instrument } from "@umbel/umbel/opentelemetry";

export const app = new Umbel("traced");

// For the children of a pool, which load nothing but this module.
instrument(app);

app.task("greet", async () => {
  await Promise.resolve();
  trace.getTracer("test").startActiveSpan("inside", (span) => span.end());
});

app.task("flaky", { bind: true, retry: { max: 1, delay: 0 } }, (self) => {
  if (self.retries === 0) throw new Error("not yet");
});
