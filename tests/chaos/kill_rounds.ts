/**
 * `deno task rounds [--rounds 300] [--at-once 3]`: kills workers with 20 tasks running at each hook point, by `kill -9`
 * and SIGTERM, with both pools, on both brokers. Ends with 1 when a task was lost or ended otherwise than it is to.
 */
import { parseArgs } from "@std/cli";
import { startRest } from "../redis.ts";
import { type Phase, phases, playRound, type Round, type RoundResult, roundsOf } from "./rounds.ts";
import { lease } from "./rounds_app.ts";

const args = parseArgs(Deno.args, {
  string: ["rounds", "at-once"],
  default: { "rounds": "300", "at-once": "3" },
});
await using rest = await startRest();
const url = rest.url.replace("://", `://:${rest.token}@`);
const results: (Round & RoundResult)[] = [];
const rounds = roundsOf(Number(args.rounds), ["redis", "sqlite"], Math.random);
await Promise.all(Array.from({ length: Number(args["at-once"]) }, async () => {
  for (const round of rounds) {
    const result = { ...round, ...await playRound(round, url) };
    results.push(result);
    const { phase, signal, pool, broker, nth, wrong, interrupted, again, latest } = result;
    console.error(
      `${results.length}: ${broker} ${pool} ${signal} ${phase} ${nth}: ${interrupted} interrupted, ${again} again, ${latest} ms` +
        (wrong.length === 0 ? "" : ` WRONG: ${wrong.join("; ")}`),
    );
  }
}));

const row = (name: string, of: readonly RoundResult[]) => {
  const sum = (value: (one: RoundResult) => number) => of.reduce((all, one) => all + value(one), 0);
  const wrong = sum((one) => one.wrong.length);
  const latest = Math.max(0, ...of.map((one) => one.latest));
  return `| ${name} | ${of.length} | ${wrong} | ${sum((one) => one.interrupted)} | ${
    sum((one) => one.again)
  } | ${latest} |`;
};
console.log(`The lease is ${lease} ms.\n`);
console.log(
  "| | rounds | wrong | interrupted | run again | begun again after, at most (ms) |\n|---|---:|---:|---:|---:|---:|",
);
for (const signal of ["SIGKILL", "SIGTERM"] as const) {
  for (const phase of phases as readonly Phase[]) {
    const of = results.filter((one) => one.signal === signal && one.phase === phase);
    if (of.length > 0) console.log(row(`${signal} ${phase}`, of));
  }
}
console.log(row("all", results));
Deno.exitCode = results.every(({ wrong }) => wrong.length === 0) ? 0 : 1;
