/**
 * `umbel multi`.
 *
 * @module
 */
import { type Duration, milliseconds } from "../../options/duration.ts";
import { hostname } from "../../environment.ts";
import { argsOf, command, common, type Options, readDuration, readNumber, type Values } from "../command.ts";
import { type ExitCode, exitCodes } from "../exit_codes.ts";
import { UsageError } from "../failure.ts";
import { nodeName, numberedName, pathOf } from "../processes/node_name.ts";
import { startNode, stopNode } from "../processes/node.ts";
import { livingPid } from "../processes/pid_file.ts";
import { type Program, thisProgram } from "../processes/program.ts";
import { healthOf, supervisorOptions } from "../processes/supervise.ts";
import { table } from "../output/table.ts";
import { workerOptions } from "../worker_options.ts";

const { drain: _drain, seconds: _seconds, idle: _idle, "until-stdin-ends": _stdin, ...nodeOptions } = workerOptions;

const options = {
  ...common,
  ...nodeOptions,
  name: {
    short: "n",
    value: "NAME",
    help: "their names, where %i is the number, %h the host's name (default: w%i@%h)",
  },
  logfile: { short: "f", value: "PATH", help: "the log; %n is the name up to the @ (default: %n.log)" },
  pidfile: { value: "PATH", help: "the file with the process's id; %n as above (default: %n.pid)" },
  "deno-flags": supervisorOptions["deno-flags"],
  timeout: { value: "TIME", help: "stop, restart: how long to wait for the end of one (default: 1m)" },
} as const satisfies Options;

/** One of the workers, and its files. */
interface Node {
  readonly name: string;
  readonly number: number;
  readonly pidFile: string;
  readonly logFile: string;
}

/** Starts workers that go on by themselves, and stops them. */
export const multi = command({
  name: "multi",
  summary: "Starts workers on this machine that go on by themselves, and stops, restarts and lists them.",
  operands: ["start|stop|restart|status", "N|NAME"],
  rest: "NAME",
  options,
  examples: [
    "umbel multi start 4 -A shop.ts -c 20",
    "umbel multi status 4",
    "umbel multi restart 4 -A shop.ts -c 20",
    "umbel multi stop 4 --timeout 10m",
    "umbel multi start mailer sums -A shop.ts --pidfile /run/umbel/%n.pid --logfile /var/log/umbel/%n.log",
  ],
  async run(given, [action, ...which]) {
    const nodes = nodesOf(which, given);
    switch (action) {
      case "start":
        return await start(nodes, given, programOf(given));
      case "stop":
        return await stop(nodes, given);
      case "restart": {
        const program = programOf(given);
        // One after the other, so that the others go on meanwhile.
        for (const node of nodes) {
          const code = await stop([node], given) || await start([node], given, program);
          if (code !== exitCodes.ok) return code;
        }
        return exitCodes.ok;
      }
      case "status":
        return await status(nodes);
      default:
        throw new UsageError(`multi does start, stop, restart or status, and not ${JSON.stringify(action)}`);
    }
  },
});

type Given = Values<typeof options>;

function nodesOf(which: readonly string[], given: Given): readonly Node[] {
  const { name = "w%i@%h", pidfile = "%n.pid", logfile = "%n.log" } = given;
  return namesOf(which, name).map((name, index) => ({
    name,
    number: index + 1,
    pidFile: pathOf(pidfile, name),
    logFile: pathOf(logfile, name),
  }));
}

function namesOf(which: readonly string[], template: string): readonly string[] {
  if (which.length > 1 || !/^\d+$/.test(which[0]!)) {
    return which.map((name) => nodeName(name.includes("@") ? name : `${name}@${hostname()}`));
  }
  const count = readNumber(which[0], "N")!;
  if (count < 1 || count > 256) throw new UsageError(`N must be a whole number from 1 to 256, and it is ${count}`);
  return Array.from({ length: count }, (_, index) => numberedName(template, index + 1));
}

/** Checked before anything is stopped that could not be started again. */
function programOf({ app, "deno-flags": flags }: Given): Program {
  if (app === undefined) throw new UsageError("Say which app: -A FILE, a file that exports one");
  return thisProgram(flags);
}

async function start(nodes: readonly Node[], given: Given, program: Program): Promise<ExitCode> {
  const { "deno-flags": _, timeout: __, "health-port": health, ...more } = given;
  for (const { name, number, pidFile, logFile } of nodes) {
    const running = await livingPid(pidFile);
    if (running !== undefined) {
      console.log(`${name}: runs already, process ${running}`);
      continue;
    }
    const args = argsOf({
      ...more,
      ...healthOf(health, number - 1),
      name,
      pidfile: pidFile,
      logfile: logFile,
    });
    const { pid, code } = await startNode({ ...program, args: [...program.args, "worker", ...args] }, pidFile, logFile);
    if (code !== undefined) {
      console.error(`umbel: ${name} ended with code ${code}: ${logFile} says why`);
      return code as ExitCode;
    }
    console.log(`${name}: started, process ${pid}`);
  }
  return exitCodes.ok;
}

async function stop(nodes: readonly Node[], { timeout }: Given): Promise<ExitCode> {
  const patience = milliseconds(readDuration(timeout ?? "1m") as Duration, "timeout");
  const answers = await Promise.all(nodes.map(async ({ name, pidFile }) => {
    const pid = await livingPid(pidFile);
    if (pid === undefined) {
      console.log(`${name}: does not run`);
      return true;
    }
    const hasEnded = await stopNode(pid, pidFile, patience);
    if (hasEnded) console.log(`${name}: stopped`);
    else console.error(`umbel: ${name} was told to stop, and process ${pid} still runs`);
    return hasEnded;
  }));
  return answers.every(Boolean) ? exitCodes.ok : exitCodes.pending;
}

async function status(nodes: readonly Node[]): Promise<ExitCode> {
  const pids = await Promise.all(nodes.map(({ pidFile }) => livingPid(pidFile)));
  const rows = nodes.map(({ name, logFile }, index) => [
    name,
    pids[index] === undefined ? "down" : "up",
    pids[index] ?? "",
    logFile,
  ]);
  console.log(table(["WORKER", "STATE", "PROCESS", "LOG"], rows));
  return pids.includes(undefined) ? exitCodes.failed : exitCodes.ok;
}
