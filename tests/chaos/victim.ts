/** The app of a worker that kills itself at a point that its environment names: `umbel worker -A tests/chaos/victim.ts`. */
import type { Broker, BrokerSource, HookEvents, Umbel } from "@umbel/umbel";
import { brokerAt, roundApp, RunLog } from "./rounds_app.ts";

const [url, name, path, phase, signal, nth] = Deno.env.get("ROUND_VICTIM")!.split("|") as [
  string,
  string,
  string,
  string,
  Deno.Signal,
  string,
];
const log = new RunLog(path, "victim");
let left = Number(nth);

/** A point was reached: at the n-th time it is the last. */
function reached(point: string): void {
  if (point !== phase || --left !== 0) return;
  kill(signal);
}

function kill(signal: Deno.Signal): void {
  log.write("kill", 0);
  Deno.kill(Deno.pid, signal);
}

/** A broker whose turns are points, too: before one is sent, and after it was carried out. */
const source: BrokerSource = (app, clock) => {
  const broker = brokerAt(url)(app, clock);
  const exchange: Broker["exchange"] = async (turn, options) => {
    reached("before a turn");
    const reply = await broker.exchange(turn, options);
    reached("after a turn");
    return reply;
  };
  return new Proxy(broker, {
    get(target, key) {
      if (key === "exchange") return exchange;
      const value = Reflect.get(target, key, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
};

/** Exported for the command line, and for the children of its pool. */
export const app: Umbel = roundApp(name, source, log);

const hooks: readonly (keyof HookEvents)[] = [
  "taskReceived",
  "taskPrerun",
  "taskPostrun",
  "taskSuccess",
  "taskFailure",
  "taskRetry",
  "workerReady",
];
for (const hook of hooks) app.on(hook, () => reached(hook));

// Those that lie within a warm stop: that begins amid the tasks.
if (phase === "workerShutdown" || phase === "grace") {
  app.on("taskPrerun", ({ message }) => {
    if (message.args[0] !== 5) return;
    Deno.kill(Deno.pid, "SIGTERM");
    if (phase === "grace") setTimeout(() => kill(signal), 20 * Number(nth));
  });
  app.on("workerShutdown", () => phase === "workerShutdown" && kill(signal));
}

app.use({
  async run(_self, next) {
    // Within the child, where there are any.
    const result = next();
    reached("handler");
    return await result;
  },
});
