/**
 * The server's own health, and what the broker tells of queues and tasks, for those who watch machines.
 *
 * @module
 */
import type { Umbel } from "../../app/app.ts";
import { contentType } from "../../health/exposition.ts";
import { Overview } from "../../health/overview.ts";
import { Probe } from "../../health/probe.ts";
import { brokerText, minuteText } from "../../health/text.ts";
import { Refusal } from "../answers/problem.ts";
import { type Route, route } from "../route.ts";

const tag = "Health";
const minute = 60_000;
/** For how long what the broker told counts (ms): asking is billed. */
const inspectEvery = 15_000;
const plain = { headers: { "content-type": "text/plain; charset=utf-8" } };

/** `GET /healthz`, `GET /readyz` and `GET /metrics`. */
export function health(app: Umbel): readonly Route[] {
  const overview = new Overview(app, inspectEvery);
  const probe = new Probe(app);
  return [
    route({
      method: "GET",
      path: "/healthz",
      id: "isAlive",
      tag,
      summary: "Answers as long as the server does",
      access: "public",
      brokerless: true,
      responses: { 200: { description: "It does", media: "text/plain" } },
      answer: () => new Response("ok\n", plain),
    }),
    route({
      method: "GET",
      path: "/readyz",
      id: "isReady",
      tag,
      summary: "Answers as long as the broker does",
      access: "public",
      responses: { 200: { description: "It does", media: "text/plain" } },
      problems: { 503: ["broker_unavailable"] },
      async answer() {
        if (await probe.reaches()) return new Response("ok\n", plain);
        throw new Refusal(503, "broker_unavailable", "The broker cannot be reached");
      },
    }),
    route({
      method: "GET",
      path: "/metrics",
      id: "getMetrics",
      tag,
      summary: "Tells queues, workers and the last whole minute as Prometheus reads it",
      description: "The minute only where the setting `history` is on. Of 15 seconds ago at most.",
      access: "read",
      responses: { 200: { description: "The metrics", media: "text/plain" } },
      async answer() {
        const seen = await overview.read();
        const points = seen ? await lastMinute(app) : [];
        return new Response(brokerText(seen) + minuteText(points), { headers: { "content-type": contentType } });
      },
    }),
  ];
}

/** Counts are there once the minute is over; a worker hands them in with its next turn. */
async function lastMinute(app: Umbel) {
  const at = Math.floor(await app.broker.now() / minute) * minute - minute;
  return await app.broker.journal.history({ step: "minute", from: at, to: at });
}
